//! Deployments read back.

use serde_json::json;
use vamp_model::{
    Deployment, EnvironmentVariable, Format, Gateway, Kind, Phase, Reference, Route, code, read, read_stored,
    to_json, to_yaml,
};

pub(crate) const DEPLOYMENT: &str = "
name: shop
kind: deployments
lookup_name: ignored
metadata: {team: a}
clusters:
  web:
    metadata: {tier: 1}
    services:
    - status: {intention: Deployment, since: 2026-01-02T03:04:05Z, phase: {name: Failed, since: 2026-01-02T03:04:06Z, notification: it died}}
      breed: {name: 'web:1', deployable: x, ports: {http: 8080}, env: {MODE: fast, LEVEL: '1', OPEN: ~}, dependencies: {db: 'pg:*'}}
      environment_variables: {MODE: fast, 'LEVEL[LVL]': '2', OPEN: all}
      scale: {cpu: 1, memory: 64MB, instances: 2}
      instances:
      - {name: i1, host: 10.0.0.1, ports: {http: 31000, adm: '31001', none: ~}, deployed: true, metadata: {a: b}}
      arguments: [{privileged: 'true'}]
      health_checks: []
      network: HOST
      dependencies: {db: sql}
      dialects: {docker: {a: 1}}
      health: {staged: 0, running: 2, healthy: 1, unhealthy: 1}
    gateways:
      http:
        sticky: null
        virtual_hosts: []
        selector: null
        routes:
          web:1: {lookup_name: 0c1ad67d6be25c8a01a0fec5aea3e6b82d72d4ab, weight: 100%, condition_strength: 0%}
    health_checks: {port: http, initial_delay: 1s, timeout: 2s, interval: 3s, failures: 4}
    network: overlay
    sla: {type: escalation_only, escalations: [page]}
    dialects: {marathon: {b: 2}}
ports: {web.http: 40000}
environment_variables: {web.OPEN: all, web.environment_variables.MODE: fast, LOOSE: 1, web.ports.adm: 81}
hosts: {web: 127.0.0.1}
dialects: {Kubernetes: {c: 3}}
";

fn deployment(text: &str) -> Deployment {
    read(text, Format::Yaml).unwrap()
}

#[test]
fn a_deployment_as_the_api_prints_it_reads_back_as_itself() {
    let deployment = deployment(DEPLOYMENT);
    let cluster = &deployment.clusters["web"];
    let service = &cluster.services[0];
    assert_eq!(service.instances[0].ports.len(), 2);
    assert_eq!(service.instances[0].ports["adm"], 31001);
    assert_eq!(service.health.map(|health| health.healthy), Some(1));
    assert_eq!(
        (service.network.as_deref(), cluster.network.as_deref()),
        (Some("HOST"), Some("overlay"))
    );
    assert_eq!(service.dependencies["db"], "sql");
    assert_eq!(service.arguments[0].key, "privileged");
    assert_eq!(cluster.sla.as_ref().map(|sla| sla.escalations().len()), Some(1));
    assert_eq!(deployment.dialects.keys().collect::<Vec<_>>(), ["kubernetes"]);
    // Variables have full names, unless they belong to no cluster.
    assert_eq!(
        deployment.environment_variables.keys().collect::<Vec<_>>(),
        [
            "web.environment_variables.OPEN",
            "web.environment_variables.MODE",
            "LOOSE",
            "web.ports.adm"
        ]
    );
    for text in [to_json(&deployment), to_yaml(&deployment)] {
        assert_eq!(read::<Deployment>(&text, Format::Auto).unwrap(), deployment);
    }
}

#[test]
fn every_field_of_a_deployment_is_written() {
    let written = serde_json::to_value(deployment(DEPLOYMENT)).unwrap();
    let keys = |pointer: &str| {
        let value = written.pointer(pointer).unwrap().as_object().unwrap();
        value.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        keys(""),
        [
            "name",
            "kind",
            "metadata",
            "lookup_name",
            "clusters",
            "ports",
            "environment_variables",
            "hosts",
            "dialects"
        ]
    );
    assert_eq!(
        keys("/clusters/web"),
        [
            "metadata",
            "services",
            "gateways",
            "health_checks",
            "network",
            "sla",
            "dialects"
        ]
    );
    assert_eq!(
        keys("/clusters/web/services/0"),
        [
            "status",
            "breed",
            "environment_variables",
            "scale",
            "instances",
            "arguments",
            "health_checks",
            "network",
            "dependencies",
            "dialects",
            "health"
        ]
    );
    assert_eq!(
        written["clusters"]["web"]["gateways"]["http"]["routes"]["web:1"]["weight"],
        "100%"
    );
    assert_eq!(
        written["clusters"]["web"]["services"][0]["environment_variables"]["LEVEL[LVL]"],
        "2"
    );
}

