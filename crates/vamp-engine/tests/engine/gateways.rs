//! Gateways of users, and of clusters.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use vamp_drivers::simulated::SimulatedOptions;
use vamp_engine::{ErrorKind, Mode, Precondition, Request};
use vamp_haproxy::check::{CheckError, ConfigurationCheck, Problem, Verdict};
use vamp_model::{AnyArtifact, Format, Gateway, Kind, Target, read};

use crate::support::{Rig, shop};

/// Refuses every line with the word `bad`, as HAProxy would.
#[derive(Debug, Default)]
struct Picky {
    asked: AtomicUsize,
}

#[async_trait]
impl ConfigurationCheck for Picky {
    async fn check(&self, text: &str) -> Result<Verdict, CheckError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if text.contains("broken") {
            return Err(CheckError::new("no answer"));
        }
        let bad = text.lines().position(|line| line.contains("bad"));
        Ok(match bad {
            None => Verdict::Accepted { warnings: Vec::new() },
            Some(line) => Verdict::Refused {
                problems: vec![Problem {
                    line: Some(line + 1),
                    text: "unable to find ACL".to_owned(),
                }],
            },
        })
    }

    async fn taken_ports(&self, _address: IpAddr, ports: &[u16]) -> Result<Vec<u16>, CheckError> {
        Ok(ports
            .iter()
            .copied()
            .filter(|port| FOREIGN.contains(port))
            .collect())
    }
}

/// Ports of other programs, as [`Picky`] knows them.
const FOREIGN: [u16; 2] = [40_000, 7_777];

