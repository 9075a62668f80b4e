//! Values that refer to what a breed needs.

use vamp_model::{Breed, Format, code, read, to_json};

use super::{all_refused, breed, refused};

/// A breed that needs a store written out, with one port, one variable and one constant.
fn with(rest: &str) -> String {
    format!(
        "{{name: front, deployable: x, {rest}, dependencies: {{store: {{name: store:1, deployable: y, ports: {{web: 80}}, env: \
         {{MODE: fast}}, constants: {{path: /s}}}}, other: named:1}}}}"
    )
}

#[test]
fn values_that_refer_to_what_is_declared_stay_as_they_are_written() {
    let text = "{name: front, deployable: x, env: {HOST: $store.host, PORT: '${ store.ports.web }'}, dependencies: {store: store:1}}";
    let front = breed(text);
    let value = |name: &str| front.environment_variables[name].value.as_deref();
    // S01-017: values that refer to a declared alias are kept verbatim.
    assert_eq!(
        (value("HOST"), value("PORT")),
        (Some("$store.host"), Some("${ store.ports.web }"))
    );
    // S01-034: a port's value may refer to a constant that the breed inside has; it is kept verbatim.
    let front = breed(&with("ports: {web: $store.constants.path}"));
    assert_eq!(front.ports["web"].to_string(), "$store.constants.path");
    assert!(to_json(&front).contains(r#""ports":{"web":"$store.constants.path"}"#));
    assert_eq!(breed(&to_json(&front)), front);
    // Of what is only named nothing is known; names alone and values from outside are no dependencies'.
    for value in [
        "$other.ports.any",
        "$other.groups.any",
        "$anything",
        "${anything}",
        "$config://a.b.c",
        "$$store.ports.nope",
        "$store.hostname",
        "$store.ports.web$store.environment_variables.MODE",
    ] {
        breed(&with(&format!(
            "env: {{A: '{value}'}}, constants: {{c: '{value}'}}"
        )));
    }
    breed(&with(
        "ports: {web: $other.ports.web/tcp, plain: $x/http, word: nonsense}",
    ));
}

#[test]
fn references_to_what_is_not_there_are_told() {
    all_refused(&[
        // S01-030: an alias that is not declared; the message carries the reference.
        (
            &with("env: {A: 'http://$shop.ports.web/'}"),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "Unresolved reference 'shop.ports.web' in breed 'front -> x'. Check if breed dependency is declared.",
        ),
        (
            &with("env: {A: $shop.host}"),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "'shop.host'",
        ),
        // S01-031: a port that the breed inside does not have.
        (
            &with("env: {A: $store.ports.adm}"),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "'store.ports.adm'",
        ),
        // S01-032: the same, referred to by a port.
        (
            &with("ports: {adm: $store.ports.adm}"),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "'store.ports.adm'",
        ),
        (
            &with("constants: {c: $store.environment_variables.NOPE}"),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "'store.environment_variables.NOPE'",
        ),
        (
            &with("env: {A: $store.hosts.host}"),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "'store.hosts.host'",
        ),
        (
            &with("env: {A: $store.gateways.web}"),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "'store.gateways.web'",
        ),
    ]);
    let same_name = "{name: a, deployable: x, env: {A: $es.constants.port}, dependencies: {es: {name: es, deployable: y, ports: \
                     {port: 1}, env: {port: 2}}}}";
    // S01-033: a port and a variable of that name are no constant.
    assert_eq!(
        refused(same_name).code,
        code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE
    );
}

#[test]
fn what_was_probably_meant_is_said() {
    let cases = [
        ("$stor.ports.web", Some("did you mean the dependency `store`?")),
        (
            "$database.host",
            Some("declare what `database` is under `dependencies`"),
        ),
        ("$store.ports.wbe", Some("did you mean `store.ports.web`?")),
        ("$store.ports.path", Some("did you mean `store.constants.path`?")),
        ("$store.port.web", Some("did you mean `store.ports.web`?")),
        (
            "$store.environment_variables.mode",
            Some("did you mean `store.environment_variables.MODE`?"),
        ),
        ("$store.ports.something", None),
    ];
    for (value, hint) in cases {
        let problem = refused(&with(&format!("env: {{A: {value}}}")));
        assert_eq!(problem.hint.as_deref(), hint, "{value}");
    }
}

#[test]
fn a_problem_inside_of_a_value_is_shown_where_it_is() {
    let text = "name: a
deployable: x
env:
  PLAIN: a ${b c} d
  QUOTED: 'http://$shop.host:$shop.ports.web/'
  ESCAPED: \"\\t$\"
  TWICE: $shop.host$shop.host
  BLOCK: |
    $
    $shop.host
constants:
  c: 5$ each
";
    let problems = read::<Breed>(text, Format::Yaml).unwrap_err();
    let shown: Vec<(&str, &str)> = problems
        .iter()
        .map(|problem| (problem.path.as_str(), &text[problem.span.clone()]))
        .collect();
    assert_eq!(
        shown,
        [
            ("env.PLAIN", "c"),
            ("env.QUOTED", "shop.host"),
            ("env.QUOTED", "shop.ports.web"),
            // Where the value is not in the text as it is, all of it is shown.
            ("env.ESCAPED", r#""\t$""#),
            ("env.TWICE", "shop.host"),
            ("env.TWICE", "shop.host"),
            ("env.BLOCK", "$\n    $shop.host"),
            ("constants.c", "$"),
        ]
    );
    assert_eq!((problems.first().line, problems.first().column), (4, 16));
    let twice: Vec<usize> = problems
        .iter()
        .filter(|problem| problem.path == "env.TWICE")
        .map(|problem| problem.column)
        .collect();
    assert_eq!(twice, [11, 21]);
}
