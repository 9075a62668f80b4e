use nom::Parser;
use nom::bytes::complete::take_while1;

use super::{Expression, Operands, Parsed, SyntaxError, Trace, read};

/// Words, and the constants `true`, `t`, `1`, `false`, `f`, `0` in any case.
struct Words;

impl Operands for Words {
    type Leaf = String;

    fn operand<'t>(&self, input: &'t str, trace: &Trace) -> Parsed<'t, Expression<String>> {
        let mut word = trace.expect("a word", word);
        let (rest, word) = word.parse(input)?;
        Ok((
            rest,
            constant(word).unwrap_or_else(|| Expression::Leaf(word.to_owned())),
        ))
    }
}

/// A run of characters that are neither blanks nor operators nor parentheses.
pub(crate) fn word(input: &str) -> Parsed<'_, &str> {
    take_while1(|c| {
        !matches!(
            c,
            ' ' | '\n' | '\r' | '\t' | '\u{c}' | '(' | ')' | '|' | '&' | '!'
        )
    })
    .parse(input)
}

/// The constant that a word is.
pub(crate) fn constant<T>(word: &str) -> Option<Expression<T>> {
    let is = |names: [&str; 3]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    if is(["true", "t", "1"]) {
        Some(Expression::True)
    } else if is(["false", "f", "0"]) {
        Some(Expression::False)
    } else {
        None
    }
}

/// Reads a formula whose operands are plain words: runs of characters other than blanks, `(`, `)`, `|`, `&` and `!`.
/// The words `true`, `t`, `1`, `false`, `f` and `0` are constants, in any case.
///
/// # Errors
///
/// The text is no such formula, or larger than [`DEPTH`](super::DEPTH) and [`OPERANDS`](super::OPERANDS) allow.
pub fn parse(text: &str) -> Result<Expression<String>, SyntaxError> {
    read(&Words, text)
}
