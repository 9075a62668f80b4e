//! Reading back what was printed. A line that would not print exactly as it was written is kept as it is.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::char;
use nom::combinator::{all_consuming, map, map_opt, opt, rest, success, value, verify};
use nom::multi::many0;
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::{Config, Directive, Line, Mode, Parameter, Section, Server};
use crate::text::{Text, Word};

impl Config {
    /// Reads a configuration. Every text is one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut lines: Vec<Line> = Vec::with_capacity(text.len() / 48);
        lines.extend(text.split('\n').map(line));
        // The piece after the last line feed is empty, and then no line.
        let unterminated = !text.is_empty() && !text.ends_with('\n');
        if !unterminated {
            lines.pop();
        }
        Self { lines, unterminated }
    }
}

fn line(text: &str) -> Line {
    let known = all_consuming(alt((indented, comment, section))).parse(text);
    match known {
        Ok((_, line)) => line,
        Err(_) if text.is_empty() => Line::Blank,
        Err(_) => Line::Verbatim(Text::trusted(text)),
    }
}

fn comment(input: &str) -> IResult<&str, Line> {
    map(preceded(tag("# "), text), Line::heading).parse(input)
}

fn section(input: &str) -> IResult<&str, Line> {
    let sections = alt((
        map(preceded(tag("frontend "), word), Section::Frontend),
        map(preceded(tag("backend "), word), Section::Backend),
        map(preceded(tag("listen "), word), Section::Listen),
        value(Section::Defaults, tag("defaults")),
        value(Section::Global, tag("global")),
    ));
    map(all_consuming(sections), Line::Section).parse(input)
}

fn indented(input: &str) -> IResult<&str, Line> {
    let note = map(preceded(tag("# "), text), Line::note);
    preceded(tag("  "), alt((map(directive, Line::Directive), note))).parse(input)
}

fn directive(input: &str) -> IResult<&str, Directive> {
    let (arguments, keyword) = take_while1(is_of_keyword).parse(input)?;
    let known = match keyword {
        "server" => after_blank(arguments, map(server, Directive::Server)),
        "bind" => after_blank(arguments, bind),
        "mode" => after_blank(arguments, map(mode, Directive::Mode)),
        "option" => after_blank(arguments, map(word, Directive::Option)),
        "log-format" => after_blank(arguments, map(text, Directive::LogFormat)),
        "acl" => after_blank(arguments, acl),
        "use_backend" => after_blank(arguments, use_backend),
        "default_backend" => after_blank(arguments, map(word, Directive::DefaultBackend)),
        "balance" => after_blank(arguments, map(text, Directive::Balance)),
        "http-request" => after_blank(arguments, map(text, Directive::HttpRequest)),
        _ => None,
    };
    match known {
        Some(directive) => Ok(("", directive)),
        None => other(keyword, arguments),
    }
}

/// The whole of what follows after one blank, when it is understood.
fn after_blank<'a, P>(arguments: &'a str, parser: P) -> Option<Directive>
where
    P: Parser<&'a str, Output = Directive, Error = nom::error::Error<&'a str>>,
{
    all_consuming(preceded(char(' '), parser))
        .parse(arguments)
        .ok()
        .map(|(_, directive)| directive)
}

fn other<'a>(keyword: &str, arguments: &'a str) -> IResult<&'a str, Directive> {
    let keyword = Word::trusted(keyword);
    map(all_consuming(opt(preceded(char(' '), text))), move |arguments| {
        Directive::Other {
            keyword: keyword.clone(),
            arguments,
        }
    })
    .parse(arguments)
}

fn mode(input: &str) -> IResult<&str, Mode> {
    alt((value(Mode::Http, tag("http")), value(Mode::Tcp, tag("tcp")))).parse(input)
}

fn bind(input: &str) -> IResult<&str, Directive> {
    let accept_proxy = alt((value(true, tag(" accept-proxy")), success(false)));
    map((word, accept_proxy), |(address, accept_proxy)| Directive::Bind {
        address,
        accept_proxy,
    })
    .parse(input)
}

fn acl(input: &str) -> IResult<&str, Directive> {
    map((word, preceded(char(' '), text)), |(name, definition)| {
        Directive::Acl { name, definition }
    })
    .parse(input)
}

fn use_backend(input: &str) -> IResult<&str, Directive> {
    map(
        (word, opt(preceded(tag(" if "), text))),
        |(backend, condition)| Directive::UseBackend { backend, condition },
    )
    .parse(input)
}

fn server(input: &str) -> IResult<&str, Server> {
    let (input, name) = word(input)?;
    let (input, address) = preceded(char(' '), word).parse(input)?;
    map(many0(preceded(char(' '), parameter)), move |parameters| Server {
        name: name.clone(),
        address: address.clone(),
        parameters,
    })
    .parse(input)
}

fn parameter(input: &str) -> IResult<&str, Parameter> {
    let (after, keyword) = plain(input)?;
    match keyword {
        "check" => Ok((after, Parameter::Check)),
        "send-proxy" => Ok((after, Parameter::SendProxy)),
        "send-proxy-v2" => Ok((after, Parameter::SendProxyV2)),
        "weight" => alt((
            map(preceded(char(' '), weight), Parameter::Weight),
            success(unknown(keyword)),
        ))
        .parse(after),
        "cookie" => alt((
            map(preceded(char(' '), word), Parameter::Cookie),
            success(unknown(keyword)),
        ))
        .parse(after),
        _ => Ok((after, unknown(keyword))),
    }
}

fn unknown(word: &str) -> Parameter {
    Parameter::Other(Word::trusted(word))
}

/// A weight as this crate prints it: without leading zeros.
fn weight(input: &str) -> IResult<&str, u16> {
    map_opt(plain, |digits: &str| {
        let exact =
            digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
        let number = digits.parse().ok().filter(|number| *number <= Server::MAX_WEIGHT);
        number.filter(|_| exact)
    })
    .parse(input)
}

fn word(input: &str) -> IResult<&str, Word> {
    map(plain, Word::trusted).parse(input)
}

/// A word with nothing but a blank, or nothing, after it.
fn plain(input: &str) -> IResult<&str, &str> {
    let (after, word) = take_while1(is_of_word).parse(input)?;
    verify(success(word), |_: &str| {
        after.is_empty() || after.starts_with(' ')
    })
    .parse(after)
}

fn text(input: &str) -> IResult<&str, Text> {
    map(rest, Text::trusted).parse(input)
}

fn is_of_keyword(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

fn is_of_word(character: char) -> bool {
    character > ' ' && character != '\x7f'
}
