//! Writing to the store: when a call returns, it is on disk.

#![allow(missing_docs, reason = "criterion's macros make functions that nobody calls")]
#![expect(
    clippy::expect_used,
    reason = "a benchmark without a store has nothing to measure"
)]
#![expect(
    clippy::print_stdout,
    reason = "percentiles are told where criterion tells the rest"
)]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::Latencies;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::Runtime;
use vamp_io::clock::SystemClock;
use vamp_store::sqlite::SqliteStore;
use vamp_store::{ArtifactStore as _, Batch, EventStore as _, Keep, NewEvent, StateDirectory, Write};

/// How many callers append side by side.
const CALLERS: u64 = 64;

/// How many single calls the percentiles are of.
const CALLS: usize = 5000;

fn event() -> NewEvent {
    NewEvent::new(["gateways:shop/web/http", "gateway", "metrics:rate"])
        .of_kind("metrics")
        .with_value(41.5)
}

/// A change as the engine writes it: an artifact of 2 kB, and the event that tells of it.
fn change(number: u64) -> Batch {
    let content = format!("{{\"number\":{number},\"padding\":\"{}\"}}", "x".repeat(2000));
    Batch {
        writes: vec![Write::put("gateways", "shop/web/http", content).keeping(Keep::Newest)],
        events: vec![NewEvent::new(["gateways:shop/web/http", "archive:update"]).of_kind("archive")],
    }
}

async fn append_side_by_side(store: &SqliteStore, each: u64) {
    let callers = (0..CALLERS).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..each {
                store.append(vec![event()]).await.expect("the store takes it");
            }
        })
    });
    futures::future::join_all(callers).await;
}

/// What the disk needs at the least: 4 kB more at the end of a file, and a flush.
fn flushes(directory: &Path) -> Latencies {
    let mut file = File::create(directory.join("flushes")).expect("the file can be made");
    let mut latencies = Latencies::default();
    for _ in 0..CALLS {
        let begin = Instant::now();
        file.write_all(&[b'x'; 4096])
            .and_then(|()| file.sync_data())
            .expect("the disk takes it");
        latencies.extend([begin.elapsed()]);
    }
    latencies
}

async fn latencies(store: &SqliteStore) -> Latencies {
    let mut latencies = Latencies::default();
    for _ in 0..CALLS {
        let begin = Instant::now();
        store.append(vec![event()]).await.expect("the store takes it");
        latencies.extend([begin.elapsed()]);
    }
    latencies
}

fn appending(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime starts");
    let directory =
        tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary directory can be made");
    let state = StateDirectory::open(directory.path()).expect("it is free");
    let store = SqliteStore::open(&state, Arc::new(SystemClock)).expect("it is new");
    let mut group = criterion.benchmark_group("store/durable");
    group.measurement_time(Duration::from_secs(10)).sample_size(20);
    group.bench_function("append of one event", |bencher| {
        bencher.iter(|| runtime.block_on(store.append(vec![event()])));
    });
    let mut number = 0;
    group.bench_function("commit of an artifact with its event", |bencher| {
        bencher.iter(|| {
            number += 1;
            runtime.block_on(store.commit(change(number)))
        });
    });
    group.throughput(Throughput::Elements(CALLERS * 10));
    group.bench_function("append by 64 callers side by side", |bencher| {
        bencher.iter(|| runtime.block_on(append_side_by_side(&store, 10)));
    });
    group.finish();
    let latencies = runtime.block_on(latencies(&store));
    println!("store/durable append of one event, {latencies} (p99 at most 2 ms)");
    println!("the disk alone, 4 kB and a flush, {}", flushes(directory.path()));
}

criterion_group!(store, appending);
criterion_main!(store);
