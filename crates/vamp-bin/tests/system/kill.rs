//! SIGKILL to each part of the system: what could be served is served, and all goes on from where it was.

use std::time::Duration;

use vamp_client::{Body, Change, Client};
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::release::{CLUSTER_GATEWAY, DEPLOYMENT, Version, set_share};
use vamp_testkit::servers::{Vamp, VampOptions, worker_of_master};
use vamp_testkit::wait;

use crate::support::{
    LIMIT, TestResult, TwoProcesses, half_and_half, instance_processes, kill, lacks, release_on,
    until_deployment, until_share,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_in_every_phase_of_a_release_goes_on_after_a_restart() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    let mut vamp = Vamp::start(VampOptions::embedded()).await?;
    let client = Client::new(&vamp.url())?;
    let deployments = client.deployments();
    let first = Body::yaml(Version::First.blueprint(vamp.gateway()));
    let second = Body::yaml(Version::Second.blueprint(vamp.gateway()));

    // Before anything has been started.
    deployments.deploy(&first, Change::apply()).await?;
    vamp.kill()?;
    vamp.start_again().await?;
    until_deployment(&client, |deployment| Version::First.is_ready_in(deployment)).await?;
    let gateway = vamp.gateway();
    wait::until_answered(LIMIT, gateway, "/").await?;
    let of_first = instance_processes(&vamp);
    assert_eq!(of_first.len(), 2, "the instances that the scale asks for");
    let load = LoadClient::start(LoadOptions::new(gateway))?;

    let none_lost = |phase: &str| {
        let counted = load.snapshot();
        assert_eq!(counted.lost(), 0, "{phase}: {counted}");
    };

    // With nothing under way.
    vamp.kill()?;
    vamp.start_again().await?;
    until_deployment(&client, |deployment| Version::First.is_ready_in(deployment)).await?;
    assert_eq!(instance_processes(&vamp), of_first, "none was started again");

    none_lost("with nothing under way");

    // With instances on their way.
    deployments.merge(DEPLOYMENT, &second, Change::apply()).await?;
    vamp.kill()?;
    vamp.start_again().await?;
    until_deployment(&client, |deployment| Version::Second.is_ready_in(deployment)).await?;
    let of_both = instance_processes(&vamp);
    assert_eq!(of_both.len(), 4);

    none_lost("with instances on their way");

    // With a change of weights on its way.
    let mut shared = client
        .gateways()
        .get(CLUSTER_GATEWAY)
        .await?
        .ok_or("no gateway")?
        .value;
    set_share(&mut shared, 50);
    client
        .gateways()
        .update(CLUSTER_GATEWAY, &shared, Change::apply())
        .await?;
    vamp.kill()?;
    vamp.start_again().await?;
    until_share(&load, 50.0).await?;
    set_share(&mut shared, 100);
    client
        .gateways()
        .update(CLUSTER_GATEWAY, &shared, Change::apply())
        .await?;
    until_share(&load, 100.0).await?;
    assert_eq!(instance_processes(&vamp), of_both, "none was started again");

    none_lost("with a change of weights on its way");

    // With a removal on its way.
    deployments.undeploy(DEPLOYMENT, &first, Change::apply()).await?;
    vamp.kill()?;
    vamp.start_again().await?;
    until_deployment(&client, |deployment| {
        Version::First.service_in(deployment).is_none()
    })
    .await?;
    let state = &vamp;
    wait::until(LIMIT, || async move { instance_processes(state).len() == 2 }).await?;

    let total = load.stop().await;
    assert_eq!(total.lost(), 0, "{total}");
    assert!(total.answered() > 0, "{total}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_instance_is_replaced_and_the_others_serve_meanwhile() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    let vamp = Vamp::start(VampOptions::embedded()).await?;
    let client = Client::new(&vamp.url())?;
    let mut release = release_on(&vamp)?;
    half_and_half(&mut release).await?;
    let before = instance_processes(&vamp);
    kill(before[0]);
    let (state, before) = (&vamp, &before);
    wait::until(LIMIT, || async move {
        let now = instance_processes(state);
        now.len() == before.len() && now != *before
    })
    .await?;
    until_deployment(&client, |deployment| {
        Version::First.is_ready_in(deployment) && Version::Second.is_ready_in(deployment)
    })
    .await?;
    let load = release.load().ok_or("no load")?;
    until_share(load, 50.0).await?;
    let settled = load.snapshot();
    until_share(load, 50.0).await?;
    let window = load.snapshot().since(&settled);
    assert_eq!(window.lost(), 0, "nothing is lost once it is replaced: {window}");
    let events = client
        .events()
        .query(
            &vamp_client::wire::EventQuery::default(),
            vamp_client::Page::default(),
        )
        .await?;
    assert!(
        events
            .items
            .iter()
            .any(|event| event.tags.iter().any(|tag| tag.contains(DEPLOYMENT))),
        "events tell of the deployment"
    );
    // What was in flight in the killed process nobody could have served.
    let total = release.finish().await?.total;
    assert!(total.lost() <= 16, "{total}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_haproxy_is_started_again_and_serves_what_it_served() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    let vamp = Vamp::start(VampOptions::embedded()).await?;
    let client = Client::new(&vamp.url())?;
    let mut release = release_on(&vamp)?;
    half_and_half(&mut release).await?;
    let agent = crate::support::agent(&client).await.ok_or("no agent")?;
    let master = agent.haproxy.master_pid.ok_or("no HAProxy")?;
    kill(master);
    let socket = vamp.master_socket();
    wait::until(Duration::from_secs(20), || async {
        // S02-163: it is started again without anybody asking for it.
        !wait::is_running(master) && worker_of_master(&socket).await.is_some()
    })
    .await?;
    let load = release.load().ok_or("no load")?;
    until_share(load, 50.0).await?;
    let settled = load.snapshot();
    until_share(load, 50.0).await?;
    let window = load.snapshot().since(&settled);
    assert_eq!(window.lost(), 0, "{window}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_agent_leaves_its_haproxy_serving_and_catches_up_afterwards() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let mut system = TwoProcesses::start(None).await?;
    let client = Client::new(&system.vamp.url())?;
    let mut release = release_on(&system.vamp)?;
    half_and_half(&mut release).await?;
    let haproxy = system.vga.haproxy();
    assert!(haproxy.is_some());

    system.vga.kill()?;
    let mut shared = client
        .gateways()
        .get(CLUSTER_GATEWAY)
        .await?
        .ok_or("no gateway")?
        .value;
    set_share(&mut shared, 80);
    client
        .gateways()
        .update(CLUSTER_GATEWAY, &shared, Change::apply())
        .await?;
    until_share(release.load().ok_or("no load")?, 50.0).await?;
    assert_eq!(
        system.vga.haproxy(),
        haproxy,
        "S02-166: HAProxy goes on without its agent"
    );

    system.vga.start_again().await?;
    // S02-159: what changed while the agent was away is applied when it is back.
    until_share(release.load().ok_or("no load")?, 80.0).await?;
    assert_eq!(
        system.vga.haproxy(),
        haproxy,
        "the new agent took over the HAProxy that it found"
    );
    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}
