//! Blueprints checked against the artifacts that they refer to.

use vamp_model::{
    AnyArtifact, ArtifactMap, Blueprint, Format, Limits, NoArtifacts, NotChecked, Problem, check, code,
    declared,
};

/// Breeds and other artifacts to which the blueprints refer.
const KNOWN: &str = "
- {kind: breeds, name: 'web:1', deployable: x, ports: {web: 80, raw: 81/tcp}, env: {MODE: ~, URL: $db.ports.sql}, constants: {C: 1}, dependencies: {db: 'pg:9'}}
- {kind: breeds, name: 'pg:9', deployable: y, ports: {sql: 5432/tcp}}
- {kind: scales, name: small, cpu: 1, memory: 1GB}
- {kind: slas, name: strict, type: escalation_only}
- {kind: escalations, name: up, type: to_one, escalations: [deeper, {type: scale_cpu, minimum: 1, maximum: 1, scale_by: 1, target: db}]}
- {kind: escalations, name: deeper, type: to_all, escalations: [up, {type: scale_cpu, minimum: 1, maximum: 1, scale_by: 1, target: cache}]}
- {kind: routes, name: half, weight: 50%}
- {kind: conditions, name: ios, condition: '< a >'}
- {kind: rewrites, name: short, path: a if b}
";

fn known() -> ArtifactMap {
    declared(KNOWN, Format::Yaml, &Limits::default())
}

fn problems(text: &str) -> Vec<Problem> {
    let problems = check::<Blueprint>(text, Format::Yaml, &Limits::default(), &known()).unwrap_err();
    problems.into_iter().collect()
}

fn not_checked(text: &str, artifacts: &ArtifactMap) -> Vec<NotChecked> {
    let checked = check::<Blueprint>(
        text,
        Format::Yaml,
        &Limits::default(),
        &artifacts.or(&NoArtifacts),
    );
    checked.unwrap().not_checked
}

#[test]
fn a_blueprint_fits_to_what_it_refers_to() {
    let text = "
name: shop
gateways: {8080: web/web}
env: {web.MODE: $db.ports.sql}
clusters:
  web:
    gateways: {web: {sticky: route, routes: {'web:1': half}}}
    health_checks: {port: raw, initial_delay: 1s, timeout: 1s, interval: 1s, failures: 1}
    sla: {ref: strict, escalations: up}
    services:
    - {breed: 'web:1', scale: small, env: {MODE: fast}}
  db: 'pg:9'
  cache: {breed: {name: redis, deployable: z}}
";
    let checked = check::<Blueprint>(text, Format::Yaml, &Limits::default(), &known()).unwrap();
    assert_eq!(checked.not_checked, []);
    // What was read is the same with and without.
    assert_eq!(checked.artifact, super::blueprint(text));
}

