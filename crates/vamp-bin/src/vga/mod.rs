//! The gateway agent as a program of its own.

mod arguments;
mod config_file;
mod dns;
mod logs;
mod precedence;
mod settings;
mod store;

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use vamp_agent::{Agent, AgentHandle, Source, StopMode};
use vamp_io::clock::SystemClock;
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::HandOver;
use vamp_kv::wrap::Measures;

pub(crate) use arguments::{VgaArguments, with_double_dashes};
pub(crate) use config_file::{NoArguments, parse};

use crate::log_path::LogPath;
use crate::serve::{self, Surroundings};
use crate::{Error, Exit, Result, logging};
use arguments::{LogFormat, OnStop};
use settings::{Place, VgaSettings};
use store::Origin;

/// Runs the agent until it is told to end.
pub(crate) fn run(arguments: &VgaArguments) -> Result<Exit> {
    let settings = VgaSettings::new(arguments, &Surroundings::of_process(), &serve::host_name())?;
    start_logging(arguments)?;
    if arguments.logo.0 {
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "Vamp gateway agent");
    }
    for remark in &settings.remarks {
        tracing::warn!("{remark}");
    }
    serve::make_private(&settings.agent.runtime_directory)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Exit::Failed, format!("cannot start: {error}")).because(error))?;
    runtime.block_on(serve_until_told(settings, arguments.on_stop))
}

fn start_logging(arguments: &VgaArguments) -> Result<()> {
    let usual = if arguments.debug.0 {
        "debug"
    } else {
        logging::DEFAULT_FILTER
    };
    let level = match arguments.log.as_deref().unwrap_or(usual) {
        // Levels of the agents of old.
        "panic" | "fatal" => "error",
        "" => usual,
        level => level,
    };
    let filter = logging::filter(level).map_err(Error::usage)?;
    let format = match arguments.log_format {
        LogFormat::Text => logging::LogFormat::Text,
        LogFormat::Json => logging::LogFormat::Json,
    };
    logging::start(filter, format)
}

async fn serve_until_told(settings: VgaSettings, on_stop: OnStop) -> Result<Exit> {
    let no_signals =
        |error: std::io::Error| Error::new(Exit::Failed, format!("cannot hear signals: {error}"));
    let shutdown = Shutdown::on_signals().map_err(no_signals)?;
    let mut revalidate = signal(SignalKind::hangup()).map_err(no_signals)?;
    // What rotates logs sends it. The agent's own log goes to standard error; log sinks may be files.
    let mut reopen = signal(SignalKind::user_defined1()).map_err(no_signals)?;

    let place = &settings.place;
    let (source, measures) = open(settings.origin, place).await?;
    // Before HAProxy, whose first lines would be lost otherwise. Traffic does not wait for its log.
    let logs = settings.logs.as_ref();
    let logs = logs.and_then(|logs| LogPath::start(logs, settings.metrics.as_ref()));
    let mut config = settings.agent;
    config.store_measures = measures;
    if let Some(logs) = &logs {
        logs.told_by(&mut config);
    }
    let mut agent = Agent::start(config, source, Arc::new(SystemClock))
        .await
        .map_err(|error| {
            let exit = match error.kind() {
                vamp_agent::ErrorKind::Configuration | vamp_agent::ErrorKind::Binary => Exit::Usage,
                _ => Exit::Failed,
            };
            Error::new(exit, error.to_string()).because(error)
        })?;
    let failed = loop {
        tokio::select! {
            () = shutdown.wait() => break None,
            error = agent.failed() => break Some(error),
            _ = revalidate.recv() => {
                tracing::info!("the configuration is checked and loaded again, as SIGHUP asks");
                agent.revalidate().await;
            }
            _ = reopen.recv() => {
                tracing::info!("files of log sinks are opened again, as SIGUSR1 asks");
                logs.iter().for_each(LogPath::reopen);
            }
        }
    };
    // An agent that failed leaves HAProxy to the one that is started in its place.
    let on_stop = if failed.is_some() { OnStop::Leave } else { on_stop };
    let stopped = stop(agent, on_stop).await;
    if let Some(logs) = logs {
        logs.stop().await;
    }
    match failed {
        Some(error) => Err(Error::new(Exit::Failed, error.to_string()).because(error)),
        None => stopped,
    }
}

/// What the configuration comes from, and what is measured of it if that is a store.
async fn open(origin: Origin, place: &Place) -> Result<(Source, Option<Arc<Measures>>)> {
    match origin {
        Origin::Store(store) => {
            let (store, measures) = serve::open_measured(&store).await?;
            let hand_over = HandOver::new(store, &place.base, &place.kind, &place.name)
                .map_err(|error| Error::usage(error.to_string()).because(error))?;
            Ok((hand_over.into(), Some(measures)))
        }
        Origin::TextFile(file) => Ok((file.into(), None)),
        Origin::Server(server) => Ok((server.into(), None)),
    }
}

async fn stop(agent: AgentHandle, on_stop: OnStop) -> Result<Exit> {
    let mode = match on_stop {
        OnStop::Leave => StopMode::LeaveHaproxyRunning,
        OnStop::Stop => StopMode::StopHaproxy,
    };
    match on_stop {
        OnStop::Leave => tracing::info!("the agent ends; HAProxy goes on"),
        OnStop::Stop => tracing::info!("the agent ends, and HAProxy with it"),
    }
    agent
        .stop(mode)
        .await
        .map_err(|error| Error::new(Exit::Failed, error.to_string()).because(error))?;
    Ok(Exit::Success)
}
