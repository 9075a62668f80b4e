//! The clusters that escalations scale.

use std::collections::HashSet;

use super::super::context::Context;
use super::super::draft::Draft;
use super::super::hint;
use super::super::place::Place;
use crate::problem::code;
use crate::{Escalation, EscalationKind, Name, Reference};

/// Escalations scale clusters of the blueprint.
pub(super) fn targets(context: &mut Context, draft: &Draft<'_>) {
    if !draft.knows_all_clusters {
        return;
    }
    for (cluster, read) in &draft.clusters {
        for (place, target) in &read.scaled.written {
            exists(context, draft, cluster, place, target);
        }
        for (place, name) in &read.scaled.stored {
            stored(context, draft, cluster, place, name);
        }
    }
}

fn exists(context: &mut Context, draft: &Draft<'_>, cluster: &str, place: &Place<'_>, target: &str) {
    if draft.clusters.contains_key(target) || !context.has_room() {
        return;
    }
    let message = format!("Unresolved scale escalation target cluster '{target}' for cluster '{cluster}'");
    let nearest = hint::nearest(target, draft.clusters.keys().copied());
    let hint = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
    context.report_with_hint(
        place,
        code::UNRESOLVED_SCALE_ESCALATION_TARGET_CLUSTER,
        message,
        hint,
    );
}

/// The clusters that a stored escalation scales, and those of the stored ones in its groups.
fn stored(context: &mut Context, draft: &Draft<'_>, cluster: &str, place: &Place<'_>, name: &Name) {
    let mut seen = HashSet::from([name.clone()]);
    let mut to_look_up = vec![name.clone()];
    while let Some(name) = to_look_up.pop() {
        let Some(escalation) = context.known_escalation(&name) else {
            context.not_checked(place, || {
                format!("whether the clusters that escalation '{name}' scales are in the blueprint")
            });
            continue;
        };
        let mut inner = vec![&escalation];
        while let Some(escalation) = inner.pop() {
            if let Some(target) = target_of(escalation) {
                exists(context, draft, cluster, place, target);
            }
            for member in members_of(escalation) {
                match member {
                    Reference::Inline(escalation) => inner.push(escalation),
                    Reference::Named(name) if seen.insert(name.clone()) => to_look_up.push(name.clone()),
                    Reference::Named(_) => {}
                }
            }
        }
    }
}

fn target_of(escalation: &Escalation) -> Option<&str> {
    match &escalation.kind {
        EscalationKind::ScaleInstances(scaling) => scaling.target.as_deref(),
        EscalationKind::ScaleCpu(scaling) | EscalationKind::ScaleMemory(scaling) => scaling.target.as_deref(),
        EscalationKind::ToAll(_) | EscalationKind::ToOne(_) | EscalationKind::Generic { .. } => None,
    }
}

fn members_of(escalation: &Escalation) -> &[Reference<Escalation>] {
    match &escalation.kind {
        EscalationKind::ToAll(members) | EscalationKind::ToOne(members) => members,
        _ => &[],
    }
}
