//! rsyslog in the place of Logstash, and a real HAProxy that logs.

use std::time::Duration;

use vamp_haproxy::base::{BaseOptions, LogTarget, base, http_log_format};
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::ports;
use vamp_testkit::servers::{Haproxy, Rsyslog, RsyslogInput};
use vamp_testkit::{skip, wait};

use crate::support::{Place, SOON, counters, lines, number};

async fn reaches_rsyslog(input: RsyslogInput, scheme: &str) {
    if skip::without("rsyslogd") {
        return;
    }
    let rsyslog = Rsyslog::start(input).await.unwrap();
    let numbers = || Vec::from_iter(rsyslog.received().lines().filter_map(number));
    let place = Place::new(&[format!("{scheme}://{}", rsyslog.address())]);
    let logs = place.start();
    place.log(lines(0..2000));
    let arrived = || async { numbers().len() >= 2000 };
    if wait::until(SOON, arrived).await.is_err() {
        panic!("{} lines, {:?}", numbers().len(), logs.status());
    }
    assert_eq!(numbers(), (0..2000).collect::<Vec<_>>());
    logs.stop(SOON).await;
}

#[tokio::test]
async fn rsyslog_gets_every_line_by_udp() {
    reaches_rsyslog(RsyslogInput::Udp, "udp").await;
}

#[tokio::test]
async fn rsyslog_gets_every_line_by_tcp() {
    reaches_rsyslog(RsyslogInput::Tcp, "tcp").await;
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
