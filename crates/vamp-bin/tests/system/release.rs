//! The release from the first version to the second, measured.

use vamp_client::Client;
use vamp_haproxy::base::{BaseOptions, Statistics, base};
use vamp_testkit::release::{self, Step};
use vamp_testkit::servers::{Vamp, VampOptions};
use vamp_testkit::{extent, ports, wait};

use crate::support::{
    LIMIT, TestResult, TwoProcesses, add_gateway, agent, applied_after, assert_good, lacks, play_options,
    release_on, remove_gateway,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_release_with_everything_in_one_process_loses_no_request() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    for round in 0..extent::pick(1, 10) {
        let mut vamp = Vamp::start(VampOptions::embedded()).await?;
        let client = Client::new(&vamp.url())?;
        let outcome = release::play(&client, vamp.gateway(), &play_options(), |_| {}).await?;
        assert_good(&outcome);
        if extent::is_soak() {
            assert!(outcome.total.sent() >= 20_000, "round {round}: {}", outcome.total);
        }
        vamp.stop_all().await?;
        assert!(
            crate::support::instance_processes(&vamp).is_empty(),
            "everything that the server ran is gone with `--stop-all`"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_through_etcd_and_a_separate_agent_loses_no_request() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    for _ in 0..extent::pick(1, 3) {
        let system = TwoProcesses::start(None).await?;
        let client = Client::new(&system.vamp.url())?;
        let outcome = release::play(&client, system.vamp.gateway(), &play_options(), |_| {}).await?;
        assert_good(&outcome);
    }
    Ok(())
}

/// Reloads without `option idle-close-on-response` cut idle connections with requests on their way; with it they do not.
#[tokio::test(flavor = "multi_thread")]
async fn the_client_would_see_lost_requests_if_reloads_lost_any() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    let reloads = extent::pick(6, 40);
    let with_option = lost_in_reloads(true, reloads).await?;
    assert_eq!(with_option, 0, "with the option, {reloads} reloads lose nothing");
    let without = lost_in_reloads(false, reloads).await?;
    // S02-160: what keeps requests from being lost is really what keeps them.
    let expected = extent::pick(5, 100);
    assert!(
        without > expected,
        "without the option, {reloads} reloads lost only {without}"
    );
    Ok(())
}

/// Requests lost while gateways come and go.
async fn lost_in_reloads(
    idle_close_on_response: bool,
    reloads: u32,
) -> Result<u64, Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let statistics = ports::lease()?;
    let mut options = VampOptions::embedded();
    if !idle_close_on_response {
        let mut without = BaseOptions::default();
        without.idle_close_on_response = false;
        without.statistics = Some(Statistics::at(statistics.address()));
        let file = directory.path().join("base.cfg");
        std::fs::write(&file, base(&without).to_string())?;
        options.haproxy_base = Some(file);
    }
    let vamp = Vamp::start(options).await?;
    let client = Client::new(&vamp.url())?;
    let mut release = release_on(&vamp)?;
    release.step(Step::Deploy).await?;
    for round in 0..reloads {
        let before = wait::until_some(LIMIT, || async { agent(&client).await?.applied })
            .await?
            .revision;
        let name = format!("side-{}", round / 2);
        if round % 2 == 0 {
            add_gateway(&client, &name).await?;
        } else {
            remove_gateway(&client, &name).await?;
        }
        let agent = applied_after(&client, before).await?;
        assert_eq!(
            agent.applied.map(|applied| applied.how).as_deref(),
            Some("reload")
        );
    }
    let total = release.finish().await?.total;
    Ok(total.lost())
}
