//! Reading blueprints.

#![allow(missing_docs, reason = "criterion's macros make functions that nobody calls")]

use std::hint::black_box;

use benches::{BLUEPRINT, large_blueprint};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vamp_model::{Blueprint, Format, read, to_json, to_yaml};

const MEGABYTE: usize = 1_000_000;

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model/read");
    group.throughput(Throughput::Bytes(BLUEPRINT.len() as u64));
    group.bench_function("62 lines", |bencher| {
        bencher.iter(|| read::<Blueprint>(black_box(BLUEPRINT), Format::Yaml));
    });
    if let Ok(blueprint) = read::<Blueprint>(BLUEPRINT, Format::Yaml) {
        let json = to_json(&blueprint);
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.bench_function("62 lines as JSON", |bencher| {
            bencher.iter(|| read::<Blueprint>(black_box(&json), Format::Json));
        });
    }
    group.sample_size(20);
    let large = large_blueprint(MEGABYTE);
    group.throughput(Throughput::Bytes(large.len() as u64));
    group.bench_function("1 MB", |bencher| {
        bencher.iter(|| read::<Blueprint>(black_box(&large), Format::Yaml));
    });
    let broken = large.replace("LOG_LEVEL: info", "LOG_LEVEL: [info]");
    group.throughput(Throughput::Bytes(broken.len() as u64));
    group.bench_function("1 MB with a problem in every cluster", |bencher| {
        bencher.iter(|| read::<Blueprint>(black_box(&broken), Format::Yaml));
    });
    group.finish();
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

criterion_group!(model, reading, writing);
criterion_main!(model);
