//! What the embedded agent and its log path are told to do.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use vamp_agent::logs::{LogConfig, MetricsConfig, SpoolConfig};
use vamp_agent::{AgentConfig, Base};
use vamp_haproxy::base::{BaseOptions, Statistics};
use vamp_io::clock::Clock;
use vamp_kv::handover::HandOver;
use vamp_kv::wrap::Measures;

use super::embedded::EmbeddedAgent;
use super::server::MARSHALLER;
use super::settings::ServeSettings;
use super::{directories, host_name};
use crate::log_path::{self, LogPath};
use crate::{Error, Result};

/// Where the agent keeps its own state.
pub(super) fn agent_directory(state_directory: &Path) -> std::path::PathBuf {
    state_directory.join("haproxy")
}

/// Begins to start the agent, and its log path where that is asked for.
pub(super) fn start(
    settings: &ServeSettings,
    hand_over: &HandOver,
    measures: Arc<Measures>,
    api: SocketAddr,
    clock: &Arc<dyn Clock>,
) -> Result<EmbeddedAgent> {
    directories::make_private(&settings.runtime_directory)?;
    let host = host_name();
    let logs = log_config(settings, &host)?;
    let base = match &settings.haproxy_base {
        Some(file) => {
            if settings.statistics_asked_for {
                tracing::warn!("{}", statistics_are_elsewhere(file));
            }
            Base::File(file.clone())
        }
        None => {
            let mut options = BaseOptions::default();
            options.log = logs.as_ref().and_then(log_path::target);
            options.statistics = Some(Statistics::at(settings.statistics));
            Base::Standard(Box::new(options))
        }
    };
    let mut config = AgentConfig::new(
        MARSHALLER.1,
        format!("{host}-embedded"),
        agent_directory(&settings.state_directory),
        &settings.runtime_directory,
        base,
    );
    config.host = host;
    config.haproxy.clone_from(&settings.haproxy);
    config.status_address = settings.agent_status;
    config.store_measures = Some(measures);
    config.limits.largest_shrink = f64::from(settings.largest_shrink) / 100.0;
    let logs = match &logs {
        Some(logs) => start_log_path(settings, logs, &mut config, api)?,
        None => None,
    };
    Ok(EmbeddedAgent::start(
        config,
        logs,
        settings.on_stop,
        hand_over.clone(),
        clock.clone(),
    ))
}

/// What is told of an address for the statistics where the user's own text comes before the gateways.
pub(crate) fn statistics_are_elsewhere(base: &Path) -> String {
    format!(
        "--statistics has no meaning beside {}: HAProxy shows its statistics, and /health, where that file says",
        base.display()
    )
}

/// The log path that is asked for; `None` when nothing is.
fn log_config(settings: &ServeSettings, host: &str) -> Result<Option<LogConfig>> {
    if settings.log_sinks.is_empty() && !settings.metrics {
        return Ok(None);
    }
    let socket = settings.runtime_directory.join("log.sock");
    log_path::usable(&socket)?;
    let mut config = LogConfig::default();
    config.socket = Some(socket);
    config.sinks.clone_from(&settings.log_sinks);
    config.spool = settings.log_spool.clone().map(SpoolConfig::new);
    host.clone_into(&mut config.host);
    Ok(Some(config))
}

/// Starts it, and has the agent tell of it. Metrics go to the API of this server, as those of agents elsewhere do.
fn start_log_path(
    settings: &ServeSettings,
    logs: &LogConfig,
    agent: &mut AgentConfig,
    api: SocketAddr,
) -> Result<Option<LogPath>> {
    for remark in log_path::remarks(logs, &agent.base) {
        tracing::warn!("{remark}");
    }
    let own = || MetricsConfig::parse(&format!("vamp+http://{}", reached_here(api)), agent);
    let metrics = settings.metrics.then(own).transpose();
    let metrics = metrics.map_err(|error| Error::usage(error.to_string()).because(error))?;
    let path = LogPath::start(logs, metrics.as_ref());
    if let Some(path) = &path {
        path.told_by(agent);
    }
    Ok(path)
}

/// An address of this machine at which a listener on this one is reached.
fn reached_here(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listening.port())
}
