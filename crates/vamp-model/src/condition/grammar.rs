use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_till1, take_while1};
use nom::character::complete::char;
use nom::combinator::{map, opt, value};
use nom::multi::fold_many0;
use nom::sequence::{delimited, pair, preceded, terminated};

use super::Leaf;
use super::leaf::{is_bare, trimmed};
use crate::boolean::{Expression, Operands, Parsed, Stop, SyntaxError, Trace, blank, optional_blank, read};

/// Reads a condition.
pub(super) fn parse(text: &str) -> Result<Expression<Leaf>, SyntaxError> {
    read(&Tests, text)
}

/// The tests of a request.
struct Tests;

const TEST: &str = "a test such as `host == example.org`";
const COMPARE: &str = "`==`, `!=`, `is`, `not`, `has`, `contains` or `misses`";
const CONTAINS: &str = "`has`, `contains` or `misses`";
const BLANK: &str = "a blank";
const NAME: &str = "a name";
const VALUE: &str = "a value";

impl Operands for Tests {
    type Leaf = Leaf;

    fn operand<'t>(&self, input: &'t str, trace: &Trace) -> Parsed<'t, Expression<Leaf>> {
        let compared = || {
            pair(
                trace.expect(COMPARE, |input| compare(input, trace)),
                trace.expect(VALUE, string),
            )
        };
        let host = map(preceded(tag_no_case("host"), compared()), |(negated, value)| {
            leaf(Leaf::Host(value), negated)
        });
        let user_agent = map(preceded(user_agent, compared()), |(negated, value)| {
            leaf(Leaf::UserAgent(value), negated)
        });
        let presence = |word: &'static str| {
            pair(
                terminated(|input| contains(input, trace), tag_no_case(word)),
                trace.expect(NAME, preceded(blank, string)),
            )
        };
        let header = map(presence("header"), |(negated, name)| {
            leaf(Leaf::Header(name), negated)
        });
        let cookie = map(presence("cookie"), |(negated, name)| {
            leaf(Leaf::Cookie(name), negated)
        });
        let content = |word: &'static str| {
            (
                preceded(tag_no_case(word), trace.expect(NAME, preceded(blank, string))),
                trace.expect(CONTAINS, preceded(blank, |input| contains(input, trace))),
                trace.expect(VALUE, string),
            )
        };
        let cookie_has = map(content("cookie"), |(name, negated, value)| {
            leaf(Leaf::CookieContains(name, value), negated)
        });
        let header_has = map(content("header"), |(name, negated, value)| {
            leaf(Leaf::HeaderContains(name, value), negated)
        });
        let raw = map(
            delimited(
                char('<'),
                trace.expect("an ACL expression", take_till1(|c| matches!(c, '<' | '>'))),
                trace.expect("`>`", char('>')),
            ),
            |text| leaf(Leaf::Value(trimmed(text).to_owned()), false),
        );
        let test = alt((host, user_agent, header, cookie, cookie_has, header_has, raw));
        trace.expect(TEST, test).parse(input)
    }
}

fn leaf(leaf: Leaf, negated: bool) -> Expression<Leaf> {
    let leaf = Expression::Leaf(leaf);
    if negated { !leaf } else { leaf }
}

fn user_agent(input: &str) -> Parsed<'_, ()> {
    let sign = opt(alt((char('-'), char('.'))));
    let words = (tag_no_case("user"), sign, tag_no_case("agent"));
    words.map(drop).parse(input)
}

// The parsers below give whether the test is negated.

fn compare<'t>(input: &'t str, trace: &Trace) -> Parsed<'t, bool> {
    let has = |input| has(input, trace);
    let misses = |input| misses(input, trace);
    let is = value(false, (blank, tag_no_case("is"), trace.expect(BLANK, blank)));
    alt((equal, |input| not_equal(input, trace), has, is, misses)).parse(input)
}

fn contains<'t>(input: &'t str, trace: &Trace) -> Parsed<'t, bool> {
    alt((|input| has(input, trace), |input| misses(input, trace))).parse(input)
}

fn equal(input: &str) -> Parsed<'_, bool> {
    let sign = alt((tag("=="), tag("=")));
    value(false, (optional_blank, sign, optional_blank)).parse(input)
}

fn not_equal<'t>(input: &'t str, trace: &Trace) -> Parsed<'t, bool> {
    let sign = (optional_blank, alt((tag("!="), tag("!"))), optional_blank);
    let word = (blank, tag_no_case("not"), trace.expect(BLANK, blank));
    value(true, alt((sign, word))).parse(input)
}

fn has<'t>(input: &'t str, trace: &Trace) -> Parsed<'t, bool> {
    let word = alt((tag_no_case("has"), tag_no_case("contains")));
    value(false, (optional_blank, word, trace.expect(BLANK, blank))).parse(input)
}

fn misses<'t>(input: &'t str, trace: &Trace) -> Parsed<'t, bool> {
    let word = tag_no_case("misses");
    value(true, (optional_blank, word, trace.expect(BLANK, blank))).parse(input)
}

/// A value in quotes of either kind, or else a run of visible characters, which then may begin with a quote.
fn string(input: &str) -> Parsed<'_, String> {
    let bare = map(take_while1(is_bare), str::to_owned);
    alt((quoted('\''), quoted('"'), bare)).parse(input)
}

/// Between two quotes; two of them stand for one.
fn quoted<'t>(quote: char) -> impl Parser<&'t str, Output = String, Error = Stop> {
    let plain = take_while1(move |c: char| c != quote && !c.is_control());
    let doubled = value(
        if quote == '"' { "\"" } else { "'" },
        pair(char(quote), char(quote)),
    );
    let text = fold_many0(alt((plain, doubled)), String::new, |mut text, part| {
        text.push_str(part);
        text
    });
    delimited(char(quote), text, char(quote))
}
