//! Reading back what was printed. A line that would not print exactly as it was written is kept as it is.

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::combinator::{all_consuming, map, map_opt, opt, rest, success, value, verify};
use nom::sequence::preceded;
use nom::{IResult, Input as _, Parser};

use super::{Comment, Config, Directive, Label, Line, Mode, ProxyHeader, Section, Server};
use crate::text::{Text, Word, is_word};

impl Config {
    /// Reads a configuration. Every text is one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut reader = Reader::default();
        let mut lines: Vec<Line> = Vec::with_capacity(text.len() / 48);
        lines.extend(text.split('\n').map(|text| reader.line(text)));
        // The piece after the last line feed is empty, and then no line.
        let unterminated = !text.is_empty() && !text.ends_with('\n');
        if !unterminated {
            lines.pop();
        }
        Self { lines, unterminated }
    }
}

/// Whether a line, without its line feed, is the first of a section.
pub(crate) fn is_section(line: &str) -> bool {
    // Only few lines begin like one: the others need not be read.
    !line.starts_with([' ', '#']) && whole(section, line).is_some()
}

/// What was read last: names and settings stand in line after line, and lines that say the same share their text.
#[derive(Default)]
struct Reader {
    section: Option<Word>,
    comment: Option<Text>,
    option: Option<Word>,
    log_format: Option<Text>,
    balance: Option<Text>,
}

impl Reader {
    fn line(&mut self, text: &str) -> Line {
        let known = match text.strip_prefix("  ") {
            Some(indented) => match indented.strip_prefix("# ") {
                Some(comment) => Some(self.comment(true, comment)),
                None => self.directive(indented).map(Line::Directive),
            },
            None => match text.strip_prefix("# ") {
                Some(comment) => Some(self.comment(false, comment)),
                None => self.section(text).map(Line::Section),
            },
        };
        match known {
            Some(line) => line,
            None if text.is_empty() => Line::Blank,
            None => Line::Verbatim(Text::trusted(text)),
        }
    }

    fn comment(&mut self, indented: bool, text: &str) -> Line {
        let labels = [Label::Server, Label::Backend, Label::Frontend, Label::Destination];
        let labelled = labels
            .iter()
            .find_map(|label| Some((*label, text.strip_prefix(label.as_str())?)));
        let (label, text) = labelled.unwrap_or((Label::None, text));
        Line::Comment(Comment {
            indented,
            label,
            text: same_text(&mut self.comment, text),
        })
    }

    fn section(&mut self, text: &str) -> Option<Section> {
        let section = whole(section, text)?;
        self.section = section.name().cloned();
        Some(section)
    }

    fn directive(&mut self, text: &str) -> Option<Directive> {
        let end = text
            .find(|character: char| !is_of_keyword(character))
            .unwrap_or(text.len());
        let (keyword, after) = text
            .split_at_checked(end)
            .filter(|(keyword, _)| !keyword.is_empty())?;
        let Some(arguments) = after.strip_prefix(' ') else {
            return after.is_empty().then(|| other(keyword, None));
        };
        let known = match keyword {
            "server" => whole(server, arguments).map(Box::new).map(Directive::Server),
            "bind" => whole(bind, arguments),
            "mode" => whole(mode, arguments).map(Directive::Mode),
            "option" => {
                whole(plain, arguments).map(|name| Directive::Option(same_word(&mut self.option, name)))
            }
            "log-format" => Some(Directive::LogFormat(same_text(&mut self.log_format, arguments))),
            "acl" => whole(acl, arguments),
            "use_backend" => whole(use_backend, arguments),
            "default_backend" => whole(plain, arguments)
                .map(|name| Directive::DefaultBackend(same_as(self.section.as_ref(), name))),
            "balance" => Some(Directive::Balance(same_text(&mut self.balance, arguments))),
            "http-request" => Some(Directive::HttpRequest(Text::trusted(arguments))),
            _ => None,
        };
        Some(known.unwrap_or_else(|| other(keyword, Some(arguments))))
    }
}

fn other(keyword: &str, arguments: Option<&str>) -> Directive {
    Directive::Other {
        keyword: Word::trusted(keyword),
        arguments: arguments.map(Text::trusted),
    }
}

