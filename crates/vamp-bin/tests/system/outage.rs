//! The store goes away and comes back: traffic does not notice, and nothing that was asked for is forgotten.

use std::time::Duration;

use vamp_client::{Change, Client};
use vamp_testkit::extent;
use vamp_testkit::release::{CLUSTER_GATEWAY, set_share};

use crate::support::{
    TestResult, TwoProcesses, half_and_half, lacks, release_on, until_counted, until_share,
};

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_that_etcd_is_away_and_changes_made_meanwhile_come_with_it() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let mut system = TwoProcesses::start(None).await?;
    let client = Client::new(&system.vamp.url())?;
    let mut release = release_on(&system.vamp)?;
    half_and_half(&mut release).await?;

    // Stopped: 30 s in a soak.
    system.etcd.kill()?;
    let mut shared = client
        .gateways()
        .get(CLUSTER_GATEWAY)
        .await?
        .ok_or("no gateway")?
        .value;
    set_share(&mut shared, 90);
    let stored = client
        .gateways()
        .update(CLUSTER_GATEWAY, &shared, Change::apply())
        .await?;
    assert!(
        stored.revision.is_some(),
        "the server keeps what is asked for while the store is away"
    );
    let requests = extent::pick(1_500, 15_000);
    until_counted(release.load().ok_or("no load")?, requests).await?;
    // S02-157: traffic goes on as it was.
    until_share(release.load().ok_or("no load")?, 50.0).await?;

    // Started again with its data.
    system.etcd.start_again().await?;
    // S02-158: the current value is applied without a restart of anything.
    until_share(release.load().ok_or("no load")?, 90.0).await?;

    // Frozen: connections stay open, nothing is answered.
    system.etcd.freeze()?;
    set_share(&mut shared, 20);
    client
        .gateways()
        .update(CLUSTER_GATEWAY, &shared, Change::apply())
        .await?;
    until_counted(release.load().ok_or("no load")?, extent::pick(1_500, 15_000)).await?;
    system.etcd.thaw()?;
    until_share(release.load().ok_or("no load")?, 20.0).await?;

    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_may_start_while_etcd_is_away() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let mut system = TwoProcesses::start(None).await?;
    let client = Client::new(&system.vamp.url())?;
    let mut release = release_on(&system.vamp)?;
    half_and_half(&mut release).await?;
    system.etcd.kill()?;
    system.vga.kill()?;
    system.vamp.kill()?;
    system.vga.start_again().await?;
    let began = std::time::Instant::now();
    system.vamp.start_again().await?;
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "the API is there without the store"
    );
    until_share(release.load().ok_or("no load")?, 50.0).await?;
    system.etcd.start_again().await?;
    let mut shared = client
        .gateways()
        .get(CLUSTER_GATEWAY)
        .await?
        .ok_or("no gateway")?
        .value;
    set_share(&mut shared, 70);
    client
        .gateways()
        .update(CLUSTER_GATEWAY, &shared, Change::apply())
        .await?;
    until_share(release.load().ok_or("no load")?, 70.0).await?;
    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}
