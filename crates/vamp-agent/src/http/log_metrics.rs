//! The metrics of the log path, and of what it publishes.

use std::collections::BTreeMap;

use super::family::{Family, Kind, Labels, Sample};
use crate::logs::{Counters, LogStatus, MetricsStatus, SinkStatus};

/// What the log path has counted. Sinks at one address, which differ in the form of their lines, are one to whoever reads metrics: a set of
/// labels may be there once.
pub(super) fn of_logs(logs: &LogStatus) -> Vec<Family> {
    let mut sinks: BTreeMap<&str, Vec<&SinkStatus>> = BTreeMap::new();
    for sink in &logs.sinks {
        sinks.entry(&sink.sink).or_default().push(sink);
    }
    let of_sinks = |name, help, kind, value: fn(&Counters) -> u64| {
        let mut family = Family::new(name, help, kind);
        for (name, sinks) in &sinks {
            let sum = sinks.iter().map(|sink| value(&sink.counters)).sum();
            family.add(&vec![("sink", name)], sample(kind, sum));
        }
        family
    };
    let mut working = Family::new(
        "vamp_agent_log_sink_working",
        "Whether the last try of a sink succeeded",
        Kind::Gauge,
    );
    for (name, sinks) in &sinks {
        let all = sinks.iter().all(|sink| sink.working);
        working.add(&vec![("sink", name)], Sample::flag(all));
    }
    let mut waiting = Family::new(
        "vamp_agent_log_sink_waiting_lines",
        "Lines that wait for a sink, by where they wait",
        Kind::Gauge,
    );
    let mut bytes = Family::new(
        "vamp_agent_log_sink_waiting_bytes",
        "What the lines that wait for a sink take, by where they wait",
        Kind::Gauge,
    );
    for (name, sinks) in &sinks {
        let sum = |value: fn(&Counters) -> u64| sinks.iter().map(|sink| value(&sink.counters)).sum::<u64>();
        let labels = |place| -> Labels<'_> { vec![("sink", name), ("place", place)] };
        waiting.add(
            &labels("memory"),
            sample(Kind::Gauge, sum(|counted| counted.queued_lines)),
        );
        waiting.add(
            &labels("spool"),
            sample(Kind::Gauge, sum(|counted| counted.spooled_lines)),
        );
        bytes.add(
            &labels("memory"),
            sample(Kind::Gauge, sum(|counted| counted.queued_bytes)),
        );
        bytes.add(
            &labels("spool"),
            sample(Kind::Gauge, sum(|counted| counted.spooled_bytes)),
        );
    }
    vec![
        Family::count(
            "vamp_agent_log_received",
            "Lines that came from HAProxy",
            logs.received,
        ),
        Family::count(
            "vamp_agent_log_truncated",
            "Lines from HAProxy that were too long, whose end is lost",
            logs.truncated,
        ),
        working,
        of_sinks(
            "vamp_agent_log_sink_received",
            "Lines meant for a sink, those that an earlier agent left in the spool included",
            Kind::Counter,
            |counted| counted.received,
        ),
        of_sinks(
            "vamp_agent_log_sink_delivered",
            "Lines that a sink has taken",
            Kind::Counter,
            |counted| counted.delivered,
        ),
        of_sinks(
            "vamp_agent_log_sink_rejected",
            "Lines that a sink refused for ever",
            Kind::Counter,
            |counted| counted.rejected,
        ),
        of_sinks(
            "vamp_agent_log_sink_dropped",
            "Lines given up because a bound was reached",
            Kind::Counter,
            |counted| counted.dropped,
        ),
        of_sinks(
            "vamp_agent_log_sink_unparsable",
            "Lines for a sink that are no records of traffic",
            Kind::Counter,
            |counted| counted.unparsable,
        ),
        of_sinks(
            "vamp_agent_log_sink_resent",
            "Lines that wait again because a connection broke soon after they had been delivered",
            Kind::Counter,
            |counted| counted.resent,
        ),
        of_sinks(
            "vamp_agent_log_sink_retries",
            "Tries of a sink that failed and were followed by another",
            Kind::Counter,
            |counted| counted.retries,
        ),
        waiting,
        bytes,
    ]
}

/// What has become of the figures of ten seconds.
pub(super) fn of_published(metrics: &MetricsStatus) -> Vec<Family> {
    let counters = &metrics.counters;
    let mut working = Family::new(
        "vamp_agent_metrics_working",
        "Whether the server took the last event of metrics",
        Kind::Gauge,
    );
    working.add(&vec![("server", &metrics.server)], Sample::flag(metrics.working));
    vec![
        working,
        Family::count(
            "vamp_agent_metrics_records",
            "Records of traffic that came to be counted",
            counters.records,
        ),
        Family::count(
            "vamp_agent_metrics_beyond_limit",
            "Records that do not count, or not for their server, because a bucket had as many names as it may",
            counters.beyond_limit,
        ),
        Family::count(
            "vamp_agent_metrics_buckets",
            "Buckets that are over and have something to tell",
            counters.buckets,
        ),
        Family::count(
            "vamp_agent_metrics_published",
            "Buckets of which the server has been given all events",
            counters.published,
        ),
        Family::count(
            "vamp_agent_metrics_dropped",
            "Buckets given up because a bound was reached",
            counters.dropped,
        ),
        Family::gauge(
            "vamp_agent_metrics_waiting_buckets",
            "Buckets that wait for the server",
            counters.waiting as f64,
        ),
        Family::count(
            "vamp_agent_metrics_events",
            "Events of metrics that the server has taken",
            counters.events,
        ),
        Family::count(
            "vamp_agent_metrics_rejected",
            "Events of metrics that the server refused for ever",
            counters.rejected,
        ),
        Family::count(
            "vamp_agent_metrics_retries",
            "Tries to publish metrics that failed and were followed by another",
            counters.retries,
        ),
    ]
}

fn sample(kind: Kind, value: u64) -> Sample {
    match kind {
        Kind::Counter => Sample::Count(value),
        Kind::Gauge | Kind::Histogram => Sample::Value(value as f64),
    }
}
