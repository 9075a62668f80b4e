//! Reading a configuration back, and the way from one to the next.

#![allow(missing_docs, reason = "criterion's macros make functions that nobody calls")]
#![expect(
    clippy::expect_used,
    reason = "a benchmark without its input has nothing to measure"
)]

use std::hint::black_box;

use benches::gateways;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use vamp_haproxy::{Change, Config, GenerateOptions, diff, generate};
use vamp_model::{Gateway, Percentage};

fn config(gateways: &[Gateway]) -> Config {
    generate(gateways, &GenerateOptions::new("/run/vamp"))
        .expect("the options are valid")
        .config
}

/// The same gateways after one of them has moved from 60 : 30 : 10 to 50 : 40 : 10.
fn moved(gateways: &[Gateway]) -> Vec<Gateway> {
    let mut gateways = gateways.to_vec();
    if let Some(gateway) = gateways.last_mut() {
        for ((_, route), weight) in gateway.inline_routes_mut().zip([50, 40, 10]) {
            route.weight = Percentage::new(weight);
        }
    }
    gateways
}

fn differences(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("haproxy/parse");
    for count in [100, 10_000] {
        let text = config(&gateways(count).expect("the names are valid")).to_string();
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.sample_size(if count > 1000 { 10 } else { 50 });
        group.bench_with_input(BenchmarkId::from_parameter(count), &text, |bencher, text| {
            bencher.iter(|| Config::parse(black_box(text)));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("haproxy/diff after one weight change");
    for count in [100, 10_000] {
        let before = gateways(count).expect("the names are valid");
        let (old, new) = (config(&before), config(&moved(&before)));
        assert!(matches!(diff(&old, &new), Change::Runtime(commands) if !commands.is_empty()));
        group.sample_size(if count > 1000 { 10 } else { 50 });
        group.bench_with_input(
            BenchmarkId::from_parameter(count),
            &(old, new),
            |bencher, (old, new)| {
                bencher.iter(|| diff(black_box(old), black_box(new)));
            },
        );
    }
    group.finish();
}

criterion_group!(parse_and_diff, differences);
criterion_main!(parse_and_diff);
