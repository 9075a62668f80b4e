//! Requests to deploy.

use vamp_model::{
    Blueprint, Deployment, DeploymentRequest, Format, Reference, code, read, read_deployment_request, to_json,
};

use super::deployment::DEPLOYMENT;

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
    for reference in ["{reference: bp}", "{ref: bp}"] {
        assert_eq!(request(reference), named, "{reference}");
    }
    let beside = read_deployment_request("{ref: bp, kind: blueprints}", Format::Auto).unwrap_err();
    assert_eq!((beside.len(), beside.first().code), (1, code::UNEXPECTED_ELEMENT));
    let wrong =
        read_deployment_request("{name: bp, kind: breeds, clusters: {c: b}}", Format::Auto).unwrap_err();
    assert_eq!(wrong.first().code, code::INCONSISTENT_ARTIFACT_KIND);
    let nameless = read_deployment_request("{clusters: {c: b}}", Format::Auto).unwrap_err();
    assert_eq!(nameless.first().message, "Can't find any value for path: /name");
}

#[test]
fn a_request_may_lean_on_what_is_deployed_already() {
    // A dependency and the target of an escalation may be clusters that run.
    let text = "{name: bp, clusters: {c: {breed: {name: b, deployable: x, dependencies: {db: pg}}, sla: {type: escalation_only, escalations: {type: scale_cpu, minimum: 1, maximum: 1, scale_by: 1, target: other}}}}}";
    assert!(read_deployment_request(text, Format::Auto).is_ok());
    assert_eq!(read::<Blueprint>(text, Format::Auto).unwrap_err().len(), 2);
}

#[test]
fn a_deployment_sent_as_request_is_the_blueprint_that_made_it() {
    let request = read_deployment_request(DEPLOYMENT, Format::Yaml).unwrap();
    let DeploymentRequest::Blueprint(blueprint) = request else {
        panic!("no blueprint")
    };
    assert_eq!((blueprint.name.as_str(), blueprint.gateways.len()), ("shop", 0));
    assert_eq!(blueprint.metadata["team"], "a");
    assert!(blueprint.dialects.contains_key("kubernetes"));
    let cluster = &blueprint.clusters["web"];
    assert_eq!(cluster.network.as_deref(), Some("overlay"));
    assert_eq!(cluster.health_checks.as_ref().map(Vec::len), Some(1));
    assert!(cluster.sla.is_some() && cluster.dialects.contains_key("marathon"));
    let (path, route) = cluster.gateways["http"].routes.get_index(0).unwrap();
    assert_eq!(
        (path.source(), route.inline().unwrap().weight.unwrap().value()),
        ("web:1", 100)
    );
    let service = &cluster.services[0];
    assert!(matches!(&service.breed, Reference::Inline(breed) if breed.name.as_str() == "web:1"));
    assert_eq!(
        (service.network.as_deref(), service.arguments.len()),
        (Some("HOST"), 1)
    );
    assert!(service.scale.is_some() && service.dialects.contains_key("docker") && service.health.is_some());
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
    // What was printed of it is a blueprint, and the same again.
    let printed = to_json(&blueprint);
    assert_eq!(
        read_deployment_request(&printed, Format::Json).unwrap(),
        DeploymentRequest::Blueprint(blueprint)
    );
}

#[test]
fn values_of_a_service_are_kept_where_they_say_something() {
    let values = |of_breed: &str, of_deployment: &str, of_service: &str| {
        let text = format!(
            "{{name: d, lookup_name: x, environment_variables: {{{of_deployment}}}, clusters: {{c: {{services: [{{status: {{intention: Deployment, since: 2026-01-02T03:04:05Z, phase: {{name: Done, since: 2026-01-02T03:04:05Z}}}}, breed: {{name: b, deployable: x, env: {{A: {of_breed}}}}}, env: {{{of_service}}}}}]}}}}}}"
        );
        let deployment: Deployment = read(&text, Format::Yaml).unwrap();
        let blueprint = deployment.to_blueprint();
        let service = &blueprint.clusters["c"].services[0];
        (
            blueprint.environment_variables.len(),
            service.environment_variables.get("A").cloned().flatten(),
        )
    };
    let kept = |value: &str| Some(value.to_owned());
    let cases = [
        // Breed, deployment, service; variables of the blueprint, value of its service.
        ("1", "", "A: 2", (0, kept("2"))),
        ("1", "", "A: 1", (0, None)),
        ("~", "", "A: 2", (0, kept("2"))),
        ("1", "c.A: 2", "A: 3", (1, kept("3"))),
        ("1", "c.A: 2", "A: 2", (1, None)),
        ("1", "c.A: 2", "A: 1", (1, None)),
        ("1", "c.B: 2", "", (0, None)),
        ("1", "d.A: 2", "", (0, None)),
        ("1", "A: 2", "", (0, None)),
    ];
    for (of_breed, of_deployment, of_service, expected) in cases {
        assert_eq!(
            values(of_breed, of_deployment, of_service),
            expected,
            "{of_breed} {of_deployment} {of_service}"
        );
    }
}

#[test]
fn what_is_neither_is_told_as_a_blueprint() {
    let neither =
        read_deployment_request("{name: x, clusters: {c: {services: [{}]}}}", Format::Auto).unwrap_err();
    assert_eq!(neither.first().message, "Can't find any value for path: /breed");
    // A blueprint without clusters is not taken for a deployment that has none.
    let empty = "{name: x, clusters: {}}";
    assert_eq!(
        read_deployment_request(empty, Format::Auto)
            .unwrap_err()
            .first()
            .code,
        code::NO_SERVICE
    );
    let printed = "{name: x, kind: deployments, lookup_name: y, clusters: {}, ports: {}, hosts: {}}";
    assert!(matches!(
        read_deployment_request(printed, Format::Auto),
        Ok(DeploymentRequest::Blueprint(_))
    ));
}