#[test]
fn whatever_is_referred_to_exists() {
    let cases = [
        (
            "{services: web:2}",
            "web:2",
            "clusters.c.services",
            "did you mean the breed `web:1`?",
        ),
        (
            "{breed: {ref: web:2}}",
            "web:2",
            "clusters.c.breed.ref",
            "did you mean the breed `web:1`?",
        ),
        (
            "[{ref: web:2}]",
            "web:2",
            "clusters.c[0].ref",
            "did you mean the breed `web:1`?",
        ),
        (
            "{breed: pg:9, scale: smal}",
            "smal",
            "clusters.c.scale",
            "did you mean the scale `small`?",
        ),
        (
            "{services: pg:9, sla: strct}",
            "strct",
            "clusters.c.sla",
            "did you mean the sla `strict`?",
        ),
        (
            "{services: pg:9, sla: {ref: strct}}",
            "strct",
            "clusters.c.sla.ref",
            "did you mean the sla `strict`?",
        ),
        (
            "{services: pg:9, sla: {ref: strict, escalations: dwon}}",
            "dwon",
            "clusters.c.sla.escalations",
            "",
        ),
        (
            "{services: pg:9, gateways: {sql: {routes: {'pg:9': haalf}}}}",
            "haalf",
            "clusters.c.gateways.sql.routes.pg:9",
            "did you mean the route `half`?",
        ),
        (
            "{services: pg:9, gateways: {other: {routes: {'pg:9': {condition: {ref: iso}}}}}}",
            "iso",
            "clusters.c.gateways.other.routes.pg:9.condition.ref",
            "did you mean the condition `ios`?",
        ),
        (
            "{services: pg:9, gateways: {sql: {routes: {'pg:9': {rewrites: [shrot]}}}}}",
            "shrot",
            "clusters.c.gateways.sql.routes.pg:9.rewrites[0]",
            "did you mean the rewrite `short`?",
        ),
    ];
    for (cluster, name, path, hint) in cases {
        let text = format!("{{name: bp, clusters: {{c: {cluster}}}}}");
        let found = problems(&text);
        let missing: Vec<&Problem> = found
            .iter()
            .filter(|problem| problem.code == code::ARTIFACT_NOT_FOUND)
            .collect();
        assert_eq!(missing.len(), 1, "{cluster}: {found:?}");
        assert_eq!(missing[0].message, format!("Artifact cannot be found: '{name}'."));
        assert_eq!(missing[0].path, path, "{cluster}");
        assert_eq!(missing[0].hint.as_deref().unwrap_or_default(), hint, "{cluster}");
    }
}

#[test]
fn known_breeds_are_checked_like_those_that_are_written_out() {
    let with = |top: &str, cluster: &str| {
        format!("{{name: bp, {top}clusters: {{web: {{services: [{{breed: 'web:1', {cluster}, db: 'pg:9'}}}}")
    };
    let cases = [
        (
            with("gateways: {80: web/nope}, ", "}]}"),
            code::UNRESOLVED_GATEWAY_PORT,
            "gateways.80",
        ),
        (
            with("env: {web.NOPE: 1}, ", "}]}"),
            code::UNRESOLVED_ENVIRONMENT_VARIABLE,
            "env",
        ),
        (
            with("env: {web.MODE: $web.ports.nope}, ", "}]}"),
            code::UNRESOLVED_ENVIRONMENT_VARIABLE,
            "env",
        ),
        (
            with("", "env: {NOPE: 1}}]}"),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "env.NOPE",
        ),
        (
            with("", "env: {MODE: ~}}]}"),
            code::MISSING_ENVIRONMENT_VARIABLE,
            "env.MODE",
        ),
        (
            with(
                "",
                "health_checks: {port: nope, initial_delay: 1s, timeout: 1s, interval: 1s, failures: 1}}]}",
            ),
            code::UNRESOLVED_PORT_REFERENCE,
            "health_checks.port",
        ),
        (
            with(
                "",
                "}], health_checks: {port: nope, initial_delay: 1s, timeout: 1s, interval: 1s, failures: 1}}",
            ),
            code::UNRESOLVED_PORT_REFERENCE,
            "health_checks.port",
        ),
        (
            with("", "}], gateways: {nope: {}}}"),
            code::UNRESOLVED_GATEWAY_PORT,
            "gateways.nope",
        ),
        (
            with("", "}], gateways: {raw: {sticky: route}}}"),
            code::STICKY_PORT_TYPE,
            "gateways.raw.sticky",
        ),
        (
            with(
                "",
                "}], gateways: {raw: {routes: {'web:1': {condition: '< a >'}}}}}",
            ),
            code::CONDITION_PORT_TYPE,
            "condition",
        ),
        (
            with("", "}], gateways: {sticky: route}}"),
            code::ILLEGAL_ANONYMOUS_ROUTING_PORT_MAPPING,
            "clusters.web.gateways",
        ),
        (
            with("", "}], sla: {type: escalation_only, escalations: up}}"),
            code::UNRESOLVED_SCALE_ESCALATION_TARGET_CLUSTER,
            "escalations",
        ),
    ];
    for (text, expected, path) in cases {
        let found = problems(&text);
        assert_eq!((found.len(), found[0].code), (1, expected), "{text}: {found:?}");
        assert!(found[0].path.contains(path), "{text}: {found:?}");
    }
    // What the known breed needs is in the blueprint, under the cluster that its values name.
    let lonely = problems("{name: bp, clusters: {web: 'web:1'}}");
    assert_eq!(
        (lonely.len(), lonely[0].code),
        (1, code::UNRESOLVED_BREED_DEPENDENCY)
    );
    assert_eq!(lonely[0].path, "clusters.web");
    let other_db =
        problems("{name: bp, clusters: {web: 'web:1', db: {breed: {name: 'pg:9', deployable: y}}}}");
    assert_eq!(
        (other_db.len(), other_db[0].code),
        (1, code::UNRESOLVED_ENVIRONMENT_VARIABLE)
    );
    assert!(
        other_db[0].message.contains("'URL -> $db.ports.sql'"),
        "{other_db:?}"
    );
}

