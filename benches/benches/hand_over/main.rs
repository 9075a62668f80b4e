//! The way of a configuration from the server's hand-over through each store and the agent into a running HAProxy, and what the agent
//! needs while nothing changes.
//!
//! Arguments choose the measurements whose name has one of them in it; options are criterion's and mean nothing here.
//! `VAMP_BENCH_QUICK=1` makes few rounds of each, to see that they work. Else the program fails when a bar is not held.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "a program that measures and prints"
)]

mod configuration;
mod failure;
mod fleet;
mod idle;
mod site;
mod stand_in;
mod stores;
mod structure;
mod weights;

use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use benches::Latencies;
use failure::{Failure, Result};
use fleet::Proxy;
use stores::Kind;
use vamp_testkit::skip;

/// What can be measured.
#[derive(Debug, Clone, Copy)]
enum Measurement {
    Weight(Kind, u16),
    Structure(Kind),
    Fleet(usize, Proxy),
    Idle(Kind),
}

impl Measurement {
    /// All there are, in their order.
    fn all() -> Vec<Self> {
        let weights = Kind::ALL
            .into_iter()
            .flat_map(|kind| [1, 100].map(|gateways| Self::Weight(kind, gateways)));
        weights
            .chain(Kind::ALL.map(Self::Structure))
            .chain([Self::Fleet(20, Proxy::Haproxy), Self::Fleet(100, Proxy::StandIn)])
            .chain(Kind::SHARED.map(Self::Idle))
            .collect()
    }

    /// Measures; the figures in words.
    async fn measure(self, extent: &Extent) -> Result<String> {
        let (latencies, at_most) = match self {
            Self::Weight(kind, gateways) => (weights::measure(kind, gateways, extent.weights).await?, 25),
            Self::Structure(kind) => (structure::measure(kind, extent.structures).await?, 250),
            Self::Fleet(agents, proxy) => (fleet::measure(agents, proxy, extent.fleet).await?, 100),
            Self::Idle(kind) => return Ok(idle::measure(kind, extent.idle).await?.to_string()),
        };
        Ok(against(&latencies, Duration::from_millis(at_most)))
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight(kind, 1) => write!(f, "hand_over/weight/{kind}/1 gateway"),
            Self::Weight(kind, gateways) => write!(f, "hand_over/weight/{kind}/{gateways} gateways"),
            Self::Structure(kind) => write!(f, "hand_over/structure/{kind}"),
            Self::Fleet(agents, Proxy::Haproxy) => write!(f, "hand_over/fleet/{agents} agents with HAProxy"),
            Self::Fleet(agents, Proxy::StandIn) => {
                write!(f, "hand_over/fleet/{agents} agents with a stand-in")
            }
            Self::Idle(kind) => write!(f, "hand_over/idle/{kind}"),
        }
    }
}

/// How often, and for how long.
#[derive(Debug)]
struct Extent {
    weights: usize,
    structures: usize,
    fleet: usize,
    idle: Duration,
    /// Whether the figures say something.
    is_full: bool,
}

impl Extent {
    const FULL: Self = Self {
        weights: 200,
        structures: 100,
        fleet: 100,
        idle: Duration::from_secs(60),
        is_full: true,
    };
    const QUICK: Self = Self {
        weights: 10,
        structures: 3,
        fleet: 3,
        idle: Duration::from_secs(2),
        is_full: false,
    };

    fn chosen() -> Self {
        match std::env::var("VAMP_BENCH_QUICK").as_deref() {
            Err(_) | Ok("" | "0") => Self::FULL,
            Ok(_) => Self::QUICK,
        }
    }
}

/// The times beside their bar.
fn against(latencies: &Latencies, at_most: Duration) -> String {
    let held = latencies.percentile(99) <= at_most;
    format!("{latencies} (p99 at most {at_most:?}): {}", verdict(held))
}

const NOT_HELD: &str = "NOT HELD";

const fn verdict(held: bool) -> &'static str {
    if held { "held" } else { NOT_HELD }
}

/// How many processes wanted to run in the last minute, on the average.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    if stand_in::is_meant(&program) {
        return stand_in::run(&arguments);
    }
    let filters: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let chosen = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(*filter));
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("hand_over: {error}");
            return ExitCode::FAILURE;
        }
    };
    let extent = Extent::chosen();
    let mut exit = ExitCode::SUCCESS;
    for measurement in Measurement::all() {
        let name = measurement.to_string();
        if !chosen(&name) {
            continue;
        }
        let load = load();
        let measured = runtime.block_on(async {
            skip::find("haproxy")?;
            measurement.measure(&extent).await
        });
        match measured {
            Ok(figures) => {
                println!("{name}, {figures} [load before: {load}]");
                if extent.is_full && figures.contains(NOT_HELD) {
                    exit = ExitCode::FAILURE;
                }
            }
            Err(Failure::Skipped(why)) => println!("{name}: skipped, {why}"),
            Err(Failure::Failed(why)) => {
                println!("{name}: FAILED, {why}");
                exit = ExitCode::FAILURE;
            }
        }
    }
    exit
}
