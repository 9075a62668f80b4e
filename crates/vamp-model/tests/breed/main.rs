//! Breeds, health checks and scales as users write them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod arguments;
mod dependencies;
mod health_checks;
mod order;
mod references;
mod scale;

use vamp_model::{Breed, Format, PortKind, Problem, code, read, to_json};

fn breed(text: &str) -> Breed {
    read(text, Format::Yaml).unwrap()
}

/// The problem that validation meets first.
#[track_caller]
fn refused(text: &str) -> Problem {
    let problems = read::<Breed>(text, Format::Yaml).unwrap_err();
    problems.first().clone()
}

/// Each text is refused with the code, and with a message that contains the words.
#[track_caller]
fn all_refused(cases: &[(&str, &str, &str)]) {
    for (text, expected, words) in cases {
        let problem = refused(text);
        assert_eq!(problem.code, *expected, "{text}: {problem}");
        assert!(problem.message.contains(words), "{text}: {problem}");
    }
}

#[test]
fn a_name_and_a_deployable_make_a_breed() {
    let alpha = breed("name: alpha:1\ndeployable: registry.example.org:5000/acme/alpha:1\n");
    // S01-014: nothing else is needed, and the type of the deployable stays absent.
    assert_eq!(alpha.deployable.kind, None);
    assert_eq!(alpha.deployable.kind(), "container/docker");
    assert!(
        alpha.ports.is_empty() && alpha.environment_variables.is_empty() && alpha.health_checks.is_none()
    );
    // S01-039: a text with colons and slashes is the definition as a whole.
    assert_eq!(
        alpha.deployable.definition,
        "registry.example.org:5000/acme/alpha:1"
    );
}

#[test]
fn a_deployable_may_have_a_type() {
    let typed = breed("{name: a, deployable: {type: container/rkt, definition: x}}");
    // S01-040: an explicit type is kept.
    assert_eq!(typed.deployable.kind.as_deref(), Some("container/rkt"));
    assert_eq!(typed.deployable.definition, "x");
    let number = breed("{name: 42, deployable: 7}");
    assert_eq!(number.deployable.definition, "7");
}

#[test]
fn the_kind_is_checked_in_singular_and_plural() {
    // S01-013: the right kind is accepted.
    breed("{kind: breeds, name: a, deployable: x}");
    breed("{kind: breed, name: a, deployable: x}");
    // S01-012: another one is refused, naming both.
    let problem = refused("{kind: blueprints, name: a, deployable: x}");
    assert_eq!(problem.code, code::INCONSISTENT_ARTIFACT_KIND);
    assert_eq!(
        problem.message,
        "Inconsistent kind: given 'blueprints' but found 'breeds'."
    );
}

#[test]
fn empty_blocks_are_the_same_as_none() {
    // S01-015: null blocks of variables and dependencies are empty.
    let empty = breed("name: a\ndeployable: x\nenvironment_variables:\ndependencies:\nports: ~\n");
    assert_eq!(empty, breed("{name: a, deployable: x}"));
}

