//! Whatever the store, and whatever becomes of it: traffic does not notice, and what was asked for meanwhile comes with it.

use std::time::Duration;

use vamp_client::{Change, Client};
use vamp_kv::{Key, StoreConfig};
use vamp_testkit::release::{CLUSTER_GATEWAY, set_share};
use vamp_testkit::servers::{Consul, Etcd, ThroughStore, Vamp, VampOptions, Vga, ZooKeeper};
use vamp_testkit::{Error, extent, wait};

use crate::support::{BASE, TestResult, half_and_half, lacks, release_on, until_counted, until_share};

/// A server sees that its store was away and fills it again; that it also looks at everything once a minute is not meant here.
const WRITTEN_AGAIN: Duration = Duration::from_secs(40);

/// A real store, and what can happen to it.
enum Store {
    Etcd(Etcd),
    Consul(Consul),
    ZooKeeper(ZooKeeper),
}

impl Store {
    fn url(&self) -> String {
        match self {
            Self::Etcd(store) => store.store_url(),
            Self::Consul(store) => format!("consul://{}", store.address()),
            Self::ZooKeeper(store) => format!("zookeeper://{}", store.address()),
        }
    }

    fn kill(&mut self) -> Result<(), Error> {
        match self {
            Self::Etcd(store) => store.kill(),
            Self::Consul(store) => store.kill(),
            Self::ZooKeeper(store) => store.kill(),
        }
    }

    fn freeze(&self) -> Result<(), Error> {
        match self {
            Self::Etcd(store) => store.freeze(),
            Self::Consul(store) => store.freeze(),
            Self::ZooKeeper(store) => store.freeze(),
        }
    }

    fn thaw(&self) -> Result<(), Error> {
        match self {
            Self::Etcd(store) => store.thaw(),
            Self::Consul(store) => store.thaw(),
            Self::ZooKeeper(store) => store.thaw(),
        }
    }

    async fn start_again(&mut self) -> Result<(), Error> {
        match self {
            Self::Etcd(store) => store.start_again().await,
            Self::Consul(store) => store.start_again().await,
            Self::ZooKeeper(store) => store.start_again().await,
        }
    }

    async fn start_empty(&mut self) -> Result<(), Error> {
        match self {
            Self::Etcd(store) => store.start_empty().await,
            Self::Consul(store) => store.start_empty().await,
            Self::ZooKeeper(store) => store.start_again_empty().await,
        }
    }
}

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

async fn traffic_does_not_notice_what_becomes_of(mut store: Store) -> TestResult {
    let vga = Vga::start(&store.url(), BASE, None).await?;
    let vamp = Vamp::start(through(&store.url(), &vga)).await?;
    let client = Client::new(&vamp.url())?;
    let mut release = release_on(&vamp)?;
    half_and_half(&mut release).await?;
    let requests = extent::pick(1_000, 15_000);

    store.kill()?;
    share(&client, 90).await?;
    let load = release.load().ok_or("no load")?;
    until_counted(load, requests).await?;
    // S02-157: traffic goes on as it was.
    until_share(load, 50.0).await?;
    store.start_again().await?;
    // S02-158: what was asked for meanwhile is applied without a restart of anything.
    until_share(load, 90.0).await?;

    store.freeze()?;
    share(&client, 20).await?;
    until_counted(load, requests).await?;
    store.thaw()?;
    until_share(load, 20.0).await?;

    // A store that has lost everything takes nothing away, and is filled again by the server.
    store.kill()?;
    store.start_empty().await?;
    let (opened, _) = StoreConfig::from_url(&store.url())?;
    let opened = opened.open().await?;
    let manifest = Key::parse(&format!("{BASE}/gateways/haproxy/2.4/manifest"))?;
    wait::until(WRITTEN_AGAIN, || async {
        opened.get(&manifest).await.is_ok_and(|found| found.is_some())
    })
    .await?;
    until_share(load, 20.0).await?;
    share(&client, 70).await?;
    until_share(load, 70.0).await?;

    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
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
        said.starts_with("error: 'redis://a:6379' is not the address of a store: there is no store 'redis'"),
        "{said}"
    );
    // The names of all of them follow.
    assert!(said.contains("file, etcd, consul, zookeeper"), "{said}");
    Ok(())
}

fn through(url: &str, vga: &Vga) -> VampOptions {
    VampOptions::through_store(ThroughStore {
        url: url.to_owned(),
        base: BASE.to_owned(),
        runtime_directory: vga.runtime_directory(),
    })
}

/// Gives the second version so many percent of the cluster's traffic.
async fn share(client: &Client, percent: u8) -> TestResult {
    let gateway = client.gateways().get(CLUSTER_GATEWAY).await?;
    let mut gateway = gateway.ok_or("no gateway")?.value;
    set_share(&mut gateway, percent);
    client
        .gateways()
        .update(CLUSTER_GATEWAY, &gateway, Change::apply())
        .await?;
    Ok(())
}
