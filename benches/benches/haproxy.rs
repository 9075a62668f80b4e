//! Reading, checking and editing any configuration.

#![allow(missing_docs, reason = "criterion's macros make functions that nobody calls")]
#![expect(
    clippy::expect_used,
    reason = "a benchmark without its input has nothing to measure"
)]

use std::hint::black_box;

use benches::gateways;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use vamp_haproxy::{Document, GenerateOptions, generate};

/// So many gateways make 50 MB.
const GATEWAYS: u16 = 9_250;

fn documents(criterion: &mut Criterion) {
    let gateways = gateways(GATEWAYS).expect("the names are valid");
    let text = generate(&gateways, &GenerateOptions::new("/run/vamp"))
        .expect("the options are valid")
        .config
        .to_string();
    let document = Document::parse(text.as_str());
    let line = document
        .sections()
        .rev()
        .find_map(|section| section.servers().next())
        .map(|server| {
            (
                server.line().number(),
                server.parameter("weight").map(|weight| weight.word()),
            )
        });
    let (line, word) = line.expect("there are servers");
    let word = word.expect("they have weights") + 1;

    let mut group = criterion.benchmark_group("haproxy/document");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.sample_size(20);
    group.bench_function("parse 50 MB", |bencher| {
        bencher.iter_with_large_drop(|| Document::parse(black_box(text.as_str())));
    });
    group.bench_function("parse 50 MB, find its problems", |bencher| {
        bencher.iter(|| Document::parse(black_box(text.as_str())).problems());
    });
    group.bench_function("read each word of 50 MB", |bencher| {
        bencher.iter(|| {
            let lines = black_box(&document).lines();
            lines
                .flat_map(|line| line.words())
                .map(|word| word.text().len())
                .sum::<usize>()
        });
    });
    group.bench_function("set a weight in 50 MB, print", |bencher| {
        bencher.iter_batched(
            || document.clone(),
            |mut document| {
                document.write_word(line, word, "7").expect("it is a word");
                document.to_string()
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(document, documents);
criterion_main!(document);
