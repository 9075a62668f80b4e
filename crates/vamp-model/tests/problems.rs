//! What people and programs see of the problems of a text.

use vamp_model::{Blueprint, Format, Gateway, code, read};

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
fn a_path_is_a_json_pointer() {
    let problems =
        read::<Gateway>("name: edge\nroutes: [{'a/b~c': {weight: 5}}]\n", Format::Yaml).unwrap_err();
    assert_eq!(problems.first().path, "/routes/0/a~1b~0c/weight");
}
