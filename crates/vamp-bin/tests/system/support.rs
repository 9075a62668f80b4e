//! What the tests of the whole system have in common.

use std::path::PathBuf;
use std::time::Duration;

use vamp_client::wire::Section;
use vamp_client::{Body, Change, Client};
use vamp_model::Kind;
use vamp_testkit::load::LoadClient;
use vamp_testkit::release::{
    CLUSTER_GATEWAY, Event, Outcome, PlayOptions, Release, Step, Version, set_share,
};
use vamp_testkit::servers::{Etcd, ThroughStore, Vamp, VampOptions, Vga};
use vamp_testkit::{extent, skip, wait};

/// No state takes longer, on a machine under load.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The key below which the tests with etcd write; each test has an etcd of its own.
pub(crate) const BASE: &str = "/vamp/test";

pub(crate) type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// True, and the test is counted as skipped, when a server program is not installed.
pub(crate) fn lacks(programs: &[&str]) -> bool {
    programs.iter().any(|program| skip::without(program))
}

/// Requests after each change: few in every run, more than 20,000 for a whole release in a soak.
pub(crate) fn requests_per_step() -> u64 {
    extent::pick(800, 4_000)
}

pub(crate) fn play_options() -> PlayOptions {
    PlayOptions {
        requests_per_step: requests_per_step(),
        ..PlayOptions::default()
    }
}

/// A release that nobody watches.
pub(crate) type Unwatched = Release<fn(Event)>;

/// A release on this server, of which nothing has happened yet.
pub(crate) fn release_on(vamp: &Vamp) -> Result<Unwatched, vamp_client::Error> {
    let client = Client::new(&vamp.url())?;
    Ok(Release::new(client, vamp.gateway(), play_options(), |_| {}))
}

/// Fails the test unless no request was lost, each was answered, and all shares are as configured.
pub(crate) fn assert_good(outcome: &Outcome) {
    let shares: Vec<String> = outcome
        .steps
        .iter()
        .map(|result| {
            format!(
                "{}: {:?} as configured: {}",
                result.step.title(),
                result.settled.answered,
                result.is_as_configured()
            )
        })
        .collect();
    assert!(outcome.is_good(), "{}\n{}", outcome.total, shares.join("\n"));
}

/// Everything in two processes: a server that writes to etcd, and an agent with its own HAProxy.
pub(crate) struct TwoProcesses {
    // The agent and the server are dropped before the store that they talk to.
    pub(crate) vga: Vga,
    pub(crate) vamp: Vamp,
    pub(crate) etcd: Etcd,
}

impl TwoProcesses {
    pub(crate) async fn start(base: Option<PathBuf>) -> Result<Self, vamp_testkit::Error> {
        let etcd = Etcd::start().await?;
        let vga = Vga::start(&etcd.store_url(), BASE, base).await?;
        let vamp = Vamp::start(through(&etcd.store_url(), &vga)).await?;
        Ok(Self { vga, vamp, etcd })
    }
}

/// Deploys both versions of the sample and gives 2.0 half of the traffic; the load goes on.
pub(crate) async fn half_and_half(release: &mut Unwatched) -> Result<(), vamp_testkit::release::Error> {
    for step in [Step::Deploy, Step::Merge, Step::Shift(50)] {
        release.step(step).await?;
    }
    Ok(())
}

/// Stores a gateway beside those of the sample, which leads to its cluster: a change that takes a reload.
pub(crate) async fn add_gateway(client: &Client, name: &str) -> Result<(), vamp_client::Error> {
    let yaml = format!("name: {name}\nkind: gateways\nroutes:\n  shop/web/http:\n    weight: 100%\n");
    let gateways = client.documents(Kind::Gateway);
    gateways
        .create(&Body::yaml(yaml), Change::apply())
        .await
        .map(drop)
}

/// Whether connections are taken at the port of this gateway.
pub(crate) async fn is_served(client: &Client, name: &str) -> bool {
    let gateway = client.gateways().get(name).await.ok().flatten();
    match gateway.and_then(|found| found.value.port) {
        Some(port) => tokio::net::TcpStream::connect(("127.0.0.1", port.number()))
            .await
            .is_ok(),
        None => false,
    }
}

pub(crate) async fn remove_gateway(client: &Client, name: &str) -> Result<(), vamp_client::Error> {
    client.gateways().delete(name, Change::apply()).await
}