#[test]
fn ports_have_a_name_a_number_and_a_type() {
    let breed = breed("{name: a, deployable: x, ports: {web: 8080/http, plain: 8080, raw: 8090/tcp}}");
    let port = |name: &str| breed.ports[name].clone();
    // S01-016: name, number and type of a port; it prints as written.
    assert_eq!(
        (port("web").number(), port("web").kind(), port("web").to_string()),
        (8080, PortKind::Http, "8080/http".into())
    );
    // S01-090: http with and without suffix, tcp with it.
    let kinds: Vec<PortKind> = breed.ports.values().map(|port| port.kind()).collect();
    assert_eq!(kinds, [PortKind::Http, PortKind::Http, PortKind::Tcp]);
    assert!(to_json(&breed).contains(r#""ports":{"web":"8080/http","plain":"8080","raw":"8090/tcp"}"#));
}

#[test]
fn variables_have_names_aliases_and_values() {
    let text = "{name: a, deployable: x, VARIABLES: {'timeout[TIME_OUT]': 10, plain: b, open: ~, some.dotted.name: v}}";
    let long = breed(&text.replace("VARIABLES", "environment_variables"));
    // S01-018: `env` is the same key.
    assert_eq!(breed(&text.replace("VARIABLES", "env")), long);
    let variable = |name: &str| &long.environment_variables[name];
    // S01-038: an alias stands in brackets, and integers become text.
    assert_eq!(variable("timeout").alias.as_deref(), Some("TIME_OUT"));
    assert_eq!(variable("timeout").value.as_deref(), Some("10"));
    assert_eq!(variable("plain").alias, None);
    // S01-027: a variable may have no value.
    assert_eq!(variable("open").value, None);
    // S01-043: a name may contain dots.
    assert_eq!(variable("some.dotted.name").value.as_deref(), Some("v"));
}

#[test]
fn values_keep_the_text_that_was_written() {
    let breed =
        breed("{name: 1.10, deployable: x, env: {VERSION: 1.10, MODE: 010, FLAG: yes, DAY: 2017-02-03}}");
    assert_eq!(breed.name.as_str(), "1.10");
    let values: Vec<&str> = breed
        .environment_variables
        .values()
        .map(|variable| variable.value.as_deref().unwrap())
        .collect();
    assert_eq!(values, ["1.10", "010", "yes", "2017-02-03"]);
}

#[test]
fn of_equal_keys_the_last_one_counts() {
    let breed =
        breed("name: a\ndeployable: x\nports:\n  web: 80\n  raw: 81/tcp\n  web: 82\nenv:\n  A: 1\n  A: 2\n");
    // S01-028: a port's name repeated is no error.
    assert_eq!((breed.ports.len(), breed.ports["web"].number()), (2, 82));
    // S01-029: nor is a variable's.
    assert_eq!(breed.environment_variables["A"].value.as_deref(), Some("2"));
}

#[test]
fn what_is_wrong_with_a_breed_is_told_with_its_name() {
    all_refused(&[
        // S01-025: without deployable.
        ("{name: a}", code::MISSING_PATH_VALUE, "/deployable/definition"),
        (
            "{name: a, deployable: {type: docker}}",
            code::MISSING_PATH_VALUE,
            "/deployable/definition",
        ),
        ("{deployable: x}", code::MISSING_PATH_VALUE, "/name"),
        (
            "{name: a, deployable: [x]}",
            code::UNEXPECTED_INNER_ELEMENT,
            "'deployable'",
        ),
        ("{name: [a], deployable: x}", code::UNEXPECTED_TYPE, "'name'"),
        ("{name: a/b, deployable: x}", code::ILLEGAL_NAME, "a/b"),
        ("{name: 'a\n\nb', deployable: x}", code::ILLEGAL_NAME, "a\nb"),
        // S01-026: a port without value; the message carries the breed and the port.
        (
            "{name: a, deployable: x, ports: {web: ~}}",
            code::MISSING_PORT_VALUE,
            "Missing port value for 'web' and breed 'a -> x'.",
        ),
        // S01-037: a constant without value; the message carries the breed and the constant.
        (
            "{name: a, deployable: x, constants: {c: ~}}",
            code::MISSING_CONSTANT_VALUE,
            "Missing constant value for 'c' and breed 'a -> x'.",
        ),
        (
            "{name: a, deployable: x, constants: {a/b: 1}}",
            code::ILLEGAL_STRICT_NAME,
            "a/b",
        ),
        (
            "{name: a, deployable: x, constants: {c: {d: 1}}}",
            code::MALFORMED_TRAIT,
            "'c'",
        ),
        // S01-041: a port's name with a slash.
        (
            "{name: a, deployable: x, ports: {a/b: 80}}",
            code::ILLEGAL_STRICT_NAME,
            "a/b",
        ),
        (
            "{name: a, deployable: x, ports: {a.b: 80}}",
            code::ILLEGAL_STRICT_NAME,
            "a.b",
        ),
        (
            "{name: a, deployable: x, ports: 6379/tcp}",
            code::UNEXPECTED_TYPE,
            "'ports'",
        ),
        (
            "{name: a, deployable: x, ports: {web: abc/http}}",
            code::UNEXPECTED_TYPE,
            "'web'",
        ),
        (
            "{name: a, deployable: x, ports: {web: 65536}}",
            code::UNEXPECTED_TYPE,
            "'web'",
        ),
        (
            "{name: a, deployable: x, ports: {web: [80]}}",
            code::MALFORMED_TRAIT,
            "Malformed entry for port, environment variable or constant 'web'.",
        ),
        (
            "{name: a, deployable: x, env: {A: {}}}",
            code::MALFORMED_TRAIT,
            "'A'",
        ),
        // S01-042: empty brackets are no alias, and no part of a name.
        (
            "{name: a, deployable: x, env: {'timeout[]': 1}}",
            code::ILLEGAL_NAME,
            "timeout[]",
        ),
        ("{name: a, deployable: x, env: {'': 1}}", code::ILLEGAL_NAME, ""),
        ("{name: a, deployable: x, ports: {'': 1}}", code::ILLEGAL_NAME, ""),
        (
            "{name: a, deployable: x, constants: {'': 1}}",
            code::ILLEGAL_NAME,
            "",
        ),
        ("{name: '', deployable: x}", code::ILLEGAL_NAME, ""),
        (
            "{name: a, deployable: x, env: [A]}",
            code::UNEXPECTED_TYPE,
            "'env'",
        ),
        (
            "{name: a, deployable: x, environment_variables: {}, env: text}",
            code::UNEXPECTED_TYPE,
            "'env'",
        ),
        // S01-050: a broken reference.
        (
            "{name: a, deployable: x, env: {A: '${a b}'}}",
            code::PARSER,
            "Cannot parse: '${a b}': ",
        ),
        // After the end of a reference, nothing is cut off.
        (
            "{name: a, deployable: x, constants: {A: '5$ each'}}",
            code::PARSER,
            "Cannot parse: '5$ each': ",
        ),
        (
            "{name: a, deployable: x, metadata: text}",
            code::UNSUPPORTED_METADATA,
            "Unsupported metadata",
        ),
        (
            "{name: a, deployable: {definition: x, tag: 1}}",
            code::UNEXPECTED_ELEMENT,
            r#"{"deployable":{"tag":1}}"#,
        ),
    ]);
}

#[test]
fn beside_the_long_spelling_of_a_key_the_short_one_is_left_over() {
    let problem = refused("{name: a, deployable: x, environment_variables: {}, env: {A: short}}");
    assert_eq!(problem.code, code::UNEXPECTED_ELEMENT);
    assert!(problem.message.ends_with(r#"{"env":{"A":"short"}}"#), "{problem}");
    breed("{name: a, deployable: x, environment_variables: {A: 1}, env: {}}");
}
