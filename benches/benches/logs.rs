//! The agent's log path beside rsyslog: lines per second of processor time, from a unix datagram socket to the same UDP sink, one after
//! the other in the same run. Says the figures, and the median of the ratios of the rounds.
//!
//! Lines go on as they came, and as objects that each has read and written anew; each at a pace that traffic makes, and as fast as either takes
//! them. A datagram for each line costs the kernel most of what is measured, the same for both. The program starts itself once more in a network of its own,
//! where a unix socket holds as many lines as the manual advises; where that is not allowed it holds what the machine says.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a program that measures and prints"
)]

use std::fs;
use std::io::IoSliceMut;
use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::socket::{MsgFlags, MultiHeaders, recvmmsg, setsockopt, sockopt};
use serde_json::Value;
use vamp_agent::logs::{Bounds, LogConfig, LogForwarder, SinkConfig};
use vamp_io::clock::SystemClock;

/// What the manual advises for gateways with much traffic.
const QUEUE: u32 = 512;

/// Says to the program that it is in a network of its own.
const ALONE: &str = "VAMP_BENCH_ALONE";

/// How fast lines come, and how often that is measured.
#[derive(Clone, Copy)]
struct Pace {
    name: &'static str,
    /// Lines of each millisecond; none where they come as fast as they are taken.
    each_millisecond: Option<u64>,
    lines: u64,
    rounds: usize,
}

const PACES: [Pace; 2] = [
    Pace {
        name: "20,000 a second",
        each_millisecond: Some(20),
        lines: 60_000,
        rounds: 5,
    },
    Pace {
        name: "as fast as they are taken",
        each_millisecond: None,
        lines: 200_000,
        rounds: 5,
    },
];

/// What becomes of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// It goes on as it came.
    Raw,
    /// Its object is read, and written anew with the time and the type.
    Json,
}

/// What is measured at once.
#[derive(Clone, Copy)]
struct Case {
    form: Form,
    pace: Pace,
}

/// Counts datagrams. It looks for them each millisecond, as a sink on another machine: whoever sends does not pay for its wake-up.
struct Sink {
    address: String,
    count: Arc<AtomicU64>,
    first: Arc<OnceLock<Vec<u8>>>,
    stop: Arc<AtomicBool>,
}

