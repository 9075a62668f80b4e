//! What every store has to do.

use vamp_kv::conformance::outages;
use vamp_kv::conformance::{Claims, run_all};
use vamp_testkit::{servers::Consul, skip};

use crate::histories;
use crate::place::{Controlled, connect, key};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consul_does_what_a_store_has_to_do() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let claims = Claims::of("consul").unwrap();
    run_all(&store, &key("/conformance"), claims)
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consul_can_be_killed_frozen_and_started_again() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let mut server = Controlled(consul);
    outages::run_all(&store, &mut server, &key("/outages"))
        .await
        .unwrap_or_else(|violations| panic!("{violations}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn histories_of_consul_are_right() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let (one, other) = (
        connect(&consul.endpoint()).await,
        connect(&consul.endpoint()).await,
    );
    histories::are_right(&[&one, &other], &mut Controlled(consul)).await;
}
