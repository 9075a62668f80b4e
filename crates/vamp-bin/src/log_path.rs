//! HAProxy's log lines beside an agent: where they are taken, whom they go to, and the metrics that they amount to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use vamp_agent::logs::{LogConfig, LogForwarder, MetricsConfig, MetricsPublisher, SinkConfig, Target};
use vamp_agent::{AgentConfig, Base};
use vamp_haproxy::base::LogTarget;
use vamp_io::clock::SystemClock;

use crate::{Error, Result};

/// How long the sinks may take at the end for the lines that wait.
pub(crate) const LAST_LINES: Duration = Duration::from_secs(5);

/// How long the server may take at the end for the metrics that wait.
pub(crate) const LAST_METRICS: Duration = Duration::from_secs(2);

/// Datagrams that wait in a unix socket, below which bursts of lines are lost.
const SHORT_QUEUE: u32 = 256;

/// The log path while it runs.
#[derive(Debug)]
pub(crate) struct LogPath {
    lines: LogForwarder,
    metrics: Option<MetricsPublisher>,
}

impl LogPath {
    /// Starts it, if it can be had. A port that another program has, or a full disk, must not keep HAProxy from serving: it is tried again.
    pub(crate) fn start(config: &LogConfig, metrics: Option<&MetricsConfig>) -> Option<Self> {
        let clock = Arc::new(SystemClock);
        let publisher = metrics.and_then(|metrics| {
            MetricsPublisher::start(metrics, clock.clone())
                .inspect_err(
                    |error| tracing::error!(%error, "no metrics are published until the agent is started again"),
                )
                .ok()
        });
        let observer = publisher.as_ref().map(MetricsPublisher::observer);
        match LogForwarder::start_in_time(config, clock, observer) {
            Ok(lines) => Some(Self {
                lines,
                metrics: publisher,
            }),
            Err(error) => {
                tracing::error!(%error, "HAProxy's log lines go nowhere until the agent is started again");
                None
            }
        }
    }

    /// Has the agent tell of it.
    pub(crate) fn told_by(&self, agent: &mut AgentConfig) {
        agent.logs = Some(self.lines.status_reader());
        agent.metrics = self.metrics.as_ref().map(MetricsPublisher::status_reader);
    }

    /// Opens the files of sinks again.
    pub(crate) fn reopen(&self) {
        self.lines.reopen();
    }

    /// Ends it: what waits goes within the limits, and what does not is said.
    pub(crate) async fn stop(self) {
        for sink in self.lines.stop(LAST_LINES).await.sinks {
            let counters = sink.counters;
            tracing::info!(
                sink = sink.sink,
                received = counters.received,
                resent = counters.resent,
                delivered = counters.delivered,
                rejected = counters.rejected,
                dropped = counters.dropped,
                spooled = counters.spooled_lines,
                "log lines"
            );
        }
        let Some(metrics) = self.metrics else {
            return;
        };
        // The bucket that is open is published as it is, with those that wait.
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
}

/// Where HAProxy is told to log to.
pub(crate) fn target(config: &LogConfig) -> Option<LogTarget> {
    let socket = config.socket.clone().map(LogTarget::Unix);
    socket.or_else(|| config.udp.map(LogTarget::Udp))
}

/// What the operator should know about it, where HAProxy has this base.
pub(crate) fn remarks(config: &LogConfig, base: &Base) -> Vec<String> {
    let mut remarks = Vec::new();
    let queue = std::fs::read_to_string("/proc/sys/net/unix/max_dgram_qlen");
    let queue: Option<u32> = queue.ok().and_then(|text| text.trim().parse().ok());
    if let (Some(_), Some(length)) = (&config.socket, queue)
        && length < SHORT_QUEUE
    {
        remarks.push(format!(
            "only {length} log lines can wait in a unix socket on this machine (net.unix.max_dgram_qlen); HAProxy gives up what does \
             not fit. Raise it to 512 or more; vga takes them by UDP, too (--log-udp)"
        ));
    }
    if let (Some(target), Base::File(file)) = (target(config), base) {
        remarks.push(format!(
            "log lines come only if {} has 'log {target} len 8192 local0' in its section global",
            file.display()
        ));
    }
    remarks
}

/// A sink that is among others already is an error, and so is a second one on a file of another: each would rename it when it is full.
pub(crate) fn each_once(sinks: &[SinkConfig]) -> Result<(), String> {
    for (position, sink) in sinks.iter().enumerate() {
        let earlier = &sinks[..position];
        if earlier.contains(sink) {
            return Err(format!("the sink {} is named twice", sink.name()));
        }
        if let Some(path) = file(sink)
            && earlier.iter().filter_map(file).any(|other| other == path)
        {
            return Err(format!(
                "two sinks write to {}; a file takes the lines of one",
                path.display()
            ));
        }
    }
    Ok(())
}

/// The file that a sink writes to, without detours.
fn file(sink: &SinkConfig) -> Option<PathBuf> {
    let Target::File { path, .. } = &sink.target else {
        return None;
    };
    let through_directory = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    let found = path.canonicalize().ok().or_else(through_directory);
    Some(found.unwrap_or_else(|| path.components().collect()))
}

/// HAProxy reads the path as one word, and the kernel takes 107 bytes.
pub(crate) fn usable(path: &Path) -> Result<()> {
    let text = path.to_str().unwrap_or_default();
    let is_word = |c: char| c.is_ascii_graphic() && !"\"'\\#$,".contains(c);
    if text.is_empty() || text.len() > 107 || !text.chars().all(is_word) {
        return Err(Error::usage(format!(
            "cannot use {} as socket: HAProxy takes at most 107 plain characters",
            path.display()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sinks: &[String]) -> Result<(), String> {
        let sinks: Vec<SinkConfig> = sinks.iter().map(|url| SinkConfig::parse(url).unwrap()).collect();
        each_once(&sinks)
    }

    #[test]
    fn a_file_takes_the_lines_of_one_sink() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().display();
        let same = [
            format!("file://{place}/a?format=raw"),
            format!("file://{place}/a?format=json"),
        ];
        assert_eq!(
            told(&same),
            Err(format!(
                "two sinks write to {place}/a; a file takes the lines of one"
            ))
        );
        std::os::unix::fs::symlink(directory.path(), directory.path().join("again")).unwrap();
        let detour = format!("file://{place}/again/./a");
        assert!(told(&[same[0].clone(), detour]).is_err());
        assert!(told(&[same[0].clone(), same[0].clone()]).is_err());
        assert!(
            told(&[
                "file:///nowhere/a".to_owned(),
                "file:///nowhere/./a?keep=1".to_owned()
            ])
            .is_err()
        );
        assert!(told(&[same[0].clone(), format!("file://{place}/b")]).is_ok());
        let both = [
            "udp://a:1?format=raw".to_owned(),
            "udp://a:1?format=json".to_owned(),
        ];
        assert!(told(&both).is_ok());
    }
}