/// The text that was there last, when it is the same.
fn same_text(last: &mut Option<Text>, text: &str) -> Text {
    match last {
        Some(last) if last.as_str() == text => last.clone(),
        _ => last.insert(Text::trusted(text)).clone(),
    }
}

fn same_word(last: &mut Option<Word>, word: &str) -> Word {
    match last {
        Some(last) if last.as_str() == word => last.clone(),
        _ => last.insert(Word::trusted(word)).clone(),
    }
}

fn same_as(known: Option<&Word>, word: &str) -> Word {
    known
        .filter(|known| known.as_str() == word)
        .cloned()
        .unwrap_or_else(|| Word::trusted(word))
}

/// What a parser makes of the whole text.
fn whole<'a, T>(
    parser: impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>>,
    text: &'a str,
) -> Option<T> {
    all_consuming(parser).parse(text).ok().map(|(_, output)| output)
}

fn section(input: &str) -> IResult<&str, Section> {
    alt((
        map(preceded(tag("frontend "), word), Section::Frontend),
        map(preceded(tag("backend "), word), Section::Backend),
        map(preceded(tag("listen "), word), Section::Listen),
        value(Section::Defaults, tag("defaults")),
        value(Section::Global, tag("global")),
    ))
    .parse(input)
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
    map((word, preceded(tag(" "), text)), |(name, definition)| {
        Directive::Acl { name, definition }
    })
    .parse(input)
}

fn use_backend(input: &str) -> IResult<&str, Directive> {
    let condition = opt(preceded(tag(" if "), text));
    map((word, condition), |(backend, condition)| Directive::UseBackend {
        backend,
        condition,
    })
    .parse(input)
}

/// The parameters in the order in which they are printed; from the first that is not in its place on, all are the rest.
fn server(input: &str) -> IResult<&str, Server> {
    let (input, (name, address)) = (word, parameter(word)).parse(input)?;
    let (input, proxy_header) = opt(parameter(map_opt(plain, proxy_header))).parse(input)?;
    let (input, cookie) = opt(preceded(tag(" cookie "), plain)).parse(input)?;
    let (input, weight) = opt(preceded(tag(" weight "), map_opt(plain, weight))).parse(input)?;
    let (input, check) = opt(parameter(verify(plain, |word: &str| word == "check"))).parse(input)?;
    let (input, trailing_cookie) = match check {
        Some(_) => opt(preceded(tag(" cookie "), plain)).parse(input)?,
        None => (input, None),
    };
    let (input, rest) = opt(parameter(text)).parse(input)?;
    let [cookie, trailing_cookie] =
        [cookie, trailing_cookie].map(|value| value.map(|value| same_as(Some(&name), value)));
    let server = Server {
        name,
        address,
        proxy_header,
        cookie,
        weight,
        check: check.is_some(),
        trailing_cookie,
        rest,
    };
    Ok((input, server))
}

fn parameter<'a, P>(parser: P) -> impl Parser<&'a str, Output = P::Output, Error = P::Error>
where
    P: Parser<&'a str, Error = nom::error::Error<&'a str>>,
{
    preceded(tag(" "), parser)
}

fn proxy_header(word: &str) -> Option<ProxyHeader> {
    [ProxyHeader::V1, ProxyHeader::V2]
        .into_iter()
        .find(|header| header.as_str() == word)
}

/// A weight as this crate prints it: without leading zeros.
fn weight(digits: &str) -> Option<u16> {
    let exact =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    let number = digits.parse().ok().filter(|number| *number <= Server::MAX_WEIGHT);
    number.filter(|_| exact)
}

fn word(input: &str) -> IResult<&str, Word> {
    map(plain, Word::trusted).parse(input)
}

/// A word up to the next blank, or to the end.
fn plain(input: &str) -> IResult<&str, &str> {
    let end = input.find(' ').unwrap_or(input.len());
    let (after, word) = input.take_split(end);
    verify(success(word), is_word).parse(after)
}

fn text(input: &str) -> IResult<&str, Text> {
    map(rest, Text::trusted).parse(input)
}

fn is_of_keyword(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}
