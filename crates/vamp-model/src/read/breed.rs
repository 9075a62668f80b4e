use indexmap::IndexMap;

use super::arguments::{self, ReadArgument};
use super::context::Context;
use super::dependency::{self, Dependencies};
use super::fields::Fields;
use super::health_check::{self, ReadCheck};
use super::place::{Place, shortened};
use super::values::{self, Trait};
use super::{Position, breed_check, reference};
use crate::tree::Value;
use crate::{Breed, Deployable, Kind, Name, Port, Reference, StrictName};

/// A breed as far as it could be read, with the places that checks point at.
#[derive(Debug)]
pub(super) struct Draft<'t> {
    pub(super) place: Place<'t>,
    pub(super) name: Option<Name>,
    pub(super) deployable: Option<Deployable>,
    pub(super) ports: Vec<Trait<'t>>,
    /// Whether every port that is written is among `ports`.
    pub(super) knows_all_ports: bool,
    pub(super) variables: Vec<Trait<'t>>,
    pub(super) constants: Vec<Trait<'t>>,
    pub(super) arguments: Vec<ReadArgument<'t>>,
    /// `None` where it could not be read which aliases there are.
    pub(super) dependencies: Option<Dependencies<'t>>,
    pub(super) health_checks: Option<Vec<ReadCheck<'t>>>,
}

impl Draft<'_> {
    /// The name, or nothing, for messages.
    pub(super) fn name(&self) -> &str {
        self.name.as_ref().map_or("", Name::as_str)
    }

    /// The breed as messages tell it.
    pub(super) fn title(&self) -> String {
        let deployable = self.deployable.as_ref();
        title(
            self.name(),
            deployable.map_or("", |deployable| &deployable.definition),
        )
    }
}

/// `name -> definition`, as messages tell a breed.
pub(super) fn title(name: &str, definition: &str) -> String {
    // A definition may be a whole script.
    format!("{} -> {}", shortened(name, SHOWN), shortened(definition, SHOWN))
}

/// How much of a name or definition messages show, in bytes.
const SHOWN: usize = 200;

/// A breed written out. The order of reading decides which of several problems is the first one.
pub(super) fn read(context: &mut Context, place: &Place<'_>, position: Position) -> Option<Breed> {
    let mut fields = Fields::of(context, place)?;
    if position == Position::TopLevel {
        fields.ignore(&["lookup_name"]);
    }
    let breed = of_fields(context, &mut fields);
    fields.finish(context);
    breed
}

/// As [`read`], of a mapping that may say more than the breed does: the caller finishes it.
pub(super) fn of_fields(context: &mut Context, fields: &mut Fields<'_>) -> Option<Breed> {
    let deployable = deployable(context, fields);
    let dependencies = fields.get("dependencies");
    let dependencies = dependency::read(context, dependencies);
    let name = fields
        .required(context, "name")
        .and_then(|place| values::named(context, &place));
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let before = context.count();
    let ports = fields.get("ports");
    let ports = values::traits(context, ports);
    let knows_all_ports = context.count() == before;
    let port_values = port_values(context, &ports);
    let variables = fields.get_variables(context);
    let variables = values::traits(context, variables);
    let constants = fields.get("constants");
    let constants = values::traits(context, constants);
    let arguments = fields.get("arguments");
    let arguments = arguments::read(context, arguments);
    let checks = fields.get("health_checks");
    let health_checks = health_check::read(context, checks);

    let draft = Draft {
        place: fields.place.clone(),
        name,
        deployable,
        ports,
        knows_all_ports,
        variables,
        constants,
        arguments,
        dependencies,
        health_checks,
    };
    breed_check::validate(context, &draft);
    fields.check_kind(context, &[Kind::Breed]);
    Some(Breed {
        metadata,
        ports: port_values?,
        environment_variables: values::variables_by_name(&draft.variables),
        constants: constants_by_name(&draft.constants),
        arguments: arguments::plain(draft.arguments),
        dependencies: dependency::plain(draft.dependencies?)?,
        health_checks: health_check::plain(draft.health_checks),
        ..Breed::new(draft.name?, draft.deployable?)
    })
}

/// A breed by name, or written out. Beside the name, nothing may stand.
pub(super) fn reference(context: &mut Context, place: &Place<'_>) -> Option<Reference<Breed>> {
    match &place.node.value {
        Value::Scalar(_) => reference::by_text(context, place, Kind::Breed).map(Reference::Named),
        Value::Mapping(mapping) => {
            let mut fields = Fields::without_kind(place.clone(), mapping);
            if !reference::is_by_name(&fields) {
                return read(context, place, Position::Inline).map(Reference::Inline);
            }
            let name = fields
                .get_reference()
                .and_then(|place| reference::by_text(context, &place, Kind::Breed));
            fields.finish(context);
            name.map(Reference::Named)
        }
        Value::Sequence(_) => {
            context.wrong_type(place, "the name of a breed, or a breed");
            None
        }
    }
}

fn deployable(context: &mut Context, fields: &mut Fields<'_>) -> Option<Deployable> {
    const DEFINITION: &str = "deployable/definition";
    let Some(place) = fields.get("deployable") else {
        context.missing(&fields.place, DEFINITION);
        return None;
    };
    match &place.node.value {
        Value::Scalar(scalar) => Some(Deployable {
            kind: None,
            definition: scalar.source.as_str().to_owned(),
        }),
        Value::Mapping(mapping) => {
            let mut inner = Fields::of_mapping(place.clone(), mapping);
            let kind = match inner.get("type") {
                Some(place) => context.text(&place).map(|kind| Some(kind.to_owned())),
                None => Some(None),
            };
            let definition = inner.get("definition");
            if definition.is_none() {
                context.missing(&place, DEFINITION);
            }
            let definition = definition.and_then(|place| context.text(&place).map(str::to_owned));
            inner.finish(context);
            Some(Deployable {
                kind: kind?,
                definition: definition?,
            })
        }
        Value::Sequence(_) => {
            context.no_mapping(&place);
            None
        }
    }
}

/// Ports by name; `None` where one of them could not be read. Names and missing values are reported later.
fn port_values(context: &mut Context, traits: &[Trait<'_>]) -> Option<IndexMap<StrictName, Port>> {
    let mut ports = Some(IndexMap::with_capacity(traits.len()));
    for entry in traits {
        let port = entry
            .value
            .and_then(|value| values::port(context, &entry.place, value));
        match (&mut ports, port, entry.name.parse()) {
            (Some(ports), Some(port), Ok(name)) => {
                ports.insert(name, port);
            }
            _ => ports = None,
        }
    }
    ports
}

/// Constants by name, without those that have been reported.
fn constants_by_name(traits: &[Trait<'_>]) -> IndexMap<StrictName, String> {
    traits
        .iter()
        .filter_map(|entry| Some((entry.name.parse().ok()?, entry.value?.source.as_str().to_owned())))
        .collect()
}
