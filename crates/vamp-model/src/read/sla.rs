//! SLAs: what is promised of services.

use super::context::Context;
use super::escalation::{self, ScaledClusters};
use super::fields::Fields;
use super::place::Place;
use super::{Position, parameters, reference};
use crate::tree::Value;
use crate::{Kind, Sla, SlaKind, SlaReference};

/// An SLA in a document of its own.
pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Sla> {
    definition(context, place, Position::TopLevel, &mut ScaledClusters::default())
}

/// The SLA of a cluster, by name or written out, and the clusters that its escalations scale.
pub(super) fn of_cluster<'t>(
    context: &mut Context,
    place: &Place<'t>,
    scaled: &mut ScaledClusters<'t>,
) -> Option<SlaReference> {
    match &place.node.value {
        Value::Scalar(_) => {
            let name = reference::by_text(context, place, Kind::Sla)?;
            Some(SlaReference::Named {
                name,
                escalations: Vec::new(),
            })
        }
        Value::Sequence(_) => {
            context.wrong_type(place, "the name of a stored sla, or a mapping");
            None
        }
        Value::Mapping(_) => match reference::by_name(context, place, Kind::Sla) {
            Some((name, mut fields)) => {
                let escalations = fields.get("escalations");
                let escalations = escalation::of_sla(context, escalations, scaled);
                fields.finish(context);
                name.map(|name| SlaReference::Named { name, escalations })
            }
            None => definition(context, place, Position::Inline, scaled).map(SlaReference::Inline),
        },
    }
}

fn definition<'t>(
    context: &mut Context,
    place: &Place<'t>,
    position: Position,
    scaled: &mut ScaledClusters<'t>,
) -> Option<Sla> {
    let mut fields = Fields::of(context, place)?;
    if position == Position::TopLevel && reference::refuse_reference(context, &mut fields, Kind::Sla) {
        return None;
    }
    let name = if position == Position::Inline && is_only_named(place) {
        // What it lacks says more than that it must not have a name.
        fields.ignore(&["name"]);
        Some(None)
    } else {
        reference::own_name(context, &mut fields, Kind::Sla, position)
    };
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let escalations = fields.get("escalations");
    let kind = kind(context, &mut fields);
    let escalations = escalation::of_sla(context, escalations, scaled);
    fields.check_kind(context, &[Kind::Sla]);
    fields.finish(context);
    Some(Sla {
        name: name?,
        metadata,
        kind: kind?,
        escalations,
    })
}

/// Whether a mapping has nothing to say but a name and escalations.
fn is_only_named(place: &Place<'_>) -> bool {
    place.mapping().is_some_and(|mapping| {
        mapping
            .iter()
            .all(|(key, _)| key == "name" || key == "escalations")
    })
}

fn kind(context: &mut Context, fields: &mut Fields<'_>) -> Option<SlaKind> {
    let Some(place) = fields.required(context, "type") else {
        fields.ignore_rest();
        return None;
    };
    match context.text(&place)? {
        "response_time_sliding_window" => sliding_window(context, fields),
        "escalation_only" => Some(SlaKind::EscalationOnly),
        other => Some(SlaKind::Generic {
            kind: other.to_owned(),
            parameters: parameters::read(context, fields),
        }),
    }
}

fn sliding_window(context: &mut Context, fields: &mut Fields<'_>) -> Option<SlaKind> {
    let threshold = pair(
        context,
        fields,
        "threshold",
        ["threshold/upper", "threshold/lower"],
    );
    let window = pair(context, fields, "window", ["window/interval", "window/cooldown"]);
    let ([upper, lower], [interval, cooldown]) = (threshold?, window?);
    Some(SlaKind::ResponseTimeSlidingWindow {
        upper,
        lower,
        interval,
        cooldown,
    })
}

/// Two whole numbers below a key, all of them required.
fn pair(
    context: &mut Context,
    fields: &mut Fields<'_>,
    key: &'static str,
    paths: [&'static str; 2],
) -> Option<[i32; 2]> {
    let Some(place) = fields.get(key) else {
        context.missing(&fields.place, paths[0]);
        return None;
    };
    let Some(mapping) = place.mapping() else {
        context.no_mapping(&place);
        return None;
    };
    let mut inner = Fields::without_kind(place, mapping);
    let numbers = paths.map(|path| {
        let key = path.rsplit('/').next().unwrap_or(path);
        match inner.get(key) {
            Some(place) => context.integer(&place),
            None => {
                context.missing(&inner.place, path);
                None
            }
        }
    });
    inner.finish(context);
    Some([numbers[0]?, numbers[1]?])
}
