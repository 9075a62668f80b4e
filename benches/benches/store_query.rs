//! Reading from a store that has much in it: 1,000,000 events and 10,000 artifacts.

#![allow(missing_docs, reason = "criterion's macros make functions that nobody calls")]
#![expect(
    clippy::expect_used,
    reason = "a benchmark without a store has nothing to measure"
)]
#![expect(clippy::print_stdout, reason = "what takes a minute says so")]

use std::hint::black_box;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use tokio::runtime::Runtime;
use vamp_io::clock::SystemClock;
use vamp_store::sqlite::SqliteStore;
use vamp_store::{
    ArtifactStore as _, EventFilter, EventQuery, EventStore as _, NewEvent, Page, StateDirectory, TimeRange,
    Write,
};

const EVENTS: i64 = 1_000_000;
const ARTIFACTS: u64 = 10_000;
const GATEWAYS: i64 = 100;

/// One event a second of each of 100 gateways, in turn the rate, the response time and the health.
fn event(number: i64) -> NewEvent {
    let gateway = format!("gateways:shop-{}/web/http", number % GATEWAYS);
    let (tag, kind) = match number / GATEWAYS % 3 {
        0 => ("metrics:rate", "metrics"),
        1 => ("metrics:responseTime", "metrics"),
        _ => ("health", "health"),
    };
    NewEvent::new([&*gateway, "gateway", tag])
        .of_kind(kind)
        .with_value(number)
        .at(at(number))
}

fn at(number: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + number / GATEWAYS).expect("it is in this century")
}

async fn fill(store: &SqliteStore) {
    let begin = Instant::now();
    let numbers: Vec<i64> = (0..EVENTS).collect();
    for numbers in numbers.chunks(5000) {
        let events = numbers.iter().map(|number| event(*number)).collect();
        store.append(events).await.expect("the store takes them");
    }
    let writes = |from: u64| {
        (from..from + 1000)
            .map(|number| Write::put("gateways", format!("shop-{number}/web/http"), "x".repeat(2000)))
            .collect::<Vec<_>>()
    };
    for from in (0..ARTIFACTS).step_by(1000) {
        store
            .commit(writes(from).into())
            .await
            .expect("the store takes them");
    }
    println!(
        "store/read: {EVENTS} events and {ARTIFACTS} artifacts were written in {:?}",
        begin.elapsed()
    );
}

/// The newest 30 of the last hour, or of all time.
fn query(tags: &[&str], last_hour: bool) -> EventQuery {
    let from = if last_hour {
        Bound::Excluded(at(EVENTS - 3600 * GATEWAYS))
    } else {
        Bound::Unbounded
    };
    EventQuery {
        filter: EventFilter::tagged(tags.iter().copied()),
        time: TimeRange {
            from,
            to: Bound::Unbounded,
        },
        page: Page::first(30),
    }
}

fn reading(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime starts");
    let directory =
        tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary directory can be made");
    let state = StateDirectory::open(directory.path()).expect("it is free");
    let store = SqliteStore::open(&state, Arc::new(SystemClock)).expect("it is new");
    runtime.block_on(fill(&store));
    let mut group = criterion.benchmark_group("store/read");
    group.sample_size(20);
    group.bench_function("an artifact of 10,000", |bencher| {
        bencher.iter(|| runtime.block_on(store.get("gateways", black_box("shop-777/web/http"))));
    });
    group.bench_function("a page of 30 of 10,000 artifacts", |bencher| {
        let page = Page {
            offset: 300,
            limit: 30,
        };
        bencher.iter(|| runtime.block_on(store.page("gateways", black_box(page))));
    });
    let gateway: &[&str] = &["gateways:shop-7/web/http", "metrics:rate"];
    let queries = [
        ("events: a gateway and a metric, the last hour", gateway, true),
        ("events: a gateway and a metric, all time", gateway, false),
        (
            "events: two common tags, the last hour",
            &["gateway", "metrics:rate"],
            true,
        ),
        (
            "events: two common tags, all time",
            &["gateway", "metrics:rate"],
            false,
        ),
        ("events: one common tag, all time", &["metrics:rate"], false),
        ("events: the newest", &[], false),
    ];
    for (name, tags, last_hour) in queries {
        let query = query(tags, last_hour);
        group.sample_size(10);
        group.bench_function(name, |bencher| {
            bencher.iter(|| runtime.block_on(store.query(black_box(query.clone()))));
        });
    }
    group.finish();
}

criterion_group!(store, reading);
criterion_main!(store);
