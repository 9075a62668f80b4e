//! The grammar of values. Alternatives are tried in order, and the first one that fits is taken.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{eof, map, not, recognize};
use nom::error::{ErrorKind, ParseError};
use nom::multi::{many0, many0_count};
use nom::sequence::{preceded, separated_pair, terminated};
use nom::{Err, IResult, Parser};

use super::{
    GlobalReference, InvalidReference, InvalidTemplate, ReferencePath, ReferenceWord, TemplateFault,
    TraitReference, ValuePart, ValueReference,
};

/// What is left of a text that does not fit, and why, once it is known.
#[derive(Debug)]
pub(super) struct Misfit<'t> {
    rest: &'t str,
    fault: Option<TemplateFault>,
}

impl<'t> ParseError<&'t str> for Misfit<'t> {
    fn from_error_kind(rest: &'t str, _: ErrorKind) -> Self {
        Self { rest, fault: None }
    }

    fn append(_: &'t str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

type Parsed<'t, T> = IResult<&'t str, T, Misfit<'t>>;

/// Reads all of a value. Texts that follow each other are not joined.
pub(super) fn value(text: &str) -> Result<Vec<ValuePart>, InvalidTemplate> {
    let plain = map(take_while1(|c| c != '$'), |text: &str| {
        ValuePart::Text(text.to_owned())
    });
    let escaped = map(tag("$$"), |_| ValuePart::Text("$".to_owned()));
    let reference = map(reference, ValuePart::Reference);
    let whole = terminated(many0(alt((plain, escaped, reference))), eof).parse(text);
    match whole {
        Ok((_, parts)) => Ok(parts),
        Err(Err::Error(misfit) | Err::Failure(misfit)) => {
            let fault = misfit.fault.unwrap_or(TemplateFault::NoName);
            Err(InvalidTemplate::new(text, text.len() - misfit.rest.len(), fault))
        }
        // Only streams can be incomplete.
        Err(Err::Incomplete(_)) => Err(InvalidTemplate::new(text, text.len(), TemplateFault::NotClosed)),
    }
}

/// Reads all of a text by one rule.
pub(super) fn whole<'t, T>(
    text: &'t str,
    rule: impl Parser<&'t str, Output = T, Error = Misfit<'t>>,
) -> Result<T, InvalidReference> {
    match terminated(rule, eof).parse(text) {
        Ok((_, value)) => Ok(value),
        Err(_) => Err(InvalidReference(text.to_owned())),
    }
}

/// `$name` or `${ name }`. Once the `$` is there, nothing else fits.
fn reference(text: &str) -> Parsed<'_, ValueReference> {
    let (inside, _) = char('$').parse(text)?;
    if let Some(inside) = inside.strip_prefix('{') {
        return in_braces(text, inside);
    }
    variable(inside).map_err(|_| failure(text, TemplateFault::NoName))
}

/// Reads up to and with the `}`. `start` is where the `$` is.
fn in_braces<'t>(start: &'t str, inside: &'t str) -> Parsed<'t, ValueReference> {
    let (inside, _) = blanks(inside)?;
    let unexpected = |at: &'t str| match at.chars().next() {
        Some(found) => failure(at, TemplateFault::Unexpected(found)),
        None => failure(start, TemplateFault::NotClosed),
    };
    if inside.starts_with('}') {
        return Err(failure(start, TemplateFault::Empty));
    }
    let (behind, reference) = braced_variable(inside).map_err(|_| unexpected(inside))?;
    let (behind, _) = blanks(behind)?;
    match behind.strip_prefix('}') {
        Some(rest) => Ok((rest, reference)),
        None => Err(unexpected(behind)),
    }
}

fn failure(rest: &str, fault: TemplateFault) -> Err<Misfit<'_>> {
    Err::Failure(Misfit {
        rest,
        fault: Some(fault),
    })
}

fn blanks(text: &str) -> Parsed<'_, &str> {
    take_while(is_blank).parse(text)
}

