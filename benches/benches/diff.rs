//! The way from one configuration to the next.

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
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use vamp_haproxy::base::{BaseOptions, base};
use vamp_haproxy::{Change, Document, GenerateOptions, diff, generate};
use vamp_model::{Gateway, Percentage};

/// How many gateways HAProxy is given to check.
const CHECKED: u16 = 10_000;

fn text(gateways: &[Gateway]) -> String {
    let generated = generate(gateways, &GenerateOptions::new("/run/vamp")).expect("the options are valid");
    generated.config.to_string()
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

/// The same gateways after all of them have moved.
fn all_moved(gateways: &[Gateway]) -> Vec<Gateway> {
    gateways
        .iter()
        .flat_map(|gateway| moved(std::slice::from_ref(gateway)))
        .collect()
}

fn differences(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("haproxy/diff after one weight change");
    for count in [100, 10_000] {
        let before = gateways(count).expect("the names are valid");
        let [old, new] = [text(&before), text(&moved(&before))].map(Document::parse);
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

/// What reading the wanted text and finding the difference to a document that runs takes of the time that HAProxy needs to check it.
fn compare_with_haproxy(_: &mut Criterion) {
    let before = gateways(CHECKED).expect("the names are valid");
    let base = base(&BaseOptions::default());
    let [old, new] = [text(&before), text(&moved(&before))].map(|text| format!("{base}\n{text}"));
    let Some(theirs) = haproxy_check(&new).expect("the text can be written") else {
        println!("haproxy/diff: HAProxy is not installed or refuses the text, nothing to compare with");
        return;
    };
    let running = Document::parse(old);
    for (what, wanted) in [
        ("one weight", new),
        ("all weights", format!("{base}\n{}", text(&all_moved(&before)))),
    ] {
        let ours = fastest(|| {
            black_box(diff(&running, &Document::parse(wanted.as_str())));
        });
        let percent = 100.0 * ours.as_secs_f64() / theirs.as_secs_f64();
        println!(
            "haproxy/parse and difference of {CHECKED}, {what}: {ours:?}, `haproxy -c` on it {theirs:?}: {percent:.2} % (at most 8 %)"
        );
    }
}

criterion_group!(parse_and_diff, differences, compare_with_haproxy);
criterion_main!(parse_and_diff);
