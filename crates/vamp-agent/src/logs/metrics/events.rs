//! A bucket as events.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use vamp_client::wire::NewEvent;
use vamp_haproxy::metrics::{Measurement, Summary};

use super::closed::Closed;
use super::learned::Learned;
use crate::names::Owner;

/// The sort of the events of health; that of all others is [`METRICS`].
const HEALTH: &str = "health";
const METRICS: &str = "metrics";

/// The tag of the event that has everything.
const BUCKET: &str = "metrics:bucket";

/// The events of a bucket, four for each name: the rate, the response time, the health, and everything that was counted.
pub(super) fn events(bucket: &Closed, names: &Learned, agent: &str) -> Vec<NewEvent> {
    let agent = format!("agents:{agent}");
    let mut events = Vec::new();
    for (frontend, summary) in bucket.frontends() {
        let mut tags = match names.owner(frontend) {
            Some(owner) => of_owner(owner),
            None => vec![format!("frontends:{frontend}"), "frontend".to_owned()],
        };
        tags.push(agent.clone());
        add(&mut events, bucket, &tags, summary);
    }
    for (backend, server, summary) in bucket.servers() {
        // What stands in the pool of a gateway are its routes, which have figures of their own.
        let Some(owner) = names.owner(backend).filter(|owner| owner.route.is_some()) else {
            continue;
        };
        let mut tags = of_owner(owner);
        tags.pop();
        tags.extend([
            format!("servers:{}", names.instance(server)),
            "server".to_owned(),
            agent.clone(),
        ]);
        add(&mut events, bucket, &tags, summary);
    }
    events
}

/// The level stands last.
fn of_owner(owner: &Owner) -> Vec<String> {
    let gateway = format!("gateways:{}", owner.gateway);
    match &owner.route {
        None => vec![gateway, "gateway".to_owned()],
        Some(route) => vec![gateway, format!("routes:{route}"), "route".to_owned()],
    }
}

fn add(events: &mut Vec<NewEvent>, bucket: &Closed, tags: &[String], summary: &Summary) {
    // Values are told when they are known, so that the newest is in a window that ends now.
    let timestamp = Timestamp::from_millisecond(bucket.end).ok();
    let window = Duration::from_millis(bucket.end.saturating_sub(bucket.begin).unsigned_abs());
    let event = |tags: Vec<String>, kind: &str, value: Value| NewEvent {
        timestamp,
        kind: Some(kind.to_owned()),
        ..NewEvent::tagged(tags).with_value(value)
    };
    for measured in Measurement::of(summary, window, tags) {
        let is_health = measured.tags.last().is_some_and(|tag| tag == HEALTH);
        let kind = if is_health { HEALTH } else { METRICS };
        events.push(event(measured.tags, kind, measured.value.into()));
    }
    let all = [tags, &[BUCKET.to_owned()]].concat();
    events.push(event(all, METRICS, everything(bucket.begin, window, summary)));
}

