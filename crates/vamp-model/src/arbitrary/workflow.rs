use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::event::{date_time, tags};
use super::health_check::{at_ports, health_checks};
use super::scale::optional_scale;
use super::{
    argument, breed, dialects, entries, health, instance, metadata, name, period, strict_name, text,
};
use crate::{Breed, Name, Reference, RestartPhase, Schedule, Workflow, WorkflowStatus};

/// Workflows, with what only the engine knows.
pub fn workflow() -> impl Strategy<Value = Workflow> {
    let breed = prop_oneof![
        name().prop_map(Reference::Named),
        breed().prop_map(Reference::Inline)
    ];
    let parts = (
        (name(), metadata(), breed, schedule()),
        (status(), entries(name(), option::of(text()), 3)),
        (optional_scale(), option::of(text()), vec(argument(), 0..3)),
        (vec(instance(), 0..3), option::of(health())),
        (dialects(), health_checks(), strict_name()),
    );
    parts.prop_map(
        |(
            (name, metadata, breed, schedule),
            (status, variables),
            (scale, network, arguments),
            (instances, health),
            (dialects, checks, port),
        )| Workflow {
            metadata,
            status,
            environment_variables: declared(&breed, &variables),
            scale,
            network,
            arguments,
            instances,
            dialects,
            health,
            // Any port will do.
            health_checks: at_ports(&checks, &[port]),
            ..Workflow::new(name, breed, schedule)
        },
    )
}

fn status() -> impl Strategy<Value = WorkflowStatus> {
    let phases = [RestartPhase::Stopping, RestartPhase::Starting];
    prop_oneof![
        3 => select(WorkflowStatus::ALL.to_vec()),
        1 => select(phases.to_vec()).prop_map(|phase| WorkflowStatus::Restarting(Some(phase))),
    ]
}

/// The variables that may be set: any of a breed that is only named; else those that it has, with values.
fn declared(
    breed: &Reference<Breed>,
    variables: &IndexMap<Name, Option<String>>,
) -> IndexMap<Name, Option<String>> {
    let Reference::Inline(breed) = breed else {
        return variables.clone();
    };
    let names = breed.environment_variables.keys().cloned();
    let values = variables.values().flatten().cloned().map(Some);
    names.zip(values).collect()
}

/// Schedules of workflows.
pub fn schedule() -> impl Strategy<Value = Schedule> {
    let time = (period(), option::of(any::<i32>()), option::of(date_time()));
    prop_oneof![
        Just(Schedule::Daemon),
        tags(0).prop_map(|tags| Schedule::Event { tags }),
        time.prop_map(|(period, repeat, start)| Schedule::Time {
            period,
            repeat,
            start
        }),
    ]
}