/// A reference without braces: it ends where it can go no further.
fn variable(text: &str) -> Parsed<'_, ValueReference> {
    alt((
        map(global, ValueReference::Global),
        map(trait_of_words, ValueReference::Trait),
        map(host, ValueReference::Host),
        map(word, ValueReference::Local),
    ))
    .parse(text)
}

/// A reference between braces, where the name of a trait may have points.
pub(super) fn braced_variable(text: &str) -> Parsed<'_, ValueReference> {
    alt((
        map(global, ValueReference::Global),
        map(full_name, ValueReference::Trait),
        map(host, ValueReference::Host),
        map(workflow_name, ValueReference::Local),
        map(word, ValueReference::Local),
    ))
    .parse(text)
}

pub(super) fn global(text: &str) -> Parsed<'_, GlobalReference> {
    let parts = separated_pair(recognized_word, tag("://"), recognized_path);
    map(parts, |(scheme, path)| GlobalReference {
        scheme: ReferenceWord::recognized(scheme),
        path: ReferencePath::recognized(path),
    })
    .parse(text)
}

/// `cluster.group.name` whose name is one word.
fn trait_of_words(text: &str) -> Parsed<'_, TraitReference> {
    trait_named(recognized_word).parse(text)
}

/// `cluster.group.name` whose name may have points.
pub(super) fn full_name(text: &str) -> Parsed<'_, TraitReference> {
    trait_named(recognized_path).parse(text)
}

fn trait_named<'t>(
    name: fn(&'t str) -> Parsed<'t, &'t str>,
) -> impl Parser<&'t str, Output = TraitReference, Error = Misfit<'t>> {
    let leading = || terminated(recognized_word, char('.'));
    map((leading(), leading(), name), |(cluster, group, name)| {
        TraitReference {
            cluster: ReferenceWord::recognized(cluster),
            group: ReferenceWord::recognized(group),
            name: ReferencePath::recognized(name),
        }
    })
}

/// `cluster.host`, but not `cluster.hostname`.
fn host(text: &str) -> Parsed<'_, ReferenceWord> {
    let parts = (recognized_word, tag(".host"), not(recognized_word));
    map(parts, |(cluster, _, ())| ReferenceWord::recognized(cluster)).parse(text)
}

/// Workflows know their own name as `workflow`; `${workflow.name}` is the long way to write it.
fn workflow_name(text: &str) -> Parsed<'_, ReferenceWord> {
    let parts = (tag("workflow"), tag(".name"), not(recognized_word));
    map(parts, |(workflow, _, ())| ReferenceWord::recognized(workflow)).parse(text)
}

pub(super) fn word(text: &str) -> Parsed<'_, ReferenceWord> {
    map(recognized_word, ReferenceWord::recognized).parse(text)
}

pub(super) fn path(text: &str) -> Parsed<'_, ReferencePath> {
    map(recognized_path, ReferencePath::recognized).parse(text)
}

fn recognized_word(text: &str) -> Parsed<'_, &str> {
    take_while1(is_word_character).parse(text)
}

/// Words with points between them.
fn recognized_path(text: &str) -> Parsed<'_, &str> {
    recognize((recognized_word, many0_count(preceded(char('.'), recognized_word)))).parse(text)
}

