//! Several artifacts in one text, requests to deploy, and deployments read back.

use serde_json::json;
use vamp_model::{
    AnyArtifact, Content, Deployment, DeploymentRequest, Format, Gateway, Kind, Phase, Reference, Scale,
    code, read, read_deployment_request, read_documents, read_list, read_value, to_json, to_yaml,
};

#[test]
fn several_artifacts_come_in_one_text() {
    let text = "
kind: breed
name: b
deployable: x
---
- {kind: scales, name: s, cpu: 1, memory: 1GB}
- kind: gateway
  name: g
---
kind: deployments
name: shop
---
";
    let documents = read_documents(text, Format::Auto).unwrap();
    let kinds: Vec<(Kind, &str, usize)> = documents
        .iter()
        .map(|document| (document.kind, document.name.as_str(), document.line))
        .collect();
    assert_eq!(
        kinds,
        [
            (Kind::Breed, "b", 2),
            (Kind::Scale, "s", 6),
            (Kind::Gateway, "g", 7),
            (Kind::Deployment, "shop", 10)
        ]
    );
    assert!(matches!(
        documents[1].content,
        Content::Artifact(AnyArtifact::Scale(_))
    ));
    let named = DeploymentRequest::Named("shop".parse().unwrap());
    assert_eq!(documents[3].content, Content::Deployment(named));
    assert_eq!(read_documents(" \n", Format::Auto).unwrap(), []);
}

#[test]
fn each_of_several_artifacts_says_what_it_is() {
    let text = "{kind: breeds}\n---\n{name: a}\n---\n{kind: breedz, name: a}\n---\n{kind: template, name: a, body: {}}\n---\n{kind: breed, name: a, deployable: x, prots: {}}\n";
    let problems = read_documents(text, Format::Yaml).unwrap_err();
    let found: Vec<(usize, &str)> = problems
        .iter()
        .map(|problem| (problem.line, problem.code))
        .collect();
    assert_eq!(
        found,
        [
            (1, code::MISSING_PATH_VALUE),
            (3, code::MISSING_PATH_VALUE),
            (5, code::UNEXPECTED_ARTIFACT),
            (7, code::UNEXPECTED_ELEMENT),
            (9, code::UNEXPECTED_ELEMENT),
        ]
    );
    assert_eq!(problems.first().message, "Can't find any value for path: /name");
}

#[test]
fn a_request_to_deploy_names_a_blueprint_or_holds_it() {
    let request = |text: &str| read_deployment_request(text, Format::Auto).unwrap();
    let named = DeploymentRequest::Named("bp".parse().unwrap());
    for text in [
        "name: bp",
        "{\"name\":\"bp\",\"kind\":\"blueprints\"}",
        "{kind: deployment, name: bp}",
    ] {
        assert_eq!(request(text), named, "{text}");
    }
    for kind in ["", "kind: blueprints,", "kind: deployments,"] {
        let DeploymentRequest::Blueprint(blueprint) =
            request(&format!("{{name: bp, {kind} clusters: {{c: b}}}}"))
        else {
            panic!("{kind} is not taken as a blueprint")
        };
        assert_eq!(blueprint.clusters.len(), 1);
    }
    let wrong =
        read_deployment_request("{name: bp, kind: breeds, clusters: {c: b}}", Format::Auto).unwrap_err();
    assert_eq!(wrong.first().code, code::INCONSISTENT_ARTIFACT_KIND);
    let nameless = read_deployment_request("{clusters: {c: b}}", Format::Auto).unwrap_err();
    assert_eq!(nameless.first().message, "Can't find any value for path: /name");
}

const DEPLOYMENT: &str = "
name: shop
kind: deployments
lookup_name: ignored
metadata: {team: a}
clusters:
  web:
    services:
    - status: {intention: Deployment, since: 2026-01-02T03:04:05Z, phase: {name: Failed, since: 2026-01-02T03:04:06Z, notification: it died}}
      breed: {name: 'web:1', deployable: x, ports: {http: 8080}, env: {MODE: fast, LEVEL: '1', OPEN: ~}}
      environment_variables: {MODE: fast, 'LEVEL[LVL]': '2', OPEN: all}
      scale: {cpu: 1, memory: 64MB, instances: 2}
      instances:
      - {name: i1, host: 10.0.0.1, ports: {http: 31000}, deployed: true, metadata: {}}
      arguments: []
      dependencies: {}
      dialects: {}
      health: {staged: 0, running: 2, healthy: 1, unhealthy: 1}
    gateways:
      http:
        sticky: null
        virtual_hosts: []
        selector: null
        routes: {'web:1': {weight: 100%, condition_strength: 0%}}
    dialects: {}
ports: {web.http: 40000}
environment_variables: {web.OPEN: all, web.environment_variables.MODE: fast}
hosts: {web: 127.0.0.1}
dialects: {}
";