#[test]
fn gateways_of_a_cluster_get_back_the_names_that_their_lookup_names_tell() {
    let gateway = |text: &str| -> Gateway { deployment(text).clusters["web"].gateways["http"].clone() };
    let path = |gateway: &Gateway| gateway.routes.get_index(0).unwrap().0.source().to_owned();
    let lookup_name = vamp_model::lookup::route(
        Some(&"shop/web/http".parse().unwrap()),
        &"shop/web/web:1/http".parse().unwrap(),
    );
    let told = gateway(&DEPLOYMENT.replace("0c1ad67d6be25c8a01a0fec5aea3e6b82d72d4ab", &lookup_name));
    assert_eq!(told.name.as_ref().unwrap().as_str(), "shop/web/http");
    assert_eq!(path(&told), "shop/web/web:1/http");
    // As it is stored, with name and port.
    let stored = gateway(&DEPLOYMENT.replace(
        "sticky: null",
        "name: shop/web/http\n        port: 40000/http\n        lookup_name: x\n        sticky: null",
    ));
    assert_eq!(stored.name, told.name);
    assert_eq!(stored.port.unwrap().to_string(), "40000/http");
    // Nobody told a name.
    let plain = gateway(DEPLOYMENT);
    assert_eq!((plain.name.as_ref(), path(&plain).as_str()), (None, "web:1"));
    let mut full = deployment(DEPLOYMENT);
    full.clusters["web"]
        .gateways
        .insert("http".to_owned(), told.clone());
    assert_eq!(gateway(&to_json(&full)), told);
}

#[test]
fn variables_of_a_deployment_are_a_list_where_they_are_stored() {
    let stored = deployment(
        "
name: shop
environment_variables:
- {name: web.environment_variables.OPEN, value: all}
- {name: web.environment_variables.MODE, alias: M, value: $x, interpolated: fast}
- {name: web.ports.http, value: 80}
- {name: LOOSE}
",
    );
    let variables: Vec<(&str, EnvironmentVariable)> = stored
        .environment_variables
        .iter()
        .map(|(name, variable)| (name.as_str(), variable.clone()))
        .collect();
    let mode = EnvironmentVariable {
        alias: Some("M".to_owned()),
        value: Some("$x".to_owned()),
        interpolated: Some("fast".to_owned()),
    };
    assert_eq!(
        variables,
        [
            ("web.environment_variables.OPEN", EnvironmentVariable::of("all")),
            ("web.environment_variables.MODE", mode),
            ("web.ports.http", EnvironmentVariable::of("80")),
            ("LOOSE", EnvironmentVariable::default()),
        ]
    );
    // Shown is what the value has become.
    assert_eq!(
        serde_json::to_value(&stored).unwrap()["environment_variables"],
        json!({
            "web.environment_variables.OPEN": "all", "web.environment_variables.MODE": "fast",
            "web.ports.http": "80", "LOOSE": null,
        })
    );
}

#[test]
fn a_failure_that_is_read_is_marked_once() {
    let notification = |deployment: &Deployment| match &deployment.clusters["web"].services[0].status.phase {
        Phase::Failed { notification } => notification.clone(),
        other => panic!("{other:?}"),
    };
    let once = deployment(DEPLOYMENT);
    assert_eq!(
        notification(&once),
        "Deployment service error was not restored. it died"
    );
    let twice = deployment(&to_json(&once));
    assert_eq!(notification(&twice), notification(&once));
    // The store gives back what was written.
    let stored = read_stored::<vamp_model::Deployment>(DEPLOYMENT, Format::Yaml).unwrap();
    assert_eq!(notification(&stored), "it died");
    assert_eq!(
        read_stored::<vamp_model::Deployment>(&to_json(&stored), Format::Json).unwrap(),
        stored
    );
}

