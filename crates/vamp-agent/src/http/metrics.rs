//! The metrics in Prometheus' text format.

use std::fmt;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;
use vamp_haproxy::counters::{Row, RowKind, Statistics};
use vamp_kv::wrap::Measures;

use super::family::{Family, Kind, Labels, Moment, Sample};
use crate::counters::{Counters, Latencies};
use crate::names::{Names, Owner, gateway_of_pool};
use crate::overview::Overview;

/// The media type of the text.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of one moment. Without statistics those of HAProxy are left out.
pub(super) fn text(
    overview: &Overview,
    store: Option<&Measures>,
    statistics: Option<&Statistics>,
    names: &Names,
) -> Result<String, fmt::Error> {
    let mut families = of_agent(overview);
    families.extend(store.into_iter().flat_map(super::store_metrics::of_store));
    #[cfg(feature = "dns")]
    families.extend(overview.dns.iter().flat_map(super::dns_metrics::of_dns));
    #[cfg(feature = "logs")]
    families.extend(overview.logs.iter().flat_map(super::log_metrics::of_logs));
    #[cfg(feature = "logs")]
    families.extend(overview.metrics.iter().flat_map(super::log_metrics::of_published));
    if let Some(statistics) = statistics {
        families.extend(of_traffic(statistics, names));
    }
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Moment { families }));
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry)?;
    Ok(text)
}

fn of_agent(overview: &Overview) -> Vec<Family> {
    let agent = &overview.agent;
    let haproxy = &agent.haproxy;
    let counters = &overview.counters;
    let mut about = Family::new(
        "vamp_agent_info",
        "The agent and its HAProxy; always 1",
        Kind::Gauge,
    );
    about.add(
        &vec![
            ("id", &agent.id),
            ("name", &agent.name),
            ("version", &agent.version),
            ("haproxy_version", &haproxy.version),
        ],
        Sample::Value(1.0),
    );
    let held_back = agent
        .failure
        .as_ref()
        .is_some_and(|failure| failure.kind == vamp_kv::handover::FailureKind::HeldBack);
    let mut families = vec![
        about,
        Family::flag(
            "vamp_agent_healthy",
            "Whether /health answers 200",
            overview.unhealthy.is_none(),
        ),
        Family::flag(
            "vamp_agent_up_to_date",
            "Whether the newest configuration runs",
            agent.failure.is_none(),
        ),
        Family::flag(
            "vamp_agent_held_back",
            "Whether the newest configuration is held back",
            held_back,
        ),
        Family::flag(
            "vamp_agent_store_connected",
            "Whether the store answers",
            overview.store.connected_since.is_some(),
        ),
        Family::count(
            "vamp_agent_store_outages",
            "How often the store went away",
            counters.store_outages,
        ),
        Family::flag(
            "vamp_agent_haproxy_running",
            "Whether HAProxy runs",
            haproxy.worker_pid.is_some(),
        ),
        Family::count(
            "vamp_agent_haproxy_restarts",
            "How often HAProxy ended without having been told to",
            haproxy.restarts,
        ),
        Family::gauge(
            "vamp_agent_haproxy_old_workers",
            "Workers of earlier configurations that still serve connections",
            haproxy.old_workers as f64,
        ),
    ];
    if let Some(applied) = &agent.applied {
        families.push(Family::gauge(
            "vamp_agent_applied_timestamp_seconds",
            "Since when the configuration runs that was applied last",
            applied.at.as_millisecond() as f64 / 1000.0,
        ));
    }
    families.extend(of_changes(counters));
    families
}

fn of_changes(counters: &Counters) -> [Family; 4] {
    let applied = Family::counts(
        "vamp_agent_applied",
        "Configurations that were applied, by the way in which they were",
        "how",
        [
            ("start", counters.applied_at_start),
            ("runtime", counters.applied_at_runtime),
            ("reload", counters.applied_by_reload),
            ("unchanged", counters.unchanged),
        ],
    );
    let not_applied = Family::counts(
        "vamp_agent_not_applied",
        "Configurations that were not applied, by what came of them",
        "kind",
        [
            ("refused", counters.refused),
            ("held-back", counters.held_back),
            ("failed", counters.failed),
        ],
    );
    let spread = |name, help, latencies: &Latencies| {
        Family::one(name, help, Kind::Histogram, Sample::spread(latencies))
    };
    [
        applied,
        not_applied,
        spread(
            "vamp_agent_reload_seconds",
            "From the arrival of a configuration to a new worker that serves it",
            &counters.reload_seconds,
        ),
        spread(
            "vamp_agent_runtime_seconds",
            "From the arrival of a configuration to its being in effect without a reload",
            &counters.runtime_seconds,
        ),
    ]
}

/// The metrics of gateways, of routes and of servers, in one set of families for each.
#[derive(Debug)]
struct Traffic {
    requests: Family,
    responses: Family,
    errors: Family,
    rate: Family,
    response_time: Family,
    up: Family,
}

