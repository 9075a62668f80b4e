//! What HAProxy's lines amount to, as events of a real server.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use vamp_agent::logs::{LogConfig, LogForwarder, MetricsConfig, MetricsPublisher, Observer};
use vamp_agent::{Agent, AgentConfig, Base, StopMode, VampServer};
use vamp_client::wire::{Event, EventQuery};
use vamp_client::{Client, Page};
use vamp_haproxy::base::{BaseOptions, LogTarget, Statistics};
use vamp_io::clock::SystemClock;
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::{ports, skip, wait};

use crate::http_source::{gateway_serves, gateways};
use crate::support::{LIMIT, Server, vga};

/// A server without an agent of its own, for agents with this runtime directory. It is not started yet.
pub(crate) fn server(store: &tempfile::TempDir, runtime: String) -> Server {
    let kv = format!("file://{}", store.path().display());
    let mut server = Server::prepared(&["--kv", &kv, "--agent", "off"]);
    server.runtime = Some(runtime);
    server
}

/// All events with these tags.
pub(crate) async fn events(server: &Server, tags: &[&str]) -> Vec<Event> {
    let client = Client::new(&format!("http://{}", server.api.address())).unwrap();
    let query = EventQuery {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..EventQuery::default()
    };
    let mut all = Vec::new();
    for number in 1.. {
        let page = client.events().query(&query, Page::number(number)).await.unwrap();
        if page.items.is_empty() {
            break;
        }
        all.extend(page.items);
    }
    all
}

pub(crate) fn value(event: &Event) -> Value {
    match event.value.as_ref().unwrap() {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => panic!("queries answer with text: {other}"),
    }
}

/// The requests of each bucket by its begin: one that came twice counts once.
async fn requests(server: &Server, tags: &[&str]) -> BTreeMap<String, u64> {
    let tags = [tags, &["metrics:bucket"]].concat();
    let events = events(server, &tags).await;
    let of_bucket = |event: &Event| {
        let value = value(event);
        let begin = value["begin"].as_str().unwrap().to_owned();
        (begin, value["requests"].as_u64().unwrap())
    };
    events.iter().map(of_bucket).collect()
}

/// The values of one sort by the moment at which they were true.
async fn values(server: &Server, tags: &[&str], what: &str) -> BTreeMap<jiff::Timestamp, Value> {
    let events = events(server, &[tags, &[what]].concat()).await;
    events
        .iter()
        .map(|event| (event.timestamp, value(event)))
        .collect()
}

/// Rate, response time and health are what the counts of the same bucket amount to.
async fn figures_agree(server: &Server, tags: &[&str]) {
    let all = async || {
        let buckets = values(server, tags, "metrics:bucket").await;
        let rates = values(server, tags, "metrics:rate").await;
        let times = values(server, tags, "metrics:responseTime").await;
        let health = values(server, tags, "health").await;
        // The events of a bucket come in any order.
        let has_all = |values: &BTreeMap<_, _>| buckets.keys().all(|at| values.contains_key(at));
        let complete = has_all(&rates) && has_all(&times) && has_all(&health);
        complete.then_some((buckets, rates, times, health))
    };
    let (buckets, rates, times, health) = wait::until_some(LIMIT, all).await.unwrap();
    for (at, bucket) in &buckets {
        let count = |name: &str| bucket[name].as_f64().unwrap_or_else(|| panic!("{bucket}"));
        let rate = (count("requests") / count("seconds") * 100.0).round() / 100.0;
        let time = (count("total_time") / count("timed").max(1.0) * 10.0).round() / 10.0;
        assert_eq!(rates[at].as_f64(), Some(rate), "{bucket}");
        assert_eq!(times[at].as_f64(), Some(time), "{bucket}");
        assert_eq!(health[at].as_f64(), Some(1.0), "{bucket}");
    }
    assert!(rates.values().any(|rate| rate.as_f64() > Some(1.0)), "{rates:?}");
}

/// A metric of an agent that is written so, labels included.
async fn metric(status: SocketAddr, name: &str) -> u64 {
    let told = some_metric(status, name).await;
    told.unwrap_or_else(|| panic!("there is no {name}"))
}

/// The same of one that may not be there.
pub(crate) async fn some_metric(status: SocketAddr, name: &str) -> Option<u64> {
    let text = get(status, "/metrics").await;
    let told = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    told.map(|told| told.parse::<f64>().unwrap() as u64)
}

async fn get(address: SocketAddr, path: &str) -> String {
    let client = vamp_io::http::client(vamp_io::http::Options::default()).unwrap();
    let answer = client
        .get(format!("http://{address}{path}"))
        .send()
        .await
        .unwrap();
    answer.text().await.unwrap()
}

/// What HAProxy itself has counted since the last reload.
async fn truth(status: SocketAddr, gateway: &str) -> u64 {
    metric(
        status,
        &format!("vamp_gateway_requests_total{{gateway=\"{gateway}\"}}"),
    )
    .await
}

