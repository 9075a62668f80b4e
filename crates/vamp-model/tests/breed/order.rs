//! Which of several problems of a breed is the first one.

use vamp_model::{Breed, Format, code, read};

/// Parts of a breed, each with one problem, in the order in which reading and checking meet them.
const PROBLEMS: [(&str, &str); 19] = [
    ("deployable: [x]", code::UNEXPECTED_INNER_ELEMENT),
    ("dependencies: {d: {name: d}}", code::MISSING_PATH_VALUE),
    ("name: [a]", code::UNEXPECTED_TYPE),
    ("metadata: text", code::UNSUPPORTED_METADATA),
    ("ports: {p: [1]}", code::MALFORMED_TRAIT),
    ("ports: {p: 70000}", code::UNEXPECTED_TYPE),
    ("env: text", code::UNEXPECTED_TYPE),
    ("constants: {c: [1]}", code::MALFORMED_TRAIT),
    ("arguments: text", code::INVALID_ARGUMENT),
    ("health_checks: {}", code::MISSING_PATH_VALUE),
    ("ports: {a.b: 80}", code::ILLEGAL_STRICT_NAME),
    ("env: {a/b: 1}", code::ILLEGAL_NAME),
    ("ports: {p: ~}", code::MISSING_PORT_VALUE),
    ("constants: {c: ~}", code::MISSING_CONSTANT_VALUE),
    ("arguments: {privileged: 1}", code::INVALID_ARGUMENT_VALUE),
    (
        "health_checks: {port: p, initial_delay: 1s, timeout: 1s, interval: 1s, failures: -1}",
        code::NEGATIVE_FAILURES_NUMBER,
    ),
    ("env: {A: 5$}", code::PARSER),
    ("dependencies: {d: a}", code::RECURSIVE_DEPENDENCIES),
    ("kind: scales", code::INCONSISTENT_ARTIFACT_KIND),
];

fn key(part: &str) -> &str {
    part.split(':').next().unwrap()
}

#[test]
fn reading_comes_before_checking_and_unknown_keys_come_last() {
    for (first, (earlier, expected)) in PROBLEMS.iter().enumerate() {
        for (later, _) in &PROBLEMS[first + 1..] {
            if key(earlier) == key(later) {
                continue;
            }
            let mut parts = vec!["unknown: 1", *later, *earlier];
            let sound = ["name: a", "deployable: x", "ports: {p: 80}"];
            parts.extend(
                sound
                    .iter()
                    .filter(|part| ![key(earlier), key(later)].contains(&key(part))),
            );
            let text = parts.join("\n");
            let problems = read::<Breed>(&text, Format::Yaml).unwrap_err();
            assert_eq!(problems.first().code, *expected, "{text}\n{problems}");
            assert!(
                problems
                    .iter()
                    .any(|problem| problem.code == code::UNEXPECTED_ELEMENT)
            );
        }
    }
}
