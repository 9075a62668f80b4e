//! A log path, something that logs, and somebody who takes lines down.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use tempfile::TempDir;
use vamp_agent::logs::{Counters, LogConfig, LogForwarder, SinkConfig};
use vamp_io::clock::SystemClock;
use vamp_testkit::wait;

/// Everything that is waited for comes within this time, on a machine under load.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A directory with the socket of a log path, and the settings.
pub(crate) struct Place {
    pub(crate) directory: TempDir,
    pub(crate) config: LogConfig,
}

impl Place {
    pub(crate) fn new(sinks: &[String]) -> Self {
        let directory = tempfile::Builder::new().prefix("vl").tempdir().unwrap();
        let mut config = LogConfig::default();
        config.socket = Some(directory.path().join("log.sock"));
        config.sinks = sinks.iter().map(|url| SinkConfig::parse(url).unwrap()).collect();
        config.host = "edge-1".to_owned();
        Self { directory, config }
    }

    pub(crate) fn start(&self) -> LogForwarder {
        LogForwarder::start(&self.config, Arc::new(SystemClock)).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What HAProxy is: somebody who sends datagrams. Other than HAProxy it waits where the socket is full.
    pub(crate) fn log(&self, lines: impl IntoIterator<Item = String>) {
        let socket = UnixDatagram::unbound().unwrap();
        socket.connect(self.config.socket.as_ref().unwrap()).unwrap();
        for line in lines {
            socket.send(line.as_bytes()).unwrap();
        }
    }
}

/// A line of HAProxy whose path says its number.
pub(crate) fn line(number: usize) -> String {
    format!(
        "<134>Nov 23 06:18:09 haproxy[4484]: {{\"ci\":\"127.0.0.1\",\"cp\":55604,\"t\":\"23/Nov/2026:06:18:09.450\",\
         \"ft\":\"shop\",\"b\":\"shop\",\"s\":\"one\",\"Tq\":0,\"Tw\":0,\"Tc\":0,\"Tr\":1,\"Tt\":1,\"ST\":200,\"B\":302,\
         \"CC\":\"-\",\"CS\":\"-\",\"tsc\":\"----\",\"ac\":5,\"fc\":1,\"bc\":0,\"sc\":0,\"rc\":0,\"sq\":0,\"bq\":0,\
         \"hr\":\"\",\"hs\":\"\",\"r\":\"GET /n{number}/ HTTP/1.1\"}}\n"
    )
}

pub(crate) fn lines(numbers: std::ops::Range<usize>) -> impl Iterator<Item = String> {
    numbers.map(line)
}

/// The number of a line in whatever form.
pub(crate) fn number(line: &str) -> Option<usize> {
    let (_, rest) = line.split_once("/n")?;
    rest.split_once('/')?.0.parse().ok()
}

/// Lines taken down in the order in which they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record(Arc<Mutex<Vec<String>>>);

impl Record {
    pub(crate) fn add(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn numbers(&self) -> Vec<usize> {
        self.lines().iter().filter_map(|line| number(line)).collect()
    }

    /// Waits until so many lines have come.
    pub(crate) async fn reaches(&self, count: usize) {
        let enough = || async { self.lines().len() >= count };
        if wait::until(SOON, enough).await.is_err() {
            panic!("{} lines of {count}", self.lines().len());
        }
    }
}

/// Takes datagrams down until the test ends.
pub(crate) fn udp_sink(address: SocketAddr) -> (SocketAddr, Record) {
    let socket = UdpSocket::bind(address).unwrap();
    // What a slow machine does not read in time would be lost, as UDP is.
    setsockopt(&socket, sockopt::RcvBuf, &(4 * 1024 * 1024)).unwrap();
    let address = socket.local_addr().unwrap();
    let record = Record::default();
    let into = record.clone();
    thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok(length) = socket.recv(&mut buffer) {
            into.add(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
    });
    (address, record)
}

/// Takes the lines of connections down, one connection after the other.
pub(crate) fn tcp_sink(listener: TcpListener) -> Record {
    let record = Record::default();
    let into = record.clone();
    thread::spawn(move || {
        while let Ok((mut connection, _)) = listener.accept() {
            let mut text = Vec::new();
            let mut buffer = vec![0; 65_536];
            while let Ok(length) = connection.read(&mut buffer) {
                if length == 0 {
                    break;
                }
                text.extend_from_slice(&buffer[..length]);
                while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = text.drain(..=end).collect();
                    into.add(String::from_utf8_lossy(&line[..end]).into_owned());
                }
            }
        }
    });
    record
}

/// The counters of the only sink.
pub(crate) fn counters(logs: &LogForwarder) -> Counters {
    logs.status().sinks[0].counters
}

/// Each line is somewhere, when nothing moves.
pub(crate) fn is_balanced(counters: &Counters) -> bool {
    let waiting = counters.queued_lines + counters.spooled_lines;
    counters.received + counters.resent == counters.delivered + counters.rejected + counters.dropped + waiting
}

/// Waits until the counters of the only sink say so.
pub(crate) async fn until(logs: &LogForwarder, what: impl Fn(Counters) -> bool) {
    let so = || async { what(counters(logs)) };
    if wait::until(SOON, so).await.is_err() {
        panic!("{:?}", logs.status());
    }
}
