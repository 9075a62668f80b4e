//! The agent's log path beside rsyslog: lines per second of processor time, from a unix datagram socket to the same UDP sink, one after
//! the other in the same run. Says the figures, and the ratio of the medians of five rounds.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a program that measures and prints"
)]

use std::fs;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::socket::{setsockopt, sockopt};
use vamp_agent::logs::{Bounds, LogConfig, LogForwarder, SinkConfig};
use vamp_io::clock::SystemClock;

const LINES: u64 = 200_000;
const ROUNDS: usize = 5;

/// Counts datagrams.
struct Sink {
    address: String,
    count: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Sink {
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        setsockopt(&socket, sockopt::RcvBuf, &(4 * 1024 * 1024)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let sink = Self {
            address: socket.local_addr().unwrap().to_string(),
            count: Arc::default(),
            stop: Arc::default(),
        };
        let (count, stop) = (sink.count.clone(), sink.stop.clone());
        thread::spawn(move || {
            let mut buffer = [0; 16_384];
            while !stop.load(Ordering::Relaxed) {
                if socket.recv(&mut buffer).is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        sink
    }

    /// How many came, once no more come.
    fn settled(&self) -> u64 {
        let mut before = self.count.load(Ordering::Relaxed);
        let mut since = Instant::now();
        while since.elapsed() < Duration::from_millis(500) {
            thread::park_timeout(Duration::from_millis(20));
            let now = self.count.load(Ordering::Relaxed);
            if now != before {
                before = now;
                since = Instant::now();
            }
        }
        before
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Sends lines and waits where the socket is full, so that none is lost.
fn send(path: &Path) {
    let socket = UnixDatagram::unbound().unwrap();
    socket.connect(path).unwrap();
    for number in 0..LINES {
        let line = format!(
            "<134>Nov 23 06:18:09 haproxy[4484]: {{\"ci\":\"192.0.2.7\",\"cp\":55604,\"t\":\"23/Nov/2026:06:18:09.450\",\
             \"ft\":\"90ade9ffbfe48aba2e98b4af6543ac2eb666fbf7\",\"b\":\"90ade9ffbfe48aba2e98b4af6543ac2eb666fbf7\",\
             \"s\":\"ba7e0400bfe48aba2e98b4af6543ac2eb666fbf7\",\"Tq\":0,\"Tw\":0,\"Tc\":1,\"Tr\":12,\"Tt\":14,\"ST\":200,\"B\":3020,\
             \"CC\":\"-\",\"CS\":\"-\",\"tsc\":\"----\",\"ac\":5,\"fc\":1,\"bc\":0,\"sc\":0,\"rc\":0,\"sq\":0,\"bq\":0,\
             \"hr\":\"\",\"hs\":\"\",\"r\":\"GET /products/{number} HTTP/1.1\"}}\n"
        );
        socket.send(line.as_bytes()).unwrap();
    }
}

/// Processor time of all threads of a process whose name begins so, in seconds.
fn processor_time(process: &str, name: &str) -> f64 {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let nanoseconds = tasks.flatten().filter_map(|task| {
        let of_task = |file: &str| fs::read_to_string(task.path().join(file)).ok();
        let is_named = of_task("comm")?.starts_with(name);
        let spent: u64 = of_task("schedstat")?.split(' ').next()?.parse().ok()?;
        is_named.then_some(spent)
    });
    nanoseconds.sum::<u64>() as f64 / 1e9
}

fn ours(directory: &Path) -> f64 {
    let sink = Sink::start();
    let path = directory.join("ours.sock");
    let mut config = LogConfig::default();
    config.socket = Some(path.clone());
    config.sinks = vec![SinkConfig::parse(&format!("udp://{}", sink.address)).unwrap()];
    // Lines come faster here than any traffic makes them. What is measured is the work for each, so none may be dropped.
    config.buffer = Bounds {
        lines: usize::try_from(LINES).unwrap(),
        bytes: 256 * 1024 * 1024,
    };
    let logs = LogForwarder::start(&config, Arc::new(SystemClock)).unwrap();
    let before = processor_time("self", "vamp-log-");
    send(&path);
    let arrived = sink.settled();
    let spent = processor_time("self", "vamp-log-") - before;
    let counters = logs.status().sinks[0].counters;
    assert_eq!((counters.delivered, counters.dropped), (LINES, 0));
    println!(
        "  agent    {:>9.0} lines/CPU-s   {arrived} of {LINES} arrived",
        LINES as f64 / spent
    );
    LINES as f64 / spent
}

struct Rsyslog(Child);

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn rsyslog(program: &Path, directory: &Path) -> f64 {
    let sink = Sink::start();
    let path = directory.join("rsyslog.sock");
    let (host, port) = sink.address.split_once(':').unwrap();
    // No limit of rate, nothing looked up, the line as it came, the message queue in memory and large.
    let configuration = format!(
        "global(workDirectory=\"{work}\" maxMessageSize=\"16k\")\n\
         main_queue(queue.type=\"FixedArray\" queue.size=\"100000\" queue.dequeueBatchSize=\"1024\" queue.workerThreads=\"1\")\n\
         module(load=\"imuxsock\" SysSock.Use=\"off\")\n\
         input(type=\"imuxsock\" Socket=\"{socket}\" CreatePath=\"off\" UseSpecialParser=\"off\" ParseHostname=\"off\" \
         RateLimit.Interval=\"0\" UsePIDFromSystem=\"off\" Annotate=\"off\" ParseTrusted=\"off\" UseSysTimeStamp=\"off\" Unlink=\"on\")\n\
         template(name=\"raw\" type=\"string\" string=\"%rawmsg%\")\n\
         action(type=\"omfwd\" target=\"{host}\" port=\"{port}\" protocol=\"udp\" template=\"raw\")\n",
        work = directory.display(),
        socket = path.display(),
    );
    let file = directory.join("rsyslog.conf");
    fs::write(&file, configuration).unwrap();
    let child = Command::new(program)
        .arg("-n")
        .arg("-f")
        .arg(&file)
        .arg("-i")
        .arg(directory.join("pid"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let process = child.id().to_string();
    let _running = Rsyslog(child);
    let started = Instant::now();
    while UnixDatagram::unbound().unwrap().connect(&path).is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "rsyslog does not listen"
        );
        thread::park_timeout(Duration::from_millis(10));
    }
    let before = processor_time(&process, "");
    send(&path);
    let arrived = sink.settled();
    let spent = processor_time(&process, "") - before;
    println!(
        "  rsyslog  {:>9.0} lines/CPU-s   {arrived} of {LINES} arrived",
        arrived as f64 / spent
    );
    arrived as f64 / spent
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn main() {
    let program = Path::new("/usr/sbin/rsyslogd");
    if !program.exists() {
        println!("logs: skipped, rsyslogd is not installed (Debian package: rsyslog)");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (mut agent, mut other) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        println!("round {round}");
        agent.push(ours(directory.path()));
        other.push(rsyslog(program, directory.path()));
    }
    let (agent, other) = (median(agent), median(other));
    println!(
        "logs: agent {agent:.0}, rsyslog {other:.0} lines/CPU-s: {:.1} times",
        agent / other
    );
}
