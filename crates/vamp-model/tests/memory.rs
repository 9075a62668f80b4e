//! How much memory reading takes. One test alone, because it counts what the whole program allocates.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::fmt::Write as _;

use peak_alloc::PeakAlloc;
use vamp_model::{Blueprint, Format, read, to_json};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// A blueprint of one megabyte, and the same with a mistake in 200 of its clusters.
fn blueprints() -> (String, String) {
    let mut text = "name: large\nclusters:\n".to_owned();
    let mut cluster = 0;
    while text.len() < 1_000_000 {
        cluster += 1;
        write!(
            text,
            "  cluster-{cluster}:
    services:
    - breed:
        name: service-{cluster}:1.0.0
        deployable: registry.example.com/acme/service-{cluster}:1.0.0
        ports:
          http: 8080/http
        environment_variables:
          LOG_LEVEL: info
          UPSTREAM: \"http://upstream-{cluster}.example.com:8080/path?a=b\"
      scale: {{cpu: 500m, memory: 64MB, instances: 2}}
"
        )
        .unwrap();
    }
    let broken = text.replacen("cpu: 500m", "cpu: plenty", 200);
    (text, broken)
}

/// What was made, and the most memory that was in use for it at once.
fn peak_of<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let made = make();
    (made, ALLOCATED.peak_usage().saturating_sub(before))
}

#[test]
fn reading_takes_memory_in_proportion_to_the_text() {
    let (text, broken) = blueprints();
    let (blueprint, peak) = peak_of(|| read::<Blueprint>(&text, Format::Yaml).unwrap());
    assert!(peak <= 12 * text.len(), "{peak} bytes for {}", text.len());

    let json = to_json(&blueprint);
    drop(blueprint);
    let (blueprint, peak) = peak_of(|| read::<Blueprint>(&json, Format::Json).unwrap());
    assert!(peak <= 12 * json.len(), "{peak} bytes for {}", json.len());
    drop(blueprint);

    let (problems, peak) = peak_of(|| read::<Blueprint>(&broken, Format::Yaml).unwrap_err());
    assert_eq!(problems.len(), 200);
    assert!(peak <= 12 * broken.len(), "{peak} bytes for {}", broken.len());

    // Nothing takes more than values of one character each, of which people write no megabytes.
    let numbers = "1,".repeat(100_000);
    let dense = format!("name: a\nclusters: {{b: c}}\nmetadata: {{d: [{numbers}]}}\n");
    let (blueprint, peak) = peak_of(|| read::<Blueprint>(&dense, Format::Yaml).unwrap());
    assert!(peak <= 64 * dense.len(), "{peak} bytes for {}", dense.len());
    drop(blueprint);
}
