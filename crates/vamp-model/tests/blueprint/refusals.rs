//! What is no blueprint, or one of which a part is wrong by itself.

use vamp_model::code;

use super::all_refused;

#[test]
fn what_has_another_shape_than_expected_is_told() {
    let services = |services: &str| format!("{{name: bp, clusters: {services}}}");
    let gateways = |gateways: &str| format!("{{name: bp, gateways: {gateways}, clusters: {{c: b}}}}");
    all_refused(&[
        // S01-127: no service at all.
        (services("{}"), code::NO_SERVICE, "service"),
        (services("{c: {services: []}}"), code::NO_SERVICE, "service"),
        ("{name: bp}".to_owned(), code::NO_SERVICE, "service"),
        ("{clusters: {c: b}}".to_owned(), code::MISSING_PATH_VALUE, "/name"),
        // S01-131: a cluster's name with a slash.
        (services("{a/b: b}"), code::ILLEGAL_NAME, "a/b"),
        (services("[]"), code::UNEXPECTED_TYPE, "'clusters'"),
        (services("{c: {}}"), code::MISSING_PATH_VALUE, "/breed"),
        (services("{c: {services: ~}}"), code::MISSING_PATH_VALUE, "/breed"),
        (
            services("{c: {scale: small}}"),
            code::MISSING_PATH_VALUE,
            "/breed",
        ),
        (services("{c: {sla: strict}}"), code::MISSING_PATH_VALUE, "/breed"),
        // The SLA is read before the services.
        (
            services("{c: {services: b, sla: {threshold: {}}}}"),
            code::MISSING_PATH_VALUE,
            "/type",
        ),
        (
            services("{c: {services: b, sla: {name: x, escalations: [y]}}}"),
            code::MISSING_PATH_VALUE,
            "/type",
        ),
        (
            services("{c: {services: b, sla: {name: x, type: y}}}"),
            code::EITHER_REFERENCE_OR_ANONYMOUS,
            "'sla -> x'",
        ),
        (
            services("{c: {services: b, sla: [x]}}"),
            code::UNEXPECTED_TYPE,
            "'sla'",
        ),
        (services("{c: ~}"), code::UNEXPECTED_TYPE, "'c'"),
        (services("{c: 5}"), code::UNEXPECTED_TYPE, "'c'"),
        (services("{c: [~]}"), code::UNEXPECTED_TYPE, "'c'"),
        (
            services("{c: {services: [[b]]}}"),
            code::UNEXPECTED_TYPE,
            "'services'",
        ),
        (
            services("{c: {breed: b, scale: {name: s, cpu: 1, memory: 1GB}}}"),
            code::EITHER_REFERENCE_OR_ANONYMOUS,
            "scale -> s",
        ),
        (
            services("{c: {breed: b, scale: [s]}}"),
            code::UNEXPECTED_TYPE,
            "'scale'",
        ),
        (
            services("{c: {breed: b, network: [x]}}"),
            code::UNEXPECTED_TYPE,
            "'network'",
        ),
        (
            services("{c: {breed: b, arguments: [x]}}"),
            code::INVALID_ARGUMENT,
            "key: value",
        ),
        (
            services("{c: {breed: b, health: {staged: 1, running: 1, healthy: 1}}}"),
            code::MISSING_PATH_VALUE,
            "/unhealthy",
        ),
        (
            gateways("{9050: {name: x, routes: c/web}}"),
            code::NOT_ANONYMOUS,
            "'x'",
        ),
        (gateways("{9050: ~}"), code::MISSING_PATH_VALUE, "/9050"),
        (gateways("{9050: [c/web]}"), code::UNEXPECTED_TYPE, "'9050'"),
        (gateways("{9050: 5}"), code::UNEXPECTED_TYPE, "'9050'"),
        (gateways("[]"), code::UNEXPECTED_TYPE, "'gateways'"),
        (gateways("{70000: c/web}"), code::INVALID_GATEWAY_PORT, "70000"),
        (
            "{name: bp, metadata: x, clusters: {c: b}}".to_owned(),
            code::UNSUPPORTED_METADATA,
            "etadata",
        ),
        (
            "{name: bp, kind: breeds, clusters: {c: b}}".to_owned(),
            code::INCONSISTENT_ARTIFACT_KIND,
            "'breeds'",
        ),
        // A deployment is something else.
        (
            "{name: bp, kind: deployments, clusters: {c: b}}".to_owned(),
            code::INCONSISTENT_ARTIFACT_KIND,
            "'deployments'",
        ),
    ]);
    // A number is a name, too, and kinds of parts that have none are not looked at.
    let text = "{name: 5, kind: blueprint, clusters: {c: {kind: x, services: [1, {kind: y, breed: 2.5}]}}}";
    assert_eq!(super::breeds(&super::blueprint(text)), ["1", "2.5"]);
}

#[test]
fn a_key_that_nobody_knows_is_told_with_the_way_to_it() {
    let services = |services: &str| format!("{{name: bp, clusters: {services}}}");
    all_refused(&[
        // S01-087: in a service of a list, the whole value is shown below the names that lead to it.
        (
            services("{c: {services: [{breed: b, scall: {cpu: 1, of: [{x: 1}]}}]}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"clusters":{"c":{"services":[{"scall":{"cpu":1,"of":[{"x":1}]}}]}}}"#,
        ),
        (
            services("{c: {breed: b, scale: {reference: s, cpu: 1}}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"scale":{"cpu":1}}"#,
        ),
        (
            services("{c: {breed: {ref: b, kind: breeds}}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"breed":{"kind":"breeds"}}"#,
        ),
        (
            services("{c: {breed: b, name: c}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"c":{"name":"c"}}"#,
        ),
        (
            services("{c: [{name: b, deployable: x, scale: small}]}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"c":[{"scale":"small"}]}"#,
        ),
        (
            services("{c: {breed: b, metadata: {}}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"metadata":{}}"#,
        ),
        (
            services("{c: {services: b, env: {A: 1}}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"env":{"A":1}}"#,
        ),
        (
            services("{c: {services: b, health: ~}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"health":null}"#,
        ),
        // Whatever form they have, arguments are no cluster's.
        (
            services("{c: {services: b, arguments: x}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"arguments":"x"}"#,
        ),
        (
            services("{c: {services: b, arguments: {}}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"arguments":{}}"#,
        ),
        (
            services("{c: {services: b, arguments: [x]}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"arguments":["x"]}"#,
        ),
        // Below an SLA of a known type every key is known, scalars included.
        (
            services("{c: {services: b, sla: {type: escalation_only, Level: 1}}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"sla":{"Level":1}}"#,
        ),
        (
            services("{c: {services: b, sla: {ref: s, Level: [1]}}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"sla":{"Level":[1]}}"#,
        ),
        (
            "{name: bp, lookup_name: x, clusters: {c: b}}".to_owned(),
            code::UNEXPECTED_ELEMENT,
            r#"{"lookup_name":"x"}"#,
        ),
        (
            "{name: bp, gateways: {80: {lookup_name: x, routes: c/web}}, clusters: {c: b}}".to_owned(),
            code::UNEXPECTED_ELEMENT,
            r#"{"gateways":{"80":{"lookup_name":"x"}}}"#,
        ),
    ]);
    super::of_cluster("{services: b, arguments: ~}");
}
