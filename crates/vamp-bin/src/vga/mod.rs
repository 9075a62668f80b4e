//! The gateway agent as a program of its own.

mod arguments;
mod config_file;
mod logs;
mod settings;
mod store;

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use vamp_agent::logs::{LogConfig, LogForwarder, MetricsConfig, MetricsPublisher};
use vamp_agent::{Agent, AgentHandle, Source, StopMode};
use vamp_io::clock::SystemClock;
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::HandOver;

pub(crate) use arguments::{VgaArguments, with_double_dashes};
pub(crate) use config_file::{NoArguments, parse};

use crate::serve::{self, Surroundings};
use crate::{Error, Exit, Result, logging};
use arguments::{LogFormat, OnStop};
use settings::{Place, VgaSettings};
use store::Origin;

/// How long the sinks may take at the end for the lines that wait.
const LAST_LINES: Duration = Duration::from_secs(5);

/// How long the server may take at the end for the metrics that wait.
const LAST_METRICS: Duration = Duration::from_secs(2);

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
    let source = open(settings.origin, place).await?;
    // Before HAProxy, whose first lines would be lost otherwise. Traffic does not wait for its log.
    let logs = settings.logs.as_ref();
    let logs = logs.and_then(|logs| start_logs(logs, settings.metrics.as_ref()));
    let mut config = settings.agent;
    if let Some((lines, metrics)) = &logs {
        config.logs = Some(lines.status_reader());
        config.metrics = metrics.as_ref().map(MetricsPublisher::status_reader);
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
                logs.iter().for_each(|(lines, _)| lines.reopen());
            }
        }
    };
    // An agent that failed leaves HAProxy to the one that is started in its place.
    let on_stop = if failed.is_some() { OnStop::Leave } else { on_stop };
    let stopped = stop(agent, on_stop).await;
    if let Some((lines, metrics)) = logs {
        stop_logs(lines).await;
        if let Some(metrics) = metrics {
            stop_metrics(metrics).await;
        }
    }
    match failed {
        Some(error) => Err(Error::new(Exit::Failed, error.to_string()).because(error)),
        None => stopped,
    }
}

async fn open(origin: Origin, place: &Place) -> Result<Source> {
    match origin {
        Origin::Store(store) => {
            let store = serve::open(&store).await?;
            let hand_over = HandOver::new(store, &place.base, &place.kind, &place.name)
                .map_err(|error| Error::usage(error.to_string()).because(error))?;
            Ok(hand_over.into())
        }
        Origin::TextFile(file) => Ok(file.into()),
        Origin::Server(server) => Ok(server.into()),
    }
}

/// The log path, if it can be had, and who publishes what the lines amount to: a port that another program has, or a full disk, must not
/// keep HAProxy from serving.
fn start_logs(
    config: &LogConfig,
    metrics: Option<&MetricsConfig>,
) -> Option<(LogForwarder, Option<MetricsPublisher>)> {
    let clock = Arc::new(SystemClock);
    let publisher = metrics.and_then(|metrics| {
        MetricsPublisher::start(metrics, clock.clone())
            .inspect_err(
                |error| tracing::error!(%error, "no metrics are published until the agent is started again"),
            )
            .ok()
    });
    let observer = publisher.as_ref().map(MetricsPublisher::observer);
    match LogForwarder::start_observed(config, clock, observer) {
        Ok(logs) => Some((logs, publisher)),
        Err(error) => {
            tracing::error!(%error, "HAProxy's log lines go nowhere until the agent is started again");
            None
        }
    }
}

/// What waits goes within the limit; what does not is said.
async fn stop_logs(logs: LogForwarder) {
    for sink in logs.stop(LAST_LINES).await.sinks {
        let counters = sink.counters;
        tracing::info!(
            sink = sink.sink,
            received = counters.received,
            delivered = counters.delivered,
            rejected = counters.rejected,
            dropped = counters.dropped,
            spooled = counters.spooled_lines,
            "log lines"
        );
    }
}

/// The bucket that is open is published as it is, with those that wait.
async fn stop_metrics(metrics: MetricsPublisher) {
    let status = metrics.stop(LAST_METRICS).await;
    let counters = status.counters;
    tracing::info!(
        server = status.server,
        records = counters.records,
        beyond_limit = counters.beyond_limit,
        buckets = counters.buckets,
        published = counters.published,
        dropped = counters.dropped,
        "metrics"
    );
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
