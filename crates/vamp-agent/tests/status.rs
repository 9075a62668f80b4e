//! The status endpoint: what an agent tells those who ask it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::net::SocketAddr;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::service::{self, Service};
use support::{Rig, SOON, applied, running, state, until, without_haproxy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use vamp_agent::{AgentConfig, AgentHandle, FailureKind, StopMode};
use vamp_testkit::ports::{self, Lease};

/// An agent whose status is served.
struct Served {
    rig: Rig,
    port: Lease,
    agent: AgentHandle,
}

impl Served {
    async fn start(change: impl FnOnce(&mut AgentConfig)) -> Self {
        let (rig, port) = (Rig::new(), ports::lease().unwrap());
        let mut config = rig.config();
        config.status_address = Some(port.address());
        change(&mut config);
        let agent = rig.start_with(config).await;
        Self { rig, port, agent }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let answer = service::get(self.port.address(), path).await;
        taken_apart(&answer.unwrap_or_else(|| panic!("no answer to {path}")))
    }

    async fn status(&self) -> Value {
        serde_json::from_str(&self.get("/status").await.1).unwrap()
    }

    /// The value of the metric that is written so, labels included.
    async fn metric(&self, name: &str) -> Option<f64> {
        let (status, text) = self.get("/metrics").await;
        assert_eq!(status, 200, "{text}");
        let of_name = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
        text.lines().find_map(of_name)
    }

    async fn metric_becomes(&self, name: &str, wanted: f64) {
        until(async || self.metric(name).await == Some(wanted)).await;
    }
}

fn taken_apart(answer: &str) -> (u16, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// The status of the answer to a request that is written out.
async fn raw(address: SocketAddr, request: &str) -> u16 {
    let ask = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        taken_apart(&answer).0
    };
    tokio::time::timeout(SOON, ask).await.unwrap()
}

#[tokio::test]
async fn what_runs_is_told_with_its_hash_and_how_it_came_to_run() {
    if without_haproxy() {
        return;
    }
    let served = Served::start(|_| {}).await;
    let (one, two) = (Service::start("1.0").await, Service::start("2.0").await);
    let services = |weight| [(one.address(), weight), (two.address(), 100 - weight)];
    let first = served.rig.edge(&services(100));
    served.rig.apply(&served.agent, &first).await;
    let hash = served.rig.publish(&served.rig.edge(&services(50))).await;
    applied(&served.agent, &hash).await;

    let status = served.status().await;
    let agent = &status["agent"];
    assert_eq!(agent["applied"]["hash"], hash.as_str(), "{status:#}");
    assert_eq!(agent["applied"]["how"], "runtime");
    assert_eq!(agent["failure"], Value::Null);
    let (master, worker) = running(&served.agent).await;
    assert_eq!(agent["haproxy"]["master_pid"], master);
    assert_eq!(agent["haproxy"]["worker_pid"], worker);
    assert!(status["store"]["connected_since"].is_string() && status["store"]["away_since"].is_null());
    let counters = &status["counters"];
    assert_eq!(
        (&counters["applied_by_reload"], &counters["applied_at_runtime"]),
        (&Value::from(1), &Value::from(1)),
        "{counters:#}"
    );
    assert_eq!(served.get("/health").await, (200, "ok\n".to_owned()));
    assert_eq!(served.get("/").await.0, 404);
    served.agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn requests_are_counted_by_gateway_route_and_server() {
    if without_haproxy() {
        return;
    }
    let served = Served::start(|_| {}).await;
    let service = Service::start("1.0").await;
    served
        .rig
        .apply(&served.agent, &served.rig.edge(&[(service.address(), 100)]))
        .await;
    served.rig.ask_often(7).await;

    served
        .metric_becomes(r#"vamp_gateway_requests_total{gateway="edge"}"#, 7.0)
        .await;
    let of_route = r#"{gateway="edge",route="service-0"}"#;
    served
        .metric_becomes(&format!("vamp_route_requests_total{of_route}"), 7.0)
        .await;
    let answered = r#"vamp_route_responses_total{gateway="edge",route="service-0",code="2xx"}"#;
    served.metric_becomes(answered, 7.0).await;
    let (_, text) = served.get("/metrics").await;
    let of_server = |line: &&str| line.starts_with("vamp_server_requests_total{gateway=\"edge\"");
    let server = text.lines().find(of_server).unwrap_or_else(|| panic!("{text}"));
    assert!(server.ends_with(" 7"), "{server}");
    assert!(
        text.contains(r#"vamp_gateway_response_time_seconds{gateway="edge"}"#),
        "{text}"
    );

    assert_eq!(
        served.metric(r#"vamp_agent_applied_total{how="reload"}"#).await,
        Some(1.0)
    );
    assert_eq!(served.metric("vamp_agent_reload_seconds_count").await, Some(1.0));
    assert_eq!(
        served
            .metric(r#"vamp_agent_reload_seconds_bucket{le="+Inf"}"#)
            .await,
        Some(1.0)
    );
    assert_eq!(served.metric("vamp_agent_healthy").await, Some(1.0));
    served.agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_applied_is_told_and_takes_nobody_out_of_traffic() {
    if without_haproxy() {
        return;
    }
    let served = Served::start(|_| {}).await;
    let rig = &served.rig;
    let service = Service::start("1.0").await;
    let good = rig.edge(&[(service.address(), 100)]);
    rig.apply(&served.agent, &good).await;

    let refused = rig.publish(&format!("{good}backend broken\n  banana 7\n")).await;
    state(&served.agent, |status| status.failure.is_some()).await;
    let status = served.status().await;
    let failure = &status["agent"]["failure"];
    assert_eq!(
        (&failure["hash"], &failure["kind"]),
        (&refused.as_str().into(), &"refused".into())
    );
    let message = failure["message"].as_str().unwrap();
    assert!(
        message.contains("haproxy.cfg:") && message.contains("banana"),
        "{message}"
    );
    assert_eq!(served.get("/health").await.0, 200);
    assert_eq!(served.metric("vamp_agent_up_to_date").await, Some(0.0));

    // Another program has the port of a gateway.
    let (holder, listener) = ports::listen().unwrap();
    let other = support::gateway("other", holder.number(), &[(service.address(), 100)]);
    let edge = support::gateway("edge", rig.port.number(), &[(service.address(), 100)]);
    let hash = rig.publish(&rig.text(&[edge, other])).await;
    state(&served.agent, |status| {
        status
            .failure
            .as_ref()
            .is_some_and(|failure| failure.hash == hash && failure.kind == FailureKind::Failed)
    })
    .await;
    let status = served.status().await;
    let reason = status["agent"]["failure"]["message"].as_str().unwrap();
    assert!(reason.contains(&holder.address().to_string()), "{reason}");
    // What ran before serves on.
    assert_eq!(served.get("/health").await.0, 200);
    assert_eq!(served.metric("vamp_agent_up_to_date").await, Some(0.0));
    drop(listener);
    applied(&served.agent, &hash).await;
    assert_eq!(served.get("/health").await.0, 200);
    let status = served.status().await;
    assert_eq!(status["agent"]["failure"], Value::Null);
    assert_eq!(
        status["last_failure"]["hash"],
        hash.as_str(),
        "what failed last stays known"
    );
    assert_eq!(
        served
            .metric(r#"vamp_agent_not_applied_total{kind="refused"}"#)
            .await,
        Some(1.0)
    );
    served.agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn the_endpoint_tells_of_a_store_that_is_away_and_of_a_haproxy_that_ended() {
    if without_haproxy() {
        return;
    }
    let served = Served::start(|_| {}).await;
    let (master, _) = running(&served.agent).await;
    state(&served.agent, |status| status.store_connected_since.is_some()).await;
    served.rig.store.begin();
    state(&served.agent, |status| status.store_connected_since.is_none()).await;
    let status = served.status().await;
    assert!(status["store"]["away_since"].is_string(), "{status:#}");
    assert!(status["store"]["last_error"]["message"].is_string(), "{status:#}");
    assert_eq!(
        served.get("/health").await.0,
        200,
        "traffic flows without the store"
    );
    assert_eq!(served.metric("vamp_agent_store_connected").await, Some(0.0));
    assert_eq!(served.metric("vamp_agent_store_outages_total").await, Some(1.0));

    let haproxy = served.rig.haproxy().unwrap();
    assert_eq!(haproxy.pid, master);
    haproxy.tell_group(vamp_io::process::Tell::Kill).unwrap();
    state(&served.agent, |status| status.haproxy.restarts == 1).await;
    state(&served.agent, |status| status.haproxy.worker_pid.is_some()).await;
    served
        .metric_becomes("vamp_agent_haproxy_restarts_total", 1.0)
        .await;
    served.agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_haproxy_that_does_not_tell_its_counters_keeps_nobody_from_asking_for_the_health() {
    if without_haproxy() {
        return;
    }
    let served = Served::start(|_| {}).await;
    let (_, worker) = running(&served.agent).await;
    let address = served.port.address();
    served.metric("vamp_agent_healthy").await.unwrap();
    let worker = Pid::from_raw(i32::try_from(worker).unwrap()).unwrap();
    kill_process(worker, Signal::STOP).unwrap();
    let mut asking: JoinSet<_> = (0..50).map(|_| service::get(address, "/metrics")).collect();

    // All that are too many are told so while HAProxy is silent, and the health is told beside those that wait.
    for _ in 0..42 {
        let answer = asking.join_next().await.unwrap().unwrap().unwrap();
        assert_eq!(taken_apart(&answer).0, 503, "{answer}");
        assert!(
            answer.to_lowercase().contains("\r\nretry-after: 1\r\n"),
            "{answer}"
        );
    }
    assert_eq!(served.get("/health").await.0, 200);
    kill_process(worker, Signal::CONT).unwrap();
    while let Some(answer) = asking.join_next().await {
        assert_eq!(taken_apart(&answer.unwrap().unwrap()).0, 200);
    }
    served.agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn strange_hosts_and_other_methods_are_refused() {
    if without_haproxy() {
        return;
    }
    let served = Served::start(|_| {}).await;
    let address = served.port.address();
    until(async || TcpStream::connect(address).await.is_ok()).await;
    let with_host = async |host: &str| {
        raw(
            address,
            &format!("GET /status HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
        )
        .await
    };
    assert_eq!(with_host("localhost").await, 200);
    assert_eq!(with_host(&address.to_string()).await, 200);
    assert_eq!(with_host("rebound.example.org").await, 421);
    assert_eq!(
        raw(address, "GET /status HTTP/1.0\r\n\r\n").await,
        421,
        "no host at all"
    );
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let request = format!(
            "{method} /status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(raw(address, &request).await, 405, "{method}");
    }
    served.agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_port_that_another_program_has_does_not_keep_the_agent_from_its_work() {
    if without_haproxy() {
        return;
    }
    let (holder, listener) = ports::listen().unwrap();
    let address = holder.address();
    let served = Served::start(|config| config.status_address = Some(address)).await;
    let service = Service::start("1.0").await;
    served
        .rig
        .apply(&served.agent, &served.rig.edge(&[(service.address(), 100)]))
        .await;
    drop(listener);
    until(async || {
        let answer = service::get(address, "/health").await;
        answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
    })
    .await;
    served.agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[cfg(feature = "logs")]
#[tokio::test]
async fn what_the_log_path_has_counted_is_told_by_sink_and_without_credentials() {
    use std::sync::Arc;

    use vamp_agent::Base;
    use vamp_agent::logs::{LogConfig, LogForwarder, SinkConfig, SpoolConfig};
    use vamp_haproxy::base::{BaseOptions, LogTarget};
    use vamp_io::clock::SystemClock;

    if without_haproxy() {
        return;
    }
    let directory = tempfile::Builder::new().prefix("vl").tempdir().unwrap();
    let file = format!("file://{}", directory.path().join("lines").display());
    // Nobody listens there.
    let away = ports::lease().unwrap();
    let (index, events) = (
        format!("http://elastic:hunter2@{}/lines", away.address()),
        format!("vamp+http://operator:hunter2@{}", away.address()),
    );
    let mut config = LogConfig::default();
    config.socket = Some(directory.path().join("log.sock"));
    config.sinks = [&file, &index, &events]
        .map(|url| SinkConfig::parse(url).unwrap())
        .to_vec();
    config.buffer.lines = 100;
    config.spool = Some(SpoolConfig::new(directory.path().join("spool")));
    let logs = LogForwarder::start(&config, Arc::new(SystemClock)).unwrap();
    let served = Served::start(|agent| {
        let mut base = BaseOptions::default();
        base.statistics = None;
        base.log = config.socket.clone().map(LogTarget::Unix);
        agent.base = Base::Standard(Box::new(base));
        agent.logs = Some(logs.status_reader());
    })
    .await;
    let service = Service::start("1.0").await;
    let edge = served.rig.edge(&[(service.address(), 100)]);
    served.rig.apply(&served.agent, &edge).await;
    served.rig.ask_often(150).await;

    let of_sink = |what: &str, sink: &str| format!("vamp_agent_log_sink_{what}{{sink=\"{sink}\"}}");
    let of_place = |what: &str, sink: &str, place: &str| {
        format!("vamp_agent_log_sink_waiting_{what}{{sink=\"{sink}\",place=\"{place}\"}}")
    };
    let index = format!("http://{}/lines", away.address());
    until(async || {
        let received = served.metric("vamp_agent_log_received_total").await;
        let delivered = served.metric(&of_sink("delivered_total", &file)).await;
        received >= Some(150.0) && delivered == received
    })
    .await;
    until(async || served.metric(&of_place("bytes", &index, "spool")).await > Some(0.0)).await;
    assert_eq!(served.metric(&of_sink("working", &file)).await, Some(1.0));
    assert_eq!(served.metric(&of_sink("dropped_total", &file)).await, Some(0.0));
    served.metric_becomes(&of_sink("working", &index), 0.0).await;
    // Each line is somewhere.
    let status = served.status().await;
    let sinks = &status["logs"]["sinks"];
    assert_eq!(sinks[1]["sink"], index.as_str(), "{status:#}");
    let count = |name: &str| sinks[1]["counters"][name].as_u64().unwrap();
    let waiting = count("queued_lines") + count("spooled_lines");
    assert_eq!(count("delivered"), 0);
    assert_eq!(count("received"), count("dropped") + waiting, "{status:#}");
    assert!(sinks[1]["last_error"].is_string(), "{status:#}");

    let (_, metrics) = served.get("/metrics").await;
    assert!(
        metrics.contains(&format!("sink=\"vamp+http://***@{}\"", away.address())),
        "{metrics}"
    );
    for told in [metrics, status.to_string()] {
        assert!(!told.contains("hunter2"), "{told}");
    }
    served.agent.stop(StopMode::StopHaproxy).await.unwrap();
    logs.stop(SOON / 10).await;
}
