//! The log path of a real agent while its sink is away: traffic does not notice, memory stays bounded, what is lost is counted, and what
//! is not lost comes in order.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use vamp_haproxy::base::{BaseOptions, LogTarget, Statistics, base, http_log_format};
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::servers::ServerProcess;
use vamp_testkit::{extent, memory, skip, wait};

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
    async fn start(sink: SocketAddr, flags: &[&str]) -> Self {
        let directory = tempfile::Builder::new().prefix("vga-").tempdir().unwrap();
        let mut agent = Self {
            process: ServerProcess::new("vga", directory.path().join("vga.log")),
            directory,
            statistics: ports::lease().unwrap(),
            front: ports::lease().unwrap(),
            syslog: ports::lease().unwrap(),
            away: ports::lease().unwrap(),
        };
        let base = agent.base();
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
            .args(["--log-format=json", "--log-sink", &format!("tcp://{sink}")])
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

    fn base(&self) -> PathBuf {
        let mut options = BaseOptions::default();
        options.statistics = Some(Statistics::at(self.statistics.address()));
        options.log = Some(LogTarget::Udp(self.syslog.address()));
        let format = http_log_format().replace('"', "\\\"");
        // The statistics of the readiness probe are no traffic.
        let text = base(&options)
            .to_string()
            .replace("listen stats\n", "listen stats\n  no log\n");
        let text = format!(
            "{text}\nfrontend shop\n  bind {}\n  log-format \"{format}\"\n  \
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

/// Takes lines down: how many of HAProxy, and the numbers of the others.
#[derive(Debug, Clone, Default)]
struct Record {
    of_haproxy: Arc<AtomicU64>,
    numbers: Arc<Mutex<Vec<u64>>>,
    well: Arc<AtomicBool>,
}

impl Record {
    fn listen(&self, listener: TcpListener, away: Away) {
        let this = self.clone();
        thread::spawn(move || {
            while let Ok((connection, _)) = listener.accept() {
                let this = this.clone();
                thread::spawn(move || this.take(connection, away));
            }
        });
    }

    fn take(&self, mut connection: TcpStream, away: Away) {
        let mut text = Vec::new();
        let mut buffer = vec![0; 65_536];
        loop {
            while !self.well.load(Ordering::Relaxed) && away == Away::Frozen {
                thread::park_timeout(Duration::from_millis(20));
            }
            let piece = if self.well.load(Ordering::Relaxed) {
                65_536
            } else {
                2000
            };
            match connection.read(&mut buffer[..piece]) {
                Ok(0) | Err(_) => return,
                Ok(length) => text.extend_from_slice(&buffer[..length]),
            }
            if !self.well.load(Ordering::Relaxed) {
                thread::park_timeout(Duration::from_millis(20));
            }
            while let Some(end) = text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = text.drain(..=end).collect();
                self.line(&String::from_utf8_lossy(&line));
            }
        }
    }

    fn line(&self, line: &str) {
        let number = line
            .split_once("injected /n")
            .and_then(|(_, rest)| rest.split_once('/')?.0.parse().ok());
        match number {
            Some(number) => self.numbers.lock().unwrap().push(number),
            None => {
                self.of_haproxy.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Writes so many lines at a rate.
fn inject(address: SocketAddr, rate: u64, count: u64) {
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
        thread::park_timeout(Duration::from_millis(5));
    }
}

async fn is_away(away: Away) {
    if skip::without("haproxy") {
        return;
    }
    let sink = ports::lease().unwrap();
    let record = Record::default();
    let listener = || TcpListener::bind(sink.address()).unwrap();
    if away != Away::Refuses {
        record.listen(listener(), away);
    }
    // In a soak the bounds are the usual ones; a short test has less room, so that it, too, comes to the bound.
    let flags: &[&str] = if extent::is_soak() {
        &[]
    } else {
        &["--log-buffer-lines=1500"]
    };
    let mut agent = Agent::start(sink.address(), flags).await;
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
        record.listen(listener(), away);
    }
    // The last lines are never those that are dropped.
    let last_came = || async { record.numbers.lock().unwrap().last() == Some(&(injected - 1)) };
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
    let arrived = numbers.len() as u64 + record.of_haproxy.load(Ordering::Relaxed);
    let logged = injected + total.answered();
    eprintln!("{away:?}: {logged} logged, {arrived} arrived, at most {memory} kB, {told}");
    // Exactly: what did not arrive is what was counted.
    assert_eq!(arrived + count("dropped"), logged, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_refuses_costs_no_request_and_what_is_dropped_is_counted() {
    is_away(Away::Refuses).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_frozen_costs_no_request() {
    is_away(Away::Frozen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_slow_costs_no_request() {
    is_away(Away::Slow).await;
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