/// The only agent, when it is there.
pub(crate) async fn agent(client: &Client) -> Option<vamp_client::wire::AgentStatus> {
    client.agents().await.ok()?.into_iter().next()
}

/// Waits until HAProxy runs a configuration from this state of the server, or a later one, and says how it came to.
pub(crate) async fn applied_after(
    client: &Client,
    revision: u64,
) -> Result<vamp_client::wire::AgentStatus, vamp_testkit::Error> {
    wait::until_some(LIMIT, || async {
        let agent = agent(client).await?;
        let applied = agent.applied.as_ref()?;
        (applied.revision > revision).then_some(agent)
    })
    .await
}

/// What the server says of its publications.
pub(crate) async fn published(client: &Client) -> Option<serde_json::Value> {
    let info = client.info(&[Section::GatewayDriver]).await.ok()?;
    Some(info.gateway_driver?.get("published")?.clone())
}

/// Waits until the only agent runs everything that the server knows.
pub(crate) async fn until_all_is_applied(client: &Client) -> Result<(), vamp_testkit::Error> {
    wait::until(LIMIT, || async {
        let (Some(published), Some(agent)) = (published(client).await, agent(client).await) else {
            return false;
        };
        let applied = agent.applied.map(|applied| applied.hash);
        published["complete"] == true && published["hash"].as_str() == applied.as_deref()
    })
    .await
}

/// The instances of both versions: process ids.
pub(crate) fn instance_processes(vamp: &Vamp) -> Vec<u32> {
    let state = vamp.state_directory();
    let wanted = state.to_string_lossy().into_owned();
    let mut pids = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let is_sample = std::fs::read_to_string(entry.path().join("comm"))
            .is_ok_and(|name| name.trim() == "sample-service");
        let directory = std::fs::read_link(entry.path().join("cwd")).unwrap_or_default();
        if is_sample && directory.to_string_lossy().starts_with(&wanted) && wait::is_running(pid) {
            pids.push(pid);
        }
    }
    pids.sort_unstable();
    pids
}

/// SIGKILL to one process that this test's servers started.
pub(crate) fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// Waits until the sample's deployment is as `wish` wants it.
pub(crate) async fn until_deployment(
    client: &Client,
    wish: impl Fn(&vamp_model::Deployment) -> bool,
) -> Result<(), vamp_testkit::Error> {
    let wish = &wish;
    wait::until(LIMIT, || async move {
        let found = client.deployments().get(vamp_testkit::release::DEPLOYMENT).await;
        found.ok().flatten().is_some_and(|found| wish(&found.value))
    })
    .await
}

/// Waits until this many requests more have been answered.
pub(crate) async fn until_counted(load: &LoadClient, requests: u64) -> Result<(), vamp_testkit::Error> {
    let enough = load.snapshot().answered() + requests;
    wait::until(LIMIT, || async move { load.snapshot().answered() >= enough }).await
}

/// Waits until 2.0 gives this share of the answers, within one point, over 400 requests.
pub(crate) async fn until_share(load: &LoadClient, percent: f64) -> Result<(), vamp_testkit::Error> {
    let version = Version::Second.text();
    let end = std::time::Instant::now() + LIMIT;
    loop {
        let before = load.snapshot();
        until_counted(load, 400).await?;
        let share = load.snapshot().since(&before).share(version);
        if (share - percent).abs() <= 1.0 {
            return Ok(());
        }
        if std::time::Instant::now() > end {
            return Err(vamp_testkit::Error::TimedOut(LIMIT));
        }
    }
}

/// The options of a server that meets this agent in the store of this URL.
pub(crate) fn through(url: &str, vga: &Vga) -> VampOptions {
    VampOptions::through_store(ThroughStore {
        url: url.to_owned(),
        base: BASE.to_owned(),
        runtime_directory: vga.runtime_directory(),
    })
}

/// Gives the second version so many percent of the cluster's traffic.
pub(crate) async fn share(client: &Client, percent: u8) -> TestResult {
    let gateway = client.gateways().get(CLUSTER_GATEWAY).await?;
    let mut gateway = gateway.ok_or("no gateway")?.value;
    set_share(&mut gateway, percent);
    client
        .gateways()
        .update(CLUSTER_GATEWAY, &gateway, Change::apply())
        .await?;
    Ok(())
}
