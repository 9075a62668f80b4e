//! The grammar of words: quotes, escapes and environment variables (configuration manual 2.2 and 2.3).

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while_m_n};
use nom::character::complete::{char, one_of};
use nom::combinator::{consumed, map, map_opt, opt, recognize, value};
use nom::error::{Error, ErrorKind};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::token::{Piece, Variable};

/// In what quotes a place of a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    None,
    /// `"`: escapes and environment variables are read.
    Weak,
    /// `'`: nothing is read.
    Strong,
}

/// What a word goes on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'t> {
    Piece(Piece<'t>),
    /// From here on the word stands in these quotes.
    Quotes(Quotes),
    /// HAProxy refuses what begins here. Read is one character, which stands for itself.
    Fault(Fault, Piece<'t>),
}

/// What HAProxy refuses in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    UnclosedQuote,
    Hexadecimal,
    VariableName,
    VariableBrace,
    VariableExpansion,
}

/// The next step of a word; an error where the word ends. Without `braces`, `${` stands for itself.
pub(super) fn step(text: &str, quotes: Quotes, braces: bool) -> IResult<&str, Step<'_>> {
    match quotes {
        Quotes::None => alt((
            literal(is_bare_byte),
            escape(r##" \tnr#'""##),
            value(Step::Quotes(Quotes::Weak), char('"')),
            value(Step::Quotes(Quotes::Strong), char('\'')),
        ))
        .parse(text),
        Quotes::Weak if !braces && text.starts_with("${") => {
            map(tag("$"), |dollar| Step::Piece(Piece::Text(dollar))).parse(text)
        }
        Quotes::Weak => alt((
            literal(is_weakly_quoted),
            escape(r##" \tnr#'"$"##),
            variable,
            value(Step::Quotes(Quotes::None), char('"')),
        ))
        .parse(text),
        Quotes::Strong => alt((
            literal(is_strongly_quoted),
            value(Step::Quotes(Quotes::None), char('\'')),
        ))
        .parse(text),
    }
}

/// White space between words, in HAProxy's sense.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Whether a character stands for itself outside of quotes. A table, because each character of a configuration is looked up.
pub(super) const fn is_bare_byte(byte: u8) -> bool {
    BARE[byte as usize]
}

const BARE: [bool; 256] = {
    let mut bare = [true; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        bare[byte as usize] = !is_space(byte) && !matches!(byte, 0 | b'#' | b'"' | b'\'' | b'\\');
        byte += 1;
    }
    bare
};

const fn is_weakly_quoted(byte: u8) -> bool {
    !matches!(byte, 0 | b'\n' | b'\r' | b'"' | b'\\' | b'$')
}

const fn is_strongly_quoted(byte: u8) -> bool {
    !matches!(byte, 0 | b'\n' | b'\r' | b'\'')
}

/// Characters that stand for themselves. By bytes, because what ends them is ASCII, and many are looked at.
fn literal<'t>(
    is_literal: impl Fn(u8) -> bool,
) -> impl Parser<&'t str, Output = Step<'t>, Error = Error<&'t str>> {
    move |text: &'t str| {
        let ends = text.bytes().position(|byte| !is_literal(byte));
        match text.split_at_checked(ends.unwrap_or(text.len())) {
            Some((literal, rest)) if !literal.is_empty() => Ok((rest, Step::Piece(Piece::Text(literal)))),
            _ => Err(nom::Err::Error(Error::new(text, ErrorKind::TakeWhile1))),
        }
    }
}

/// A backslash with what it makes of the next character: one of `known`, or `x` with two digits. Before anything else it stands for
/// itself.
fn escape<'t>(known: &'static str) -> impl Parser<&'t str, Output = Step<'t>, Error = Error<&'t str>> {
    let short = map_opt(preceded(char('\\'), one_of(known)), |character| {
        let meant = match character {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            itself => itself,
        };
        u8::try_from(meant).ok()
    });
    let digits = take_while_m_n(2, 2, |digit: char| digit.is_ascii_hexdigit());
    let hexadecimal = map_opt(preceded(tag("\\x"), digits), |digits| {
        u8::from_str_radix(digits, 16).ok()
    });
    let escaped = map(alt((short, hexadecimal)), |byte| {
        Step::Piece(Piece::Escaped(byte))
    });
    alt((escaped, backslash))
}

fn backslash(text: &str) -> IResult<&str, Step<'_>> {
    let (rest, backslash) = tag("\\").parse(text)?;
    let itself = Piece::Text(backslash);
    let step = if rest.starts_with('x') {
        Step::Fault(Fault::Hexadecimal, itself)
    } else {
        Step::Piece(itself)
    };
    Ok((rest, step))
}

/// A variable; a dollar sign that begins none is a fault.
fn variable(text: &str) -> IResult<&str, Step<'_>> {
    let bare = map(name, |name| (name, false, None));
    let (rest, (written, (name, splits, default))) =
        match consumed(preceded(char('$'), alt((bare, braced)))).parse(text) {
            Ok(read) => read,
            Err(_) => {
                let (rest, dollar) = tag("$").parse(text)?;
                return Ok((rest, Step::Fault(variable_fault(rest).0, Piece::Text(dollar))));
            }
        };
    let variable = Variable {
        written,
        name,
        default,
        splits,
    };
    Ok((rest, Step::Piece(Piece::Variable(variable))))
}

type Braced<'t> = (&'t str, bool, Option<&'t str>);

/// `{NAME}`, `{NAME-default}`, `{NAME[*]}`
fn braced(text: &str) -> IResult<&str, Braced<'_>> {
    let splits = map(opt(tag("[*]")), |mark| mark.is_some());
    let default = opt(preceded(
        char('-'),
        take_till(|character| matches!(character, '}' | '\0')),
    ));
    delimited(char('{'), (name, splits, default), char('}')).parse(text)
}

/// Letters, digits and underscores, no digit first; the names of HAProxy's own begin with a dot.
fn name(text: &str) -> IResult<&str, &str> {
    let first = take_while_m_n(1, 1, |first: char| first.is_ascii_alphabetic() || first == '_');
    let others = take_while(|other: char| other.is_ascii_alphanumeric() || other == '_');
    recognize((opt(char('.')), first, others)).parse(text)
}

/// What is wrong with a variable, and how many bytes after its dollar sign.
pub(super) fn variable_fault(after_dollar: &str) -> (Fault, usize) {
    let (inner, at) = match after_dollar.strip_prefix('{') {
        Some(inner) => (inner, 1),
        None => (after_dollar, 0),
    };
    match name(inner) {
        Err(_) => (Fault::VariableName, at),
        Ok((rest, name)) if rest.starts_with('[') && !rest.starts_with("[*]") => {
            (Fault::VariableExpansion, at + name.len())
        }
        Ok(_) => (Fault::VariableBrace, 0),
    }
}
