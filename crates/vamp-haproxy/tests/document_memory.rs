//! How much memory a document takes. One test alone, because it counts what the whole program allocates.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::fmt::Write as _;

use peak_alloc::PeakAlloc;
use vamp_haproxy::Document;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// A configuration of some megabytes, as it is generated.
fn generated() -> String {
    let mut text = String::new();
    for number in 0..20_000 {
        write!(
            text,
            "# backend: shop-{number}\nbackend b_{number}\n  mode http\n  balance roundrobin\n  \
             server s_1 10.0.0.1:80 cookie s_1 check weight 10\n  server s_2 10.0.0.2:80 cookie s_2 check weight 90\n\n"
        )
        .unwrap();
    }
    text
}

fn assert_at_most(times: usize, text: &str) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let document = Document::parse(text);
    let peak = ALLOCATED.peak_usage().saturating_sub(before);
    assert!(peak <= times * text.len(), "{peak} bytes for {}", text.len());
    // Reading words and problems keeps nothing.
    ALLOCATED.reset_peak_usage();
    let words: usize = document.lines().map(|line| line.words().count()).sum();
    let problems = document.problems().len();
    let kept = ALLOCATED.current_usage().saturating_sub(before);
    assert!(
        kept <= times * text.len(),
        "{kept} bytes with {words} words and {problems} problems"
    );
}

#[test]
fn a_document_takes_little_more_memory_than_its_text() {
    assert_at_most(2, &generated());
    // Short lines, and sections without any.
    assert_at_most(4, &"  a b\n".repeat(200_000));
    assert_at_most(4, &"listen a\n".repeat(200_000));
    assert_at_most(4, &"a\n".repeat(200_000));
}
