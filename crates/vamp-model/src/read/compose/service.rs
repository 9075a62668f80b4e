//! A service of a Compose file.

use indexmap::IndexMap;

use super::super::context::Context;
use super::super::place::Place;
use super::{environment, ignored, ports};
use crate::problem::code;
use crate::tree::{Node, Value};
use crate::{Breed, Deployable, Dialects, Name, Reference};

/// The version that every breed of an import gets.
pub(super) const VERSION: &str = "1.0.0";

/// A service on its way to a cluster.
#[derive(Debug)]
pub(super) struct Draft<'t> {
    pub(super) place: Place<'t>,
    pub(super) name: &'t str,
    pub(super) breed: Breed,
    pub(super) dialects: Dialects,
    /// Where the variables are written, by name.
    pub(super) variables: IndexMap<String, Place<'t>>,
    /// Where it is written that the service depends on others, by their names.
    pub(super) dependencies: IndexMap<String, Place<'t>>,
    pub(super) comments: Vec<String>,
}

/// The name of the breed that a service becomes.
pub(super) fn breed_name(service: &str) -> String {
    format!("{service}:{VERSION}")
}

pub(super) fn read<'t>(
    context: &mut Context,
    place: &Place<'t>,
    name: &'t str,
    not_taken: &mut Vec<String>,
) -> Option<Draft<'t>> {
    let Some(mapping) = place.mapping() else {
        context.wrong_type(place, "a mapping that describes a service");
        return None;
    };
    let image = image(context, place);
    let breed_name: Option<Name> = breed_name(name).parse().ok();
    let deployable = Deployable {
        kind: Some(Deployable::DEFAULT_KIND.to_owned()),
        definition: image.unwrap_or_default().to_owned(),
    };
    let mut draft = Draft {
        place: place.clone(),
        name,
        breed: Breed::new(breed_name?, deployable),
        dialects: Dialects::new(),
        variables: IndexMap::new(),
        dependencies: IndexMap::new(),
        comments: Vec::new(),
    };
    for (key, entry) in mapping.iter() {
        let place = place.under(key, entry);
        match key.as_str() {
            "image" => {}
            "ports" => ports::read(context, &place, &mut draft),
            "environment" => environment::read(context, &place, &mut draft),
            "depends_on" => depends_on(context, &place, &mut draft),
            "command" => command(context, &place, &mut draft),
            _ => ignored::tell(not_taken, &format!("{name}.{}", key.as_str()), &entry.node),
        }
    }
    image.map(|_| draft)
}

fn image<'t>(context: &mut Context, place: &Place<'t>) -> Option<&'t str> {
    let mapping = place.mapping()?;
    match mapping.get("image") {
        Some(entry) if !entry.node.is_null() => context.text(&place.under("image", entry)),
        _ => {
            let message = "Can't find any value for path: /image";
            let hint = mapping.contains_key("build").then(|| {
                "images are not built here: build the image first, and say its name under `image`".to_owned()
            });
            context.report_with_hint(place, code::MISSING_PATH_VALUE, message, hint);
            None
        }
    }
}

/// A list of services, or a mapping of services to conditions, which are left out.
fn depends_on<'t>(context: &mut Context, place: &Place<'t>, draft: &mut Draft<'t>) {
    match &place.node.value {
        Value::Scalar(scalar) if scalar.is_null() => {}
        Value::Sequence(nodes) => {
            for element in place.elements(nodes) {
                if let Some(service) = context.text(&element) {
                    needs(context, &element, draft, service);
                }
            }
        }
        Value::Mapping(mapping) => {
            for (key, entry) in mapping.iter() {
                needs(context, &place.under(key, entry), draft, key.as_str());
                let condition = format!("{}.depends_on.{}", draft.name, key.as_str());
                ignored::tell(&mut draft.comments, &condition, &entry.node);
            }
        }
        Value::Scalar(_) => context.wrong_type(place, "a list of services"),
    }
}

fn needs<'t>(context: &mut Context, place: &Place<'t>, draft: &mut Draft<'t>, service: &str) {
    if super::values::name(context, place, service).is_some()
        && let Ok(name) = breed_name(service).parse()
    {
        draft
            .breed
            .dependencies
            .insert(service.to_owned(), Reference::Named(name));
        draft.dependencies.insert(service.to_owned(), place.clone());
    }
}

/// The command as the container runtime gets it: a text, or the words of a list.
fn command(context: &mut Context, place: &Place<'_>, draft: &mut Draft<'_>) {
    let command = match &place.node.value {
        Value::Scalar(scalar) if scalar.is_null() => return,
        Value::Scalar(scalar) => Some(scalar.source.as_str().to_owned()),
        Value::Sequence(nodes) => words(context, place, nodes),
        Value::Mapping(_) => {
            context.wrong_type(place, "a command, or a list of its words");
            None
        }
    };
    if let Some(command) = command {
        draft.dialects.insert("docker".to_owned(), command.into());
    }
}

fn words<'t>(context: &mut Context, place: &Place<'t>, nodes: &'t [Node<'t>]) -> Option<String> {
    let words: Option<Vec<&str>> = place.elements(nodes).map(|word| context.text(&word)).collect();
    words.map(|words| words.join(" "))
}
