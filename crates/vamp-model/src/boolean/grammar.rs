use std::cell::{Cell, RefCell};

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while, take_while1};
use nom::character::complete::char;
use nom::error::{ErrorKind, ParseError};
use nom::sequence::{pair, preceded};
use nom::{IResult, Parser};

use super::{DEPTH, Expression, Mistake, OPERANDS, SyntaxError};

/// What stands between the operators.
pub(crate) trait Operands {
    type Leaf;

    /// One operand at the beginning of the input; also a negated one or a constant, where the language has such.
    fn operand<'t>(&self, input: &'t str, trace: &Trace) -> Parsed<'t, Expression<Self::Leaf>>;
}

pub(crate) type Parsed<'t, T> = IResult<&'t str, T, Stop>;

/// Why a parser stops.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The input is something else: another alternative may match.
    Mismatch,
    /// The input is what it seems, and wrong: the mistake, and the number of bytes from it to the end.
    Wrong(Mistake, usize),
}

impl Stop {
    /// No alternative is tried after this.
    pub(crate) fn wrong(mistake: Mistake, rest: &str) -> nom::Err<Self> {
        nom::Err::Failure(Self::Wrong(mistake, rest.len()))
    }
}

impl ParseError<&str> for Stop {
    fn from_error_kind(_: &str, _: ErrorKind) -> Self {
        Self::Mismatch
    }

    fn append(_: &str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// How far reading has come, and what could have stood there. An alternative that fails leaves its trace although a later
/// one matches: where the whole text fails in the end, the furthest place tells most.
#[derive(Debug)]
pub(crate) struct Trace {
    /// Bytes from the furthest place to the end.
    rest: Cell<usize>,
    expected: RefCell<Vec<&'static str>>,
}

impl Trace {
    fn new(text: &str) -> Self {
        Self {
            rest: Cell::new(text.len()),
            expected: RefCell::default(),
        }
    }

    /// A parser whose failure is told as `what` was expected where it began.
    pub(crate) fn expect<'t, O>(
        &self,
        what: &'static str,
        mut parser: impl Parser<&'t str, Output = O, Error = Stop>,
    ) -> impl Parser<&'t str, Output = O, Error = Stop> {
        move |input: &'t str| {
            let result = parser.parse(input);
            if matches!(result, Err(nom::Err::Error(_))) {
                self.note(input, what);
            }
            result
        }
    }

    fn note(&self, input: &str, what: &'static str) {
        let mut expected = self.expected.borrow_mut();
        if input.len() < self.rest.get() {
            self.rest.set(input.len());
            expected.clear();
        }
        if input.len() == self.rest.get() && !expected.contains(&what) {
            expected.push(what);
        }
    }

    fn into_error(self, text: &str) -> SyntaxError {
        let mistake = Mistake::Expected(self.expected.into_inner());
        SyntaxError::new(text, text.len() - self.rest.get(), mistake)
    }
}

/// Whether a character separates words.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\n' | '\r' | '\t' | '\u{c}')
}

/// One or more blanks.
pub(crate) fn blank(input: &str) -> Parsed<'_, &str> {
    take_while1(is_blank).parse(input)
}

/// Blanks, if there are any.
pub(crate) fn optional_blank(input: &str) -> Parsed<'_, &str> {
    take_while(is_blank).parse(input)
}

/// The formula that the whole text is.
pub(crate) fn read<O: Operands>(operands: &O, text: &str) -> Result<Expression<O::Leaf>, SyntaxError> {
    let reader = Reader {
        operands,
        trace: Trace::new(text),
        count: Cell::new(0),
    };
    match reader.expression(text, 0) {
        Ok(("", expression)) => Ok(expression),
        Ok((rest, _)) => {
            reader.trace.note(rest, "the end");
            Err(reader.trace.into_error(text))
        }
        Err(nom::Err::Failure(Stop::Wrong(mistake, rest))) => {
            Err(SyntaxError::new(text, text.len() - rest, mistake))
        }
        Err(_) => Err(reader.trace.into_error(text)),
    }
}

