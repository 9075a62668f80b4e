//! `demo`: what `cargo xtask up` plays. A server with everything embedded, and a canary release under load on it.

mod display;
mod table;

use std::{io::Write, net::SocketAddr, process::ExitCode};

use clap::Parser;
use display::Display;
use tokio::signal::unix::{SignalKind, signal};
use vamp_testkit::{
    programs,
    release::{self, DEPLOYMENT, Outcome, PlayOptions, Version},
    servers::{Vamp, VampOptions},
};

/// Starts Vamp with everything embedded and releases a sample service from one version to the next under load.
///
/// Everything is on 127.0.0.1, on free ports and in a directory of its own, and gone at the end.
#[derive(Debug, Parser)]
#[command(
    name = "demo",
    after_help = "Exit status: 0 the release was good (no request lost, every share within 1 point), 1 it was not, 130 interrupted."
)]
struct Arguments {
    /// Stop after the release, in place of serving until Ctrl-C.
    #[arg(long)]
    once: bool,
    /// Requests over which the shares of each step are measured.
    #[arg(long, default_value_t = PlayOptions::default().requests_per_step, value_parser = clap::value_parser!(u64).range(200..=100_000))]
    requests: u64,
    /// Requests per second, about.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(10..=5_000))]
    rate: u32,
}

/// How the demo ended.
enum End {
    /// The release was played to its end, and the demo was told to end, or `--once` said so.
    Played(Outcome),
    /// Ctrl-C or SIGTERM during the release.
    Interrupted,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut display = Display::new();
    let end = run(&arguments, &mut display).await;
    display.finish();
    match end {
        Ok(End::Played(outcome)) if outcome.is_good() => ExitCode::SUCCESS,
        Ok(End::Played(outcome)) => {
            complain(&format!("the release was not good: {}", outcome.total));
            ExitCode::FAILURE
        }
        Ok(End::Interrupted) => ExitCode::from(130),
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments, display: &mut Display) -> Result<End, Box<dyn std::error::Error>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut vamp = Vamp::start(VampOptions::embedded()).await?;
    display.line(&format!("vamp serve is ready: {}/api/v1/info", vamp.url()));

    let options = PlayOptions {
        requests_per_step: arguments.requests,
        rate: f64::from(arguments.rate),
        ..PlayOptions::default()
    };
    let client = vamp_client::Client::new(&vamp.url())?;
    let playing = release::play(&client, vamp.gateway(), &options, |event| display.show(&event));
    let outcome = tokio::select! {
        outcome = playing => Some(outcome?),
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
    };
    display.finish();
    let Some(outcome) = outcome else {
        vamp.stop_all().await?;
        return Ok(End::Interrupted);
    };
    display.line(&table::table(&outcome).to_string());
    if arguments.once {
        vamp.stop_all().await?;
        return Ok(End::Played(outcome));
    }
    display.line(&what_next(&vamp, vamp.gateway())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    vamp.stop_all().await?;
    Ok(End::Played(outcome))
}

/// The addresses, and three commands to try.
fn what_next(vamp: &Vamp, gateway: SocketAddr) -> Result<String, vamp_testkit::Error> {
    let program = programs::find("vamp")?;
    let command = format!("{} --server {}", program.display(), vamp.url());
    Ok(format!(
        "\nAPI         {url}/api/v1/info\n\
         gateway     http://{gateway}/\n\
         statistics  http://{statistics}/\n\n\
         Try next:\n  \
         curl -i http://{gateway}/\n  \
         {command} get deployments {DEPLOYMENT} -o yaml\n  \
         {command} weight {cluster} {route}=100\n\n\
         Ctrl-C ends all of it.",
        url = vamp.url(),
        statistics = vamp.statistics(),
        cluster = release::CLUSTER_GATEWAY,
        route = Version::Second.route(),
    ))
}

/// One line on the standard error stream.
fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "demo: {line}");
}
