//! Deployments made, merged and taken apart.

use std::time::Duration;

use vamp_drivers::InstanceState;
use vamp_engine::{ErrorKind, Mode, Request};
use vamp_model::{
    AnyArtifact, DeploymentRequest, Format, Intention, Kind, Phase, Target, read_deployment_request, to_yaml,
};

use crate::support::{Rig, id, shop, slow};

#[tokio::test(start_paused = true)]
async fn a_first_deployment_comes_up_behind_its_gateways() {
    let rig = Rig::with(slow()).await;
    let answer = rig.deploy(&shop(&[("web:1.0", 2)], true)).await;
    // S04-001: the name of the deployment is that of the blueprint.
    assert!(answer.created && answer.breeds.len() == 1);
    let service = rig.service("shop", "web:1.0").await.unwrap();
    // S04-079: it begins at once, as Deployment/Initiated or already under way.
    assert_eq!(service.status.intention, Intention::Deployment);

    let external = rig.gateway("shop/9050").await.unwrap();
    // S04-044: the gateway is `deployment/port`, its route `deployment/cluster/port`.
    assert_eq!(external.routes.get_index(0).unwrap().0.source(), "shop/web/http");
    let internal = rig.gateway("shop/web/http").await.unwrap();
    assert_eq!(internal.port.unwrap().to_string(), "40000/http");
    // S04-061: without targets it is not part of the configuration.
    assert!(!internal.deployed);

    rig.settle().await;
    let service = rig.service("shop", "web:1.0").await.unwrap();
    // S04-080: done when as many instances as wanted run.
    assert_eq!(service.status.phase, Phase::Done);
    assert_eq!(service.instances.len(), 2);
    assert!(service.instances.iter().all(|instance| instance.deployed));
    assert_eq!(service.health.unwrap().healthy, 2);
    let internal = rig.gateway("shop/web/http").await.unwrap();
    assert!(internal.deployed);
    assert_eq!(internal.routes[0].inline().unwrap().targets.len(), 2);
    let external = rig.gateway("shop/9050").await.unwrap();
    assert!(
        matches!(
            &external.routes[0].inline().unwrap().targets[..],
            [Target::Internal {
                host: None,
                port: 40_000,
                ..
            }]
        ),
        "{external:?}"
    );
    let deployment = rig.deployment("shop").await.unwrap();
    assert_eq!(deployment.ports["web.http"], "40000");
    assert_eq!(deployment.clusters["web"].gateways["http"].port, internal.port);

    let told = rig.told().await;
    // S04-088: one event for one transition to done.
    assert_eq!(rig.count(&["synchronization:deployed"]).await, 1, "{told:?}");
    // S04-063: one event for each gateway that comes into the configuration.
    assert_eq!(rig.count(&["gateways:shop/web/http", "deployed"]).await, 1);
    assert_eq!(rig.count(&["gateways:shop/9050", "deployed"]).await, 1);
    // S04-032: an accepted request is archived under the deployment.
    assert_eq!(rig.count(&["deployments:shop", "archive:update"]).await, 1);
    // S04-008: inline breeds are stored and archived.
    assert_eq!(rig.count(&["breeds:web:1.0", "archive:create"]).await, 1);
    assert!(rig.engine().get(Kind::Breed, "web:1.0").await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_second_version_comes_beside_the_first_without_traffic() {
    let rig = Rig::with(slow()).await;
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    rig.settle().await;
    let before = rig.service("shop", "web:1.0").await.unwrap();
    let targets = rig.gateway("shop/web/http").await.unwrap().routes[0]
        .inline()
        .unwrap()
        .targets
        .clone();

    rig.deploy(&shop(&[("web:1.1", 1)], false)).await;
    // S04-002, S04-013: it is merged into the same deployment, behind what is there.
    let deployment = rig.deployment("shop").await.unwrap();
    let names: Vec<&str> = deployment.clusters["web"]
        .services
        .iter()
        .map(|service| service.breed.name.as_str())
        .collect();
    assert_eq!(names, ["web:1.0", "web:1.1"]);
    // S04-047: no traffic for the new one.
    assert_eq!(
        rig.weights("shop/web/http").await,
        [
            ("shop/web/web:1.0/http".to_owned(), 100),
            ("shop/web/web:1.1/http".to_owned(), 0)
        ]
    );
    let gateway = rig.gateway("shop/web/http").await.unwrap();
    // S04-029: what runs keeps its instances and its targets.
    assert_eq!(gateway.routes[0].inline().unwrap().targets, targets);
    // S04-056: the port stays.
    assert_eq!(gateway.port.unwrap().number(), 40_000);
    rig.settle().await;
    // S04-015: what is not mentioned is untouched.
    assert_eq!(rig.service("shop", "web:1.0").await.unwrap(), before);
}

#[tokio::test(start_paused = true)]
async fn a_version_without_traffic_goes_when_the_agents_know() {
    let rig = Rig::with(slow()).await;
    rig.deploy(&shop(&[("web:1.0", 1), ("web:1.1", 1)], true)).await;
    rig.settle().await;
    let refused = rig.undeploy("shop", &shop(&[("web:1.0", 1)], false)).await;
    let error = refused.unwrap_err();
    // S04-033: what still has weight does not go while others stay.
    assert_eq!(
        error.message(),
        "Invalid route weight in cluster 'shop/web' - after updating the services and routes, weight 50% is invalid for port: \
         'http'."
    );
    let service = rig.service("shop", "web:1.0").await.unwrap();
    // S04-009: a refused request changes nothing.
    assert_eq!(service.status.phase, Phase::Done);

    let weights = [("shop/web/web:1.0/http", 0), ("shop/web/web:1.1/http", 100)];
    rig.weigh("shop/web/http", &weights).await.unwrap();
    rig.settle().await;
    rig.agent().set_stuck(true);
    rig.undeploy("shop", &shop(&[("web:1.0", 1)], false))
        .await
        .unwrap();
    // S04-037: the route goes at once, and the others keep their weights.
    assert_eq!(
        rig.weights("shop/web/http").await,
        [("shop/web/web:1.1/http".to_owned(), 100)]
    );
    rig.pass(Duration::from_secs(5)).await;
    assert_eq!(
        rig.driver
            .instances(&id("shop", "web", "web:1.0"), InstanceState::Ready)
            .len(),
        1,
        "it serves as long as the agent may send it requests"
    );
    rig.pass(Duration::from_secs(6)).await;
    assert!(
        rig.driver
            .instances(&id("shop", "web", "web:1.0"), InstanceState::Ready)
            .is_empty(),
        "an agent that never applies it does not keep it for ever"
    );
    rig.wait("it is gone", async || {
        rig.service("shop", "web:1.0").await.is_none()
    })
    .await;
    // S04-087: the event comes when it is gone.
    assert_eq!(
        rig.count(&["services:web:1.0", "synchronization:undeployed"])
            .await,
        1
    );
}

#[tokio::test(start_paused = true)]
async fn instances_are_told_to_end_at_once_when_the_agent_has_applied_it_or_none_is_there() {
    for with_agent in [true, false] {
        let mut rig = Rig::with(slow()).await;
        rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
        rig.settle().await;
        // So long agents may take to show themselves.
        rig.pass(Duration::from_secs(3)).await;
        if !with_agent {
            rig.stop_agent();
            rig.wait("its lease has ended", async || {
                rig.engine().agents().await.unwrap().is_empty()
            })
            .await;
        }
        let began = tokio::time::Instant::now();
        rig.engine()
            .undeploy_all(&"shop".parse().unwrap(), &Request::default())
            .await
            .unwrap();
        rig.wait("it is told to end", async || {
            !rig.driver
                .instances(&id("shop", "web", "web:1.0"), InstanceState::Going)
                .is_empty()
        })
        .await;
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        assert_eq!(rig.guarded.cut_off(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_goes_with_its_last_service_and_its_external_gateway_stays() {
    let rig = Rig::with(slow()).await;
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    rig.settle().await;
    // S04-034: all of a cluster may go whatever the weights. S04-036: what is not there is ignored. S04-042: nothing that the body refers to
    // has to exist.
    let body = "name: x\nclusters: {web: {services: [{breed: 'web:1.0'}, {breed: other, scale: none}]}, no: {services: [{breed: a}]}}";
    rig.undeploy("shop", body).await.unwrap();
    // S04-038: the internal gateway goes with its cluster.
    assert!(rig.gateway("shop/web/http").await.is_none());
    rig.wait("it is gone", async || rig.deployment("shop").await.is_none())
        .await;
    // S04-040: it is not listed any more. S04-039: what was asked for by name stays.
    assert!(rig.deployments().await.is_empty());
    let external = rig.gateway("shop/9050").await.unwrap();
    assert!(external.deployed && external.routes[0].inline().unwrap().targets.is_empty());
    assert_eq!(rig.count(&["deployments:shop", "archive:delete"]).await, 1);
    assert!(rig.driver.look().is_empty());
    let error = rig.undeploy("shop", body).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    rig.settle().await;
    assert!(
        rig.agent().shrink_meant(),
        "the agent can believe that so much is gone"
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_request_again_changes_nothing() {
    let rig = Rig::new().await;
    rig.deploy(&shop(&[("web:1.0", 2)], true)).await;
    rig.settle().await;
    let applications = rig.agent().applications();
    let before = rig.engine().get(Kind::Deployment, "shop").await.unwrap().unwrap();
    rig.key_value.writes();
    let answer = rig.deploy(&shop(&[("web:1.0", 2)], true)).await;
    assert!(!answer.changed && !answer.created);
    rig.settle().await;
    let after = rig.engine().get(Kind::Deployment, "shop").await.unwrap().unwrap();
    assert_eq!(after, before, "not even its revision is another");
    assert_eq!(rig.key_value.writes(), 0);
    assert_eq!(rig.agent().applications(), applications);
    assert_eq!(rig.count(&["synchronization:redeploy"]).await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_read_can_be_sent_back() {
    let rig = Rig::new().await;
    let yaml = "
name: shop
environment_variables: {web.MODE: canary}
clusters:
  web:
    services:
    - breed:
        name: web:1.0
        deployable: {type: process, definition: serve}
        ports: {http: 8080}
        environment_variables: {MODE: plain, 'LEVEL[LOG_LEVEL]': info, NAME: a}
      environment_variables: {NAME: b}
    - breed: {name: 'web:1.1', deployable: {type: process, definition: serve}, environment_variables: {MODE: other}}
";
    rig.deploy(yaml).await;
    rig.settle().await;
    let specs = rig.driver.look();
    let read = rig.deployment("shop").await.unwrap();
    let request = read_deployment_request(&to_yaml(&read), Format::Yaml).unwrap();
    // S04-007: the output of a read is the body of a merge, and of a removal.
    let answer = rig
        .engine()
        .deploy(None, request.clone(), &Request::default())
        .await
        .unwrap();
    assert!(matches!(answer.artifact.artifact, AnyArtifact::Deployment(_)));
    rig.settle().await;
    // S04-076: nothing of one version reaches another.
    assert_eq!(rig.driver.look(), specs);
    let name = "shop".parse().unwrap();
    rig.engine()
        .undeploy(&name, request, &Request::default())
        .await
        .unwrap();
    rig.wait("it is gone", async || rig.deployment("shop").await.is_none())
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_change_of_what_runs_is_told_to_the_driver_and_announced() {
    let rig = Rig::with(slow()).await;
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    rig.settle().await;
    let fingerprint = rig.driver.look()[0].fingerprint.clone();
    let changed = shop(&[("web:1.0", 1)], false).replace("definition: serve", "definition: serve better");
    rig.deploy(&changed).await;
    let service = rig.service("shop", "web:1.0").await.unwrap();
    // S04-028: another definition under the same name is deployed anew; S04-029: meanwhile what runs goes on.
    assert_ne!(service.status.phase, Phase::Done);
    let ready = service.instances.iter().filter(|instance| instance.deployed);
    assert_eq!(ready.count(), 1);
    rig.settle().await;
    assert_ne!(rig.driver.look()[0].fingerprint, fingerprint);

    rig.deploy(&changed.replace("instances: 1", "instances: 3")).await;
    rig.settle().await;
    assert_eq!(rig.service("shop", "web:1.0").await.unwrap().instances.len(), 3);
    // S04-089: one announcement of the change and one of its end, for each.
    assert_eq!(rig.count(&["synchronization:redeploy"]).await, 2);
    assert_eq!(rig.count(&["synchronization:deployed"]).await, 3);
}

#[tokio::test(start_paused = true)]
async fn requests_that_cannot_be_fulfilled_say_why_and_leave_nothing_behind() {
    let rig = Rig::new().await;
    rig.create("name: edge\nport: 9050\nroutes: {}").await.unwrap();
    let base = shop(&[("web:1.0", 1)], false);
    let breed =
        "breed: {name: 'web:1.0', deployable: {type: process, definition: serve}, ports: {http: 8080/http}}";
    let cases = [
        // S04-005: what is referred to must exist.
        (
            base.replace(breed, "breed: nobody"),
            "Artifact cannot be found: 'nobody'.",
            "clusters.web.services[0].breed",
        ),
        (
            base.replace(
                "scale: {cpu: 0.1, memory: 64MB, instances: 1}",
                "scale: {reference: large}",
            ),
            "Artifact cannot be found: 'large'.",
            "clusters.web.services[0].scale",
        ),
        // S04-025: a port that somebody else has.
        (
            shop(&[("web:1.0", 1)], true),
            "Gateway port '9050' is/was in use by deployment: 'edge'. Remove 'edge' gateway first or use different port.",
            "gateways.9050",
        ),
        (
            base.replace("type: process", "type: container/rocket"),
            "Unsupported deployable type 'container/rocket', supported: container/docker, docker, process, command, cmd.",
            "clusters.web.services[0]",
        ),
        // S04-020: a variable that must be set.
        (
            base.replace("ports: {http", "environment_variables: {MODE: ~}, ports: {http"),
            "Unresolved value of variable 'MODE' for breed 'web:1.0'.",
            "clusters.web",
        ),
    ];
    for (yaml, message, path) in cases {
        let error = rig.try_deploy(&yaml, &Request::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert_eq!(
            (error.message().as_str(), error.problems()[0].path.as_str()),
            (message, path)
        );
    }
    // S04-009: nothing is left behind.
    assert!(rig.deployments().await.is_empty());
    assert_eq!(rig.gateways().await.len(), 1);
    assert!(rig.engine().get(Kind::Breed, "web:1.0").await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_breed_serves_once_in_a_deployment() {
    let rig = Rig::new().await;
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    let other = shop(&[("web:1.0", 1)], false).replace("  web:", "  other:");
    let error = rig.try_deploy(&other, &Request::default()).await.unwrap_err();
    // S04-016: anywhere in the deployment.
    assert_eq!(error.message(), "Multiple references for breed: 'web:1.0'.");
}

#[tokio::test(start_paused = true)]
async fn looking_only_changes_nothing() {
    let rig = Rig::new().await;
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    rig.settle().await;
    let (events, gateways) = (rig.told().await, rig.gateways().await);
    let looked_at = Request {
        mode: Mode::ValidateOnly,
        ..Request::default()
    };
    let answer = rig
        .try_deploy(&shop(&[("web:1.1", 1)], true), &looked_at)
        .await
        .unwrap();
    let AnyArtifact::Deployment(deployment) = answer.artifact.artifact else {
        panic!("no deployment");
    };
    let gateway = &deployment.clusters["web"].gateways["http"];
    assert_eq!(
        (gateway.routes.len(), deployment.clusters["web"].services.len()),
        (2, 2)
    );
    // S04-006: nothing is stored, and nothing told.
    assert_eq!(rig.told().await, events);
    assert_eq!(rig.gateways().await, gateways);
    assert!(rig.engine().get(Kind::Breed, "web:1.1").await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stored_blueprint_is_deployed_by_its_name_and_under_another() {
    let rig = Rig::new().await;
    let blueprint = vamp_model::read(&shop(&[("web:1.0", 1)], false), Format::Yaml).unwrap();
    let stored = AnyArtifact::Blueprint(blueprint);
    rig.engine().create(stored, &Request::default()).await.unwrap();
    let named = DeploymentRequest::Named("shop".parse().unwrap());
    // S04-003, S04-004: a body that is a name only means the stored blueprint; the deployment has the name that was asked for.
    let other = "test".parse().unwrap();
    rig.engine()
        .deploy(Some(&other), named, &Request::default())
        .await
        .unwrap();
    rig.settle().await;
    assert!(rig.deployment("test").await.is_some() && rig.deployment("shop").await.is_none());
    let missing = DeploymentRequest::Named("none".parse().unwrap());
    let error = rig
        .engine()
        .deploy(None, missing, &Request::default())
        .await
        .unwrap_err();
    assert_eq!(error.message(), "Artifact cannot be found: 'none'.");
}

#[tokio::test(start_paused = true)]
async fn variables_go_from_breed_to_cluster_to_service() {
    let rig = Rig::new().await;
    let yaml = "
name: shop
environment_variables: {web.POOL: 20, web.REGION: eu}
clusters:
  web:
    services:
    - breed:
        name: web:1.0
        deployable: {type: process, definition: serve}
        environment_variables: {POOL: 5, REGION: ~, 'CATALOG[CATALOG_URL]': x}
      environment_variables: {POOL: 30}
";
    rig.deploy(yaml).await;
    rig.settle().await;
    let service = rig.service("shop", "web:1.0").await.unwrap();
    let shown: Vec<(&str, Option<&str>, Option<&str>)> = service
        .environment_variables
        .iter()
        .map(|(name, variable)| {
            (
                name.as_str(),
                variable.alias.as_deref(),
                variable.value.as_deref(),
            )
        })
        .collect();
    // S04-067: service before cluster before breed. S04-068: the short form of a cluster's variable. S04-069: the alias.
    assert_eq!(
        shown,
        [
            ("POOL", None, Some("30")),
            ("REGION", None, Some("eu")),
            ("CATALOG", Some("CATALOG_URL"), Some("x"))
        ]
    );
    let fingerprint = rig.driver.look()[0].fingerprint.clone();
    rig.deploy(&yaml.replace("web.REGION: eu", "web.REGION: us"))
        .await;
    rig.settle().await;
    // S04-077: a changed variable of the cluster takes effect.
    assert_ne!(rig.driver.look()[0].fingerprint, fingerprint);
}

#[tokio::test(start_paused = true)]
async fn a_scale_is_kept_when_a_merge_names_none() {
    let rig = Rig::new().await;
    let without = "name: shop\nclusters: {web: {services: [{breed: {name: a, deployable: {type: process, definition: serve}}}]}}";
    rig.deploy(without).await;
    let scale = rig.service("shop", "a").await.unwrap().scale.unwrap();
    // S04-011: the default at first.
    assert_eq!(
        (scale.instances, scale.memory.to_string().as_str()),
        (1, "1000.00MB")
    );
    rig.deploy(&without.replace("serve}}", "serve}}, scale: {cpu: 1, memory: 1MB, instances: 4}"))
        .await;
    rig.deploy(without).await;
    // S04-012: a merge without scale keeps the one that there is.
    let kept = rig.service("shop", "a").await.unwrap().scale.unwrap();
    assert_eq!(kept.instances, 4);
}

#[tokio::test(start_paused = true)]
async fn a_port_that_a_blueprint_chooses_is_not_given_to_another_of_its_gateways() {
    let mut rig = Rig::without_engine(slow());
    rig.options.port_range = 9050..=9060;
    rig.start_agent().await;
    rig.start().await;
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    let port = |gateway: vamp_model::Gateway| gateway.port.unwrap().number();
    // S02-117: ports of external gateways inside the range are skipped.
    assert_eq!(port(rig.gateway("shop/9050").await.unwrap()), 9050);
    assert_eq!(port(rig.gateway("shop/web/http").await.unwrap()), 9051);
}
