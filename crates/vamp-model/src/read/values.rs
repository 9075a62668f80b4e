//! Values that several artifacts have: names, ports, variables.

use std::hash::Hash;

use indexmap::IndexMap;

use super::context::Context;
use super::fields::Fields;
use super::place::{Place, shortened};
use crate::problem::code;
use crate::tree::{Mark, Plain, Scalar, Value};
use crate::{EnvironmentVariable, Name, Port, StrictName, ValueTemplate};

/// A name, or a report which characters are wrong.
pub(super) fn name(context: &mut Context, place: &Place<'_>, text: &str) -> Option<Name> {
    let name = text.parse().ok();
    if name.is_none() {
        let message = format!(
            "Illegal name or reference - white space characters, '/', '[' and ']' are not allowed: {text}"
        );
        let hint = text
            .is_empty()
            .then(|| "a name has at least one character".to_owned());
        context.report_with_hint(place, code::ILLEGAL_NAME, message, hint);
    }
    name
}

/// The name of a port or constant, or a report which characters are wrong. An empty one is no name at all.
pub(super) fn strict_name(context: &mut Context, place: &Place<'_>, text: &str) -> Option<StrictName> {
    if text.is_empty() {
        name(context, place, text);
        return None;
    }
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

/// The name in a key of a block of variables, without the alias.
pub(super) fn name_of_key(key: &str) -> &str {
    split_alias(key).0
}

/// One entry of a block of ports or variables: its name, alias and value.
#[derive(Debug)]
pub(super) struct Trait<'t> {
    /// The value, or its key where there is none.
    pub(super) place: Place<'t>,
    key: Mark,
    pub(super) name: &'t str,
    pub(super) alias: Option<&'t str>,
    /// `None` for null.
    pub(super) value: Option<&'t Scalar<'t>>,
}

impl<'t> Trait<'t> {
    /// The key, for what is wrong with the name.
    pub(super) fn name_place(&self) -> Place<'t> {
        self.place.marked(self.key)
    }
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
        let place = block.under(key, entry);
        let value = match &entry.node.value {
            Value::Scalar(scalar) if scalar.is_null() => None,
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => {
                let message = format!("Malformed entry for port, environment variable or constant '{name}'.");
                let hint = format!("expected text, found {}", place.describe());
                context.report_with_hint(&place, code::MALFORMED_TRAIT, message, hint);
                continue;
            }
        };
        traits.push(Trait {
            place,
            key: entry.key,
            name,
            alias,
            value,
        });
    }
    traits
}

/// A value with its references, or a report where a `$` begins none.
pub(super) fn template(context: &mut Context, place: &Place<'_>, text: &str) -> Option<ValueTemplate> {
    match text.parse::<ValueTemplate>() {
        Ok(template) => Some(template),
        Err(invalid) => {
            let shown = shortened(text, SHOWN_VALUE);
            let message = format!("Cannot parse: '{shown}': {}.", invalid.fault);
            let rest = text.get(invalid.offset..).unwrap_or_default();
            let end = rest.chars().next().map_or(0, char::len_utf8);
            context.report_inside(place, &rest[..end], code::PARSER, message, None);
            None
        }
    }
}

/// How much of a value messages show, in bytes.
const SHOWN_VALUE: usize = 500;

/// Reports the names of variables that are none.
pub(super) fn check_names(context: &mut Context, traits: &[Trait<'_>]) {
    for entry in traits.iter().filter(|entry| !Name::is_valid(entry.name)) {
        name(context, &entry.name_place(), entry.name);
    }
}

/// Reports the names of ports or constants that are none.
pub(super) fn check_strict_names<'e, 't: 'e>(
    context: &mut Context,
    traits: impl Iterator<Item = &'e Trait<'t>>,
) {
    for entry in traits.filter(|entry| !StrictName::is_valid(entry.name)) {
        strict_name(context, &entry.name_place(), entry.name);
    }
}

/// Entries by key, if all of them are there, in no more room than they need.
pub(super) fn all_by_key<K: Eq + Hash, V>(
    entries: impl ExactSizeIterator<Item = Option<(K, V)>>,
) -> Option<IndexMap<K, V>> {
    let mut all = IndexMap::with_capacity(entries.len());
    for entry in entries {
        let (key, value) = entry?;
        all.insert(key, value);
    }
    Some(all)
}

/// Variables by name, with their aliases. Names are checked, values are taken as they are.
pub(super) fn variables(context: &mut Context, traits: &[Trait<'_>]) -> IndexMap<Name, EnvironmentVariable> {
    check_names(context, traits);
    variables_by_name(traits)
}

/// Variables by name, with their aliases, without those whose name is none.
pub(super) fn variables_by_name(traits: &[Trait<'_>]) -> IndexMap<Name, EnvironmentVariable> {
    let mut variables = IndexMap::with_capacity(traits.len());
    for entry in traits {
        let Ok(name) = entry.name.parse() else { continue };
        let variable = EnvironmentVariable {
            alias: entry.alias.map(str::to_owned),
            value: entry.value.map(|value| value.source.as_str().to_owned()),
            interpolated: None,
        };
        variables.insert(name, variable);
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
    let port = port_text(scalar).parse().ok();
    if port.is_none() {
        let expected = "a port such as 8080, 8080/http or 8080/tcp from 0 to 65535";
        context.wrong_type(place, expected);
    }
    port
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
