//! Escalations: what is done when an SLA is not held.

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::{Position, parameters, reference};
use crate::tree::Value;
use crate::{Escalation, EscalationKind, Kind, Metadata, Name, Reference, Scaling};

/// The clusters that escalations scale, and the stored escalations that may scale some, with their places.
#[derive(Debug, Default)]
pub(super) struct ScaledClusters<'t> {
    pub(super) written: Vec<(Place<'t>, String)>,
    pub(super) stored: Vec<(Place<'t>, Name)>,
}

/// An escalation in a document of its own.
pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Escalation> {
    definition(context, place, Position::TopLevel, &mut ScaledClusters::default())
}

/// The escalations of an SLA: one, or a list. Several are made one group that runs all of them.
pub(super) fn of_sla<'t>(
    context: &mut Context,
    place: Option<Place<'t>>,
    scaled: &mut ScaledClusters<'t>,
) -> Vec<Reference<Escalation>> {
    let Some(place) = place else { return Vec::new() };
    if context.is_too_deep(&place, "Escalations have") {
        return Vec::new();
    }
    let Value::Sequence(nodes) = &place.node.value else {
        return one(context, &place, scaled).into_iter().collect();
    };
    let escalations: Vec<Reference<Escalation>> = place
        .elements(nodes)
        .filter_map(|element| one(context, &element, scaled))
        .collect();
    if nodes.len() < 2 {
        return escalations;
    }
    vec![Reference::Inline(Escalation {
        name: None,
        metadata: Metadata::new(),
        kind: EscalationKind::ToAll(escalations),
    })]
}

/// An escalation by name, or written out without one.
fn one<'t>(
    context: &mut Context,
    place: &Place<'t>,
    scaled: &mut ScaledClusters<'t>,
) -> Option<Reference<Escalation>> {
    let escalation = reference::weak(context, place, Kind::Escalation, |context, place| {
        definition(context, place, Position::Inline, scaled)
    })?;
    if let Reference::Named(name) = &escalation {
        scaled.stored.push((place.clone(), name.clone()));
    }
    Some(escalation)
}

fn definition<'t>(
    context: &mut Context,
    place: &Place<'t>,
    position: Position,
    scaled: &mut ScaledClusters<'t>,
) -> Option<Escalation> {
    let mut fields = Fields::of(context, place)?;
    if position == Position::TopLevel && reference::refuse_reference(context, &mut fields, Kind::Escalation) {
        return None;
    }
    if position == Position::Inline
        && let Some(short) = short_group(context, &mut fields, scaled)
    {
        fields.finish(context);
        return Some(Escalation {
            name: None,
            metadata: Metadata::new(),
            kind: short?,
        });
    }
    let name = reference::own_name(context, &mut fields, Kind::Escalation, position);
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let kind = kind(context, &mut fields, scaled);
    fields.check_kind(context, &[Kind::Escalation]);
    fields.finish(context);
    Some(Escalation {
        name: name?,
        metadata,
        kind: kind?,
    })
}

/// `{to_one: […]}` and `{to_all: {escalations: […]}}`, with no other key. `None` where the mapping is none of them.
fn short_group<'t>(
    context: &mut Context,
    fields: &mut Fields<'t>,
    scaled: &mut ScaledClusters<'t>,
) -> Option<Option<EscalationKind>> {
    let mapping = fields.place.mapping()?;
    let (key, entry) = mapping.iter().next()?;
    let make = group_of(key)?;
    if mapping.len() != 1 {
        return None;
    }
    fields.ignore(&["to_all", "to_one"]);
    let place = fields.place.key(key, entry.key, &entry.node);
    let escalations = match &entry.node.value {
        Value::Sequence(_) => members(context, &place, scaled),
        Value::Mapping(mapping) => {
            let mut inner = Fields::without_kind(place, mapping);
            let escalations = inner
                .required(context, "escalations")
                .and_then(|place| members(context, &place, scaled));
            inner.finish(context);
            escalations
        }
        Value::Scalar(_) => {
            context.wrong_type(&place, "a list of escalations");
            None
        }
    };
    Some(escalations.map(make))
}

type Group = fn(Vec<Reference<Escalation>>) -> EscalationKind;

fn group_of(word: &str) -> Option<Group> {
    match word {
        "to_all" => Some(EscalationKind::ToAll),
        "to_one" => Some(EscalationKind::ToOne),
        _ => None,
    }
}

/// The escalations of a group.
fn members<'t>(
    context: &mut Context,
    place: &Place<'t>,
    scaled: &mut ScaledClusters<'t>,
) -> Option<Vec<Reference<Escalation>>> {
    let Value::Sequence(nodes) = &place.node.value else {
        context.wrong_type(place, "a list of escalations");
        return None;
    };
    let members = place
        .elements(nodes)
        .filter_map(|element| one(context, &element, scaled));
    Some(members.collect())
}

fn kind<'t>(
    context: &mut Context,
    fields: &mut Fields<'t>,
    scaled: &mut ScaledClusters<'t>,
) -> Option<EscalationKind> {
    let Some(place) = fields.get("type") else {
        type_is_missing(context, fields);
        return None;
    };
    let word = context.text(&place)?;
    if let Some(make) = group_of(word) {
        let place = fields.required(context, "escalations")?;
        return members(context, &place, scaled).map(make);
    }
    match word {
        "scale_instances" => scaling(context, fields, scaled, |context, place| context.integer(place))
            .map(EscalationKind::ScaleInstances),
        "scale_cpu" => scaling(context, fields, scaled, |context, place| context.float(place))
            .map(EscalationKind::ScaleCpu),
        "scale_memory" => scaling(context, fields, scaled, |context, place| context.float(place))
            .map(EscalationKind::ScaleMemory),
        _ => Some(EscalationKind::Generic {
            kind: word.to_owned(),
            parameters: parameters::read(context, fields),
        }),
    }
}

fn type_is_missing(context: &mut Context, fields: &mut Fields<'_>) {
    fields.ignore_rest();
    match ["to_all", "to_one"].into_iter().find(|group| fields.has(group)) {
        Some(group) => {
            let hint = format!("`{group}` stands alone, or as `type: {group}` beside `escalations`");
            context.missing_with_hint(&fields.place, "type", hint);
        }
        None => context.missing(&fields.place, "type"),
    }
}

fn scaling<'t, N>(
    context: &mut Context,
    fields: &mut Fields<'t>,
    scaled: &mut ScaledClusters<'t>,
    number: fn(&mut Context, &Place<'_>) -> Option<N>,
) -> Option<Scaling<N>> {
    let mut limit = |key| {
        let place = fields.required(context, key)?;
        number(context, &place)
    };
    let (minimum, maximum, scale_by) = (limit("minimum"), limit("maximum"), limit("scale_by"));
    let target = fields.get("target").map(|place| {
        let cluster = context.text(&place)?.to_owned();
        scaled.written.push((place, cluster.clone()));
        Some(cluster)
    });
    Some(Scaling {
        minimum: minimum?,
        maximum: maximum?,
        scale_by: scale_by?,
        // A target that could not be read has been reported.
        target: target.flatten(),
    })
}
