//! Variables, and what values refer to.

use vamp_model::{code, to_json};

use super::{all_refused, blueprint, cluster, refused};

const INLINE: &str =
    "clusters: {c: {services: [{breed: {name: b, deployable: x, ports: {web: 80}, env: {A: ~}}}]}}";

#[test]
fn variables_belong_to_clusters() {
    let with = |name: &str, rest: &str| format!("{{name: bp, env: {{{name}: 1}}, {rest}}}");
    // S01-118: both spellings of a variable that a breed declares.
    let short = blueprint(&with("c.A", INLINE));
    assert_eq!(blueprint(&with("c.environment_variables.A", INLINE)), short);
    assert!(to_json(&short).contains(r#""environment_variables":{"c.A":"1"}"#));
    // A variable that is named like the middle of the long form keeps its name.
    let odd = "c.environment_variables.environment_variables.A";
    let odd = blueprint(&with(odd, "clusters: {c: b}"));
    assert_eq!(blueprint(&to_json(&odd)), odd);
    // S01-119: any variable where a breed is only named.
    blueprint(&with("c.ANY", "clusters: {c: b}"));
    let of = |name: &str| (with(name, INLINE), code::UNRESOLVED_ENVIRONMENT_VARIABLE);
    let (cluster, port, nothing, no_dot) = (of("x.A"), of("c.web"), of("c.NOPE"), of("NODOT"));
    all_refused(&[
        // S01-115: an unknown cluster; the message has name and value.
        (cluster.0, cluster.1, "'x.A -> 1'"),
        // S01-116: a port is no variable.
        (port.0, port.1, "'c.web -> 1'"),
        // S01-117: nothing of that name.
        (nothing.0, nothing.1, "'c.NOPE -> 1'"),
        (no_dot.0, no_dot.1, "'NODOT -> 1'"),
    ]);
    assert_eq!(
        refused(&with("c.a", INLINE)).hint.as_deref(),
        Some("did you mean `c.A`?")
    );
    // Nothing is a value, and an alias says nothing here.
    let text = format!("{{name: bp, env: {{'c.A[X]': ~}}, {INLINE}}}");
    assert_eq!(blueprint(&text).environment_variables[0], None);
}

#[test]
fn services_set_variables_that_their_breeds_declare() {
    let of = |env: &str| {
        format!(
            "{{name: bp, clusters: {{c: {{breed: {{name: b, deployable: acme/b, env: {{A: 1}}}}, env: {env}}}}}}}"
        )
    };
    blueprint(&of("{A: 2}"));
    all_refused(&[
        // S01-128: a variable that the breed does not declare is called the reference.
        (
            of("{NOPE: 1}"),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "'NOPE' in breed 'b -> acme/b'",
        ),
        // S01-129: a variable without value; the message has breed and name.
        (
            of("{A: ~}"),
            code::MISSING_ENVIRONMENT_VARIABLE,
            "'A' in service 'b.'",
        ),
        (of("{A: [1]}"), code::MALFORMED_TRAIT, "'A'"),
    ]);
    // What a service's value refers to is not looked at.
    let odd = cluster("{breed: {name: b, deployable: x, env: {A: 1}}, env: {A: '5$ each'}}");
    assert_eq!(
        odd.services[0].environment_variables["A"].as_deref(),
        Some("5$ each")
    );
}

/// Two clusters: what a variable of the first one, or the blueprint, refers to is in the second one.
fn referring(variable: &str, blueprint: &str) -> String {
    format!(
        "{{name: bp, env: {{front.A: {blueprint}}}, clusters: {{
            front: {{breed: {{name: f, deployable: x, dependencies: {{back: b, be: b}}, env: {{A: {variable}}}}}}},
            back: {{breed: {{name: b, deployable: y, ports: {{sql: 5432}}, env: {{USER: root}}, constants: {{DB: main}}}}}}}}}}"
    )
}

#[test]
fn values_refer_to_what_the_breeds_of_a_cluster_have() {
    let good = [
        "'$back.host:$back.ports.sql'",
        "'${back.environment_variables.USER}/$back.constants.DB'",
        // The alias of a dependency means the cluster that runs it.
        "$be.ports.sql",
        "$LOCAL",
        "'${config://a.b}'",
        "$$back.ports.nope",
    ];
    for value in good {
        blueprint(&referring(value, "1"));
        blueprint(&referring("1", value));
    }
    // The blueprint's own values may name what is no cluster here.
    blueprint(&referring("1", "$elsewhere.ports.x"));
    let bad = [
        "$back.ports.nope",
        "$back.ports.USER",
        "$back.environment_variables.DB",
        "$back.hosts.host",
        "$back.other.sql",
    ];
    for value in bad {
        let by_breed = refused(&referring(value, "1"));
        // S01-132: the breed of the cluster that the value names lacks what is referred to; the variable is told.
        assert_eq!(
            by_breed.code,
            code::UNRESOLVED_ENVIRONMENT_VARIABLE,
            "{value}: {by_breed}"
        );
        assert!(
            by_breed.message.contains(&format!("'A -> {value}'")),
            "{by_breed}"
        );
        assert_eq!(by_breed.path, "clusters.front.breed.env.A");
        let by_blueprint = refused(&referring("1", value));
        assert_eq!(
            by_blueprint.code,
            code::UNRESOLVED_ENVIRONMENT_VARIABLE,
            "{value}: {by_blueprint}"
        );
        assert!(
            by_blueprint.message.contains(&format!("'front.A -> {value}'")),
            "{by_blueprint}"
        );
    }
    let through_alias = refused(&referring("$be.ports.sqll", "1"));
    assert_eq!(
        through_alias.hint.as_deref(),
        Some("did you mean `be.ports.sql`?")
    );
    all_refused(&[(referring("1", "'5$ each'"), code::PARSER, "5$ each")]);
    // Nobody can tell what a named breed has.
    let named = referring("$back.ports.nope", "1")
        .replace(
            "back: {breed: {name: b, deployable: y",
            "back: [b, {breed: {name: c, deployable: y",
        )
        .replace("constants: {DB: main}}}", "constants: {DB: main}}}]");
    blueprint(&named);
}
