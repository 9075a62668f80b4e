//! What records amount to.

#![expect(clippy::panic, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use support::log_lines::Values;
use vamp_haproxy::log::{LogLine, LogRecord};
use vamp_haproxy::metrics::{Metrics, MostNames, Summary};

const WINDOW: Duration = Duration::from_secs(500);

fn record(values: &Values) -> LogRecord<'static> {
    match LogLine::read_text(&values.line()).into_owned() {
        LogLine::Record(record) => record,
        LogLine::Text(text) => panic!("{text:?}"),
    }
}

fn answered(frontend: &str, status: u16, total: i64) -> LogRecord<'static> {
    record(
        &Values::http()
            .with("ft", frontend)
            .with("ST", status)
            .with("Tt", total),
    )
}

fn metrics<'a>(records: impl IntoIterator<Item = (i64, &'a LogRecord<'static>)>) -> Metrics {
    let mut metrics = Metrics::default();
    records
        .into_iter()
        .for_each(|(second, record)| metrics.add(second, record));
    metrics
}

fn of(records: &[LogRecord<'static>]) -> Summary {
    metrics(records.iter().map(|record| (0, record))).of_frontend("shop", 0..10)
}

#[test]
fn a_gateway_has_the_records_of_its_own_frontend() {
    let records = [
        answered("shop", 200, 10),
        answered("o_shop", 500, 99),
        answered("other", 500, 99),
        answered("shop", 200, 30),
    ];
    let shop = of(&records);
    // S02-176: the pool and other gateways have records of the same requests, which do not count.
    assert_eq!((shop.requests, shop.server_errors, shop.longest), (2, 0, 30));
    // An encrypted frontend is the same one.
    assert_eq!(of(&[answered("shop~", 200, 1)]).requests, 1);
}

#[test]
fn measurements_have_the_tags_of_their_events() {
    let web = support::gateway("shop/9050", "9050", [("shop/web//http", support::route(100, []))]);
    let path = web.routes.keys().next().unwrap();
    let route = vamp_model::lookup::route(web.name.as_ref(), path);
    let records = [
        answered(&vamp_model::lookup::gateway("shop/9050"), 200, 12),
        answered(&vamp_model::lookup::gateway("shop/9050"), 503, 13),
        answered(&route, 200, 12),
    ];
    let measured = metrics(records.iter().map(|record| (7, record))).measurements(&web, 0..20);
    let measured: Vec<(String, f64)> = measured
        .iter()
        .map(|one| (one.tags.join(" "), one.value))
        .collect();
    let [of_gateway, of_route] = [
        "gateways:shop/9050 gateway",
        "gateways:shop/9050 routes:shop/web/http route",
    ];
    // S02-180: who is measured, and what.
    assert_eq!(
        measured,
        [
            (format!("{of_gateway} metrics:rate"), 0.1),
            (format!("{of_gateway} metrics:responseTime"), 12.5),
            (format!("{of_gateway} health"), 0.0),
            (format!("{of_route} metrics:rate"), 0.05),
            (format!("{of_route} metrics:responseTime"), 12.0),
            (format!("{of_route} health"), 1.0),
        ]
    );
    // Nobody came later.
    let later = metrics(records.iter().map(|record| (7, record))).measurements(&web, 20..40);
    assert!(later.iter().all(|one| one.value
        == if one.tags.ends_with(&["health".to_owned()]) {
            1.0
        } else {
            0.0
        }));
}

#[test]
fn the_rate_is_the_count_over_the_window_in_hundredths() {
    let rate = |count: usize, window| {
        let record = answered("shop", 200, 1);
        let metrics = metrics((0..count).map(|_| (0, &record)));
        metrics.of_frontend("shop", 0..10).rate(window)
    };
    // S02-177: 7 in 500 s are 0.014.
    assert_eq!(rate(7, WINDOW), 0.01);
    assert_eq!(rate(8, WINDOW), 0.02);
    assert_eq!(rate(1234, WINDOW), 2.47);
    assert_eq!(rate(0, WINDOW), 0.0);
    assert_eq!(rate(7, Duration::ZERO), 0.0);
}

#[test]
fn the_response_time_is_the_mean_in_tenths() {
    // S02-178: 10, 11 and 11 are 10.67 in the mean.
    assert_eq!(
        of(&[10, 11, 11].map(|total| answered("shop", 200, total))).mean_response_time(),
        10.7
    );
    assert_eq!(
        of(&[1, 2, 2, 2].map(|total| answered("shop", 200, total))).mean_response_time(),
        1.8
    );
    assert_eq!(of(&[]).mean_response_time(), 0.0);
    let without_time = of(&[answered("shop", 200, -1), answered("shop", 200, 8)]);
    assert_eq!(
        (without_time.requests, without_time.mean_response_time()),
        (2, 8.0)
    );
}

#[test]
fn one_server_error_makes_a_gateway_unhealthy() {
    for (statuses, expected) in [
        ([200, 200, 200], 1),
        ([200, 499, 302], 1),
        ([200, 500, 200], 0),
        ([200, 503, 599], 0),
    ] {
        // S02-179: from 500 on.
        assert_eq!(
            of(&statuses.map(|status| answered("shop", status, 1))).health(),
            expected,
            "{statuses:?}"
        );
    }
    assert_eq!(of(&[]).health(), 1, "who has nothing to do is healthy");
    assert_eq!(of(&[record(&Values::tcp())]).health(), 1);
    assert_eq!(of(&[answered("other", 500, 1)]).health(), 1);
}

#[test]
fn a_redispatched_request_counts_like_any_other() {
    let redispatched = record(&Values::http().with("rc", "+3"));
    // S02-181: its record is read, so it is counted.
    assert_eq!(of(&[redispatched]).requests, 1);
}

#[test]
fn buckets_are_ten_seconds_and_windows_take_those_that_begin_in_them() {
    let record = answered("shop", 200, 1);
    let metrics = metrics([-11, -10, -1, 0, 9, 10, 19, 20].map(|second| (second, &record)));
    let starts: Vec<i64> = metrics
        .buckets(i64::MIN..i64::MAX)
        .map(|(start, _)| start)
        .collect();
    assert_eq!(starts, [-20, -10, 0, 10, 20]);
    let count = |from, to| metrics.of_frontend("shop", from..to).requests;
    assert_eq!(
        [
            count(0, 10),
            count(0, 20),
            count(-10, 1),
            count(1, 10),
            count(20, 0)
        ],
        [2, 4, 4, 0, 0]
    );

    let mut kept = metrics.clone();
    let old = kept.forget_before(10);
    assert_eq!(old.of_frontend("shop", i64::MIN..i64::MAX).requests, 5);
    assert_eq!(kept.of_frontend("shop", i64::MIN..i64::MAX).requests, 3);
    kept.merge(&old);
    assert_eq!(kept, metrics);
}

#[test]
fn servers_are_counted_by_their_backend_and_nobody_is_no_server() {
    let records = [
        ("a", "one"),
        ("a", "two"),
        ("b", "one"),
        ("a", "<NOSRV>"),
        ("a", "one"),
    ]
    .map(|(backend, server)| record(&Values::http().with("b", backend).with("s", server)));
    let metrics = metrics(records.iter().map(|record| (0, record)));
    let (_, bucket) = metrics.buckets(0..1).next().unwrap();
    let counted: Vec<(&str, &str, u64)> = bucket
        .servers()
        .map(|(backend, server, summary)| (backend, server, summary.requests))
        .collect();
    assert_eq!(counted, [("a", "one", 2), ("a", "two", 1), ("b", "one", 1)]);
    let frontends: Vec<(&str, u64)> = bucket
        .frontends()
        .map(|(name, summary)| (name, summary.requests))
        .collect();
    assert_eq!(frontends, [("shop", 5)]);
    assert_eq!(metrics.of_server("a", "one", 0..10).requests, 2);
    assert_eq!(metrics.of_server("a", "three", 0..10), Summary::default());
}

#[test]
fn names_beyond_a_limit_do_not_count() {
    let most = MostNames {
        frontends: 2,
        servers: 2,
    };
    let of = |frontend, server| {
        record(
            &Values::http()
                .with("ft", frontend)
                .with("b", frontend)
                .with("s", server),
        )
    };
    let mut metrics = Metrics::default();
    let mut counted = |second, frontend, server| metrics.add_within(second, &of(frontend, server), most);
    assert!(counted(0, "a", "one") && counted(0, "b", "<NOSRV>") && counted(0, "b", "two"));
    assert!(!counted(0, "c", "one"), "a third frontend");
    assert!(!counted(0, "a", "three"), "a third server");
    assert!(counted(0, "b", "two"), "known names count further");
    assert!(counted(10, "c", "one"), "the next bucket has room again");

    let requests = |frontend| metrics.of_frontend(frontend, 0..10).requests;
    assert_eq!([requests("a"), requests("b"), requests("c")], [2, 3, 0]);
    let of_server = |backend, server| metrics.of_server(backend, server, 0..10).requests;
    assert_eq!(
        [
            of_server("a", "one"),
            of_server("a", "three"),
            of_server("c", "one")
        ],
        [1, 0, 0]
    );

    // What was merged counts in the limit, too.
    let mut merged = Metrics::default();
    merged.merge(&metrics);
    assert_eq!(merged, metrics);
    assert!(!merged.add_within(0, &of("a", "three"), most));
}

fn any_record() -> impl Strategy<Value = (i64, LogRecord<'static>)> {
    let http = (
        select(vec!["shop", "o_shop"]),
        select(vec![200_u16, 404, 503]),
        -1_i64..100_000,
        select(vec!["one", "two", "<NOSRV>"]),
    );
    (0_i64..60, http, any::<bool>()).prop_map(|(second, (frontend, status, total, server), http)| {
        let values = if http {
            Values::http().with("ST", status)
        } else {
            Values::tcp()
        };
        (
            second,
            record(&values.with("ft", frontend).with("Tt", total).with("s", server)),
        )
    })
}

proptest! {
    #[test]
    fn metrics_are_merged_in_any_order(records in vec(any_record(), 0..60), owners in vec(0_usize..3, 60)) {
        let mut parts = [const { Vec::new() }; 3];
        for ((second, record), owner) in records.iter().zip(owners) {
            parts[owner].push((*second, record));
        }
        let [a, b, c] = parts.map(metrics);
        let merged = |one: &Metrics, other: &Metrics| {
            let mut one = one.clone();
            one.merge(other);
            one
        };
        let whole = metrics(records.iter().map(|(second, record)| (*second, record)));
        prop_assert_eq!(&merged(&merged(&a, &b), &c), &whole);
        prop_assert_eq!(&merged(&a, &merged(&b, &c)), &whole);
        prop_assert_eq!(&merged(&merged(&c, &a), &b), &whole);
        prop_assert_eq!(&merged(&whole, &Metrics::default()), &whole);
    }

    #[test]
    fn quantiles_are_off_by_at_most_the_error_that_is_promised(mut totals in vec(0_u32..3_000_000, 1..200), share in 0.0..=1.0_f64) {
        let records: Vec<LogRecord<'static>> = totals.iter().map(|total| answered("shop", 200, i64::from(*total))).collect();
        let summary = metrics(records.iter().map(|record| (0, record))).of_frontend("shop", 0..10);
        totals.sort_unstable();
        let rank = ((share * totals.len() as f64).ceil() as usize).max(1);
        let truth = f64::from(totals[rank - 1]);
        let seen = f64::from(summary.quantile(share).unwrap());
        let most = truth * (1.0 + vamp_haproxy::metrics::Histogram::RELATIVE_ERROR);
        prop_assert!((truth..=most).contains(&seen), "{} of {}: {} is not {}", share, totals.len(), seen, truth);
        prop_assert_eq!(summary.quantile(1.0), totals.last().copied());
    }
}
