//! Reading and writing blueprints.

#![allow(missing_docs, reason = "criterion's macros make functions that nobody calls")]
#![expect(
    clippy::print_stdout,
    reason = "the slowest of many texts is told where criterion tells the rest"
)]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use benches::{BLUEPRINT, alias_bomb, large_blueprint, with_mistakes};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use vamp_model::{
    Blueprint, Breed, Deployment, Escalation, Event, EventQuery, Format, FromText, Gateway, Rewrite, Route,
    Scale, Sla, StoredCondition, Template, Workflow, arbitrary, read, to_json, to_yaml,
};

const MEGABYTE: usize = 1_000_000;

/// How many texts with slips are read.
const TEXTS: usize = 100_000;

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model/read");
    let read_yaml = |text: &str| read::<Blueprint>(black_box(text), Format::Yaml);
    group.throughput(Throughput::Bytes(BLUEPRINT.len() as u64));
    group.bench_function("62 lines", |bencher| bencher.iter(|| read_yaml(BLUEPRINT)));
    if let Some(sample) = sample() {
        group.throughput(Throughput::Bytes(sample.len() as u64));
        group.bench_function("62 lines of the samples", |bencher| {
            bencher.iter(|| read_yaml(&sample));
        });
    }
    if let Ok(blueprint) = read_yaml(BLUEPRINT) {
        let json = to_json(&blueprint);
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_function("62 lines as JSON", |bencher| {
            bencher.iter(|| read::<Blueprint>(black_box(&json), Format::Json));
        });
    }
    let bomb = alias_bomb();
    group.throughput(Throughput::Bytes(bomb.len() as u64));
    group.bench_function("an alias bomb of 1 kB", |bencher| {
        bencher.iter(|| read_yaml(&bomb));
    });
    group.sample_size(20);
    let large = large_blueprint(MEGABYTE);
    group.throughput(Throughput::Bytes(large.len() as u64));
    group.bench_function("1 MB", |bencher| bencher.iter(|| read_yaml(&large)));
    let broken = with_mistakes(&large, 200);
    group.throughput(Throughput::Bytes(broken.len() as u64));
    group.bench_function("1 MB with 200 problems", |bencher| {
        bencher.iter(|| read_yaml(&broken));
    });
    group.finish();
}

/// The blueprint of 62 lines of which it is known how long the original takes, where the samples are.
fn sample() -> Option<String> {
    let samples = PathBuf::from(std::env::var_os("VAMP_SAMPLES")?);
    std::fs::read_to_string(samples.join("golden/bench/blueprint.yml")).ok()
}

fn writing(criterion: &mut Criterion) {
    let Ok(blueprint) = read::<Blueprint>(BLUEPRINT, Format::Yaml) else {
        return;
    };
    let mut group = criterion.benchmark_group("model/write");
    group.bench_function("JSON", |bencher| bencher.iter(|| to_json(black_box(&blueprint))));
    group.bench_function("YAML", |bencher| bencher.iter(|| to_yaml(black_box(&blueprint))));
    group.finish();
}

/// Texts with slips, each read as every kind: the slowest of them.
fn slips(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model/read");
    let texts = arbitrary::text_with_slips();
    let mut runner = TestRunner::deterministic();
    let mut some = Vec::new();
    let mut slowest = (Duration::ZERO, 0);
    for _ in 0..TEXTS {
        let Ok(tree) = texts.new_tree(&mut runner) else {
            continue;
        };
        let text = tree.current();
        slowest = slowest.max((slowest_kind(&text), text.len()));
        if some.len() < 100 {
            some.push(text);
        }
    }
    let (duration, bytes) = slowest;
    println!(
        "model/read: of {TEXTS} texts with slips, read as each kind, the slowest took {duration:?} ({bytes} bytes)"
    );
    group.bench_function("100 texts with slips as each kind", |bencher| {
        bencher.iter(|| some.iter().map(|text| slowest_kind(text)).max());
    });
    group.finish();
}

fn slowest_kind(text: &str) -> Duration {
    let readers = [
        time::<Blueprint>,
        time::<Breed>,
        time::<Deployment>,
        time::<Escalation>,
        time::<Event>,
        time::<EventQuery>,
        time::<Gateway>,
        time::<Rewrite>,
        time::<Route>,
        time::<Scale>,
        time::<Sla>,
        time::<StoredCondition>,
        time::<Template>,
        time::<Workflow>,
    ];
    let times = readers.iter().map(|time| time(text));
    times.max().unwrap_or_default()
}

fn time<T: FromText>(text: &str) -> Duration {
    let begin = Instant::now();
    let read = black_box(read::<T>(black_box(text), Format::Auto));
    let duration = begin.elapsed();
    drop(read);
    duration
}

criterion_group!(model, reading, writing, slips);
criterion_main!(model);