fn gateway(yaml: &str) -> Gateway {
    read(yaml, Format::Yaml).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_gateway_is_completed_stored_and_handed_over() {
    let rig = Rig::new().await;
    let answer = rig
        .create("name: edge\nport: 8090\nroutes: {'[h:81]': {weight: 100%}, '[h:82]': {}}")
        .await
        .unwrap();
    assert!(answer.created && answer.changed);
    rig.settle().await;
    let stored = rig.gateway("edge").await.unwrap();
    assert!(stored.deployed);
    assert_eq!(stored.virtual_hosts[0].as_str(), "edge.vamp");
    assert_eq!(
        stored.routes[0].inline().unwrap().targets,
        [Target::External {
            url: "h:81".to_owned()
        }]
    );
    assert_eq!(
        rig.weights("edge").await,
        [("[h:81]".to_owned(), 100), ("[h:82]".to_owned(), 0)]
    );
    assert!(rig.agent().text().contains("h:81"));
    assert_eq!(rig.count(&["gateways:edge", "archive:create"]).await, 1);
    assert_eq!(rig.count(&["gateways:edge", "deployed"]).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_weights_is_one_transaction_and_one_hand_over() {
    let mut rig = Rig::without_engine(SimulatedOptions::default());
    let picky = Arc::new(Picky::default());
    rig.checker = Some(picky.clone());
    rig.start_agent().await;
    rig.start().await;
    rig.deploy(&shop(&[("web:1.0", 1), ("web:1.1", 1)], true)).await;
    rig.settle().await;
    rig.store.commits();
    let handed_over = ["marshaller:configuration", "type:haproxy", "name:2.4"];
    let told = rig.count(&handed_over).await;
    let applications = rig.agent().applications();
    let before = rig
        .engine()
        .get(Kind::Gateway, "shop/web/http")
        .await
        .unwrap()
        .unwrap();

    let weights = [("shop/web/web:1.0/http", 95), ("shop/web/web:1.1/http", 5)];
    let answer = rig.weigh("shop/web/http", &weights).await.unwrap();
    assert_eq!(rig.store.commits(), 1, "the answer waits for one transaction");
    assert_eq!(answer.artifact.revision, before.revision + 1);
    rig.settle().await;
    assert_eq!(rig.agent().applications(), applications + 1);
    // S02-095: a text that was written is told with the type and name of what it is for.
    assert_eq!(rig.count(&handed_over).await, told + 1);
    assert_eq!(
        picky.asked.load(Ordering::SeqCst),
        0,
        "HAProxy takes every weight"
    );
    // S04-051: weights of a cluster's gateway can be changed.
    assert_eq!(
        rig.count(&["gateways:shop/web/http", "route:weightupdated"])
            .await,
        2
    );

    rig.key_value.writes();
    let applications = rig.agent().applications();
    let again = rig.weigh("shop/web/http", &weights).await.unwrap();
    rig.settle().await;
    assert!(!again.changed);
    assert_eq!(again.artifact.revision, answer.artifact.revision);
    // S06-071: the change was written and told once; the same again is neither written nor told.
    assert_eq!(rig.key_value.writes(), 0);
    assert_eq!(rig.count(&handed_over).await, told + 1);
    assert_eq!(rig.agent().applications(), applications);
    assert_eq!(
        rig.count(&["gateways:shop/web/http", "route:weightupdated"])
            .await,
        2
    );
    assert_eq!(rig.count(&["gateways:shop/web/http", "archive:update"]).await, 2);
}

#[tokio::test(start_paused = true)]
async fn gateways_of_clusters_are_kept_by_the_engine() {
    let rig = Rig::new().await;
    rig.deploy(&shop(&[("web:1.0", 1), ("web:1.1", 1)], false)).await;
    let error = rig
        .create("name: a/b/c\nport: 1000\nroutes: {}")
        .await
        .unwrap_err();
    // S04-050: they are neither created nor deleted, and their routes stay. S02-108: a user cannot create one.
    assert_eq!(
        error.message(),
        "Gateway is an internal deployment gateway - it can be created only when deployment cluster is created."
    );
    let mut cut = rig.gateway("shop/web/http").await.unwrap();
    cut.routes.shift_remove_index(0);
    let message = "Gateway is an internal deployment gateway - routes can be added or removed only when cluster services are created or \
         removed.";
    // S02-109: a route less is refused; below, an update with the same routes is taken.
    assert_eq!(rig.update(cut).await.unwrap_err().message(), message);
    let unknown = gateway("name: shop/web/other\nroutes: {}");
    assert_eq!(rig.update(unknown).await.unwrap_err().message(), message);
    let delete = rig
        .engine()
        .delete(Kind::Gateway, "shop/web/http", &Request::default())
        .await;
    // S02-110: its deployment lives.
    assert_eq!(
        delete.unwrap_err().message(),
        "Gateway is an internal deployment gateway - it can be removed only when deployment cluster is removed."
    );
    let mut without_port = rig.gateway("shop/web/http").await.unwrap();
    without_port.port = None;
    rig.update(without_port).await.unwrap();
    // S04-056: the port stays, also when it is left out.
    assert_eq!(
        rig.gateway("shop/web/http").await.unwrap().port.unwrap().number(),
        40_000
    );
}

#[tokio::test(start_paused = true)]
async fn a_port_belongs_to_one_gateway() {
    let mut rig = Rig::without_engine(SimulatedOptions::default());
    rig.options.reserved_ports.insert(8080, "API".to_owned());
    rig.options.port_range = 40_000..=40_001;
    rig.start_agent().await;
    rig.start().await;
    rig.create("name: edge\nport: 8090\nroutes: {}").await.unwrap();
    let refusals = [
        // S04-064: in use by another, by itself when it is created twice, by the server, by the virtual hosts.
        (
            "name: other\nport: 8090\nroutes: {}",
            "'8090' is/was in use by deployment: 'edge'",
        ),
        (
            "name: edge\nport: 8091\nroutes: {}",
            "'8090' is/was in use by deployment: 'edge'",
        ),
        (
            "name: other\nport: 8080\nroutes: {}",
            "'8080' is/was in use by deployment: 'API'",
        ),
        (
            "name: other\nport: 80\nroutes: {}",
            "'80' is/was in use by deployment: 'virtual hosts'",
        ),
    ];
    for (yaml, words) in refusals {
        let error = rig.create(yaml).await.unwrap_err();
        // S02-111: whoever has the port is named.
        assert!(error.message().contains(words), "{error}");
    }
    let moved = gateway("name: edge\nport: 8092\nroutes: {}");
    rig.update(moved).await.unwrap();
    rig.create("name: other\nport: 8090\nroutes: {}").await.unwrap();
    let taken = gateway("name: edge\nport: 8090\nroutes: {}");
    assert!(rig.update(taken).await.is_err(), "an update is looked at, too");

    let both = tokio::join!(
        rig.create("name: a\nport: 9000\nroutes: {}"),
        rig.create("name: b\nport: 9000\nroutes: {}")
    );
    assert!(
        both.0.is_ok() != both.1.is_ok(),
        "at the same moment one of two gets it"
    );

    for name in ["r1", "r2"] {
        rig.create(&format!("name: {name}\nroutes: {{}}")).await.unwrap();
    }
    let mut given = Vec::new();
    for name in ["r1", "r2"] {
        given.push(rig.gateway(name).await.unwrap().port.unwrap().number());
    }
    // S02-116: both ends of the range are given.
    assert_eq!(given, [40_000, 40_001]);
    let error = rig.create("name: r3\nroutes: {}").await.unwrap_err();
    // S04-057: an exhausted range is an error, and everything else works.
    assert_eq!(error.message(), "No port available in the range [40000-40001].");
    // S02-119: a gateway that has its port is changed meanwhile, and handed over.
    rig.update(gateway(
        "name: edge\nport: 8092\nroutes: {'[h:81]': {weight: 100%}}",
    ))
    .await
    .unwrap();
    rig.settle().await;
    assert!(rig.agent().text().contains(" h:81 "), "{}", rig.agent().text());
    rig.engine()
        .delete(Kind::Gateway, "r1", &Request::default())
        .await
        .unwrap();
    rig.create("name: r3\nroutes: {}").await.unwrap();
    // S02-118: the port that was let go is given again.
    assert_eq!(rig.gateway("r3").await.unwrap().port.unwrap().number(), 40_000);
}

#[tokio::test(start_paused = true)]
async fn a_port_of_another_program_is_passed_over_and_refused_where_it_was_chosen() {
    let mut rig = Rig::without_engine(SimulatedOptions::default());
    rig.options.port_range = 40_000..=40_010;
    rig.checker = Some(Arc::new(Picky::default()));
    rig.start_agent().await;
    rig.start().await;
    rig.create("name: any\nroutes: {}").await.unwrap();
    let given = rig.gateway("any").await.unwrap().port.unwrap();
    assert_eq!(given.number(), 40_001);
    let error = rig
        .create("name: edge\nport: 7777\nroutes: {}")
        .await
        .unwrap_err();
    assert!(
        error
            .message()
            .contains("'7777' cannot be bound by HAProxy: another program"),
        "{error}"
    );
    assert_eq!(error.problems()[0].path.to_string(), "port");
    assert!(rig.gateway("edge").await.is_none(), "nothing is stored");
}

#[tokio::test(start_paused = true)]
async fn what_haproxy_would_refuse_is_not_stored() {
    let mut rig = Rig::without_engine(SimulatedOptions::default());
    let picky = Arc::new(Picky::default());
    rig.checker = Some(picky.clone());
    rig.start_agent().await;
    rig.start().await;
    let good = "name: edge\nport: 8090\nroutes: {'[h:81]': {weight: 100%}, '[h:82]': {weight: 0%, condition: '< path_beg /a >'}}";
    rig.create(good).await.unwrap();
    rig.settle().await;
    let running = rig.agent().text();
    let before = rig.engine().get(Kind::Gateway, "edge").await.unwrap();

    let error = rig
        .update(gateway(&good.replace("path_beg /a", "bad_word /a")))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(
        error.message(),
        "HAProxy refuses gateway 'edge', route '[h:82]': unable to find ACL"
    );
    assert_eq!(error.problems()[0].path, "routes[\"[h:82]\"]");
    let error = rig
        .update(gateway(&good.replace("path_beg /a", "broken /a")))
        .await
        .unwrap_err();
    assert!(error.kind() == ErrorKind::Unavailable && error.is_temporary());

    assert_eq!(rig.engine().get(Kind::Gateway, "edge").await.unwrap(), before);
    rig.settle().await;
    assert_eq!(rig.agent().text(), running, "what runs is untouched");
}

#[tokio::test(start_paused = true)]
async fn where_nobody_can_check_the_answer_says_so() {
    let rig = Rig::new().await;
    let yaml = "name: edge\nport: 8090\nroutes: {'[h:81]': {condition: '< path_beg /a >'}}";
    let answer = rig.create(yaml).await.unwrap();
    assert_eq!(answer.notices[0].code, "not-checked");
}

#[tokio::test(start_paused = true)]
async fn gateways_that_cannot_work_are_refused() {
    let rig = Rig::new().await;
    rig.create("name: a\nport: 8090\nroutes: {b: {}}").await.unwrap();
    let mut heavy =
        gateway("name: c\nport: 8092\nroutes: {'[h:81]': {weight: 100%}, '[h:82]': {weight: 0%}}");
    heavy.routes[1].inline_mut().unwrap().weight = vamp_model::Percentage::new(20);
    let cases = [
        (
            gateway("name: b\nport: 8091\nroutes: {a: {}}"),
            "Gateways lead in a circle: b → a → b.",
        ),
        // S04-048: weights add up to 0 or 100.
        (heavy, "Total route weight must be either 0% or 100%: c."),
        (
            gateway("name: d\nport: 8093\nroutes: {'[nowhere]': {}}"),
            "'nowhere' is no address of the form host:port",
        ),
    ];
    for (gateway, message) in cases {
        let error = rig.update(gateway).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.message().as_str()),
            (ErrorKind::Invalid, message)
        );
    }
    let error = rig
        .engine()
        .update(
            "a",
            AnyArtifact::Gateway(gateway("name: x\nroutes: {}")),
            &Request::default(),
        )
        .await
        .unwrap_err();
    assert_eq!(error.message(), "Inconsistent name: given 'a' but found 'x'.");
    assert_eq!(rig.gateways().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn preconditions_hold_for_gateways() {
    let rig = Rig::new().await;
    let first = rig.create("name: edge\nport: 8090\nroutes: {}").await.unwrap();
    let asks = [
        (Precondition::Absent, false),
        (Precondition::Revisions(vec![first.artifact.revision + 7]), false),
        (Precondition::Revisions(vec![first.artifact.revision]), true),
        (Precondition::Present, true),
    ];
    for (precondition, holds) in asks {
        let request = Request {
            precondition: precondition.clone(),
            ..Request::default()
        };
        let edge = AnyArtifact::Gateway(gateway("name: edge\nport: 8090\nroutes: {}"));
        let answer = rig.engine().update("edge", edge, &request).await;
        match answer {
            Ok(_) => assert!(holds, "{precondition:?}"),
            Err(error) => {
                assert!(!holds, "{precondition:?}: {error}");
                let actual = Some(first.artifact.revision);
                assert_eq!(error.kind(), ErrorKind::PreconditionFailed { actual });
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn looking_only_completes_a_gateway_and_stores_nothing() {
    let rig = Rig::new().await;
    let looked_at = Request {
        mode: Mode::ValidateOnly,
        ..Request::default()
    };
    let edge = AnyArtifact::Gateway(gateway("name: edge\nroutes: {'[h:81]': {}}"));
    let answer = rig.engine().create(edge, &looked_at).await.unwrap();
    let AnyArtifact::Gateway(shown) = &answer.artifact.artifact else {
        panic!("no gateway");
    };
    assert_eq!(shown.port.as_ref().unwrap().number(), 40_000);
    assert!(rig.gateways().await.is_empty() && rig.told().await.is_empty());
    let next = rig.create("name: other\nroutes: {}").await.unwrap();
    let AnyArtifact::Gateway(next) = next.artifact.artifact else {
        panic!("no gateway");
    };
    assert_eq!(
        next.port.unwrap().number(),
        40_000,
        "the port was not kept for it"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deleted_gateway_leaves_the_configuration_and_that_is_meant() {
    let rig = Rig::new().await;
    for port in 8090..8100 {
        rig.create(&format!(
            "name: g{port}\nport: {port}\nroutes: {{'[h:81]': {{}}}}"
        ))
        .await
        .unwrap();
    }
    rig.settle().await;
    for port in 8091..8100 {
        let name = format!("g{port}");
        assert!(
            rig.engine()
                .delete(Kind::Gateway, &name, &Request::default())
                .await
                .unwrap()
        );
        assert!(
            !rig.engine()
                .delete(Kind::Gateway, &name, &Request::default())
                .await
                .unwrap()
        );
    }
    rig.settle().await;
    assert!(rig.agent().shrink_meant());
    assert_eq!(rig.gateways().await.len(), 1);
    assert_eq!(rig.count(&["gateways:g8091", "undeployed"]).await, 1);
    assert_eq!(rig.count(&["gateways:g8091", "archive:delete"]).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_route_to_nothing_is_told() {
    let rig = Rig::new().await;
    let answer = rig
        .create("name: edge\nport: 8090\nroutes: {shop/web/http: {}}")
        .await
        .unwrap();
    assert_eq!(answer.notices[0].code, "route-leads-nowhere");
    rig.deploy(&shop(&[("web:1.0", 1)], false)).await;
    rig.settle().await;
    let edge = rig.gateway("edge").await.unwrap();
    assert_eq!(
        edge.routes[0].inline().unwrap().targets.len(),
        1,
        "when it comes, the route leads there"
    );
}
