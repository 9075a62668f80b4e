//! rsyslog in the place of Logstash, and a real HAProxy that logs.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use vamp_haproxy::base::{BaseOptions, LogTarget, base, http_log_format};
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::servers::Haproxy;
use vamp_testkit::{skip, wait};

use crate::support::{Place, SOON, counters, lines, number};

/// A daemon that writes what it gets into a file.
struct Rsyslog {
    child: Child,
    directory: tempfile::TempDir,
    port: Lease,
}

impl Rsyslog {
    /// `input` is `imudp` or `imtcp`.
    fn start(input: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = ports::lease().unwrap();
        let at = |name: &str| directory.path().join(name).display().to_string();
        let buffer = if input == "imudp" {
            " rcvbufSize=\"4m\""
        } else {
            ""
        };
        let configuration = format!(
            "global(workDirectory=\"{work}\" maxMessageSize=\"16k\")\n\
             module(load=\"{input}\")\n\
             input(type=\"{input}\" address=\"127.0.0.1\" port=\"{port}\"{buffer})\n\
             template(name=\"raw\" type=\"string\" string=\"%rawmsg%\\n\")\n\
             action(type=\"omfile\" file=\"{out}\" template=\"raw\" flushOnTXEnd=\"on\")\n",
            work = directory.path().display(),
            port = port.number(),
            out = at("out"),
        );
        fs::write(at("rsyslog.conf"), configuration).unwrap();
        let child = Command::new(skip::find("rsyslogd").unwrap())
            .args(["-n", "-f", &at("rsyslog.conf"), "-i", &at("pid")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            directory,
            port,
        }
    }

    fn numbers(&self) -> Vec<usize> {
        let text = fs::read_to_string(self.directory.path().join("out")).unwrap_or_default();
        text.lines().filter_map(number).collect()
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn reaches_rsyslog(input: &str, scheme: &str) {
    if skip::without("rsyslogd") {
        return;
    }
    let rsyslog = Rsyslog::start(input);
    let place = Place::new(&[format!("{scheme}://{}", rsyslog.port.address())]);
    let logs = place.start();
    // Before it listens, too: what this machine refuses waits.
    place.log(lines(0..2000));
    let arrived = || async { rsyslog.numbers().len() >= 2000 };
    if wait::until(SOON, arrived).await.is_err() {
        panic!("{} lines, {:?}", rsyslog.numbers().len(), logs.status());
    }
    assert_eq!(rsyslog.numbers(), (0..2000).collect::<Vec<_>>());
    logs.stop(SOON).await;
}

#[tokio::test]
async fn rsyslog_gets_every_line_by_udp() {
    reaches_rsyslog("imudp", "udp").await;
}

#[tokio::test]
async fn rsyslog_gets_every_line_by_tcp() {
    reaches_rsyslog("imtcp", "tcp").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_to_a_real_haproxy_is_a_line_at_the_sink() {
    if skip::without("haproxy") {
        return;
    }
    let (address, record) = crate::support::udp_sink("127.0.0.1:0".parse().unwrap());
    let mut place = Place::new(&[format!("udp://{address}?format=json")]);
    let syslog = ports::lease().unwrap();
    // The unix socket of most machines holds ten lines; for bursts there is UDP.
    place.config.udp = Some(syslog.address());
    let logs = place.start();
    let front = ports::lease().unwrap();
    let mut options = BaseOptions::default();
    options.statistics = None;
    options.log = Some(LogTarget::Udp(syslog.address()));
    let format = http_log_format().replace('"', "\\\"");
    let configuration = format!(
        "{}\nfrontend shop\n  bind {}\n  log-format \"{format}\"\n  http-request return status 200 content-type text/plain string one\n",
        base(&options),
        front.address(),
    );
    let haproxy = Haproxy::start(&configuration, front.address()).await.unwrap();
    let mut options = LoadOptions::new(front.address());
    options.rate = 300.0;
    let load = LoadClient::start(options).unwrap();
    let enough = || async { load.snapshot().answered() >= 600 };
    wait::until(SOON, enough).await.unwrap();
    let total = load.stop().await;
    assert_eq!(total.lost(), 0, "{total}");
    let answered = total.answered();
    let arrived = || async { counters(&logs).parsed >= answered };
    wait::until(SOON, arrived).await.unwrap();
    drop(haproxy);
    let status = logs.stop(Duration::from_secs(5)).await;
    assert_eq!(status.sinks[0].counters.dropped, 0);
    let records = record.lines();
    let requests = records
        .iter()
        .filter(|line| line.contains("\"ft\":\"shop\"") && line.contains("\"ST\":200"));
    assert!(requests.count() as u64 >= answered);
}
