//! Where HAProxy's log lines come from and go to, and what they amount to.

use std::path::Path;

use vamp_agent::AgentConfig;
use vamp_agent::logs::{Bounds, IndexName, LogConfig, MetricsConfig, SinkConfig, SpoolConfig, Target};

use super::arguments::VgaArguments;
use crate::{Error, Result, log_path};

/// The address of Logstash in the agents of old.
const LOGSTASH_HOST: &str = "127.0.0.1";
const LOGSTASH_PORT: u16 = 10_001;

/// The log path that is asked for; `None` when nothing is.
pub(super) fn config(
    arguments: &VgaArguments,
    runtime_directory: &Path,
    host: &str,
) -> Result<Option<LogConfig>> {
    let sinks = sinks(arguments)?;
    let is_measured = metrics_address(arguments).is_some();
    let takes_lines = arguments.log_socket.is_some() || arguments.log_udp.is_some() || is_measured;
    if sinks.is_empty() && !takes_lines {
        return Ok(None);
    }
    let mut config = LogConfig::default();
    config.sinks = sinks;
    config.udp = arguments.log_udp;
    host.clone_into(&mut config.host);
    config.buffer = Bounds {
        lines: arguments.log_buffer_lines as usize,
        bytes: usize::try_from(arguments.log_buffer).unwrap_or(usize::MAX),
    };
    config.socket = match (
        &arguments.log_socket,
        arguments.log_udp,
        &arguments.configuration_path,
    ) {
        (Some(path), ..) => Some(super::settings::absolute(path)?),
        (None, Some(_), _) => None,
        (None, None, Some(directory)) => Some(super::settings::absolute(directory)?.join("haproxy.log.sock")),
        (None, None, None) => Some(runtime_directory.join("log.sock")),
    };
    if let Some(path) = &config.socket {
        log_path::usable(path)?;
    }
    if let Some(directory) = &arguments.log_spool {
        let mut spool = SpoolConfig::new(super::settings::absolute(directory)?);
        spool.bytes = arguments.log_spool_size;
        config.spool = Some(spool);
    }
    Ok(Some(config))
}

/// Which server gets the metrics; `None` when none does.
pub(super) fn metrics(arguments: &VgaArguments, agent: &AgentConfig) -> Result<Option<MetricsConfig>> {
    let Some(address) = metrics_address(arguments) else {
        return Ok(None);
    };
    let mut config = MetricsConfig::parse(address, agent)
        .map_err(|error| Error::usage(error.to_string()).because(error))?;
    let most = arguments.metrics_limit as usize;
    config.most_names.frontends = most;
    config.most_names.servers = most.saturating_mul(4);
    Ok(Some(config))
}

/// An empty variable asks for nothing.
fn metrics_address(arguments: &VgaArguments) -> Option<&str> {
    arguments
        .metrics_to
        .as_deref()
        .filter(|address| !address.is_empty())
}

/// The address that host and port make.
pub(super) fn logstash_address(host: Option<&str>, port: Option<u16>) -> String {
    format!(
        "{}:{}",
        host.unwrap_or(LOGSTASH_HOST),
        port.unwrap_or(LOGSTASH_PORT)
    )
}

fn sinks(arguments: &VgaArguments) -> Result<Vec<SinkConfig>> {
    let read =
        |url: &str| SinkConfig::parse(url).map_err(|error| Error::usage(error.to_string()).because(error));
    let mut sinks = arguments
        .log_sink
        .iter()
        .map(|url| read(url))
        .collect::<Result<Vec<_>>>()?;
    let logstash = match (
        &arguments.logstash,
        &arguments.logstash_host,
        arguments.logstash_port,
    ) {
        (Some(address), ..) => Some(address.clone()),
        (None, None, None) => None,
        (None, host, port) => Some(logstash_address(host.as_deref(), port)),
    };
    if let Some(address) = logstash.filter(|address| !address.is_empty()) {
        sinks.push(read(&format!("udp://{address}"))?);
    }
    let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    if let Some(url) = given(&arguments.elasticsearch_url) {
        let server = if url.contains("://") {
            url
        } else {
            format!("http://{url}")
        };
        let mut sink = read(&format!("{}/", server.trim_end_matches('/')))?;
        let namespace = given(&arguments.namespace).unwrap_or_default();
        let name = IndexName::of_agents(&namespace);
        if IndexName::parse(&name.to_string()).is_none() {
            return Err(Error::usage(format!(
                "the namespace '{namespace}' cannot be part of an index"
            )));
        }
        match &mut sink.target {
            Target::Elasticsearch { index, .. } => *index = name,
            _ => {
                return Err(Error::usage(
                    "Elasticsearch has an http:// or https:// address".to_owned(),
                ));
            }
        }
        sinks.push(sink);
    }
    log_path::each_once(&sinks).map_err(Error::usage)?;
    Ok(sinks)
}
