//! The metrics of the calls to the store.

use vamp_kv::wrap::{BOUNDS, Calls, Measures};

use super::family::{Family, Kind, Sample, Spread};

/// What was measured, without the calls that never happened.
pub(super) fn of_store(measures: &Measures) -> Vec<Family> {
    let mut calls = Family::new(
        "vamp_agent_store_call_seconds",
        "How long calls to the store took, by what was asked and what came of it",
        Kind::Histogram,
    );
    for made in measures.all_calls().iter().filter(|made| made.count > 0) {
        let labels = vec![
            ("operation", made.operation.name()),
            ("outcome", made.outcome.name()),
        ];
        calls.add(&labels, spread(made));
    }
    let watches = measures.watches();
    let told = Family::counts(
        "vamp_agent_store_watch",
        "What watches of the store told: complete listings, single changes, and that the store is away",
        "told",
        [
            ("listing", watches.listings),
            ("change", watches.changes),
            ("outage", watches.outages),
        ],
    );
    vec![calls, told]
}

fn spread(calls: &Calls) -> Sample {
    let [within @ .., above] = &calls.times;
    let bounds = BOUNDS.iter().map(|bound| bound.as_secs_f64());
    Sample::Spread(Spread {
        buckets: bounds.zip(within.iter().copied()).collect(),
        above: *above,
        sum: calls.total.as_secs_f64(),
    })
}
