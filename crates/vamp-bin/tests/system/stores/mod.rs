//! Whatever the store, and whatever becomes of it: traffic does not notice, and what was asked for meanwhile comes with it.

mod past;
mod rig;

use std::time::Duration;

use rig::{Between, Fault, Rig, Store};
use vamp_client::Client;
use vamp_testkit::extent;
use vamp_testkit::network::Network;
use vamp_testkit::servers::{Consul, Etcd, Vamp, Vga, ZooKeeper};

use crate::support::{BASE, TestResult, half_and_half, lacks, release_on, share, through, until_share};

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_what_becomes_of_etcd() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    traffic_does_not_notice_what_becomes_of(Store::Etcd(Etcd::start().await?)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_what_becomes_of_consul() -> TestResult {
    if lacks(&["haproxy", "consul"]) {
        return Ok(());
    }
    traffic_does_not_notice_what_becomes_of(Store::Consul(Consul::start().await?)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_what_becomes_of_zookeeper() -> TestResult {
    if lacks(&["haproxy"]) || ZooKeeper::is_missing() {
        return Ok(());
    }
    traffic_does_not_notice_what_becomes_of(Store::ZooKeeper(ZooKeeper::start().await?)).await
}

fn faults() -> Vec<Fault> {
    let (short, middle) = (Duration::from_millis(500), Duration::from_secs(3));
    let mut faults = vec![
        Fault::Killed(short),
        Fault::Killed(middle),
        Fault::Frozen(short),
        Fault::Emptied(short),
    ];
    if extent::is_soak() {
        let long = [14, 60].map(|seconds| Fault::Killed(Duration::from_secs(seconds)));
        let frozen = [10, 30].map(|seconds| Fault::Frozen(Duration::from_secs(seconds)));
        faults.extend(long.into_iter().chain(frozen));
    }
    faults
}

async fn traffic_does_not_notice_what_becomes_of(store: Store) -> TestResult {
    let mut rig = Rig::start(store, Between::Nothing).await?;
    for fault in faults() {
        rig.suffer(fault).await?;
    }
    let soon = Duration::from_millis(500);
    rig.applies_nothing_twice(&[Fault::Killed(soon), Fault::Emptied(soon)])
        .await?;
    rig.finish().await
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_that_nothing_comes_back_from_the_network_of_the_store() -> TestResult {
    if lacks(&["haproxy", "etcd", "consul"]) || ZooKeeper::is_missing() || Network::is_missing() {
        return Ok(());
    }
    let stores = [
        Store::Etcd(Etcd::start().await?),
        Store::Consul(Consul::start().await?),
        Store::ZooKeeper(ZooKeeper::start().await?),
    ];
    for store in stores {
        let (network, address) = Network::before(store.address()).await?;
        let mut rig = Rig::start(store, Between::Network(network, address)).await?;
        rig.suffer(Fault::Silent(extent::pick(
            Duration::from_secs(4),
            Duration::from_secs(30),
        )))
        .await?;
        rig.finish().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn server_and_agent_meet_in_a_directory() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let url = format!("file://{}", directory.path().join("store").display());
    let mut vga = Vga::start(&url, BASE, None).await?;
    let mut vamp = Vamp::start(through(&url, &vga)).await?;
    let client = Client::new(&vamp.url())?;
    let mut release = release_on(&vamp)?;
    half_and_half(&mut release).await?;
    let load = release.load().ok_or("no load")?;
    share(&client, 90).await?;
    until_share(load, 90.0).await?;

    // Either may end at any time; the other goes on with what it finds in the directory.
    vga.kill()?;
    share(&client, 20).await?;
    vga.start_again().await?;
    until_share(load, 20.0).await?;
    vamp.kill()?;
    vamp.start_again().await?;
    share(&client, 70).await?;
    until_share(load, 70.0).await?;

    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}

#[test]
fn a_store_that_is_not_there_is_told_before_anything_starts() -> TestResult {
    let mut command = std::process::Command::new(vamp_testkit::programs::find("vga")?);
    let output = command.args(["--store", "redis://a:6379"]).output()?;
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr)?;
    assert!(
        said.starts_with(
            "error: 'redis://a:6379' is not the address of a store: Unsupported key-value store type: redis;"
        ),
        "{said}"
    );
    // The names of all of them follow.
    assert!(said.contains("file, etcd, consul, zookeeper"), "{said}");
    Ok(())
}
