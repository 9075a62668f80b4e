//! A store that forgets, while agent and server are cut off from it, what it has to tell them.

use vamp_testkit::extent;
use vamp_testkit::servers::{Consul, Etcd, ZooKeeper};

use super::rig::{Between, Fault, Off, Rig, Store};
use crate::support::{TestResult, lacks};

/// Each of them, and again in a soak; of what is applied afterwards there is nothing twice.
async fn traffic_does_not_notice(store: Store, faults: &[Fault], twice: &[Fault]) -> TestResult {
    let between = Between::relays(&store).await?;
    let mut rig = Rig::start(store, between).await?;
    for _ in 0..extent::pick(1, 5) {
        for fault in faults {
            rig.suffer(*fault).await?;
        }
    }
    rig.applies_nothing_twice(twice).await?;
    rig.finish().await
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_that_etcd_is_compacted_while_nobody_is_connected() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    // Without a compaction a watch goes on where it was: it is the compaction that makes a difference.
    let faults = [
        Fault::Cut(Off::Both),
        Fault::Compacted(Off::Agent),
        Fault::Compacted(Off::Both),
    ];
    let store = Store::Etcd(Etcd::start().await?);
    traffic_does_not_notice(store, &faults, &[Fault::Compacted(Off::Both)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_that_sessions_of_zookeeper_expire() -> TestResult {
    if lacks(&["haproxy"]) || ZooKeeper::is_missing() {
        return Ok(());
    }
    let store = Store::ZooKeeper(ZooKeeper::start().await?);
    traffic_does_not_notice(store, &[Fault::Expired], &[Fault::Expired]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_that_the_index_of_consul_goes_backwards() -> TestResult {
    if lacks(&["haproxy", "consul"]) {
        return Ok(());
    }
    let faults = [Off::Both, Off::Agent, Off::Nobody].map(Fault::PutBack);
    let store = Store::Consul(Consul::start().await?);
    traffic_does_not_notice(store, &faults, &[Fault::PutBack(Off::Both)]).await
}
