use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::event::{date_time, tags};
use super::{argument, breed, entries, health_checks, instance, metadata, name, parsed, period, scale, text};
use crate::{Breed, Name, Reference, Schedule, Workflow, WorkflowStatus};

/// Workflows, without what only the engine knows.
pub fn workflow() -> impl Strategy<Value = Workflow> {
    let breed = prop_oneof![
        name().prop_map(Reference::Named),
        breed().prop_map(Reference::Inline)
    ]
    .boxed();
    let scale = prop_oneof![
        name().prop_map(Reference::Named),
        scale(false).prop_map(Reference::Inline)
    ]
    .boxed();
    let ports = vec![parsed("[a-z]{1,5}").boxed()];
    let parts = (
        (name(), metadata(), breed, schedule()),
        (
            select(WorkflowStatus::ALL.to_vec()),
            entries(name(), option::of(text()), 3),
            option::of(scale),
            option::of(text()),
        ),
        vec(argument(), 0..3),
        vec(instance(), 0..3),
        metadata(),
        ports,
    );
    parts.boxed().prop_flat_map(
        |(
            (name, metadata, breed, schedule),
            (status, variables, scale, network),
            arguments,
            instances,
            dialects,
            ports,
        )| {
            health_checks(ports).prop_map(move |health_checks| Workflow {
                metadata: metadata.clone(),
                status,
                environment_variables: declared(&breed, &variables),
                scale: scale.clone(),
                network: network.clone(),
                arguments: arguments.clone(),
                instances: instances.clone(),
                // Names are lower case once they are read.
                dialects: dialects
                    .iter()
                    .map(|(name, value)| (name.to_lowercase(), value.clone()))
                    .collect(),
                health_checks,
                ..Workflow::new(name.clone(), breed.clone(), schedule.clone())
            })
        },
    )
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
