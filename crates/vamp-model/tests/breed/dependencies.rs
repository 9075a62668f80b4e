//! The breeds that a breed needs.

use vamp_model::{Blueprint, Breed, Format, Reference, code, read, to_json};

use super::{all_refused, breed, refused};

/// A breed whose only dependency has this value.
fn with(dependency: &str) -> String {
    format!("{{name: front, deployable: x, dependencies: {{store: {dependency}}}}}")
}

fn store(dependency: &str) -> Reference<Breed> {
    breed(&with(dependency)).dependencies["store"].clone()
}

#[test]
fn a_breed_that_is_needed_may_be_named_in_many_ways() {
    let named = Reference::Named("redis:3".parse().unwrap());
    // S01-019: a text names a breed.
    assert_eq!(store("redis:3"), named);
    // S01-020: `breed` with a text names the same one.
    assert_eq!(store("{breed: redis:3}"), named);
    // S01-021: so does a reference under `breed`.
    assert_eq!(store("{breed: {reference: redis:3}}"), named);
    assert_eq!(store("{breed: {ref: redis:3}}"), named);
    assert_eq!(store("{reference: redis:3}"), named);
    assert_eq!(store("{ref: redis:3}"), named);
    // A number is a name like any other, and a star is part of one.
    assert_eq!(store("1.0"), Reference::Named("1.0".parse().unwrap()));
    assert_eq!(store("redis:*"), Reference::Named("redis:*".parse().unwrap()));
    let written = to_json(&breed(&with("redis:3")));
    assert!(
        written.contains(r#""dependencies":{"store":"redis:3"}"#),
        "{written}"
    );
}

#[test]
fn a_breed_that_is_needed_may_be_written_out() {
    let inline = store("{name: redis:3, deployable: acme/redis}");
    // S01-022: a name and a deployable are the breed itself.
    let Reference::Inline(redis) = &inline else {
        panic!("{inline:?}")
    };
    assert_eq!(redis, &breed("{name: redis:3, deployable: acme/redis}"));
    // S01-023: under `breed` it is the same.
    assert_eq!(store("{breed: {name: redis:3, deployable: acme/redis}}"), inline);
    let chain = "{name: a, deployable: x, ports: {web: 80}, dependencies: {b: {name: b, deployable: y, ports: {sql: 5432/tcp}, \
                 dependencies: {c: c:1, d: {name: d, deployable: z, ports: {raw: 1}}}}}}";
    let outer = breed(chain);
    let middle = outer.dependencies["b"].inline().unwrap();
    // S01-024: ports of a breed inside, and what it needs itself, are read.
    assert_eq!(middle.ports["sql"].number(), 5432);
    let aliases: Vec<&String> = middle.dependencies.keys().collect();
    assert_eq!(aliases, ["c", "d"]);
    assert_eq!(middle.dependencies["c"], Reference::Named("c:1".parse().unwrap()));
    assert!(
        middle.dependencies["d"]
            .inline()
            .unwrap()
            .ports
            .contains_key("raw")
    );
    let written = to_json(&outer);
    assert_eq!(breed(&written), outer, "{written}");
}

#[test]
fn what_is_no_dependency_is_told() {
    let cases = [
        ("~", code::UNEXPECTED_TYPE, "'store'"),
        ("[redis]", code::UNEXPECTED_TYPE, "'store'"),
        ("a/b", code::ILLEGAL_NAME, "a/b"),
        ("{reference: a b}", code::ILLEGAL_NAME, "a b"),
        ("{breed: [a]}", code::UNEXPECTED_TYPE, "'breed'"),
        (
            "{breed: redis, scale: small}",
            code::UNEXPECTED_ELEMENT,
            r#"{"dependencies":{"store":{"scale":"small"}}}"#,
        ),
        (
            "{ref: redis, kind: breeds}",
            code::UNEXPECTED_ELEMENT,
            r#"{"dependencies":{"store":{"kind":"breeds"}}}"#,
        ),
        (
            "{ref: a, reference: b}",
            code::UNEXPECTED_ELEMENT,
            r#"{"dependencies":{"store":{"ref":"a"}}}"#,
        ),
        (
            "{name: redis}",
            code::MISSING_PATH_VALUE,
            "/deployable/definition",
        ),
        ("{deployable: x}", code::MISSING_PATH_VALUE, "/name"),
        ("{}", code::MISSING_PATH_VALUE, "/deployable/definition"),
        (
            "{name: redis, deployable: x, kind: scales}",
            code::INCONSISTENT_ARTIFACT_KIND,
            "'scales'",
        ),
        (
            "{name: redis, deployable: x, lookup_name: y}",
            code::UNEXPECTED_ELEMENT,
            "lookup_name",
        ),
    ];
    for (dependency, code, words) in cases {
        all_refused(&[(&with(dependency), code, words)]);
    }
    all_refused(&[(
        "{name: a, deployable: x, dependencies: [b]}",
        code::UNEXPECTED_TYPE,
        "'dependencies'",
    )]);
}

#[test]
fn breeds_that_need_one_another_are_told() {
    let recursive = |text: &str, breed: &str, path: &str| {
        let problem = refused(text);
        assert_eq!(problem.code, code::RECURSIVE_DEPENDENCIES, "{text}: {problem}");
        let message = format!("Recursive (cyclic) dependency detected for breed '{breed}'");
        assert_eq!(
            (problem.message.as_str(), problem.path.as_str()),
            (&*message, path)
        );
    };
    // S01-035: a breed that needs itself; the message carries it.
    recursive(
        "{name: a, deployable: x, dependencies: {me: a}}",
        "a",
        "dependencies.me",
    );
    // S01-036: a breed inside needs the one around it; the message carries the one inside.
    recursive(
        "{name: a, deployable: x, dependencies: {b: {name: b, deployable: y, dependencies: {back: {ref: a}}}}}",
        "b",
        "dependencies.b.dependencies.back",
    );
    recursive(
        "{name: a, deployable: x, dependencies: {b: {breed: {name: b, deployable: y, dependencies: {c: {name: c, \
         deployable: z, dependencies: {b: {breed: b}}}}}}}}",
        "c",
        "dependencies.b.breed.dependencies.c.dependencies.b.breed",
    );
    // The same breed twice, side by side, is no circle.
    breed(
        "{name: a, deployable: x, dependencies: {b: c, c: c, d: {name: d, deployable: y, dependencies: {c: c}}}}",
    );
}

#[test]
fn each_circle_is_told_once() {
    let text = "{name: a, deployable: x, dependencies: {b: {name: b, deployable: x, dependencies: {c: {name: c, deployable: \
                x, dependencies: {back: b, out: a, self: c}}}}}}";
    let problems = read::<Breed>(text, Format::Yaml).unwrap_err();
    let told: Vec<(&str, &str)> = problems
        .iter()
        .map(|problem| (problem.code, problem.path.rsplit('.').next().unwrap()))
        .collect();
    let expected = ["back", "out", "self"].map(|alias| (code::RECURSIVE_DEPENDENCIES, alias));
    assert_eq!(told, expected);
    // The innermost breed is checked first.
    assert!(problems.first().path.ends_with("self"), "{problems}");
}

#[test]
fn a_blueprint_has_the_breeds_that_its_breeds_need() {
    let text = |other: &str, needed: &str| {
        format!(
            "{{name: b, clusters: {{front: {{breed: {{name: front:1, deployable: x, dependencies: {{db: {needed}}}}}}}, back: \
             {other}}}}}"
        )
    };
    read::<Blueprint>(&text("pg:9", "pg:9"), Format::Yaml).unwrap();
    read::<Blueprint>(
        &text("{breed: {name: pg:9, deployable: y}}", "'pg:*'"),
        Format::Yaml,
    )
    .unwrap();
    let problems = read::<Blueprint>(&text("pg:9", "pg:8"), Format::Yaml).unwrap_err();
    let problem = problems.first();
    assert_eq!(problem.code, code::UNRESOLVED_BREED_DEPENDENCY);
    assert_eq!(
        problem.message,
        "Unresolved breed dependency for breed 'front:1' and dependency 'db -> pg:8'."
    );
    assert_eq!(problem.path, "clusters.front.breed.dependencies.db");
    assert_eq!(problem.hint.as_deref(), Some("did you mean `pg:9`?"));
    let problems = read::<Blueprint>(&text("pg:9", "'mysql*'"), Format::Yaml).unwrap_err();
    assert_eq!(problems.first().code, code::UNRESOLVED_BREED_DEPENDENCY);
}