#[test]
fn what_depends_on_unknown_artifacts_is_listed_and_not_passed_over() {
    let text = "
name: bp
gateways: {8080: c/web}
env: {c.MODE: 1, c.URL: $c.ports.web}
clusters:
  c:
    services: [{breed: unknown, env: {A: 1}, scale: some, health_checks: {port: p, initial_delay: 1s, timeout: 1s, interval: 1s, failures: 1}}]
    gateways: {adm: {routes: {unknown: {weight: 100%}}}}
    health_checks: {port: web, initial_delay: 1s, timeout: 1s, interval: 1s, failures: 1}
    sla: {ref: calm, escalations: up}
";
    let open = not_checked(text, &ArtifactMap::new());
    let told: Vec<String> = open
        .iter()
        .map(|open| format!("{} {}", open.path, open.message))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    assert!(
        open.iter()
            .zip(&open[1..])
            .all(|(one, next)| (one.line, one.column) <= (next.line, next.column))
    );
    for NotChecked {
        line, column, span, ..
    } in &open
    {
        let start = text
            .lines()
            .take(line - 1)
            .map(|line| line.len() + 1)
            .sum::<usize>()
            + column
            - 1;
        assert_eq!(span.start, start);
    }
    // Reading alone asks nobody, and says nothing.
    super::blueprint(text);
}

#[test]
fn what_a_blueprint_says_itself_is_not_looked_up() {
    // Both breeds are written out; that one needs the other by name needs no store.
    let text = "{name: bp, clusters: {a: {breed: {name: a, deployable: x, dependencies: {b: b}}}, b: {breed: {name: b, deployable: y}}}}";
    let checked = check::<Blueprint>(text, Format::Yaml, &Limits::default(), &ArtifactMap::new()).unwrap();
    assert_eq!(checked.not_checked, []);
    // A dependency that is in neither place is told once.
    let text = "{name: bp, clusters: {a: {breed: {name: a, deployable: x, dependencies: {b: b}}}}}";
    let found = problems(text);
    assert_eq!(
        (found.len(), found[0].code),
        (1, code::UNRESOLVED_BREED_DEPENDENCY)
    );
}

#[test]
fn a_map_is_made_of_artifacts() {
    let breeds: ArtifactMap = ["a", "b"]
        .map(|name| AnyArtifact::from(vamp_model::Breed::new(name.parse().unwrap(), deployable())))
        .into_iter()
        .collect();
    let text = "{name: bp, clusters: {c: [a, b]}}";
    assert_eq!(not_checked(text, &breeds), []);
    let mut names_only = ArtifactMap::new();
    names_only.insert_name(vamp_model::Kind::Breed, "a");
    let text = "{name: bp, gateways: {80: c/web}, clusters: {c: [a]}}";
    let checked = check::<Blueprint>(text, Format::Yaml, &Limits::default(), &names_only).unwrap();
    let open: Vec<&str> = checked
        .not_checked
        .iter()
        .map(|open| open.path.as_str())
        .collect();
    assert_eq!(open, ["gateways.80", "clusters.c[0]", "clusters.c[0]"]);
}

fn deployable() -> vamp_model::Deployable {
    vamp_model::Deployable {
        kind: None,
        definition: "x".to_owned(),
    }
}