/// Requests a second to the gateway on this port until it is stopped.
fn load(port: u16, rate: f64) -> LoadClient {
    let mut options = LoadOptions::new(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    options.path = "/health".to_owned();
    options.rate = rate;
    options.idle = 0;
    LoadClient::start(options).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_told_rate_and_response_time_of_gateways_routes_and_instances() {
    if skip::without("haproxy") {
        return;
    }
    let mut agent = crate::vga::Agent::named("edge");
    let store = tempfile::tempdir().unwrap();
    let mut server = server(&store, agent.runtime().display().to_string());
    server.start_again().await;
    let (status, syslog) = (ports::lease().unwrap(), ports::lease().unwrap());
    let address = format!("vamp+http://{}", server.api.address());
    let mut command = vga();
    command
        .args(["--store", &address])
        .args(["--status-address", &status.address().to_string()])
        .args(["--log-udp", &syslog.address().to_string()])
        .env("VAMP_GATEWAY_AGENT_METRICS_TO", &address);
    agent.process.start(agent.with_places(command)).unwrap();
    let port = server.gateway_port();
    gateways(&server, agent.statistics.address(), &[port]);
    gateway_serves(port).await;

    let load = load(port, 100.0);
    let some = || async { load.snapshot().answered() >= 200 };
    wait::until(LIMIT, some).await.unwrap();
    let total = load.stop().await;
    assert_eq!(total.lost(), 0, "{total}");
    let gateway = format!("front-{port}");
    let expected = truth(status.address(), &gateway).await;
    assert!(expected >= total.answered());

    let of_gateway = format!("gateways:{gateway}");
    let of_route = format!("routes:[{}]", agent.statistics.address());
    let of_server = format!("servers:{}", agent.statistics.address());
    let levels = [
        vec![&*of_gateway, "gateway", "agents:edge"],
        vec![&*of_gateway, &*of_route, "route"],
        vec![&*of_gateway, &*of_route, &*of_server, "server"],
    ];
    for tags in levels {
        // Each request is in one bucket of each level, and none is missing.
        let complete = || async { requests(&server, &tags).await.values().sum::<u64>() == expected };
        if wait::until(LIMIT, complete).await.is_err() {
            panic!("{expected} of {tags:?}: {:?}", requests(&server, &tags).await);
        }
        figures_agree(&server, &tags).await;
    }
    // The status tells of it, too.
    let told: Value = serde_json::from_str(&get(status.address(), "/status").await).unwrap();
    let metrics = &told["metrics"];
    assert_eq!(metrics["server"], address.as_str(), "{told:#}");
    assert_eq!(metrics["working"], true);
    assert!(
        metrics["counters"]["records"].as_u64() >= Some(2 * expected),
        "{metrics:#}"
    );
    assert!(metric(status.address(), "vamp_agent_metrics_published_total").await >= 1);
    let working = format!("vamp_agent_metrics_working{{server=\"{address}\"}}");
    assert_eq!(metric(status.address(), &working).await, 1);
}

/// An agent in this process whose buckets are a second long.
struct Measured {
    agent: vamp_agent::AgentHandle,
    logs: LogForwarder,
    /// One with the usual bounds, and one that keeps a single bucket.
    publishers: [MetricsPublisher; 2],
}

impl Measured {
    async fn start(mut config: AgentConfig, server: &Server, syslog: SocketAddr) -> Self {
        let clock = Arc::new(SystemClock);
        let address = format!("vamp+http://{}", server.api.address());
        let publisher = |agent: &str, most_buckets| {
            let mut metrics = MetricsConfig::parse(&address, &config).unwrap();
            metrics.bucket = Duration::from_secs(1);
            agent.clone_into(&mut metrics.agent);
            metrics.most_buckets = most_buckets;
            MetricsPublisher::start(&metrics, clock.clone()).unwrap()
        };
        let publishers = [publisher("edge", 60), publisher("small", 1)];
        let mut observers = publishers.each_ref().map(MetricsPublisher::observer);
        let mut log_config = LogConfig::default();
        log_config.udp = Some(syslog);
        let observer: Observer = Box::new(move |line, received| {
            observers.iter_mut().for_each(|observer| observer(line, received));
        });
        let logs = LogForwarder::start_observed(&log_config, clock.clone(), Some(observer)).unwrap();
        config.logs = Some(logs.status_reader());
        config.metrics = Some(publishers[0].status_reader());
        let source = VampServer::new(&format!("http://{}", server.api.address()), "haproxy", "2.4").unwrap();
        Self {
            agent: Agent::start(config, source, clock).await.unwrap(),
            logs,
            publishers,
        }
    }

    async fn stop(self) {
        self.agent.stop(StopMode::StopHaproxy).await.unwrap();
        self.logs.stop(LIMIT).await;
        for publisher in self.publishers {
            let counters = publisher.stop(LIMIT).await.counters;
            assert_eq!(counters.waiting, 0);
            assert_eq!(counters.buckets, counters.published + counters.dropped);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bucket_is_lost_while_the_server_is_away_up_to_a_bound() {
    if skip::without("haproxy") {
        return;
    }
    let directory = tempfile::Builder::new().prefix("vga-").tempdir().unwrap();
    let runtime = directory.path().join("run");
    let store = tempfile::tempdir().unwrap();
    let mut server = server(&store, runtime.display().to_string());
    server.start_again().await;
    let [statistics, status, syslog] = [(); 3].map(|()| ports::lease().unwrap());
    let mut base = BaseOptions::default();
    base.statistics = Some(Statistics::at(statistics.address()));
    base.log = Some(LogTarget::Udp(syslog.address()));
    let base = Base::Standard(Box::new(base));
    let mut config = AgentConfig::new("2.4", "edge", directory.path().join("state"), &runtime, base);
    config.status_address = Some(status.address());
    config.limits.graceful_stop = Duration::from_millis(100);
    let measured = Measured::start(config, &server, syslog.address()).await;
    let port = server.gateway_port();
    gateways(&server, statistics.address(), &[port]);
    gateway_serves(port).await;

    let load = load(port, 100.0);
    let [edge, small] = &measured.publishers;
    let published = || async { edge.status().counters.published >= 2 };
    wait::until(LIMIT, published).await.unwrap();
    server.kill();
    let waiting = || async { edge.status().counters.waiting >= 4 };
    wait::until(LIMIT, waiting).await.unwrap();
    let away = edge.status();
    assert!(!away.working, "{away:?}");
    assert!(
        away.last_error
            .as_ref()
            .unwrap()
            .contains("the server cannot be reached"),
        "{away:?}"
    );
    server.start_again().await;
    let total = load.stop().await;
    assert_eq!(total.lost(), 0, "{total}");
    let gateway = format!("front-{port}");
    let expected = truth(status.address(), &gateway).await;
    assert!(expected >= total.answered());

    let of_gateway = format!("gateways:{gateway}");
    let of_edge = [&*of_gateway, "gateway", "agents:edge"];
    let complete = || async { requests(&server, &of_edge).await.values().sum::<u64>() == expected };
    if wait::until(LIMIT, complete).await.is_err() {
        panic!(
            "{expected}: {:?} {:?}",
            requests(&server, &of_edge).await,
            edge.status()
        );
    }
    let counters = edge.status().counters;
    assert_eq!((counters.dropped, counters.rejected), (0, 0), "{counters:?}");
    assert!(edge.status().working);

    // One with less room has given up the oldest, and has counted them: the test can see what is missing.
    let idle = || async { small.status().counters.waiting == 0 };
    wait::until(LIMIT, idle).await.unwrap();
    let lost = small.status().counters.dropped;
    let of_small = [&*of_gateway, "gateway", "agents:small"];
    let (all, kept) = (
        requests(&server, &of_edge).await,
        requests(&server, &of_small).await,
    );
    // The first bucket begins when its publisher does.
    let begins = all.keys().skip(1);
    let missing = begins.filter(|begin| !kept.contains_key(*begin)).count() as u64;
    assert!(lost >= 2, "{lost}");
    // A bucket that is given up may have been published in part.
    assert!((lost - 1..=lost).contains(&missing), "{lost}: {all:?} {kept:?}");
    measured.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_within_the_server_sends_lines_on_and_makes_metrics_of_them() {
    if skip::without("haproxy") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (file, rotated) = (directory.path().join("lines"), directory.path().join("lines.1"));
    let mut server = Server::prepared(&["--log-sink", &format!("file://{}", file.display()), "--metrics"]);
    server.start_again().await;
    let port = server.gateway_port();
    gateways(&server, server.statistics.address(), &[port]);
    gateway_serves(port).await;
    let load = load(port, 100.0);
    wait::until(LIMIT, || async { load.snapshot().answered() >= 200 })
        .await
        .unwrap();
    let total = load.stop().await;
    assert_eq!(total.lost(), 0, "{total}");
    let asked = |file: &std::path::Path| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.matches("GET /health HTTP/1.1").count() as u64
    };
    wait::until(LIMIT, || async { asked(&file) >= total.answered() })
        .await
        .unwrap();

    // The file can be rotated as files of logs are.
    std::fs::rename(&file, &rotated).unwrap();
    server.signal(Signal::USR1);
    let is_written_to = || async {
        gateway_serves(port).await;
        asked(&file) > 0
    };
    wait::until(LIMIT, is_written_to).await.unwrap();

    // What was counted last is published when the server ends; it can be asked by the next one.
    server.stop().await;
    server.start_again().await;
    let gateway = format!("gateways:front-{port}");
    let counted: u64 = requests(&server, &[&gateway, "gateway"]).await.values().sum();
    assert!(counted > total.answered(), "{counted} of {total}");
}