impl Sink {
    fn start() -> Self {
        const AT_ONCE: usize = 256;
        const LONGEST: usize = 1024;
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let room = 16 * 1024 * 1024;
        if setsockopt(&socket, sockopt::RcvBufForce, &room).is_err() {
            setsockopt(&socket, sockopt::RcvBuf, &room).unwrap();
        }
        let sink = Self {
            address: socket.local_addr().unwrap().to_string(),
            count: Arc::default(),
            first: Arc::default(),
            stop: Arc::default(),
        };
        let (count, first, stop) = (sink.count.clone(), sink.first.clone(), sink.stop.clone());
        thread::spawn(move || {
            let mut headers = MultiHeaders::<()>::preallocate(AT_ONCE, None);
            let mut space = vec![0; AT_ONCE * LONGEST];
            while !stop.load(Ordering::Relaxed) {
                let mut slices: Vec<[IoSliceMut<'_>; 1]> = space
                    .chunks_exact_mut(LONGEST)
                    .map(|space| [IoSliceMut::new(space)])
                    .collect();
                let (socket, flags) = (socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
                let messages = recvmmsg(socket, &mut headers, slices.iter_mut(), flags, None);
                let lengths = messages.into_iter().flatten().map(|message| message.bytes);
                let (received, length) = lengths.fold((0, None), |(count, length), next| {
                    (count + 1, length.or(Some(next)))
                });
                if let Some(length) = length {
                    first.get_or_init(|| space[..length].to_vec());
                }
                count.fetch_add(received as u64, Ordering::Relaxed);
                if received < AT_ONCE {
                    thread::park_timeout(Duration::from_millis(1));
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

    /// The first datagram is the first line in the form that is wanted.
    fn has(&self, form: Form) {
        let first = self.first.get().unwrap();
        let line = lines().swap_remove(0);
        let object = |text: &str| {
            let (_, object) = text.split_once('{').unwrap();
            serde_json::from_str::<Value>(&format!("{{{object}")).unwrap()
        };
        match form {
            Form::Raw => assert_eq!(first.trim_ascii_end(), line.trim_end().as_bytes()),
            Form::Json => {
                let (seen, sent) = (object(std::str::from_utf8(first).unwrap()), object(&line));
                for (key, value) in sent.as_object().unwrap() {
                    assert_eq!(&seen[key], value, "{key}");
                }
                assert!(seen["@timestamp"].is_string() && seen["type"] == "haproxy");
            }
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Lines as HAProxy writes them, of as many lengths as those of real traffic have.
fn lines() -> Vec<String> {
    let of = |number: u64, most: u64| (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % most;
    let line = |number: u64| {
        let (port, size, path) = (
            1024 + of(number, 60_000),
            of(number + 1, 20_000),
            of(number + 2, 9_000),
        );
        let (answer, open) = (of(number + 3, 250), of(number + 4, 120));
        format!(
            "<134>Nov 23 06:18:09 haproxy[4484]: {{\"ci\":\"192.0.2.7\",\"cp\":{port},\"t\":\"23/Nov/2026:06:18:09.450\",\
             \"ft\":\"90ade9ffbfe48aba2e98b4af6543ac2eb666fbf7\",\"b\":\"90ade9ffbfe48aba2e98b4af6543ac2eb666fbf7\",\
             \"s\":\"ba7e0400bfe48aba2e98b4af6543ac2eb666fbf7\",\"Tq\":0,\"Tw\":0,\"Tc\":1,\"Tr\":{answer},\"Tt\":{total},\"ST\":200,\
             \"B\":{size},\"CC\":\"-\",\"CS\":\"-\",\"tsc\":\"----\",\"ac\":{open},\"fc\":1,\"bc\":0,\"sc\":0,\"rc\":0,\"sq\":0,\"bq\":0,\
             \"hr\":\"\",\"hs\":\"\",\"r\":\"GET /products/{path} HTTP/1.1\"}}\n",
            total = answer + 2,
        )
    };
    (0..4096).map(line).collect()
}

/// Sends lines and waits where the socket is full, so that none is lost.
fn send(path: &Path, pace: Pace) {
    let socket = UnixDatagram::unbound().unwrap();
    socket.connect(path).unwrap();
    let lines = lines();
    let started = Instant::now();
    for (number, line) in (0..pace.lines).zip(lines.iter().cycle()) {
        if let Some(each) = pace.each_millisecond {
            let due = started + Duration::from_millis(number / each);
            while let Some(early) = due.checked_duration_since(Instant::now()) {
                thread::park_timeout(early);
            }
        }
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

fn ours(directory: &Path, Case { form, pace }: Case) -> f64 {
    let sink = Sink::start();
    let path = directory.join("ours.sock");
    let mut config = LogConfig::default();
    config.socket = Some(path.clone());
    let format = match form {
        Form::Raw => "raw",
        Form::Json => "json",
    };
    let url = format!("udp://{}?format={format}", sink.address);
    config.sinks = vec![SinkConfig::parse(&url).unwrap()];
    // Lines come faster here than any traffic makes them. What is measured is the work for each, so none may be dropped.
    config.buffer = Bounds {
        lines: usize::try_from(pace.lines).unwrap(),
        bytes: 256 * 1024 * 1024,
    };
    let logs = LogForwarder::start(&config, Arc::new(SystemClock)).unwrap();
    let before = processor_time("self", "vamp-log-");
    send(&path, pace);
    let arrived = sink.settled();
    let spent = processor_time("self", "vamp-log-") - before;
    let counters = logs.status().sinks[0].counters;
    assert_eq!((counters.delivered, counters.dropped), (pace.lines, 0));
    sink.has(form);
    told("agent", arrived, pace, spent)
}

struct Rsyslog(Child);

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn rsyslog(program: &Path, directory: &Path, Case { form, pace }: Case) -> f64 {
    let sink = Sink::start();
    let path = directory.join("rsyslog.sock");
    let (host, port) = sink.address.split_once(':').unwrap();
    let output = match form {
        Form::Raw => "template(name=\"out\" type=\"string\" string=\"%rawmsg%\")\n",
        Form::Json => {
            "module(load=\"mmjsonparse\")\n\
             template(name=\"out\" type=\"list\") {\n\
             constant(value=\"{\\\"@timestamp\\\":\\\"\") property(name=\"timereported\" dateFormat=\"rfc3339\")\n\
             constant(value=\"\\\",\\\"type\\\":\\\"haproxy\\\",\") property(name=\"$!all-json\" position.from=\"2\")\n\
             }\n\
             action(type=\"mmjsonparse\" cookie=\"\")\n"
        }
    };
    // No limit of rate, nothing looked up, the message queue in memory and large.
    let configuration = format!(
        "global(workDirectory=\"{work}\" maxMessageSize=\"16k\" variables.caseSensitive=\"on\")\n\
         main_queue(queue.type=\"FixedArray\" queue.size=\"100000\" queue.dequeueBatchSize=\"1024\" queue.workerThreads=\"1\")\n\
         module(load=\"imuxsock\" SysSock.Use=\"off\")\n\
         input(type=\"imuxsock\" Socket=\"{socket}\" CreatePath=\"off\" UseSpecialParser=\"off\" ParseHostname=\"off\" \
         RateLimit.Interval=\"0\" UsePIDFromSystem=\"off\" Annotate=\"off\" ParseTrusted=\"off\" UseSysTimeStamp=\"off\" Unlink=\"on\")\n\
         {output}\
         action(type=\"omfwd\" target=\"{host}\" port=\"{port}\" protocol=\"udp\" template=\"out\")\n",
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
    send(&path, pace);
    let arrived = sink.settled();
    let spent = processor_time(&process, "") - before;
    sink.has(form);
    told("rsyslog", arrived, pace, spent)
}

/// Lines that arrived for each second of processor time.
fn told(name: &str, arrived: u64, pace: Pace, spent: f64) -> f64 {
    let rate = arrived as f64 / spent;
    println!(
        "  {name:<8} {rate:>9.0} lines/CPU-s   {arrived} of {} arrived",
        pace.lines
    );
    rate
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Goes on in a network of its own, where the queue of unix sockets is long; says whether that was possible.
fn ran_alone() -> bool {
    let script = format!(
        "ip link set lo up && echo {QUEUE} > /proc/sys/net/unix/max_dgram_qlen && exec \"$0\" \"$@\""
    );
    let allowed = |command: &str| {
        Command::new("unshare")
            .args(["--net", "sh", "-c", command])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if !allowed(&script.replace("exec \"$0\" \"$@\"", "true")) {
        return false;
    }
    let status = Command::new("unshare")
        .args(["--net", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .args(std::env::args_os().skip(1))
        .env(ALONE, "1")
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    true
}

fn main() {
    let program = Path::new("/usr/sbin/rsyslogd");
    if !program.exists() {
        println!("logs: skipped, rsyslogd is not installed (Debian package: rsyslog)");
        return;
    }
    if std::env::var_os(ALONE).is_none() && ran_alone() {
        return;
    }
    let of_machine = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let queue = of_machine("/proc/sys/net/unix/max_dgram_qlen");
    let directory = tempfile::tempdir().unwrap();
    for (form, pace) in [Form::Raw, Form::Json]
        .into_iter()
        .flat_map(|form| PACES.map(|pace| (form, pace)))
    {
        let case = Case { form, pace };
        let what = match form {
            Form::Raw => "as they came",
            Form::Json => "read and written as JSON",
        };
        let what = format!("lines {what}, {}", pace.name);
        let load = of_machine("/proc/loadavg");
        println!("{what}; a unix socket holds {queue}; load {load}");
        let (mut agent, mut other, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..pace.rounds {
            let (this, that) = (
                ours(directory.path(), case),
                rsyslog(program, directory.path(), case),
            );
            agent.push(this);
            other.push(that);
            ratios.push(this / that);
        }
        println!(
            "logs: {what}: agent {:.0}, rsyslog {:.0} lines/CPU-s: {:.1} times",
            median(agent),
            median(other),
            median(ratios)
        );
    }
}