/// All that was counted. Counts of several agents and buckets may be added up, histograms included.
fn everything(begin: i64, window: Duration, summary: &Summary) -> Value {
    let begin = Timestamp::from_millisecond(begin).unwrap_or_default();
    let histogram: Vec<(u32, u64)> = summary.latencies.buckets().collect();
    json!({
        "begin": begin,
        "seconds": window.as_secs_f64(),
        "requests": summary.requests,
        "server_errors": summary.server_errors,
        "timed": summary.timed,
        "total_time": summary.total_time,
        "longest": summary.longest,
        "p50": summary.quantile(0.5),
        "p95": summary.quantile(0.95),
        "p99": summary.quantile(0.99),
        "histogram": histogram,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use vamp_haproxy::log::LogLine;
    use vamp_haproxy::metrics::Metrics;

    use super::super::closed::Named;
    use super::*;

    const CONFIGURATION: &str = "# frontend: shop/9050\nfrontend a1\n\n# frontend: shop/9050//shop/web/http\nfrontend b2\n\n\
                                 backend b2\n  # server: web-1\n  server c3 10.4.0.11:31401\n";

    /// The events of a bucket of four seconds in which these frontends, backends and servers had a record each.
    fn told(records: &[(&str, &str, &str, u16)]) -> Vec<NewEvent> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("haproxy.cfg");
        fs::write(&path, CONFIGURATION).unwrap();
        let mut names = Learned::new(path);
        names.look();
        let mut figures = Metrics::default();
        for (frontend, backend, server, status) in records {
            let line = format!(
                "{{\"ci\":\"127.0.0.1\",\"cp\":55604,\"t\":\"23/Nov/2026:06:18:09.450\",\"ft\":\"{frontend}\",\"b\":\"{backend}\",\
                 \"s\":\"{server}\",\"Tq\":0,\"Tw\":0,\"Tc\":0,\"Tr\":1,\"Tt\":7,\"ST\":{status},\"B\":302,\"CC\":\"-\",\"CS\":\"-\",\
                 \"tsc\":\"----\",\"ac\":5,\"fc\":1,\"bc\":0,\"sc\":0,\"rc\":0,\"sq\":0,\"bq\":0,\"hr\":\"\",\"hs\":\"\",\
                 \"r\":\"GET / HTTP/1.1\"}}"
            );
            match LogLine::read(line.as_bytes()) {
                LogLine::Record(record) => figures.add(0, &record),
                LogLine::Text(text) => panic!("{text:?}"),
            }
        }
        let bucket = Closed::new(6000, 10_000, figures, &Named::default());
        events(&bucket, &names, "edge-1")
    }

    fn shown(events: &[NewEvent], what: &str) -> Vec<String> {
        let of_what = events
            .iter()
            .filter(|event| event.tags.last().is_some_and(|tag| tag == what));
        of_what
            .map(|event| {
                let (kind, value) = (event.kind.as_ref().unwrap(), event.value.as_ref().unwrap());
                format!("{kind} {} = {value}", event.tags.join(" "))
            })
            .collect()
    }

    #[test]
    fn gateways_routes_and_instances_have_their_names_and_level() {
        let events = told(&[
            ("a1", "o_a1", "b2", 200),
            ("b2", "b2", "c3", 200),
            ("b2", "b2", "unknown", 200),
        ]);
        // S02-180: who is measured, and what; beside it who has measured.
        assert_eq!(
            shown(&events, "metrics:rate"),
            [
                "metrics gateways:shop/9050 gateway agents:edge-1 metrics:rate = 0.25",
                "metrics gateways:shop/9050 routes:shop/web/http route agents:edge-1 metrics:rate = 0.5",
                "metrics gateways:shop/9050 routes:shop/web/http servers:web-1 server agents:edge-1 metrics:rate = 0.25",
                "metrics gateways:shop/9050 routes:shop/web/http servers:unknown server agents:edge-1 metrics:rate = 0.25",
            ]
        );
        assert_eq!(
            shown(&events, "metrics:responseTime")[0],
            "metrics gateways:shop/9050 gateway agents:edge-1 metrics:responseTime = 7.0"
        );
        assert_eq!(
            shown(&events, "health")[0],
            "health gateways:shop/9050 gateway agents:edge-1 health = 1.0"
        );
        assert_eq!(events.len(), 4 * 4);
        let end = Timestamp::from_millisecond(10_000).unwrap();
        assert!(events.iter().all(|event| event.timestamp == Some(end)));
    }

    #[test]
    fn a_frontend_that_is_no_gateway_has_the_name_of_its_proxy() {
        let events = told(&[("own", "own", "one", 200)]);
        assert_eq!(
            shown(&events, "metrics:rate"),
            ["metrics frontends:own frontend agents:edge-1 metrics:rate = 0.25"]
        );
    }

    #[test]
    fn one_event_has_everything_that_was_counted() {
        let events = told(&[("a1", "o_a1", "b2", 200), ("a1", "o_a1", "b2", 503)]);
        let [event] = &shown(&events, "metrics:bucket")[..] else {
            panic!("{events:?}");
        };
        assert_eq!(
            event,
            "metrics gateways:shop/9050 gateway agents:edge-1 metrics:bucket = \
             {\"begin\":\"1970-01-01T00:00:06Z\",\"seconds\":4.0,\"requests\":2,\"server_errors\":1,\"timed\":2,\"total_time\":14,\
             \"longest\":7,\"p50\":7,\"p95\":7,\"p99\":7,\"histogram\":[[7,2]]}"
        );
        assert_eq!(
            shown(&events, "health"),
            ["health gateways:shop/9050 gateway agents:edge-1 health = 0.0"]
        );
    }
}