struct Reader<'o, O> {
    operands: &'o O,
    trace: Trace,
    count: Cell<usize>,
}

impl<O: Operands> Reader<'_, O> {
    /// Terms with `or` between them. `depth` counts the parentheses around it.
    fn expression<'t>(&self, input: &'t str, depth: usize) -> Parsed<'t, Expression<O::Leaf>> {
        let or = alt((tag_no_case("or"), tag("||"), tag("|")));
        let or = self.trace.expect("`or`", or);
        self.chain(input, or, |input| self.term(input, depth), |a, b| a | b)
    }

    /// Factors with `and` between them.
    fn term<'t>(&self, input: &'t str, depth: usize) -> Parsed<'t, Expression<O::Leaf>> {
        let and = alt((tag_no_case("and"), tag("&&"), tag("&")));
        let and = self.trace.expect("`and`", and);
        self.chain(input, and, |input| self.factor(input, depth), |a, b| a & b)
    }

    /// One item, and as many more as follow with an operator and a blank before them, grouped from the left.
    fn chain<'t>(
        &self,
        input: &'t str,
        operator: impl Parser<&'t str, Output = &'t str, Error = Stop>,
        item: impl Fn(&'t str) -> Parsed<'t, Expression<O::Leaf>>,
        join: impl Fn(Expression<O::Leaf>, Expression<O::Leaf>) -> Expression<O::Leaf>,
    ) -> Parsed<'t, Expression<O::Leaf>> {
        let (mut rest, mut joined) = item(input)?;
        let mut next = preceded(pair(operator, self.trace.expect("a blank", blank)), &item);
        loop {
            match next.parse(rest) {
                Ok((after, right)) => {
                    joined = join(joined, right);
                    rest = after;
                }
                Err(nom::Err::Error(_)) => return Ok((rest, joined)),
                Err(stop) => return Err(stop),
            }
        }
    }

    /// An operand or a group, negated or not, with blanks around it.
    fn factor<'t>(&self, input: &'t str, depth: usize) -> Parsed<'t, Expression<O::Leaf>> {
        let (input, _) = optional_blank(input)?;
        let (rest, factor) = match self.negation(input) {
            Ok((after, ())) => match self.operand_or_group(after, depth) {
                Ok((rest, negated)) => (rest, !negated),
                Err(nom::Err::Error(_)) => self.operand_or_group(input, depth)?,
                Err(stop) => return Err(stop),
            },
            Err(_) => self.operand_or_group(input, depth)?,
        };
        let (rest, _) = optional_blank(rest)?;
        Ok((rest, factor))
    }

    fn negation<'t>(&self, input: &'t str) -> Parsed<'t, ()> {
        let sign = pair(char('!'), optional_blank).map(drop);
        let word = pair(tag_no_case("not"), blank).map(drop);
        self.trace.expect("`not`", alt((sign, word))).parse(input)
    }

    fn operand_or_group<'t>(&self, input: &'t str, depth: usize) -> Parsed<'t, Expression<O::Leaf>> {
        match self.operands.operand(input, &self.trace) {
            Ok((rest, operand)) => {
                self.count.set(self.count.get() + 1);
                if self.count.get() > OPERANDS {
                    return Err(Stop::wrong(Mistake::TooLong, input));
                }
                Ok((rest, operand))
            }
            Err(nom::Err::Error(_)) => self.group(input, depth),
            Err(stop) => Err(stop),
        }
    }

    fn group<'t>(&self, input: &'t str, depth: usize) -> Parsed<'t, Expression<O::Leaf>> {
        let (inner, _) = self.trace.expect("`(`", char('(')).parse(input)?;
        if depth == DEPTH {
            return Err(Stop::wrong(Mistake::TooDeep, input));
        }
        let (rest, expression) = self.expression(inner, depth + 1)?;
        let (rest, _) = self.trace.expect("`)`", char(')')).parse(rest)?;
        Ok((rest, expression))
    }
}
