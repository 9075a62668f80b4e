//! The breeds that a breed needs.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::{breed, hint, values};
use crate::problem::code;
use crate::tree::Value;
use crate::{Breed, Reference};

/// Dependencies by alias; `None` for those that could not be read.
pub(super) type Dependencies<'t> = IndexMap<&'t str, Option<Reference<Breed>>>;

/// Dependencies by alias: breeds by name, written out, or either of them under `breed`.
///
/// Nothing where the aliases are not known, because the block is no mapping.
pub(super) fn read<'t>(context: &mut Context, place: Option<Place<'t>>) -> Option<Dependencies<'t>> {
    let Some(place) = place else {
        return Some(Dependencies::new());
    };
    let Some(mapping) = place.mapping() else {
        context.wrong_type(&place, "a mapping of aliases to breeds");
        return None;
    };
    let read = mapping.iter().map(|(alias, entry)| {
        let place = place.key(alias, entry.key, &entry.node);
        (alias.as_str(), one(context, &place))
    });
    Some(read.collect())
}

fn one(context: &mut Context, place: &Place<'_>) -> Option<Reference<Breed>> {
    let Some(mapping) = place.mapping() else {
        return breed::reference(context, place);
    };
    let mut fields = Fields::without_kind(place.clone(), mapping);
    let Some(wrapped) = fields.get("breed") else {
        return breed::reference(context, place);
    };
    let breed = breed::reference(context, &wrapped);
    fields.finish(context);
    breed
}

/// The dependencies, if all of them could be read.
pub(super) fn plain(dependencies: Dependencies<'_>) -> Option<IndexMap<String, Reference<Breed>>> {
    values::all_by_key(
        dependencies
            .into_iter()
            .map(|(alias, breed)| Some((alias.to_owned(), breed?))),
    )
}

/// Reports every breed below the one at `place` that needs a breed named `name` again.
///
/// Whatever closes a circle without that name is found where the breed with which it begins is checked: that stands below, too.
pub(super) fn check_recursion(context: &mut Context, place: &Place<'_>, name: &str) {
    let dependencies = place.mapping().and_then(|mapping| mapping.get("dependencies"));
    let Some(entry) = dependencies else { return };
    let dependencies = place.under("dependencies", entry);
    let Some(mapping) = dependencies.mapping() else {
        return;
    };
    for (alias, entry) in mapping.iter() {
        let dependency = unwrapped(dependencies.key(alias, entry.key, &entry.node));
        if written_name(&dependency) == Some(name) {
            let owner = written_name(place).unwrap_or_default();
            let message = format!("Recursive (cyclic) dependency detected for breed '{owner}'");
            let hint = (owner != name).then(|| format!("'{name}' needs '{owner}' itself"));
            context.report_with_hint(&dependency, code::RECURSIVE_DEPENDENCIES, message, hint);
        } else {
            check_recursion(context, &dependency, name);
        }
    }
}

/// Reports every dependency that none of the breeds of these names is. `place` is where the breed is written, or named.
pub(super) fn check_presence(
    context: &mut Context,
    place: &Place<'_>,
    breed: &Breed,
    names: &BTreeSet<&str>,
) {
    let written = place.mapping().and_then(|mapping| mapping.get("dependencies"));
    let block = written.map(|entry| place.under("dependencies", entry));
    for (alias, dependency) in &breed.dependencies {
        let (Reference::Named(name) | Reference::Inline(Breed { name, .. })) = dependency;
        let name = name.as_str();
        let is_there = match name.strip_suffix('*') {
            Some(beginning) => names
                .range(beginning..)
                .next()
                .is_some_and(|there| there.starts_with(beginning)),
            None => names.contains(name),
        };
        if is_there || !context.has_room() {
            continue;
        }
        let message = format!(
            "Unresolved breed dependency for breed '{}' and dependency '{alias} -> {name}'.",
            breed.name
        );
        let others = names
            .iter()
            .copied()
            .filter(|other| *other != breed.name.as_str());
        let nearest = hint::nearest(name, others);
        let hint = match nearest {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "a service of the blueprint has to run this breed".to_owned(),
        };
        let written = block.as_ref().and_then(|block| {
            let (alias, entry) = block.mapping()?.get_key_value(alias)?;
            Some(block.under(alias, entry))
        });
        let place = written.as_ref().unwrap_or(place);
        context.report_with_hint(place, code::UNRESOLVED_BREED_DEPENDENCY, message, hint);
    }
}

/// What stands under `breed`, or the dependency as it is.
fn unwrapped(place: Place<'_>) -> Place<'_> {
    match place.mapping().and_then(|mapping| mapping.get("breed")) {
        Some(entry) => place.under("breed", entry),
        None => place,
    }
}

/// The name by which a breed is called, or that it gives itself.
pub(super) fn written_name<'t>(place: &Place<'t>) -> Option<&'t str> {
    match &place.node.value {
        Value::Scalar(scalar) => Some(scalar.source.as_str()),
        Value::Mapping(mapping) => ["reference", "ref", "name"]
            .into_iter()
            .filter_map(|key| mapping.get(key))
            .find_map(|entry| match &entry.node.value {
                Value::Scalar(scalar) if !scalar.is_null() => Some(scalar.source.as_str()),
                _ => None,
            }),
        Value::Sequence(_) => None,
    }
}
