use crate::support::{Server, run};

/// A blueprint of one service without ports.
fn blueprint(name: &str, breed: &str, definition: &str) -> String {
    format!(
        "kind: blueprints\nname: {name}\nclusters:\n  one:\n    services:\n    - breed: {{name: '{breed}', \
         deployable: {{type: command, definition: '{definition}'}}}}\n      scale: {{cpu: 0.1, memory: 16MB, instances: 1}}\n"
    )
}

async fn server() -> Server {
    let server = Server::start(&[]).await;
    for (name, breed, definition) in [("one", "sleep:1", "sleep 1001"), ("two", "sleep:2", "sleep 1002")] {
        server.file("blueprint.yml", &blueprint(name, breed, definition));
        assert_eq!(server.client(&["apply", "-f", "blueprint.yml"]).status, 0);
    }
    server
}

fn services(server: &Server, deployment: &str) -> Vec<String> {
    let ran = server.client(&["get", "deployment", deployment, "-o", "json"]);
    if ran.status == 3 {
        return Vec::new();
    }
    let deployment = ran.json();
    let services = deployment["clusters"]["one"]["services"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    services
        .iter()
        .map(|service| service["breed"]["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_blueprint_is_deployed_merged_and_taken_down_piece_by_piece() {
    let server = server().await;
    let deployed = server.client(&["deploy", "one", "--as", "shop", "--wait"]);
    assert_eq!(deployed.status, 0, "{}", deployed.shown());
    insta::assert_snapshot!("deploy_waited", deployed.out);
    assert_eq!(
        server
            .client(&["deploy", "two", "--as", "shop", "--wait=deployed"])
            .status,
        0
    );
    assert_eq!(services(&server, "shop"), ["sleep:1", "sleep:2"]);

    let unknown = server.client(&["undeploy", "shop", "--service", "sleep:3"]);
    assert_eq!(
        (unknown.status, unknown.err.contains("one/sleep:1")),
        (3, true),
        "{}",
        unknown.shown()
    );
    assert_eq!(
        server
            .client(&["undeploy", "shop", "--service", "sleep:1", "--wait"])
            .status,
        0
    );
    assert_eq!(services(&server, "shop"), ["sleep:2"]);
    let down = server.client(&["undeploy", "shop", "--wait"]);
    assert_eq!(down.status, 0, "{}", down.shown());
    assert_eq!(server.client(&["get", "deployment", "shop"]).status, 3);
    assert_eq!(server.client(&["undeploy", "shop"]).status, 3);
}

#[tokio::test]
async fn an_external_gateway_that_outlives_its_deployment_is_remarked() {
    let server = server().await;
    let port = server.gateway_port();
    let text = blueprint("open", "open:1", "sleep 1004").replace("'}}", "'}, ports: {web: 80/tcp}}");
    let text = format!("{text}gateways: {{'{port}/tcp': one/web}}\n");
    server.file("blueprint.yml", &text);
    assert_eq!(server.client(&["apply", "-f", "blueprint.yml"]).status, 0);
    let deployed = server.client(&["deploy", "open"]);
    assert_eq!(deployed.status, 0, "{}", deployed.shown());
    let down = server.client(&["undeploy", "open", "--wait=undeployed"]);
    assert_eq!(down.status, 0, "{}", down.shown());
    let remark = format!("gateway open/{port} stays; `vamp delete gateway open/{port}` removes it\n");
    assert!(down.err.ends_with(&remark), "{}", down.shown());
    let gateway = format!("open/{port}");
    let deleted = server.client(&["delete", "gateway", &gateway]);
    assert_eq!(deleted.status, 0, "{}", deleted.shown());
}

#[tokio::test]
async fn a_deployment_is_waited_for_until_the_agent_has_it() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let server = server().await;
    let deployed = server.client(&["deploy", "one", "--wait=applied", "--timeout", "30s"]);
    assert_eq!(deployed.status, 0, "{}", deployed.shown());
    let agents = server.client(&["get", "agents", "-o", "json"]).json();
    assert!(agents[0]["applied"]["hash"].is_string(), "{agents}");
}

#[tokio::test]
async fn what_does_not_come_up_and_what_takes_too_long_have_statuses_of_their_own() {
    let server = server().await;
    // Programs with a port are ready when they listen on it: one ends before it does, the other never does.
    let with_port = |name: &str, definition: &str| {
        let text = blueprint(name, &format!("{name}:1"), definition);
        text.replace("'}}", "'}, ports: {web: 80/tcp}}")
    };
    for (name, definition) in [("bad", "ls /nowhere/at/all"), ("slow", "sleep 1003")] {
        server.file("blueprint.yml", &with_port(name, definition));
        assert_eq!(server.client(&["apply", "-f", "blueprint.yml"]).status, 0);
    }
    let bad = server.client(&["deploy", "bad", "--wait", "--timeout", "30s"]);
    assert_eq!(bad.status, 9, "{}", bad.shown());
    assert!(
        bad.err.contains("/nowhere/at/all"),
        "the reason is in the log of the instance: {}",
        bad.err
    );
    let slow = server.client(&["deploy", "slow", "--wait", "--timeout", "300ms"]);
    assert_eq!(slow.status, 8, "{}", slow.shown());
    assert!(slow.err.contains("the server goes on"), "{}", slow.err);
}

#[tokio::test]
async fn an_unknown_blueprint_and_a_dry_run_deploy_nothing() {
    let server = server().await;
    let unknown = server.client(&["deploy", "three"]);
    assert_eq!(unknown.status, 3, "{}", unknown.shown());
    insta::assert_snapshot!("deploy_unknown", unknown.err);
    server.file("blueprint.yml", &blueprint("typo", "typo:1", "/nowhere/program"));
    assert_eq!(server.client(&["apply", "-f", "blueprint.yml"]).status, 0);
    let no_program = server.client(&["deploy", "typo"]);
    assert_eq!(
        (no_program.status, no_program.err.contains("/nowhere/program")),
        (5, true),
        "{}",
        no_program.err
    );
    assert!(
        no_program.err.contains("  clusters.one.services[0]"),
        "the place in the blueprint is told: {}",
        no_program.err
    );
    let dry = server.client(&["deploy", "one", "--dry-run"]);
    assert_eq!((dry.status, dry.out.as_str()), (0, ""), "{}", dry.shown());
    assert_eq!(
        server.client(&["get", "deployments", "-o", "json"]).json(),
        serde_json::json!([])
    );
}

#[tokio::test]
async fn weights_are_set_by_the_names_of_routes() {
    let server = server().await;
    let text = format!(
        "kind: gateway\nname: front\nport: {}/http\nroutes:\n  '[127.0.0.1:1001]': {{weight: 100%}}\n  \
         '[127.0.0.1:1002]': {{weight: 0%}}\n",
        server.gateway_port()
    );
    server.file("front.yml", &text);
    let applied = server.client(&["apply", "-f", "front.yml"]);
    assert_eq!(applied.status, 0, "{}", applied.shown());
    let weighed = server.client(&["weight", "front", "[127.0.0.1:1002]=5"]);
    assert_eq!(weighed.status, 0, "{}", weighed.shown());
    let routes = server.client(&["get", "gw/front", "-o", "json"]).json()["routes"].clone();
    assert_eq!(routes["[127.0.0.1:1001]"]["weight"], "95%");
    assert_eq!(routes["[127.0.0.1:1002]"]["weight"], "5%");
    let wrong = server.client(&["weight", "front", "[127.0.0.1:1001]=50", "[127.0.0.1:1002]=51"]);
    assert_eq!(wrong.status, 2, "{}", wrong.shown());
    assert_eq!(server.client(&["weight", "back", "a=1"]).status, 3);
}

#[test]
fn arguments_that_make_no_sense_are_refused_before_anybody_is_asked() {
    for arguments in [
        &["deploy"] as &[&str],
        &["deploy", "a", "--wait=ready"],
        &["deploy", "a", "--timeout", "5"],
        &["weight", "front", "a=101"],
        &["get", "breeds", "-o", "xml"],
        &["launch"],
    ] {
        let ran = run(crate::support::vamp().args(arguments));
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.shown());
    }
}
