//! SLAs and escalations.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{any_text, metadata, name};
use crate::{Escalation, EscalationKind, Reference, Scaling, Sla, SlaKind, SlaReference};

const SLA_TYPES: [&str; 2] = ["response_time_sliding_window", "escalation_only"];

const ESCALATION_TYPES: [&str; 5] = ["to_all", "to_one", "scale_instances", "scale_cpu", "scale_memory"];

/// SLAs as they are stored.
pub fn stored_sla() -> impl Strategy<Value = Sla> {
    let target = any_text().boxed();
    (name(), sla(&target)).prop_map(|(name, sla)| Sla {
        name: Some(name),
        ..sla
    })
}

/// Escalations as they are stored.
pub fn stored_escalation() -> impl Strategy<Value = Escalation> {
    let target = any_text().boxed();
    (name(), escalation(&target)).prop_map(|(name, escalation)| Escalation {
        name: Some(name),
        ..escalation
    })
}

/// SLAs of clusters, by name or written out, whose escalations scale some of these clusters.
pub(super) fn sla_reference(clusters: Vec<String>) -> impl Strategy<Value = SlaReference> {
    let target = select(clusters).boxed();
    prop_oneof![
        (name(), escalations(&target))
            .prop_map(|(name, escalations)| SlaReference::Named { name, escalations }),
        sla(&target).prop_map(SlaReference::Inline),
    ]
}

/// SLAs without name.
fn sla(target: &BoxedStrategy<String>) -> impl Strategy<Value = Sla> + use<> {
    let window =
        any::<[i32; 4]>().prop_map(
            |[upper, lower, interval, cooldown]| SlaKind::ResponseTimeSlidingWindow {
                upper,
                lower,
                interval,
                cooldown,
            },
        );
    let kind = prop_oneof![
        window,
        Just(SlaKind::EscalationOnly),
        (other_than(&SLA_TYPES), metadata())
            .prop_map(|(kind, parameters)| SlaKind::Generic { kind, parameters }),
    ];
    (metadata(), kind, escalations(target)).prop_map(|(metadata, kind, escalations)| Sla {
        name: None,
        metadata,
        kind,
        escalations,
    })
}

/// What an SLA has: of several, the reader makes one group.
fn escalations(target: &BoxedStrategy<String>) -> impl Strategy<Value = Vec<Reference<Escalation>>> + use<> {
    vec(reference(escalation(target)), 0..=1)
}

/// Escalations without name.
fn escalation(target: &BoxedStrategy<String>) -> impl Strategy<Value = Escalation> + use<> {
    let float = || any::<f64>().prop_filter("JSON has no others", |number| number.is_finite());
    let kind = prop_oneof![
        scaling(any::<i32>(), target).prop_map(EscalationKind::ScaleInstances),
        scaling(float(), target).prop_map(EscalationKind::ScaleCpu),
        scaling(float(), target).prop_map(EscalationKind::ScaleMemory),
        (other_than(&ESCALATION_TYPES), metadata())
            .prop_map(|(kind, parameters)| EscalationKind::Generic { kind, parameters }),
    ];
    without_name(kind).prop_recursive(2, 6, 3, |inner| {
        let members = vec(reference(inner), 0..3);
        without_name(prop_oneof![
            members.clone().prop_map(EscalationKind::ToAll),
            members.prop_map(EscalationKind::ToOne),
        ])
    })
}

fn without_name(
    kind: impl Strategy<Value = EscalationKind> + 'static,
) -> impl Strategy<Value = Escalation> + 'static {
    (option::weighted(0.2, metadata()), kind).prop_map(|(metadata, kind)| Escalation {
        name: None,
        metadata: metadata.unwrap_or_default(),
        kind,
    })
}

fn reference(
    escalation: impl Strategy<Value = Escalation> + 'static,
) -> impl Strategy<Value = Reference<Escalation>> + Clone + 'static {
    prop_oneof![
        name().prop_map(Reference::Named),
        escalation.prop_map(Reference::Inline),
    ]
    .boxed()
}

fn scaling<N: Debug + 'static>(
    number: impl Strategy<Value = N> + Clone + 'static,
    target: &BoxedStrategy<String>,
) -> BoxedStrategy<Scaling<N>> {
    let numbers = (number.clone(), number.clone(), number);
    let scaling = (numbers, option::of(target.clone()));
    scaling
        .prop_map(|((minimum, maximum, scale_by), target)| Scaling {
            minimum,
            maximum,
            scale_by,
            target,
        })
        .boxed()
}

/// Words that are none of the types that the language knows.
fn other_than(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    any_text().prop_filter("of another type", |word| !known.contains(&word.as_str()))
}
