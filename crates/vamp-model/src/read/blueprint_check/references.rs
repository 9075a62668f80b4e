//! What values refer to.

use super::super::context::Context;
use super::super::place::Place;
use super::super::service::ReadService;
use super::super::values;
use super::clusters::{Answer, Clusters};
use super::variables::{text_of, unresolved};
use crate::{Breed, Name, Reference, TraitReference, ValueReference, ValueTemplate};

/// Values of breeds and of the blueprint refer to what the breeds of a cluster have. Those of services may refer to anything.
pub(super) fn of_values(context: &mut Context, clusters: &Clusters<'_, '_>) {
    let all = clusters.draft.clusters.values();
    for service in all.flat_map(|cluster| &cluster.services) {
        if let Some(breed) = service.known_breed() {
            of_breed(context, clusters, service, breed);
        }
    }
    for entry in &clusters.draft.variables {
        let text = text_of(entry);
        if !text.contains('$') {
            continue;
        }
        if let Some(template) = values::template(context, &entry.place, text) {
            for reference in traits(&template) {
                let cluster = reference.cluster.as_str();
                if let Some(unsure) = judge(clusters, &[cluster], reference) {
                    report(context, &entry.place, entry.name, text, &unsure);
                }
            }
        }
    }
}

fn of_breed(context: &mut Context, clusters: &Clusters<'_, '_>, service: &ReadService<'_>, breed: &Breed) {
    for (name, variable) in &breed.environment_variables {
        let text = variable.value.as_deref().unwrap_or_default();
        if !text.contains('$') {
            continue;
        }
        // Whatever is no such value has been reported where the breed was read.
        let Ok(template) = text.parse::<ValueTemplate>() else {
            continue;
        };
        for reference in traits(&template) {
            let meant = clusters_behind(clusters, breed, reference.cluster.as_str());
            if let Some(unsure) = judge(clusters, &meant, reference)
                && let Some(place) = place_of(service, name)
            {
                report(context, &place, name.as_str(), text, &unsure);
            }
        }
    }
}

fn traits(template: &ValueTemplate) -> impl Iterator<Item = &TraitReference> {
    template.references().filter_map(|reference| match reference {
        ValueReference::Trait(reference) => Some(reference),
        ValueReference::Local(_) | ValueReference::Host(_) | ValueReference::Global(_) => None,
    })
}

/// The clusters that a breed means: those that run the dependency of that alias, else the one of that name.
fn clusters_behind<'n>(clusters: &'n Clusters<'_, '_>, breed: &'n Breed, alias: &'n str) -> Vec<&'n str> {
    let dependency = breed.dependencies.get(alias).map(|dependency| match dependency {
        Reference::Named(name) | Reference::Inline(Breed { name, .. }) => name.as_str(),
    });
    match dependency.map(|dependency| clusters.running(dependency)) {
        Some(running) if !running.is_empty() => running,
        _ => vec![alias],
    }
}

/// A reference of which it is not sure that it leads anywhere.
#[derive(Debug)]
struct Unsure {
    reference: String,
    answer: Answer,
    hint: Option<String>,
}

/// Judges what is said of clusters of the blueprint; about others nothing is known.
fn judge(clusters: &Clusters<'_, '_>, meant: &[&str], reference: &TraitReference) -> Option<Unsure> {
    let name = reference.name.as_str();
    let traits: Vec<_> = meant
        .iter()
        .filter_map(|cluster| clusters.traits(cluster))
        .collect();
    let group = reference.known_group();
    let answers = || {
        traits.iter().map(|traits| match group {
            Some(group) => traits.has(group, name),
            None => Answer::No,
        })
    };
    if traits.is_empty() || answers().any(|answer| answer == Answer::Yes) {
        return None;
    }
    let is_open = answers().any(|answer| answer == Answer::Open);
    let nearest = group.and_then(|group| traits.iter().find_map(|traits| traits.nearest(group, name)));
    Some(Unsure {
        reference: reference.to_string(),
        answer: if is_open { Answer::Open } else { Answer::No },
        hint: nearest.map(|nearest| {
            let TraitReference { cluster, group, .. } = reference;
            format!("did you mean `{cluster}.{group}.{nearest}`?")
        }),
    })
}

fn report(context: &mut Context, place: &Place<'_>, name: &str, value: &str, unsure: &Unsure) {
    let reference = &unsure.reference;
    if unsure.answer == Answer::Open {
        context.not_checked(place, || format!("whether '{reference}' leads to anything"));
        return;
    }
    let hint = unsure.hint.clone();
    let hint = hint.unwrap_or_else(|| format!("nothing is at `{reference}`"));
    unresolved(context, place, name, value, Some(hint));
}

/// Where a variable of a service's breed is written, or the breed where it is not.
fn place_of<'t>(service: &ReadService<'t>, name: &Name) -> Option<Place<'t>> {
    let breed = service.breed_place.as_ref()?;
    let block = ["environment_variables", "env"].into_iter().find_map(|key| {
        let entry = breed.mapping()?.get(key)?;
        (!entry.node.is_null()).then(|| breed.under(key, entry))
    });
    let entry = block.as_ref().and_then(|block| {
        let mut entries = block.mapping()?.iter();
        let (key, entry) = entries.find(|(key, _)| values::name_of_key(key) == name.as_str())?;
        Some(block.under(key, entry))
    });
    entry.or_else(|| service.breed_place.clone())
}
