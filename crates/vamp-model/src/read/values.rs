//! Values that several artifacts have: names, ports, variables.

use indexmap::IndexMap;

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use crate::problem::code;
use crate::tree::{Plain, Scalar, Value};
use crate::{EnvironmentVariable, Name, Port, StrictName, ValueTemplate};

/// A name, or a report which characters are wrong.
pub(super) fn name(context: &mut Context, place: &Place<'_>, text: &str) -> Option<Name> {
    let name = text.parse().ok();
    if name.is_none() {
        let message = format!(
            "Illegal name or reference - white space characters, '/', '[' and ']' are not allowed: {text}"
        );
        context.report(place, code::ILLEGAL_NAME, message);
    }
    name
}

/// The name of a port, or a report which characters are wrong.
pub(super) fn strict_name(context: &mut Context, place: &Place<'_>, text: &str) -> Option<StrictName> {
    let name = text.parse().ok();
    if name.is_none() {
        let message =
            format!("Illegal name - white space characters, '.', '/', '[' and ']' are not allowed: {text}");
        context.report(place, code::ILLEGAL_STRICT_NAME, message);
    }
    name
}

/// The name under `reference` or `ref` of a mapping.
pub(super) fn named(context: &mut Context, place: &Place<'_>) -> Option<Name> {
    let text = context.text(place)?;
    name(context, place, text)
}

/// The container network under `network`.
#[allow(dead_code, reason = "its callers follow")]
pub(super) fn network(context: &mut Context, fields: &mut Fields<'_>) -> Option<String> {
    let place = fields.get("network")?;
    context.text(&place).map(str::to_owned)
}

/// Splits `name[alias]`.
fn split_alias(key: &str) -> (&str, Option<&str>) {
    let aliased = key.strip_suffix(']').and_then(|rest| {
        rest.char_indices()
            .skip(1)
            .find(|(_, c)| *c == '[')
            .map(|(at, _)| (rest, at))
    });
    match aliased {
        Some((rest, at)) if at + 1 < rest.len() => (&rest[..at], Some(&rest[at + 1..])),
        _ => (key, None),
    }
}

/// One entry of a block of ports or variables: its name, alias and value.
#[derive(Debug)]
pub(super) struct Trait<'t> {
    pub(super) place: Place<'t>,
    pub(super) name: &'t str,
    pub(super) alias: Option<&'t str>,
    /// `None` for null.
    pub(super) value: Option<&'t Scalar<'t>>,
}

/// The entries of a block of ports or variables. Entries that are no scalars are reported and left out.
pub(super) fn traits<'t>(context: &mut Context, block: Option<Place<'t>>) -> Vec<Trait<'t>> {
    let Some(block) = block else { return Vec::new() };
    let Some(mapping) = block.mapping() else {
        context.wrong_type(&block, "a mapping");
        return Vec::new();
    };
    let mut traits = Vec::with_capacity(mapping.len());
    for (key, entry) in mapping.iter() {
        let (name, alias) = split_alias(key);
        let place = block.key(key, entry.key, &entry.node);
        let value = match &entry.node.value {
            Value::Scalar(scalar) if scalar.is_null() => None,
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => {
                let message = format!(
                    "Malformed value of '{name}': expected text, found {}.",
                    place.describe()
                );
                context.report(&place, code::MALFORMED_TRAIT, message);
                continue;
            }
        };
        traits.push(Trait {
            place,
            name,
            alias,
            value,
        });
    }
    traits
}

/// The value of a variable; one with `$` is refused.
pub(super) fn variable_value(
    context: &mut Context,
    place: &Place<'_>,
    value: Option<&Scalar<'_>>,
) -> Option<String> {
    let text = value?.source.as_str();
    check_references(context, place, text);
    Some(text.to_owned())
}

fn check_references(context: &mut Context, place: &Place<'_>, text: &str) {
    if !text.contains('$') {
        return;
    }
    match text.parse::<ValueTemplate>() {
        Ok(_) => context.not_supported(place, &format!("References in values, as in '{text}', are")),
        Err(invalid) => context.report(place, code::PARSER, format!("Cannot parse: '{text}': {invalid}.")),
    }
}

/// Variables by name, with their aliases. Names are checked.
pub(super) fn variables(context: &mut Context, traits: &[Trait<'_>]) -> IndexMap<Name, EnvironmentVariable> {
    let mut variables = IndexMap::with_capacity(traits.len());
    for entry in traits {
        let name = name(context, &entry.place, entry.name);
        let value = variable_value(context, &entry.place, entry.value);
        if let Some(name) = name {
            let alias = entry.alias.map(str::to_owned);
            variables.insert(
                name,
                EnvironmentVariable {
                    alias,
                    value,
                    interpolated: None,
                },
            );
        }
    }
    variables
}

/// The text of a port: whole numbers in decimal, whatever their notation.
pub(super) fn port_text(scalar: &Scalar<'_>) -> String {
    match scalar.plain {
        Plain::Int(number) => number.to_string(),
        _ => scalar.source.as_str().to_owned(),
    }
}

/// A port of a breed or service.
pub(super) fn port(context: &mut Context, place: &Place<'_>, scalar: &Scalar<'_>) -> Option<Port> {
    let text = port_text(scalar);
    if text.contains('$') {
        check_references(context, place, &text);
        return None;
    }
    if let Ok(port) = text.parse() {
        return Some(port);
    }
    let number = text.rsplit_once('/').map_or(text.as_str(), |(number, _)| number);
    let numeric = number.parse::<f64>().is_ok();
    let typed = text
        .rsplit_once('/')
        .is_some_and(|(_, kind)| kind.eq_ignore_ascii_case("http") || kind.eq_ignore_ascii_case("tcp"));
    if numeric || typed {
        context.wrong_type(
            place,
            "a port such as 8080, 8080/http or 8080/tcp from 0 to 65535",
        );
    } else {
        context.not_supported(place, &format!("The symbolic port value '{text}' is"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_stands_in_brackets_at_the_end() {
        let cases = [
            ("timeout[TIME_OUT]", ("timeout", Some("TIME_OUT"))),
            ("timeout", ("timeout", None)),
            ("timeout[]", ("timeout[]", None)),
            ("DOUBLE[a][b]", ("DOUBLE", Some("a][b"))),
            ("[a]", ("[a]", None)),
            ("[a][b]", ("[a]", Some("b"))),
            ("a]", ("a]", None)),
            ("", ("", None)),
        ];
        for (key, expected) in cases {
            assert_eq!(split_alias(key), expected, "{key}");
        }
    }
}