macro_rules! traffic {
    ($of:literal, $plural:literal) => {
        Traffic {
            requests: Family::new(
                concat!("vamp_", $of, "_requests"),
                concat!(
                    "Requests of ",
                    $plural,
                    ", of those for TCP connections, since the last reload"
                ),
                Kind::Counter,
            ),
            responses: Family::new(
                concat!("vamp_", $of, "_responses"),
                concat!(
                    "Answers of ",
                    $plural,
                    " by the class of their status, since the last reload"
                ),
                Kind::Counter,
            ),
            errors: Family::new(
                concat!("vamp_", $of, "_errors"),
                concat!(
                    "Requests of ",
                    $plural,
                    " that were not understood, found no server or broke"
                ),
                Kind::Counter,
            ),
            rate: Family::new(
                concat!("vamp_", $of, "_request_rate"),
                concat!("Requests of ", $plural, " in the last second"),
                Kind::Gauge,
            ),
            response_time: Family::new(
                concat!("vamp_", $of, "_response_time_seconds"),
                concat!("Mean total time of the last 1024 requests of ", $plural),
                Kind::Gauge,
            ),
            up: Family::new(
                concat!("vamp_", $of, "_up"),
                concat!("Whether traffic can be taken, of ", $plural),
                Kind::Gauge,
            ),
        }
    };
}

impl Traffic {
    /// What the clients of a frontend, or the balancer of a server, have counted.
    fn count(&mut self, labels: &Labels<'_>, row: &Row) {
        let counts = &row.counts;
        if let Some(requests) = counts.requests.or(counts.sessions) {
            self.requests.add(labels, Sample::Count(requests));
        }
        for (class, count) in [
            ("1xx", counts.responses_1xx),
            ("2xx", counts.responses_2xx),
            ("3xx", counts.responses_3xx),
            ("4xx", counts.responses_4xx),
            ("5xx", counts.responses_5xx),
            ("other", counts.responses_other),
        ] {
            if let Some(count) = count {
                let mut labels = labels.clone();
                labels.push(("code", class));
                self.responses.add(&labels, Sample::Count(count));
            }
        }
        let errors = [
            counts.request_errors,
            counts.connection_errors,
            counts.response_errors,
        ];
        let errors = errors.into_iter().flatten().sum();
        self.errors.add(labels, Sample::Count(errors));
        if let Some(rate) = row.request_rate.or(row.session_rate) {
            self.rate.add(labels, Sample::Value(rate as f64));
        }
    }

    fn time(&mut self, labels: &Labels<'_>, row: &Row) {
        if let Some(time) = row.total_time {
            self.response_time.add(labels, Sample::Value(time.as_secs_f64()));
        }
    }

    fn up(&mut self, labels: &Labels<'_>, row: &Row) {
        let up = if row.is_healthy() { 1.0 } else { 0.0 };
        self.up.add(labels, Sample::Value(up));
    }

    fn families(self) -> [Family; 6] {
        [
            self.requests,
            self.responses,
            self.errors,
            self.rate,
            self.response_time,
            self.up,
        ]
    }
}

fn of_traffic(statistics: &Statistics, names: &Names) -> Vec<Family> {
    let mut gateways = traffic!("gateway", "gateways");
    let mut routes = traffic!("route", "routes");
    let mut servers = traffic!("server", "servers");
    for row in statistics.rows() {
        // The time of requests that no condition matched is told by the gateway's pool.
        if let Some(gateway) = gateway_of_pool(&row.proxy) {
            if let (Some(owner), RowKind::Backend) = (names.owner(gateway), row.kind) {
                gateways.time(&of(owner), row);
                gateways.up(&of(owner), row);
            }
            continue;
        }
        let Some(owner) = names.owner(&row.proxy) else {
            continue;
        };
        let labels = of(owner);
        match (row.kind, &owner.route) {
            (RowKind::Frontend, None) => gateways.count(&labels, row),
            // The frontend of a route answers the checks of its gateway, too, which are no requests of anybody.
            (RowKind::Backend, Some(_)) => {
                routes.count(&labels, row);
                routes.time(&labels, row);
                routes.up(&labels, row);
            }
            (RowKind::Server, Some(_)) => {
                let mut labels = labels;
                labels.push(("server", &row.name));
                servers.count(&labels, row);
                servers.time(&labels, row);
                servers.up(&labels, row);
            }
            _ => {}
        }
    }
    [gateways, routes, servers]
        .into_iter()
        .flat_map(Traffic::families)
        .collect()
}

fn of(owner: &Owner) -> Labels<'_> {
    let gateway = [("gateway", owner.gateway.as_str())];
    let route = owner.route.as_deref().map(|route| ("route", route));
    gateway.into_iter().chain(route).collect()
}
