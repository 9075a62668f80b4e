//! The log path of a real agent while its sink is away: traffic does not notice, memory stays bounded, what is lost is counted, and what
//! is not lost comes in order.

use std::collections::{BTreeSet, HashSet};
use std::io::{BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use vamp_haproxy::base::{BaseOptions, LogTarget, Statistics, base, http_log_format};
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::servers::{Rsyslog, RsyslogInput, ServerProcess};
use vamp_testkit::{extent, memory, request, skip, wait};

use crate::support::{LIMIT, haproxy_in, vga};

/// What the whole agent may take, in kilobytes.
const MOST_MEMORY: u64 = 64 * 1024;

/// An agent whose HAProxy answers by itself and logs to it; no store is there, and none is needed.
struct Agent {
    process: ServerProcess,
    directory: tempfile::TempDir,
    statistics: Lease,
    front: Lease,
    syslog: Lease,
    away: Lease,
}

impl Agent {
    /// `logs_traffic`: whether HAProxy logs its requests, too, or whoever injects lines is alone.
    async fn start(sink: &str, logs_traffic: bool, flags: &[&str]) -> Self {
        let directory = tempfile::Builder::new().prefix("vga-").tempdir().unwrap();
        let mut agent = Self {
            process: ServerProcess::new("vga", directory.path().join("vga.log")),
            directory,
            statistics: ports::lease().unwrap(),
            front: ports::lease().unwrap(),
            syslog: ports::lease().unwrap(),
            away: ports::lease().unwrap(),
        };
        let base = agent.base(logs_traffic);
        let mut command = vga();
        command
            .args(["--storeType=etcd", "--storeConnection"])
            .arg(agent.away.address().to_string())
            .arg("--state-dir")
            .arg(agent.path("state"))
            .arg("--runtime-dir")
            .arg(agent.path("run"))
            .arg("--haproxy-base")
            .arg(base)
            .args(["--log-format=json", "--log-sink", sink])
            .args(["--log-udp", &agent.syslog.address().to_string()])
            .args(flags);
        agent.process.start(command).unwrap();
        wait::until_answered(LIMIT, agent.statistics.address(), "/health")
            .await
            .unwrap();
        agent
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn base(&self, logs_traffic: bool) -> PathBuf {
        let mut options = BaseOptions::default();
        options.statistics = Some(Statistics::at(self.statistics.address()));
        options.log = Some(LogTarget::Udp(self.syslog.address()));
        let format = http_log_format().replace('"', "\\\"");
        // The statistics of the readiness probe are no traffic.
        let text = base(&options)
            .to_string()
            .replace("listen stats\n", "listen stats\n  no log\n");
        let log = if logs_traffic { "" } else { "  no log\n" };
        let text = format!(
            "{text}\nfrontend shop\n{log}  bind {}\n  log-format \"{format}\"\n  \
             http-request return status 200 content-type text/plain string one\n",
            self.front.address(),
        );
        let path = self.path("base.cfg");
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The most memory that it has had, in kilobytes.
    fn memory(&self) -> u64 {
        memory::most_resident(self.process.id().unwrap()).unwrap() / 1024
    }

    /// Ends it; what it says about its sink.
    async fn stop(&mut self) -> Value {
        self.process.stop(LIMIT).await.unwrap();
        let log = std::fs::read_to_string(self.path("vga.log")).unwrap();
        let told = log.lines().rev().find_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            let fields = line.get("fields").unwrap_or(&line).clone();
            fields.get("delivered").is_some().then_some(fields)
        });
        told.unwrap_or_else(|| panic!("{log}"))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let haproxy = haproxy_in(&self.path("run"));
        let _ = self.process.kill();
        if let Some(pid) = haproxy.and_then(|pid| Pid::from_raw(i32::try_from(pid).unwrap())) {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

/// What the sink does while it is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Away {
    Refuses,
    Frozen,
    Slow,
}

/// What the sink is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tcp,
    /// `_bulk` of Elasticsearch.
    Bulk,
    Udp,
}

impl Kind {
    fn url(self, address: SocketAddr) -> String {
        let scheme = match self {
            Self::Tcp => "tcp",
            Self::Bulk => "http",
            Self::Udp => "udp",
        };
        format!("{scheme}://{address}")
    }
}

/// Takes lines down: how many of HAProxy, and the numbers of the others.
#[derive(Debug, Clone, Default)]
struct Record {
    of_haproxy: Arc<AtomicU64>,
    numbers: Arc<Mutex<Vec<u64>>>,
    well: Arc<AtomicBool>,
    ids: Arc<Mutex<HashSet<String>>>,
}

impl Record {
    fn listen(&self, kind: Kind, address: SocketAddr, away: Away) {
        if kind == Kind::Udp {
            let socket = UdpSocket::bind(address).unwrap();
            if away == Away::Refuses {
                // Everything that waited comes at once.
                let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, 4 << 20);
            }
            let this = self.clone();
            thread::spawn(move || this.take_datagrams(&socket, away));
            return;
        }
        let listener = TcpListener::bind(address).unwrap();
        let this = self.clone();
        thread::spawn(move || {
            while let Ok((connection, _)) = listener.accept() {
                let this = this.clone();
                thread::spawn(move || match kind {
                    Kind::Bulk => this.answer(connection, away),
                    _ => this.take(connection, away),
                });
            }
        });
    }

    fn is_well(&self) -> bool {
        self.well.load(Ordering::Relaxed)
    }

    /// Returns when it may go on.
    fn while_away(&self, away: Away) {
        while !self.is_well() && away == Away::Frozen {
            thread::park_timeout(Duration::from_millis(20));
        }
        if !self.is_well() {
            thread::park_timeout(Duration::from_millis(20));
        }
    }

    fn take_datagrams(&self, socket: &UdpSocket, away: Away) {
        let mut buffer = vec![0; 65_536];
        loop {
            self.while_away(away);
            let Ok(length) = socket.recv(&mut buffer) else {
                return;
            };
            self.line(&String::from_utf8_lossy(&buffer[..length]));
        }
    }

    /// Answers as Elasticsearch does, which takes a document with a known id as one that is there.
    fn answer(&self, connection: TcpStream, away: Away) {
        let mut reader = BufReader::new(connection);
        while let Some((head, body)) = request::read(&mut reader) {
            self.while_away(away);
            if given_up(reader.get_ref()) {
                return;
            }
            let answer = if head.contains("/_bulk") {
                self.documents(&body)
            } else if head.starts_with("GET / ") {
                json!({ "version": { "number": "8.15.1" } })
            } else {
                json!({ "acknowledged": true })
            };
            let body = answer.to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            if reader.get_mut().write_all((head + &body).as_bytes()).is_err() {
                return;
            }
        }
    }

    fn documents(&self, body: &str) -> Value {
        let mut items = Vec::new();
        let mut lines = body.lines();
        while let (Some(action), Some(document)) = (lines.next(), lines.next()) {
            let action: Value = serde_json::from_str(action).unwrap();
            let id = action["create"]["_id"].as_str().unwrap().to_owned();
            if self.ids.lock().unwrap().insert(id) {
                self.line(document);
                items.push(json!({ "create": { "status": 201 } }));
            } else {
                items.push(json!({ "create": { "status": 409, "error": { "reason": "is there" } } }));
            }
        }
        json!({ "errors": false, "items": items })
    }

    fn take(&self, mut connection: TcpStream, away: Away) {
        let mut text = Vec::new();
        let mut buffer = vec![0; 65_536];
        loop {
            while !self.is_well() && away == Away::Frozen {
                thread::park_timeout(Duration::from_millis(20));
            }
            let piece = if self.is_well() { 65_536 } else { 2000 };
            match connection.read(&mut buffer[..piece]) {
                Ok(0) | Err(_) => return,
                Ok(length) => text.extend_from_slice(&buffer[..length]),
            }
            if !self.is_well() {
                thread::park_timeout(Duration::from_millis(20));
            }
            while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = text.drain(..=end).collect();
                self.line(&String::from_utf8_lossy(&line));
            }
        }
    }

    fn line(&self, line: &str) {
        match number(line) {
            Some(number) => self.numbers.lock().unwrap().push(number),
            None => {
                self.of_haproxy.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// The number of a line that was injected.
fn number(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once("injected /n")?;
    rest.split_once('/')?.0.parse().ok()
}

/// Whether the other side has ended the connection, and counts what it sent there as not delivered.
fn given_up(connection: &TcpStream) -> bool {
    connection.set_nonblocking(true).unwrap();
    let ended = matches!(connection.peek(&mut [0]), Ok(0));
    connection.set_nonblocking(false).unwrap();
    ended
}

/// Datagrams that the kernel had no room for at the socket of this address: its own count, the last column.
fn too_many(address: SocketAddr) -> u64 {
    let local = format!(":{:04X}", address.port());
    let sockets = std::fs::read_to_string("/proc/net/udp").unwrap();
    let is_it = |line: &&str| {
        let place = line.split_whitespace().nth(1);
        place.is_some_and(|place| place.ends_with(&local))
    };
    let socket = sockets.lines().find(is_it);
    socket
        .and_then(|line| line.split_whitespace().last()?.parse().ok())
        .unwrap_or(0)
}

/// Writes so many lines at a rate.
fn inject(address: SocketAddr, rate: u64, count: u64) {
    inject_counted(address, rate, count, &AtomicU64::new(0));
}

/// The same, and says meanwhile how many.
fn inject_counted(address: SocketAddr, rate: u64, count: u64, told: &AtomicU64) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let began = Instant::now();
    let mut sent = 0;
    while sent < count {
        let due = began.elapsed().as_millis() as u64 * rate / 1000;
        while sent < due.min(count) {
            let line = format!(
                "<134>Nov 23 06:18:09 injected[1]: injected /n{sent}/ {}\n",
                "x".repeat(200)
            );
            socket.send_to(line.as_bytes(), address).unwrap();
            sent += 1;
        }
        told.store(sent, Ordering::Relaxed);
        thread::park_timeout(Duration::from_millis(5));
    }
}

/// In a soak the bounds are the usual ones; a short test has less room, so that it, too, comes to the bound.
fn bounds() -> &'static [&'static str] {
    extent::pick::<&[_]>(&["--log-buffer-lines=1500"], &[])
}

async fn is_away(kind: Kind, away: Away) {
    if skip::without("haproxy") {
        return;
    }
    let sink = ports::lease().unwrap();
    let record = Record::default();
    if away != Away::Refuses {
        record.listen(kind, sink.address(), away);
    }
    let mut agent = Agent::start(&kind.url(sink.address()), true, bounds()).await;
    let mut options = LoadOptions::new(agent.front.address());
    options.rate = extent::pick(100.0, 1000.0);
    let load = LoadClient::start(options).unwrap();
    let rate = extent::pick(1000, 4000);
    let injected = rate * extent::pick(4, 120);
    let syslog = agent.syslog.address();
    tokio::task::spawn_blocking(move || inject(syslog, rate, injected))
        .await
        .unwrap();
    let total = load.stop().await;
    assert_eq!(total.lost(), 0, "traffic does not notice: {total}");

    let returned = Instant::now();
    record.well.store(true, Ordering::Relaxed);
    if away == Away::Refuses {
        record.listen(kind, sink.address(), away);
    }
    let logged = injected + total.answered();
    let arrived = || record.numbers.lock().unwrap().len() as u64 + record.of_haproxy.load(Ordering::Relaxed);
    // What a socket has no room for is gone, and no sender hears of it.
    let gone = || match kind {
        Kind::Udp => too_many(sink.address()),
        Kind::Tcp | Kind::Bulk => 0,
    };
    // The last lines are never those that the agent drops.
    let last_came = || async {
        let last = record.numbers.lock().unwrap().last().copied();
        last == Some(injected - 1) || arrived() + gone() == logged
    };
    wait::until(Duration::from_secs(60), last_came).await.unwrap();
    assert!(
        returned.elapsed() < Duration::from_secs(30),
        "drained after {:?}",
        returned.elapsed()
    );
    let memory = agent.memory();
    assert!(memory <= MOST_MEMORY, "{memory} kB");

    let told = agent.stop().await;
    let count = |name: &str| told[name].as_u64().unwrap_or_else(|| panic!("{told}"));
    let numbers = record.numbers.lock().unwrap().clone();
    // A connection to somebody who is frozen or slow lasts: what it holds comes when he goes on.
    assert!(numbers.is_sorted_by(|a, b| a < b), "in order, and none twice");
    assert!(
        count("dropped") > 0 || extent::is_soak() || away != Away::Refuses,
        "the bound was reached: {told}"
    );
    let (arrived, gone) = (arrived(), gone());
    eprintln!(
        "{kind:?} {away:?}: {logged} logged, {arrived} arrived, {gone} gone, at most {memory} kB, {told}"
    );
    // Exactly: what did not arrive is what was counted.
    assert_eq!(arrived + gone + count("dropped"), logged, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_refuses_costs_no_request_and_what_is_dropped_is_counted() {
    is_away(Kind::Tcp, Away::Refuses).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_frozen_costs_no_request() {
    is_away(Kind::Tcp, Away::Frozen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_slow_costs_no_request() {
    is_away(Kind::Tcp, Away::Slow).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_elasticsearch_that_refuses_costs_no_request_and_what_is_dropped_is_counted() {
    is_away(Kind::Bulk, Away::Refuses).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_elasticsearch_that_is_frozen_costs_no_request() {
    is_away(Kind::Bulk, Away::Frozen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_elasticsearch_that_is_slow_costs_no_request() {
    is_away(Kind::Bulk, Away::Slow).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_refuses_datagrams_costs_no_request_and_what_is_dropped_is_counted() {
    is_away(Kind::Udp, Away::Refuses).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_datagrams_that_is_frozen_costs_no_request() {
    is_away(Kind::Udp, Away::Frozen).await;
}

/// How a daemon goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Killed,
    Told,
}

async fn rsyslog_is_away(ends: Ends) {
    if skip::without("haproxy") || skip::without("rsyslogd") {
        return;
    }
    let mut rsyslog = Rsyslog::start(RsyslogInput::Tcp).await.unwrap();
    // Only what is injected is counted: it has numbers.
    let mut agent = Agent::start(&Kind::Tcp.url(rsyslog.address()), false, bounds()).await;
    let mut options = LoadOptions::new(agent.front.address());
    options.rate = 100.0;
    let load = LoadClient::start(options).unwrap();
    let rate = extent::pick(1000, 5000);
    // A second before, and one after.
    let injected = rate * (extent::pick(4, 120) + 2);
    let sent = Arc::<AtomicU64>::default();
    let (syslog, count) = (agent.syslog.address(), sent.clone());
    let injecting = tokio::task::spawn_blocking(move || inject_counted(syslog, rate, injected, &count));
    let until_sent = async |lines: u64| {
        let limit = Duration::from_secs(300);
        wait::until(limit, || async { sent.load(Ordering::Relaxed) >= lines })
            .await
            .unwrap();
    };
    until_sent(rate).await;
    match ends {
        Ends::Killed => rsyslog.kill().unwrap(),
        Ends::Told => rsyslog.stop().await.unwrap(),
    }
    until_sent(injected - rate).await;
    let received = rsyslog.received();
    assert!(number(received.lines().next_back().unwrap()) < Some(injected - 2 * rate));
    rsyslog.start_again().await.unwrap();
    let returned = Instant::now();
    injecting.await.unwrap();
    let last_came = || async {
        let received = rsyslog.received();
        received.lines().next_back().and_then(number) == Some(injected - 1)
    };
    wait::until(Duration::from_secs(60), last_came).await.unwrap();
    let drained = returned.elapsed();
    assert!(drained < Duration::from_secs(30), "drained after {drained:?}");
    let total = load.stop().await;
    assert_eq!(total.lost(), 0, "traffic does not notice: {total}");
    let memory = agent.memory();
    assert!(memory <= MOST_MEMORY, "{memory} kB");

    let told = agent.stop().await;
    let count = |name: &str| told[name].as_u64().unwrap_or_else(|| panic!("{told}"));
    let received = rsyslog.received();
    let numbers = Vec::from_iter(received.lines().map(|line| number(line).unwrap()));
    let mut seen = BTreeSet::new();
    let mut again = 0;
    for number in numbers {
        // What was given to a connection just before it broke may come twice, and no line comes before an earlier one.
        if seen.contains(&number) {
            again += 1;
        } else {
            assert!(
                seen.last().is_none_or(|last| *last < number),
                "{number} came late"
            );
            seen.insert(number);
        }
    }
    let arrived = seen.len() as u64;
    let (missing, dropped, resent) = (injected - arrived, count("dropped"), count("resent"));
    eprintln!(
        "rsyslog {ends:?}: {injected} sent, {arrived} arrived, {again} of them again, drained within {drained:?}, \
         at most {memory} kB, {told}"
    );
    assert!(dropped > 0 || extent::is_soak(), "the bound was reached: {told}");
    // Exactly: each line was given to the connection or given up, and so was each that had to go again.
    assert_eq!(count("received"), injected, "{told}");
    assert_eq!(injected + resent, count("delivered") + dropped, "{told}");
    // None is missing that was not counted. What a connection had taken when it broke may have come, and be given up all the same.
    assert!(missing <= dropped, "{missing} are missing: {told}");
    assert!(
        dropped - missing + again <= resent,
        "{missing} are missing, {again} came again: {told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rsyslog_that_is_killed_costs_no_request_and_each_line_comes_or_is_counted() {
    rsyslog_is_away(Ends::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_rsyslog_that_ends_costs_no_request_and_each_line_comes_or_is_counted() {
    rsyslog_is_away(Ends::Told).await;
}

#[tokio::test]
async fn a_sink_that_nobody_knows_ends_the_start_with_its_name() {
    let ran = crate::support::run(vga().args([
        "--storeType=etcd",
        "--storeConnection=127.0.0.1:1",
        "--log-sink=udp://127.0.0.1:1?fromat=json",
    ]));
    assert_eq!(ran.status, 2, "{}", ran.shown());
    assert!(
        ran.err.contains("the key 'fromat' is unknown here"),
        "{}",
        ran.shown()
    );
}
