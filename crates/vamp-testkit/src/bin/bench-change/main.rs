//! `bench-change`: from the call of the API to the first request that is routed anew, and what the servers need meanwhile.

mod figures;
mod measure;

use std::{io::Write, process::ExitCode};

use clap::Parser;
use figures::{Bar, table};
use measure::{Measured, Through};

/// Measures weight changes under load: through the embedded store, and through etcd with a separate agent.
///
/// A sample service runs in two versions behind a gateway, among others; a client that never retries asks it. Each change moves all
/// traffic from one version to the other; it is over with the first answer of the other version to a request that was sent after
/// the call of the API began.
#[derive(Debug, Parser)]
#[command(name = "bench-change")]
struct Arguments {
    /// Changes through each store.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    changes: u32,
    /// Gateways, those of the sample included.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(2..=1_000))]
    gateways: u16,
    /// Requests per second, about.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(10..=5_000))]
    rate: u32,
    /// End with status 1 when a bar is not held.
    #[arg(long)]
    check: bool,
    /// Measure through one store only.
    #[arg(long, value_enum)]
    store: Option<Through>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(held) if held || !arguments.check => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody is left to be told when the error stream is closed.
            let _ = writeln!(std::io::stderr(), "bench-change: {error}");
            ExitCode::FAILURE
        }
    }
}

/// True when every bar is held.
async fn run(arguments: &Arguments) -> Result<bool, Box<dyn std::error::Error>> {
    let stores = match arguments.store {
        Some(store) => vec![store],
        None => vec![Through::Embedded, Through::Etcd],
    };
    let mut measured: Vec<Measured> = Vec::new();
    for store in stores {
        measured.push(measure::measure(store, arguments).await?);
    }
    let bars: Vec<Bar> = measured.iter().flat_map(Measured::bars).collect();
    writeln!(
        std::io::stdout(),
        "{} gateways, about {} requests/s, {} changes each\n{}",
        arguments.gateways,
        arguments.rate,
        arguments.changes,
        table(&bars)
    )?;
    Ok(bars.iter().all(Bar::is_held))
}
