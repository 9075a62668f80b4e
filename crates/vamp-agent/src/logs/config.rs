use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::index::IndexName;
use super::queue::Bounds;
use super::sink_url;
use crate::error::Result;

/// Where log lines come from, where they go, and how much may wait.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct LogConfig {
    /// The unix datagram socket that HAProxy logs to; made anew at the start, removed at the end.
    pub socket: Option<PathBuf>,
    /// The address that takes syslog by UDP.
    pub udp: Option<SocketAddr>,
    /// Where lines go. Each sink gets every line, and has a queue of its own.
    pub sinks: Vec<SinkConfig>,
    /// What may wait in memory for each sink.
    pub buffer: Bounds,
    /// What may wait on disk for each sink once the memory is half full; nothing without one.
    pub spool: Option<SpoolConfig>,
    /// Name of this host in documents.
    pub host: String,
}

/// Lines on disk that wait for a sink that is down; they survive the end of the agent.
///
/// Files are synchronised when they are full and when the agent ends, not for each line: a crash of the agent loses what was in memory, a
/// crash of the machine what the kernel had not written. One agent at a time has it: while it is another one, and while the disk refuses, lines
/// wait in memory, which [`SinkStatus::spool_error`](super::SinkStatus::spool_error) says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolConfig {
    /// A directory with a directory for each sink.
    pub directory: PathBuf,
    /// Bytes for each sink, at least 1 MiB; beyond it the oldest file goes. Default 256 MiB.
    pub bytes: u64,
}

impl SpoolConfig {
    /// A spool of 256 MiB for each sink.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            bytes: 256 * 1024 * 1024,
        }
    }
}

/// A sink.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkConfig {
    /// What it is.
    pub target: Target,
    /// How lines look there.
    pub format: Format,
    /// A try that takes longer has failed. Default 10 s, 30 s for Elasticsearch, and 3 minutes for TCP: a connection to somebody who is frozen is kept, because what it
    /// holds is not lost, and a second one would bring lines twice and in another order. To connect never takes longer than 10 s.
    pub patience: Duration,
}

/// How lines look in a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// As they came, syslog's header included.
    Raw,
    /// Without syslog's header.
    Message,
    /// An object with HAProxy's keys and `@timestamp`.
    Json,
}

/// What a sink is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// A datagram for each line: Logstash's `udp` input, syslog.
    Udp {
        /// `host:port`; the name is looked up again with each connection.
        address: String,
    },
    /// A connection with a line for each line: Logstash's `tcp` input with `codec => json_lines`.
    Tcp {
        /// `host:port`; the name is looked up again with each connection.
        address: String,
    },
    /// A file, which is renamed to `NAME.1` when it is full.
    File {
        /// Its path.
        path: PathBuf,
        /// Bytes after which it is full. Default 100 MiB.
        most_bytes: u64,
        /// Files kept beside the current one. Default 2.
        keep: usize,
    },
    /// Documents by `_bulk`.
    Elasticsearch {
        /// The server, credentials included.
        url: reqwest::Url,
        /// Where the documents go. Default `vamp-vga-%{+yyyy-MM-dd}`.
        index: IndexName,
    },
    /// Events of a Vamp server.
    Events {
        /// Its address, `http://host:port`.
        url: String,
    },
    /// Standard output.
    Stdout,
}

impl SinkConfig {
    /// A sink with the format that suits it: lines as they came for datagrams, objects for connections, messages for files.
    #[must_use]
    pub fn new(target: Target) -> Self {
        let format = match target {
            Target::Udp { .. } => Format::Raw,
            Target::Tcp { .. } | Target::Elasticsearch { .. } | Target::Events { .. } => Format::Json,
            Target::File { .. } | Target::Stdout => Format::Message,
        };
        let patience = match target {
            Target::Tcp { .. } => Duration::from_secs(180),
            Target::Elasticsearch { .. } => Duration::from_secs(30),
            _ => Duration::from_secs(10),
        };
        Self {
            target,
            format,
            patience,
        }
    }

    /// Reads a sink from its address: `udp://HOST:PORT`, `tcp://HOST:PORT`, `file:///PATH?max-size=100M&keep=2`, `stdout:`, each with
    /// `format=raw|message|json`; `http://HOST:PORT/INDEX` or `https://…` for Elasticsearch, `vamp+http://HOST:PORT` for the events of Vamp. Each
    /// may have `timeout=SECONDS`.
    ///
    /// # Errors
    /// There is no such sink, or a key or a value that it does not know; the error names it.
    pub fn parse(url: &str) -> Result<Self> {
        sink_url::parse(url)
    }

    /// The address, without credentials.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.target {
            Target::Udp { address } => format!("udp://{address}"),
            Target::Tcp { address } => format!("tcp://{address}"),
            Target::File { path, .. } => format!("file://{}", path.display()),
            Target::Elasticsearch { url, index } => {
                let host = url.host_str().unwrap_or_default();
                let port = url.port_or_known_default().unwrap_or_default();
                format!("{}://{host}:{port}/{index}", url.scheme())
            }
            Target::Events { url } => format!("vamp+{}", sink_url::masked(url)),
            Target::Stdout => "stdout:".to_owned(),
        }
    }
}
