//! What people and programs see of the problems of a text.

use vamp_model::{Blueprint, Format, Gateway, Limits, ValuePath, code, locate, read};

const BLUEPRINT: &str = "name: shop/2
gateways:
  9050: {routes: {web/http: {weigth: 100%}}}
  9051: web/nope
  9051/tcp: {routes: {web/http: {condition: User-Agent = Safari}}}
clusters:
  web:
    services:
    - breed:
        name: web:1
        deployable: acme/web:1
        ports: {http: 8080, adm: abc/http}
        enviroment_variables: {MODE: fast}
        health_checks: {port: nope, initial_delay: 10, timeout: 5s, interval: 5s, failures: 3}
      scall: {cpu: 1, memory: 64MB}
    - breed: web:1
      scale: {cpu: 500m, memory: 64, instances: -2}
    sla: fast
  db: 5
";

#[test]
fn all_problems_of_a_blueprint_are_told_at_once_in_the_order_of_their_places() {
    let problems = read::<Blueprint>(BLUEPRINT, Format::Yaml).unwrap_err();
    insta::assert_snapshot!(problems);
}

#[test]
fn programs_see_problems_with_code_and_path() {
    let problems = read::<Gateway>(
        "name: edge\nroutes:\n  a/b: {weigth: 50%}\n  c: {weight: 50}\n",
        Format::Yaml,
    )
    .unwrap_err();
    insta::assert_snapshot!(serde_json::to_string_pretty(&problems).unwrap());
}

#[test]
fn the_first_problem_is_the_one_that_validation_meets_first() {
    let problems = read::<Gateway>("routess: {}\nname: edge\nport: 99999\n", Format::Yaml).unwrap_err();
    // An unknown key comes last, wherever it stands.
    assert_eq!(problems.first().code, code::INVALID_GATEWAY_PORT);
    let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [1, 3]);
}

#[test]
fn a_long_value_is_not_repeated_in_full() {
    let text = format!(
        "name: edge\nunknown: {}\nmore: [{}]\n",
        "x".repeat(10_000),
        "yes, ".repeat(10_000)
    );
    let problems = read::<Gateway>(&text, Format::Yaml).unwrap_err();
    assert_eq!(problems.len(), 2);
    assert!(problems.iter().all(|problem| problem.message.len() < 3_000));
}

#[test]
fn a_path_is_written_in_dots_and_brackets() {
    let problems =
        read::<Gateway>("name: edge\nroutes: [{'a/b.c': {weight: 5}}]\n", Format::Yaml).unwrap_err();
    assert_eq!(problems.first().path, "routes[0][\"a/b.c\"].weight");
    let scale =
        "name: shop\nclusters:\n  cart:\n    services:\n    - {breed: b, scale: {cpu: lots, memory: 1GB}}\n";
    let problems = read::<Blueprint>(scale, Format::Yaml).unwrap_err();
    assert_eq!(problems.first().path, "clusters.cart.services[0].scale.cpu");
}

#[test]
fn every_path_of_a_problem_leads_to_its_place() {
    let problems = read::<Blueprint>(BLUEPRINT, Format::Yaml).unwrap_err();
    for problem in &problems {
        let path: ValuePath = problem.path.parse().unwrap();
        assert_eq!(path.to_string(), problem.path);
        let found = locate(BLUEPRINT, Format::Yaml, &Limits::default(), 0, &[&problem.path]);
        assert_eq!(found[0].unwrap().0, problem.line, "{problem}");
    }
}

#[test]
fn a_value_is_found_in_its_text_and_else_the_nearest_one() {
    let text = "kind: breed\nname: b\n---\n---\n- name: shop\n  clusters:\n    web: web:1\n    db:\n      - breed: db:1\n        scale:\n          cpu: 1\n";
    let paths = [
        "",
        "name",
        "clusters",
        "clusters.web",
        "clusters.web.services[0].breed",
        "clusters.db[0].breed",
        "clusters.db[0].scale",
        "clusters.db[0].scale.cpu",
        "clusters.db[7]",
        "nope",
        "a b",
    ];
    let found = locate(text, Format::Yaml, &Limits::default(), 1, &paths);
    let expected = [
        Some((5, 3)),
        Some((5, 9)),
        Some((6, 3)),
        Some((7, 10)),
        Some((7, 10)),
        Some((9, 16)),
        Some((10, 9)),
        Some((11, 16)),
        Some((8, 5)),
        Some((5, 3)),
        None,
    ];
    assert_eq!(found, expected);
    assert_eq!(
        locate(text, Format::Yaml, &Limits::default(), 2, &["name"]),
        [None]
    );
    assert_eq!(
        locate("{", Format::Json, &Limits::default(), 0, &["name"]),
        [None]
    );
}