#[test]
fn a_deployment_as_the_api_prints_it_reads_back_as_itself() {
    let deployment: Deployment = read(DEPLOYMENT, Format::Yaml).unwrap();
    let cluster = &deployment.clusters["web"];
    let service = &cluster.services[0];
    assert_eq!(
        service.status.phase,
        Phase::Failed {
            notification: "Deployment service error was not restored. it died".into()
        }
    );
    assert_eq!(service.instances[0].ports["http"], 31000);
    assert_eq!(service.health.map(|health| health.healthy), Some(1));
    assert!(
        deployment
            .environment_variables
            .contains_key("web.environment_variables.OPEN")
    );
    let gateway: &Gateway = &cluster.gateways["http"];
    // Names and paths are put back to their full length, so that lookup names stay.
    assert_eq!(gateway.name.as_ref().unwrap().as_str(), "shop/web/http");
    assert_eq!(
        gateway.routes.get_index(0).unwrap().0.source(),
        "shop/web/web:1/http"
    );
    for text in [to_json(&deployment), to_yaml(&deployment)] {
        assert_eq!(read::<Deployment>(&text, Format::Auto).unwrap(), deployment);
    }
}

#[test]
fn variables_of_a_deployment_may_be_a_list_as_old_stores_have_it() {
    let stored = DEPLOYMENT.replace(
        "{web.OPEN: all, web.environment_variables.MODE: fast}",
        "[{name: web.environment_variables.OPEN, value: all}, {name: web.environment_variables.MODE, alias: M, value: fast}]",
    );
    let deployment: Deployment = read(&stored, Format::Yaml).unwrap();
    assert_eq!(deployment.environment_variables.len(), 2);
    assert_eq!(
        deployment.environment_variables["web.environment_variables.MODE"]
            .alias
            .as_deref(),
        Some("M")
    );
}

#[test]
fn a_deployment_sent_as_request_is_the_blueprint_that_made_it() {
    let without_gateways = DEPLOYMENT.replace(
        "routes: {'web:1': {weight: 100%, condition_strength: 0%}}",
        "routes: {}",
    );
    let request = read_deployment_request(&without_gateways, Format::Yaml).unwrap();
    let DeploymentRequest::Blueprint(blueprint) = request else {
        panic!("no blueprint")
    };
    let service = &blueprint.clusters["web"].services[0];
    assert!(matches!(&service.breed, Reference::Inline(breed) if breed.name.as_str() == "web:1"));
    // Only what says something that the deployment and the breed do not say.
    let values: Vec<(&str, Option<&str>)> = service
        .environment_variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()))
        .collect();
    assert_eq!(values, [("LEVEL", Some("2"))]);
    let variables: Vec<String> = blueprint
        .environment_variables
        .keys()
        .map(ToString::to_string)
        .collect();
    assert_eq!(variables, ["web.OPEN", "web.MODE"]);
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
        (
            "since: 2026-01-02T03:04:05Z",
            "since: yesterday",
            code::UNEXPECTED_TYPE,
        ),
        (
            "breed: {name: 'web:1'",
            "breed: {ref: b, name: 'web:1'",
            code::UNEXPECTED_TYPE,
        ),
        (
            "      arguments: []",
            "      arguments: [{a: b}]",
            code::NOT_SUPPORTED,
        ),
        (
            "    dialects: {}\nports",
            "    sla: fast\nports",
            code::NOT_SUPPORTED,
        ),
        ("hosts:", "host:", code::UNEXPECTED_ELEMENT),
        ("http: 31000", "http: 70000", code::UNEXPECTED_TYPE),
    ];
    for (good, bad, expected) in cases {
        let text = DEPLOYMENT.replacen(good, bad, 1);
        assert_ne!(text, DEPLOYMENT, "{good}");
        let problems = read::<Deployment>(&text, Format::Yaml).unwrap_err();
        assert_eq!(problems.first().code, expected, "{bad}: {problems}");
    }
}

#[test]
fn several_artifacts_of_one_kind_need_no_kind() {
    let text = "name: a\ncpu: 1\nmemory: 1GB\n---\n---\n- {name: b, kind: scale, cpu: 1, memory: 1GB}\n";
    let scales: Vec<Scale> = read_list(text, Format::Auto).unwrap();
    let names: Vec<_> = scales
        .iter()
        .map(|scale| scale.name.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
    for empty in ["", "---\n---\n", "[]"] {
        let problems = read_list::<Scale>(empty, Format::Auto).unwrap_err();
        assert_eq!(
            (problems.first().code, problems.first().line),
            (code::UNEXPECTED_TYPE, 1),
            "{empty}"
        );
    }
    let wrong = "{name: a, cpu: 1, memory: 1GB}\n---\n{kind: breeds, name: b, cpu: 1, memory: 1GB}\n---\n5\n";
    let problems = read_list::<Scale>(wrong, Format::Yaml).unwrap_err();
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.line, problem.code))
        .collect();
    assert_eq!(
        found,
        [(3, code::INCONSISTENT_ARTIFACT_KIND), (5, code::UNEXPECTED_TYPE)]
    );
}

#[test]
fn a_document_of_any_shape_reads_as_a_value() {
    let cases = [
        ("", json!(null)),
        ("# nothing\n", json!(null)),
        (
            "tags: [a, yes, 017]\nvalue: {at: 2017-02-03, n: .nan}",
            json!({"tags": ["a", true, 15], "value": {"at": "2017-02-03T00:00:00Z", "n": "NaN"}}),
        ),
        ("[1, [2]]", json!([1, [2]])),
        ("text", json!("text")),
    ];
    for (text, expected) in cases {
        assert_eq!(read_value(text, Format::Auto).unwrap(), expected, "{text}");
    }
    assert_eq!(
        read_value("a\n---\nb\n", Format::Yaml).unwrap_err().first().line,
        3
    );
    assert_eq!(
        read_value("{", Format::Json).unwrap_err().first().code,
        code::YAML_PARSING
    );
}
