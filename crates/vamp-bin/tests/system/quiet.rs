//! Changes that take no reload, and writes that change nothing.

use vamp_client::{Body, Change, Client};
use vamp_model::Kind;
use vamp_testkit::release::{CLUSTER_GATEWAY, Step, set_share};
use vamp_testkit::servers::{Vamp, VampOptions, worker_of_master};
use vamp_testkit::{extent, wait};

use crate::support::{LIMIT, TestResult, agent, applied_after, is_served, lacks, release_on};

#[tokio::test(flavor = "multi_thread")]
async fn weights_change_without_a_reload_and_without_a_lost_request() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    let vamp = Vamp::start(VampOptions::embedded()).await?;
    let client = Client::new(&vamp.url())?;
    let mut release = release_on(&vamp)?;
    release.step(Step::Deploy).await?;
    release.step(Step::Merge).await?;
    let worker = worker_of_master(&vamp.master_socket()).await;
    assert!(worker.is_some(), "HAProxy has a worker");

    for round in 0..extent::pick(20, 200) {
        let before = agent(&client)
            .await
            .and_then(|agent| agent.applied)
            .ok_or("nothing is applied")?;
        let mut gateway = client
            .gateways()
            .get(CLUSTER_GATEWAY)
            .await?
            .ok_or("no gateway")?
            .value;
        // To and fro: the hardest case, since one of the two weights is zero before and the other after.
        set_share(&mut gateway, if round % 2 == 0 { 100 } else { 0 });
        client
            .gateways()
            .update(CLUSTER_GATEWAY, &gateway, Change::apply())
            .await?;
        let after = applied_after(&client, before.revision).await?;
        // S02-171: weights alone take runtime commands, and the file follows.
        assert_eq!(
            after.applied.map(|applied| applied.how).as_deref(),
            Some("runtime")
        );
    }
    assert_eq!(
        worker_of_master(&vamp.master_socket()).await,
        worker,
        "the same worker serves"
    );
    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_again_changes_nothing_anywhere() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let system = crate::support::TwoProcesses::start(None).await?;
    let client = Client::new(&system.vamp.url())?;
    let mut release = release_on(&system.vamp)?;
    release.step(Step::Deploy).await?;

    let found = client
        .documents(Kind::Gateway)
        .get(CLUSTER_GATEWAY)
        .await?
        .ok_or("no gateway")?;
    let agent_before = agent(&client).await.ok_or("no agent")?;
    let keys_before = etcd_revision(&system).await?;
    let body = Body::json(found.value.to_string());
    for _ in 0..20 {
        let sent = client
            .documents(Kind::Gateway)
            .update(CLUSTER_GATEWAY, &body, Change::apply())
            .await?;
        assert_eq!(sent.revision, found.revision, "no revision");
    }
    // Something that does change comes after them, so that they have all been looked at.
    crate::support::add_gateway(&client, "marker").await?;
    let after = applied_after(
        &client,
        agent_before
            .applied
            .as_ref()
            .map_or(0, |applied| applied.revision),
    )
    .await?;
    assert_eq!(
        after.haproxy.reloads,
        agent_before.haproxy.reloads + 1,
        "one reload, for the marker"
    );
    let written = etcd_revision(&system).await? - keys_before;
    // The marker: configuration, manifest and pieces; and the agent's own reports about it.
    assert!(
        written < 20,
        "{written} writes to etcd for one change and twenty that are none"
    );
    Ok(())
}

/// How often anything was written to etcd: its revision counts all writes.
async fn etcd_revision(system: &crate::support::TwoProcesses) -> Result<i64, Box<dyn std::error::Error>> {
    use vamp_kv::etcd::{EtcdConfig, EtcdStore};
    use vamp_kv::{Key, KeyValueStore};
    let store = EtcdStore::connect(EtcdConfig::new([system.etcd.endpoint()])).await?;
    let key: Key = "/probe".parse()?;
    let version = store.put(&key, bytes::Bytes::from_static(b"x"), None).await?;
    Ok(i64::try_from(version.number())?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_changes_ends_in_the_last_one_with_few_reloads() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    let vamp = Vamp::start(VampOptions::embedded()).await?;
    let client = Client::new(&vamp.url())?;
    let mut release = release_on(&vamp)?;
    release.step(Step::Deploy).await?;
    let before = agent(&client).await.ok_or("no agent")?.haproxy.reloads;
    let count = 10;
    for round in 0..count {
        crate::support::add_gateway(&client, &format!("burst-{round}")).await?;
    }
    let last = format!("burst-{}", count - 1);
    wait::until(LIMIT, || is_served(&client, &last)).await?;
    let reloads = agent(&client).await.ok_or("no agent")?.haproxy.reloads - before;
    assert!(reloads < count, "{reloads} reloads for {count} changes");
    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}
