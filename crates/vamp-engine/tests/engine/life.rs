//! Engines that end and begin.

use std::time::Duration;

use vamp_drivers::InstanceState;
use vamp_drivers::simulated::SimulatedOptions;
use vamp_engine::Request;
use vamp_model::{Kind, Phase};

use crate::support::{Outages, Rig, id, shop};

fn slow() -> SimulatedOptions {
    let mut options = SimulatedOptions::default();
    options.start_delay = Duration::from_secs(2);
    options.stop_delay = Duration::from_secs(1);
    options
}

/// What would be so in a new process whose key-value store is in memory.
fn empty_key_value_store(rig: &mut Rig) {
    rig.key_value = std::sync::Arc::new(Outages::new(vamp_kv::memory::MemoryStore::new()));
}

#[tokio::test(start_paused = true)]
async fn the_next_engine_hands_over_the_same_and_starts_nothing_anew() {
    let mut rig = Rig::with(slow()).await;
    rig.deploy(&shop(&[("web:1.0", 2), ("web:1.1", 1)], true)).await;
    rig.settle().await;
    let (text, hash) = (rig.agent().text(), rig.agent().applied());
    let (services, gateways) = (rig.deployments().await, rig.gateways().await);
    let calls = rig.driver.calls();
    let events = rig.told().await;

    rig.crash();
    rig.stop_agent();
    empty_key_value_store(&mut rig);
    rig.start().await;
    rig.start_agent().await;
    rig.settle().await;
    assert_eq!(rig.agent().text(), text);
    assert_eq!(rig.agent().applied(), hash);
    // S04-091: nothing is deployed a second time; S04-056: ports are the same.
    assert_eq!(rig.driver.calls().deploy, calls.deploy);
    assert_eq!(rig.deployments().await, services);
    assert_eq!(rig.gateways().await, gateways);
    let mut told = rig.told().await;
    told.drain(..events.len());
    told.retain(|tags| !tags.starts_with("marshaller"));
    assert_eq!(told, Vec::<String>::new(), "what was told is not told again");
}

#[tokio::test(start_paused = true)]
async fn nothing_smaller_is_handed_over_because_the_driver_has_not_answered_yet() {
    let mut rig = Rig::with(slow()).await;
    rig.deploy(&shop(&[("web:1.0", 2)], true)).await;
    rig.settle().await;
    let text = rig.agent().text();
    rig.crash();
    // What is left of the engine is gone before the platform is, and tells nothing of it.
    rig.pass(Duration::from_millis(10)).await;
    rig.driver.set_unavailable(true);
    empty_key_value_store(&mut rig);
    rig.stop_agent();
    rig.start_agent().await;
    rig.start().await;
    rig.pass(Duration::from_secs(20)).await;
    assert_eq!(rig.agent().text(), text, "what was known is handed over");
    assert!(rig.engine().info().drivers[0].failure.is_some());
    assert_eq!(rig.count(&["simulated_driver:ERROR"]).await, 1, "told once");

    // Meanwhile one of the instances has ended.
    let instance = rig
        .driver
        .instances(&id("shop", "web", "web:1.0"), InstanceState::Ready)[0]
        .clone();
    rig.driver.crash(&instance, "ended", &[]);
    rig.driver.set_unavailable(false);
    rig.wait("it is out of traffic", async || {
        rig.gateway("shop/web/http").await.unwrap().routes[0]
            .inline()
            .unwrap()
            .targets
            .iter()
            .all(|target| !format!("{target:?}").contains(&instance))
    })
    .await;
    rig.settle().await;
}

#[tokio::test(start_paused = true)]
async fn instances_that_start_anew_with_the_server_keep_their_traffic_for_a_while() {
    let mut rig = Rig::with(slow()).await;
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    rig.settle().await;
    rig.agent().forget_fewest();
    let fewest = rig.agent().text().matches("\n  server ").count();
    rig.restart().await;
    rig.settle().await;
    rig.pass(Duration::from_secs(15)).await;
    rig.settle().await;
    assert!(rig.agent().fewest_servers().is_none_or(|least| least >= fewest));
}

#[tokio::test(start_paused = true)]
async fn a_removal_goes_on_where_it_was() {
    let mut rig = Rig::with(slow()).await;
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    rig.settle().await;
    rig.agent().set_stuck(true);
    let name = "shop".parse().unwrap();
    rig.engine()
        .undeploy_all(&name, &Request::default())
        .await
        .unwrap();
    rig.restart().await;
    rig.pass(Duration::from_secs(2)).await;
    assert_eq!(
        rig.driver
            .instances(&id("shop", "web", "web:1.0"), InstanceState::Ready)
            .len(),
        1,
        "the agent has not applied it"
    );
    rig.agent().set_stuck(false);
    rig.create("name: edge\nport: 8090\nroutes: {}").await.unwrap();
    rig.wait("it is gone", async || rig.deployment("shop").await.is_none())
        .await;
    assert_eq!(rig.guarded.cut_off(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_gateway_deleted_just_before_the_end_is_meant_to_be_gone() {
    let mut rig = Rig::with(slow()).await;
    for port in 8090..8100 {
        rig.create(&format!(
            "name: g{port}\nport: {port}\nroutes: {{'[h:81]': {{}}}}"
        ))
        .await
        .unwrap();
    }
    rig.settle().await;
    rig.key_value.set_away(true);
    for port in 8091..8100 {
        let name = format!("g{port}");
        rig.engine()
            .delete(Kind::Gateway, &name, &Request::default())
            .await
            .unwrap();
    }
    rig.crash();
    rig.key_value.set_away(false);
    rig.start().await;
    rig.settle().await;
    assert!(rig.agent().shrink_meant());
    assert_eq!(rig.count(&["undeployed"]).await, 9);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_engine_leaves_everything_as_it_is() {
    let mut rig = Rig::with(slow()).await;
    rig.deploy(&shop(&[("web:1.0", 1)], true)).await;
    rig.settle().await;
    let engine = rig.engine().clone();
    rig.crash();
    let began = tokio::time::Instant::now();
    engine.stop().await;
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(
        rig.driver
            .instances(&id("shop", "web", "web:1.0"), InstanceState::Ready)
            .len(),
        1
    );
    rig.start().await;
    let service = rig.service("shop", "web:1.0").await.unwrap();
    assert_eq!(
        service.status.phase,
        Phase::Done,
        "known before anything was looked at"
    );
}
