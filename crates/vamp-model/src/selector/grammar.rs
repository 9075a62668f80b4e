use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, digit1};
use nom::combinator::{map, map_opt, opt, recognize};
use nom::sequence::{delimited, preceded};

use super::operand::Operand;
use super::pattern::Pattern;
use crate::boolean::{
    Expression, Mistake, Operands, Parsed, Stop, SyntaxError, Trace, constant, optional_blank, read, word,
};

/// Reads a selector.
pub(super) fn parse(text: &str) -> Result<Expression<Operand>, SyntaxError> {
    read(&Questions, text)
}

/// The questions about a target, and the constants.
struct Questions;

impl Operands for Questions {
    type Leaf = Operand;

    fn operand<'t>(&self, input: &'t str, trace: &Trace) -> Parsed<'t, Expression<Operand>> {
        let pattern = || |input| pattern(input, trace);
        let number = || |input| number(input, trace);
        let question = alt((
            preceded(alt((tag("namespace"), tag("group"))), |input| {
                namespace(input, trace)
            }),
            preceded(alt((tag("name"), tag("id"))), map(pattern(), Operand::Name)),
            preceded(alt((tag("kind"), tag("type"))), map(pattern(), Operand::Kind)),
            preceded(tag("image"), map(pattern(), Operand::Image)),
            preceded(
                tag("label"),
                map((pattern(), pattern()), |(name, value)| {
                    Operand::Label(name, value)
                }),
            ),
            preceded(alt((tag("ip"), tag("host"))), map(pattern(), Operand::Ip)),
            preceded(tag("port"), map(number(), Operand::Port)),
            preceded(
                alt((tag("port_index"), tag("index"))),
                map(number(), Operand::PortIndex),
            ),
        ));
        let operand = alt((map(question, Expression::Leaf), map_opt(word, constant)));
        trace
            .expect("a question such as `name(web)`", operand)
            .parse(input)
    }
}

fn namespace<'t>(input: &'t str, trace: &Trace) -> Parsed<'t, Operand> {
    let (rest, text) = argument(input, trace)?;
    if matches!(text, "$namespace" | "${namespace}") {
        return Ok((rest, Operand::CurrentNamespace));
    }
    map(|input| pattern(input, trace), Operand::Namespace).parse(input)
}

/// A pattern in parentheses, compiled. No other reading of the text is tried where that fails.
fn pattern<'t>(input: &'t str, trace: &Trace) -> Parsed<'t, Pattern> {
    let (rest, text) = argument(input, trace)?;
    match Pattern::new(text) {
        Ok(pattern) => Ok((rest, pattern)),
        Err(reason) => {
            let from_its_start = text.len() + ")".len() + rest.len();
            let stop = Stop::Wrong(Mistake::Pattern(reason), from_its_start);
            Err(nom::Err::Failure(stop))
        }
    }
}

/// The text between parentheses, with at most one group in parentheses of its own.
fn argument<'t>(input: &'t str, trace: &Trace) -> Parsed<'t, &'t str> {
    let plain = || take_while1(|c| matches!(c, ' '..='~') && !matches!(c, '(' | ')'));
    let group = recognize((opt(plain()), char('('), plain(), char(')'), opt(plain())));
    let text = trace.expect(
        "a pattern of printable ASCII characters with at most one group in parentheses",
        alt((group, plain())),
    );
    let opening = trace.expect("`(`", preceded(optional_blank, char('(')));
    delimited(opening, text, trace.expect("`)`", char(')'))).parse(input)
}

fn number<'t>(input: &'t str, trace: &Trace) -> Parsed<'t, u32> {
    const LARGEST: u32 = i32::MAX.unsigned_abs();
    let opening = trace.expect("`(`", preceded(optional_blank, char('(')));
    let digits = trace.expect("a number", digit1);
    let (rest, digits): (_, &str) =
        delimited(opening, digits, trace.expect("`)`", char(')'))).parse(input)?;
    match digits.parse() {
        Ok(number) if number <= LARGEST => Ok((rest, number)),
        _ => {
            let from_its_start = digits.len() + ")".len() + rest.len();
            Err(nom::Err::Failure(Stop::Wrong(Mistake::Number, from_its_start)))
        }
    }
}