#[test]
fn old_deployments_have_a_state_with_a_step() {
    let new = |phase: &str| {
        format!(
            "{{name: shop, clusters: {{c: {{services: [{{breed: {{name: b, deployable: x}}, status: {{intention: Undeployment, since: 2026-01-02T03:04:05Z, phase: {{name: {phase}, since: 2026-01-02T03:04:05Z}}}}}}]}}}}}}"
        )
    };
    let old = |step: &str| {
        new(step)
            .replace("status: {", "state: {")
            .replace("phase: {", "step: {")
    };
    let words = [
        ("Initiated", "Initiated"),
        ("Update", "Updating"),
        ("Done", "Done"),
        ("Failure", "Failed"),
    ];
    for (step, phase) in words {
        assert_eq!(deployment(&old(step)), deployment(&new(phase)), "{step}");
    }
    for word in ["Failed", "one", ""] {
        let problems = read::<Deployment>(&old(&format!("'{word}'")), Format::Yaml).unwrap_err();
        assert_eq!(problems.first().code, code::UNDEFINED_STATE_STEP, "{word}");
    }
}

#[test]
fn gateways_of_a_deployment_are_like_those_of_a_blueprint() {
    let read =
        deployment("{name: shop, gateways: {8080: web/http, admin: {port: 9000/tcp, routes: web/adm}}}");
    assert_eq!(read.gateways.keys().collect::<Vec<_>>(), ["8080", "admin"]);
    assert_eq!(read.gateways["admin"].port.to_string(), "9000/tcp");
    let route = read.gateways["8080"].gateway.routes.get_index(0).unwrap();
    assert_eq!(
        (route.0.source(), route.1),
        ("web/http", &Reference::Inline(Route::default()))
    );
}

#[test]
fn what_is_wrong_with_a_deployment_is_told() {
    let cases = [
        (
            "intention: Deployment",
            "intention: Nope",
            code::UNDEFINED_STATE_INTENTION,
        ),
        ("name: Failed", "name: Broken", code::UNDEFINED_STATE_STEP),
        // Words of phases are told apart by case, and whole.
        ("name: Failed", "name: failed", code::UNDEFINED_STATE_STEP),
        ("name: Failed", "name: one", code::UNDEFINED_STATE_STEP),
        ("name: Failed, ", "name: Done, ", code::UNEXPECTED_ELEMENT),
        (
            "since: 2026-01-02T03:04:05Z",
            "since: yesterday",
            code::UNEXPECTED_TYPE,
        ),
        ("- status: ", "- x: ", code::MISSING_PATH_VALUE),
        // What runs is written out, not named.
        (
            "breed: {name: 'web:1'",
            "breed: {ref: b, name: 'web:1'",
            code::UNEXPECTED_TYPE,
        ),
        ("scale: {cpu: 1", "scale: {ref: s, cpu: 1", code::UNEXPECTED_TYPE),
        (
            "arguments: [{privileged: 'true'}]",
            "arguments: {privileged: 'true'}",
            code::UNEXPECTED_TYPE,
        ),
        (
            "arguments: [{privileged: 'true'}]",
            "arguments: [privileged]",
            code::INVALID_ARGUMENT,
        ),
        ("http: 31000", "http: 70000", code::UNEXPECTED_TYPE),
        ("deployed: true", "deployed: yep", code::UNEXPECTED_TYPE),
        ("sticky: null", "internal: true", code::UNEXPECTED_ELEMENT),
        ("hosts:", "host:", code::UNEXPECTED_ELEMENT),
        (
            "ports: {web.http: 40000}",
            "ports: [40000]",
            code::UNEXPECTED_TYPE,
        ),
        (
            "ports: {web.http: 40000}",
            "gateways: {8080: {name: x}}",
            code::NOT_ANONYMOUS,
        ),
        ("clusters:", "clusters: 5\nx:", code::UNEXPECTED_TYPE),
        ("  web:\n", "  old: ~\n  web:\n", code::UNEXPECTED_TYPE),
    ];
    for (good, bad, expected) in cases {
        let text = DEPLOYMENT.replacen(good, bad, 1);
        assert_ne!(text, DEPLOYMENT, "{good}");
        let problems = read::<Deployment>(&text, Format::Yaml).unwrap_err();
        assert_eq!(problems.first().code, expected, "{bad}: {problems}");
    }
    // There are no short forms.
    let short = "{name: shop, clusters: {c: {services: {breed: {name: b, deployable: x}}}}}";
    let problems = read::<Deployment>(short, Format::Yaml).unwrap_err();
    assert_eq!(
        (problems.len(), problems.first().code),
        (1, code::UNEXPECTED_TYPE)
    );
    assert_eq!(problems.first().path, "clusters.c.services");
    assert_eq!(Kind::Deployment.plural(), "deployments");
}