fn is_word_character(c: char) -> bool {
    !is_blank(c) && !matches!(c, '/' | '[' | ']' | '.' | '{' | '}' | ':' | ';' | ',' | '$')
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\r' | '\t' | '\u{c}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ValueTemplate;

    fn text(text: &str) -> ValuePart {
        ValuePart::Text(text.to_owned())
    }

    fn local(name: &str) -> ValuePart {
        ValuePart::Reference(ValueReference::Local(name.parse().unwrap()))
    }

    fn host_of(cluster: &str) -> ValuePart {
        ValuePart::Reference(ValueReference::Host(cluster.parse().unwrap()))
    }

    fn of_trait(full_name: &str) -> ValuePart {
        ValuePart::Reference(ValueReference::Trait(full_name.parse().unwrap()))
    }

    fn outside(scheme: &str, path: &str) -> ValuePart {
        ValuePart::Reference(ValueReference::Global(GlobalReference {
            scheme: scheme.parse().unwrap(),
            path: path.parse().unwrap(),
        }))
    }

    #[track_caller]
    fn parts(value: &str) -> Vec<ValuePart> {
        let template: ValueTemplate = value.parse().unwrap();
        template.parts().to_vec()
    }

    #[test]
    fn texts_stay_around_the_references_between_them() {
        // S01-214: text alone is one part; a reference is one; what stands before and behind it stays.
        assert_eq!(parts("abc"), [text("abc")]);
        assert_eq!(parts("$port"), [local("port")]);
        assert_eq!(parts("a$port/"), [text("a"), local("port"), text("/")]);
        assert_eq!(parts("a/$port"), [text("a/"), local("port")]);
        assert_eq!(parts(""), []);
    }

    #[test]
    fn braces_change_nothing_but_where_a_reference_ends() {
        // S01-215: with and without braces it is the same; a lone `host` is a name like any other.
        assert_eq!(parts("${port}"), parts("$port"));
        assert_eq!(
            parts("http://${host}/"),
            [text("http://"), local("host"), text("/")]
        );
        assert_eq!(parts("${ \t\r\n\u{c}port  }x"), [local("port"), text("x")]);
        assert_eq!(parts("${port}80"), [local("port"), text("80")]);
    }

    #[test]
    fn hosts_of_clusters_are_told_from_names_that_begin_like_them() {
        // S01-216: the host of a cluster, in braces and before a character that ends it.
        assert_eq!(parts("a${db.host}"), [text("a"), host_of("db")]);
        assert_eq!(parts("$db.host:"), [host_of("db"), text(":")]);
        assert_eq!(parts("$db.host."), [host_of("db"), text(".")]);
        assert_eq!(parts("$a.hostname"), [local("a"), text(".hostname")]);
        assert_eq!(parts("$a.b"), [local("a"), text(".b")]);
        assert_eq!(parts("$a.host.x"), [of_trait("a.host.x")]);
        assert_eq!(parts("${a.hosts.host}"), [of_trait("a.hosts.host")]);
    }

    #[test]
    fn outer_braces_are_text() {
        // S01-217: only the braces behind a `$` belong to a reference.
        let expected = [text("{"), of_trait("es.constants.port"), text("}")];
        assert_eq!(parts("{${es.constants.port}}"), expected);
        assert_eq!(
            parts("$api.constants.version/"),
            [of_trait("api.constants.version"), text("/")]
        );
    }

    #[test]
    fn a_reference_ends_where_the_next_one_begins() {
        // S01-218: three references that touch each other, between slashes.
        assert_eq!(
            parts("/$a$b$c/"),
            [text("/"), local("a"), local("b"), local("c"), text("/")]
        );
    }

    #[test]
    fn two_dollars_are_one() {
        // S01-219: each pair is one `$` and joins the texts around it; what is left over begins a reference.
        assert_eq!(parts("a$$b"), [text("a$b")]);
        assert_eq!(parts("a$$$$b"), [text("a$$b")]);
        assert_eq!(parts("$$$d"), [text("$"), local("d")]);
        assert_eq!(parts("a$$b$d"), [text("a$b"), local("d")]);
        assert_eq!(parts("$${a}"), [text("${a}")]);
    }

    #[test]
    fn an_address_of_many_references_comes_apart_as_it_was_put_together() {
        // S01-220: hosts, names, ports and constants in one address, ten parts.
        assert_eq!(
            parts("http://$db.host:$db.ports.http/$path/${api.constants.version}?key=$$1&q=${query}"),
            [
                text("http://"),
                host_of("db"),
                text(":"),
                of_trait("db.ports.http"),
                text("/"),
                local("path"),
                text("/"),
                of_trait("api.constants.version"),
                text("?key=$1&q="),
                local("query"),
            ]
        );
    }

    #[test]
    fn values_from_outside_have_a_scheme_and_a_path() {
        // S01-221: a scheme, and a path whose words have points between them.
        assert_eq!(
            parts("a${http://a.b}/$config://c.d"),
            [
                text("a"),
                outside("http", "a.b"),
                text("/"),
                outside("config", "c.d")
            ]
        );
        assert_eq!(parts("$env://HOME/bin"), [outside("env", "HOME"), text("/bin")]);
        assert_eq!(parts("$conf://a.b."), [outside("conf", "a.b"), text(".")]);
        assert_eq!(
            parts("$http://$db.host"),
            [local("http"), text("://"), host_of("db")]
        );
    }

    #[test]
    fn names_may_have_points_in_braces_only() {
        let dotted = "a.environment_variables.b.c";
        assert_eq!(parts(&format!("${{{dotted}}}")), [of_trait(dotted)]);
        assert_eq!(
            parts(&format!("${dotted}")),
            [of_trait("a.environment_variables.b"), text(".c")]
        );
        assert_eq!(parts("${workflow.name}"), [local("workflow")]);
    }

    #[test]
    fn words_hold_every_character_that_does_not_end_them() {
        for name in ["a-b_c", "1", "é", "a*b", "a'\"b", "(x)", "🦀"] {
            assert_eq!(parts(&format!("${name}")), [local(name)], "{name}");
        }
        for end in [
            " ", "\n", "\r", "\t", "\u{c}", "/", "[", "]", ".", "{", "}", ":", ";", ",",
        ] {
            assert_eq!(parts(&format!("$a{end}")), [local("a"), text(end)], "{end:?}");
        }
    }

    #[test]
    fn a_dollar_that_begins_no_reference_is_told_with_its_place() {
        use TemplateFault::{Empty, NoName, NotClosed, Unexpected};
        let cases = [
            ("$", 0, NoName),
            ("$ a", 0, NoName),
            ("cost: 5$ each", 7, NoName),
            ("price 5$", 7, NoName),
            ("é$", 2, NoName),
            ("$$$", 2, NoName),
            ("$a$/", 2, NoName),
            ("${unclosed", 0, NotClosed),
            ("x${ a ", 1, NotClosed),
            ("${", 0, NotClosed),
            ("${}", 0, Empty),
            ("a${ }", 1, Empty),
            ("${a b}", 4, Unexpected('b')),
            ("${a.b}", 3, Unexpected('.')),
            ("${a..c}", 3, Unexpected('.')),
            ("${a.hostname}", 3, Unexpected('.')),
            ("${a.ports.b.}", 11, Unexpected('.')),
            ("${$a}", 2, Unexpected('$')),
            ("${http://x/y}", 10, Unexpected('/')),
            ("${config://}", 8, Unexpected(':')),
            ("${workflow.names}", 10, Unexpected('.')),
        ];
        for (value, offset, fault) in cases {
            let invalid = value.parse::<ValueTemplate>().unwrap_err();
            assert_eq!((invalid.offset, invalid.fault), (offset, fault), "{value}");
        }
        let invalid = "é$".parse::<ValueTemplate>().unwrap_err();
        assert_eq!(
            invalid.to_string(),
            "no name follows a `$`; `$$` stands for one `$` (character 2)"
        );
    }

    #[test]
    fn references_and_their_words_are_read_alone_too() {
        for good in ["a", "a.host", "a.b.c", "a.b.c.d", "s://a.b"] {
            let reference: ValueReference = good.parse().unwrap();
            assert_eq!(reference.to_string(), good);
        }
        for bad in ["", "a.b", "a b", "$a", "${a}", "a.b.", " a", "s://", "s://a/b"] {
            assert!(bad.parse::<ValueReference>().is_err(), "{bad}");
        }
        assert!("a.b".parse::<ReferenceWord>().is_err());
        assert!("a.b".parse::<ReferencePath>().is_ok());
        assert!("a.b.".parse::<ReferencePath>().is_err());
        assert!("s://a".parse::<TraitReference>().is_err());
        assert!("a.b.c".parse::<GlobalReference>().is_err());
    }
}
