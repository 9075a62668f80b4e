//! Several servers on one store: the one that leads hands its configuration over, and no other.

use vamp_client::Client;
use vamp_kv::{Key, KeyValueStore, StoreConfig};
use vamp_testkit::network::Network;
use vamp_testkit::servers::{Etcd, Vamp, Vga};
use vamp_testkit::wait;

use crate::support::{
    BASE, LIMIT, TestResult, agent, half_and_half, lacks, published, release_on, share, through,
    until_all_is_applied, until_counted, until_share,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_cut_off_from_the_store_is_replaced_and_changes_nothing_when_it_is_back()
-> TestResult {
    if lacks(&["haproxy", "etcd"]) || Network::is_missing() {
        return Ok(());
    }
    let etcd = Etcd::start().await?;
    let (network, address) = Network::before(etcd.address()).await?;
    let vga = Vga::start(&etcd.store_url(), BASE, None).await?;
    let first = Vamp::start(through(&format!("etcd://{address}"), &vga)).await?;
    let mut release = release_on(&first)?;
    half_and_half(&mut release).await?;
    let load = release.load().ok_or("no load")?;
    let (store, _) = StoreConfig::from_url(&etcd.store_url())?;
    let store = store.open().await?;

    // The second one waits, and says for whom.
    let mut second = Vamp::start(through(&etcd.store_url(), &vga)).await?;
    let (one, other) = (Client::new(&first.url())?, Client::new(&second.url())?);
    until_published(&other, |published| {
        let failure = published["failure"].as_str();
        failure.is_some_and(|failure| failure.starts_with("the server '") && failure.contains("' leads"))
    })
    .await?;
    assert_eq!(fencing(&*store).await?, 1);

    // The first one is cut off and goes on taking changes; the second one leads once the lease is over.
    network.drop_packets()?;
    share(&one, 90).await?;
    until_published(&other, |published| published["complete"] == true).await?;
    assert_eq!(fencing(&*store).await?, 2);
    // It has been given nothing: the agent does not believe that every gateway is meant to go.
    wait::until(LIMIT, || async {
        agent(&other).await.is_some_and(|agent| agent.failure.is_some())
    })
    .await?;
    until_counted(load, 1_000).await?;
    until_share(load, 50.0).await?;

    // The first one is back, and the store is as the second one left it.
    let manifest = store.get(&manifest()?).await?.ok_or("no manifest")?;
    network.pass_packets()?;
    until_published(&one, |published| {
        let failure = published["failure"].as_str();
        failure.is_some_and(|failure| failure.contains("' leads"))
    })
    .await?;
    share(&one, 80).await?;
    until_counted(load, 2_000).await?;
    let now = store.get(&manifest.key).await?.ok_or("no manifest")?;
    assert_eq!(now.version, manifest.version, "a server that does not lead wrote");
    until_share(load, 50.0).await?;

    // It leads as soon as the second one has made way, with everything that it was told meanwhile.
    second.stop().await?;
    until_all_is_applied(&one).await?;
    assert_eq!(fencing(&*store).await?, 3);
    until_share(load, 80.0).await?;
    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}

async fn until_published(client: &Client, wish: impl Fn(&serde_json::Value) -> bool) -> TestResult {
    let wish = &wish;
    wait::until(LIMIT, || async move {
        published(client).await.is_some_and(|published| wish(&published))
    })
    .await?;
    Ok(())
}

fn manifest() -> TestResult<Key> {
    Ok(Key::parse(&format!("{BASE}/gateways/haproxy/2.4/manifest"))?)
}

/// The fencing number of what agents read.
async fn fencing(store: &dyn KeyValueStore) -> TestResult<u64> {
    let found = store.get(&manifest()?).await?.ok_or("no manifest")?;
    let manifest: serde_json::Value = serde_json::from_slice(&found.value)?;
    manifest["fencing"]
        .as_u64()
        .ok_or_else(|| "no fencing number".into())
}
