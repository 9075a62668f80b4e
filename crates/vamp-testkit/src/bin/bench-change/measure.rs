//! The measurement through one store.

use std::time::{Duration, Instant};

use vamp_client::{Body, Change, Client};
use vamp_model::Kind;
use vamp_testkit::{
    load::LoadClient,
    release::{CLUSTER_GATEWAY, PlayOptions, Release, Step, Version, set_share},
    servers::{Etcd, ThroughStore, Vamp, VampOptions, Vga},
    wait,
};

use crate::{
    Arguments,
    figures::{Bar, milliseconds, quantile},
};

/// Where the configuration goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Through {
    /// The store in the server's memory; the agent is in the server's process.
    Embedded,
    /// etcd; the agent is a process of its own.
    Etcd,
}

const BASE: &str = "/vamp/bench";
const LIMIT: Duration = Duration::from_secs(60);
/// The pause between two changes.
const PAUSE: Duration = Duration::from_millis(40);
/// Nothing has changed for this long: the agents have come to rest.
const QUIET: Duration = Duration::from_secs(2);
/// Gateways that the sample brings: that of its cluster and the outer one.
const OF_THE_SAMPLE: u16 = 2;

/// What was measured.
#[derive(Debug)]
pub(crate) struct Measured {
    through: Through,
    start: Duration,
    /// From the call to the first answer that was routed anew.
    changes: Vec<Duration>,
    /// The call alone.
    calls: Vec<Duration>,
    lost: u64,
    reloads: u64,
    /// In MiB, as the agent's.
    server_memory: f64,
    agent_memory: Option<f64>,
    /// The text that the separate agent applied, in MiB.
    configuration: f64,
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Starts everything anew and measures.
pub(crate) async fn measure(through: Through, arguments: &Arguments) -> Result<Measured> {
    let etcd = match through {
        Through::Embedded => None,
        Through::Etcd => Some(Etcd::start().await?),
    };
    let vga = match &etcd {
        None => None,
        Some(etcd) => Some(Vga::start(&etcd.store_url(), BASE, None).await?),
    };
    let mut options = match (&etcd, &vga) {
        (Some(etcd), Some(vga)) => VampOptions::through_store(ThroughStore {
            url: etcd.store_url(),
            base: BASE.to_owned(),
            runtime_directory: vga.runtime_directory(),
        }),
        _ => VampOptions::embedded(),
    };
    options.gateway_ports = arguments.gateways.saturating_add(20);
    let began = Instant::now();
    let vamp = Vamp::start(options).await?;
    let start = began.elapsed();

    let client = Client::new(&vamp.url())?;
    let play = PlayOptions {
        requests_per_step: 200,
        rate: f64::from(arguments.rate),
        ..PlayOptions::default()
    };
    let mut release = Release::new(client.clone(), vamp.gateway(), play, |_| {});
    release.step(Step::Deploy).await?;
    release.step(Step::Merge).await?;
    add_gateways(&client, arguments.gateways.saturating_sub(OF_THE_SAMPLE)).await?;

    settled(&client).await?;
    let load = release.load().ok_or("the load client does not run")?;
    let before = reloads(&client).await?;
    let (changes, calls) = change(&client, load, arguments.changes).await?;
    let reloads = reloads(&client).await? - before;
    // The rest of the release, after which the memory counts.
    release.step(Step::Shift(100)).await?;
    release.step(Step::Remove).await?;
    let server_memory = resident(vamp.id());
    let agent_memory = vga.as_ref().map(|vga| resident(vga.id()));
    let configuration = vga.as_ref().map_or(0, |vga| vga.configuration().len());
    let outcome = release.finish().await?;
    Ok(Measured {
        through,
        start,
        changes,
        calls,
        lost: outcome.total.lost(),
        reloads,
        server_memory,
        agent_memory,
        configuration: configuration as f64 / f64::from(1 << 20),
    })
}

/// Gateways beside those of the sample, all of which lead to it.
async fn add_gateways(client: &Client, count: u16) -> Result<()> {
    for number in 0..count {
        let yaml = format!(
            "name: side-{number:04}\nkind: gateways\nroutes:\n  {CLUSTER_GATEWAY}:\n    weight: 100%\n"
        );
        client
            .documents(Kind::Gateway)
            .create(&Body::yaml(yaml), Change::apply())
            .await?;
    }
    // All of it is in HAProxy when the agents have applied one and the same configuration for a while.
    let name = format!("side-{:04}", count.saturating_sub(1));
    wait::until(LIMIT, || async {
        let gateway = client.gateways().get(&name).await.ok().flatten();
        let port = gateway
            .and_then(|found| found.value.port)
            .map(|port| port.number());
        match port {
            Some(port) => tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok(),
            None => count == 0,
        }
    })
    .await?;
    Ok(())
}

/// Waits until every agent says that it runs what was handed over last: the same thing for a while.
async fn settled(client: &Client) -> Result<()> {
    let end = Instant::now() + LIMIT;
    let mut since = Instant::now();
    let mut last = Vec::new();
    while since.elapsed() < QUIET {
        let agents = client.agents().await?.into_iter();
        let now: Vec<_> = agents
            .map(|agent| (agent.applied, agent.haproxy.reloads))
            .collect();
        if now != last {
            last = now;
            since = Instant::now();
        }
        if Instant::now() > end {
            return Err("the agents do not come to rest".into());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Moves all traffic from one version to the other, again and again.
async fn change(client: &Client, load: &LoadClient, count: u32) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let gateways = client.gateways();
    let found = gateways
        .get(CLUSTER_GATEWAY)
        .await?
        .ok_or("the gateway of the cluster is not there")?;
    let mut gateway = found.value;
    let mut changes = Vec::new();
    let mut calls = Vec::new();
    for round in 0..count {
        let to = if round % 2 == 0 {
            Version::Second
        } else {
            Version::First
        };
        set_share(&mut gateway, if to == Version::Second { 100 } else { 0 });
        let first = load.first_answer_from(to.text());
        let called = Instant::now();
        gateways
            .update(CLUSTER_GATEWAY, &gateway, Change::apply())
            .await?;
        calls.push(called.elapsed());
        let first = first.within(LIMIT).await?;
        changes.push(first.received.saturating_duration_since(called));
        tokio::time::sleep(PAUSE).await;
    }
    Ok((changes, calls))
}

/// The reloads of all agents' HAProxy.
async fn reloads(client: &Client) -> Result<u64> {
    Ok(client
        .agents()
        .await?
        .iter()
        .map(|agent| agent.haproxy.reloads)
        .sum())
}

/// Resident memory of a process in MiB; zero when it does not run.
fn resident(pid: Option<u32>) -> f64 {
    let bytes = pid.and_then(vamp_testkit::memory::resident).unwrap_or_default();
    bytes as f64 / (1024.0 * 1024.0)
}

impl Measured {
    pub(crate) fn bars(&self) -> Vec<Bar> {
        let through = match self.through {
            Through::Embedded => "embedded",
            Through::Etcd => "etcd",
        };
        let bar = |what: &str, measured: f64, at_most: Option<f64>, unit: &'static str| Bar {
            what: format!("{through}: {what}"),
            measured,
            at_most,
            unit,
        };
        let change = |share| milliseconds(quantile(&self.changes, share));
        let mut bars = vec![
            bar("change p50", change(0.5), Some(5.0), "ms"),
            bar("change p99", change(0.99), Some(25.0), "ms"),
            bar("change maximum", change(1.0), None, "ms"),
            bar(
                "call of the API p50",
                milliseconds(quantile(&self.calls, 0.5)),
                None,
                "ms",
            ),
            bar("reloads", self.reloads as f64, Some(0.0), ""),
            bar("requests lost", self.lost as f64, Some(0.0), ""),
            bar("start to API", milliseconds(self.start), Some(150.0), "ms"),
            bar(
                "vamp resident after the release",
                self.server_memory,
                Some(40.0),
                "MiB",
            ),
        ];
        if let Some(memory) = self.agent_memory {
            bars.push(bar(
                "vga resident after the release",
                memory,
                Some(15.0 + self.configuration),
                "MiB",
            ));
        }
        bars
    }
}
