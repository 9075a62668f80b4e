//! From gateways to HAProxy's configuration.

#![allow(missing_docs, reason = "criterion's macros make functions that nobody calls")]
#![expect(
    clippy::expect_used,
    reason = "a benchmark without its input has nothing to measure"
)]
#![expect(
    clippy::print_stdout,
    reason = "a ratio is told where criterion tells the rest"
)]

use std::hint::black_box;

use benches::{fastest, gateways, haproxy_check};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use vamp_haproxy::base::{BaseOptions, base};
use vamp_haproxy::{GenerateOptions, generate};
use vamp_model::Gateway;

/// How many gateways HAProxy is given to check.
const CHECKED: u16 = 10_000;

fn text(gateways: &[Gateway], options: &GenerateOptions) -> String {
    generate(gateways, options)
        .expect("the options are valid")
        .config
        .into_text()
}

fn rendering(criterion: &mut Criterion) {
    let options = GenerateOptions::new("/run/vamp");
    let mut group = criterion.benchmark_group("haproxy/render");
    for count in [100, 1000, 10_000] {
        let gateways = gateways(count).expect("the names are valid");
        group.throughput(Throughput::Bytes(text(&gateways, &options).len() as u64));
        group.sample_size(if count > 1000 { 10 } else { 50 });
        group.bench_with_input(
            BenchmarkId::from_parameter(count),
            &gateways,
            |bencher, gateways| {
                bencher.iter(|| text(black_box(gateways), &options));
            },
        );
    }
    group.finish();
    compare_with_haproxy(&options);
}

/// What rendering takes of the time that HAProxy needs to check the result, both measured here, on the same gateways.
fn compare_with_haproxy(options: &GenerateOptions) {
    let gateways = gateways(CHECKED).expect("the names are valid");
    let whole = format!("{}\n{}", base(&BaseOptions::default()), text(&gateways, options));
    let Some(theirs) = haproxy_check(&whole).expect("the text can be written") else {
        println!("haproxy/render: HAProxy is not installed or refuses the text, nothing to compare with");
        return;
    };
    let ours = fastest(|| {
        black_box(text(&gateways, options));
    });
    let percent = 100.0 * ours.as_secs_f64() / theirs.as_secs_f64();
    println!(
        "haproxy/render of {CHECKED}: {ours:?}, `haproxy -c` on it {theirs:?}: {percent:.2} % (at most 3 %)"
    );
}

criterion_group!(render, rendering);
criterion_main!(render);
