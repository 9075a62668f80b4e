//! An agent that takes its configuration from the server itself.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::Value;
use vamp_testkit::{ports, skip, wait};

use crate::support::{LIMIT, Server, serves, vga};
use crate::vga::Agent;

/// Shows HAProxy's own health, at the address of its statistics, through a gateway on each of these ports.
pub(crate) fn gateways(server: &Server, statistics: SocketAddr, ports: &[u16]) {
    let documents = ports.iter().map(|port| {
        format!("---\nkind: gateway\nname: front-{port}\nport: {port}/http\nroutes: {{'[{statistics}]': {{weight: 100%}}}}\n")
    });
    server.file("gateways.yml", &documents.collect::<String>());
    let applied = server.client(&["apply", "-f", "gateways.yml"]);
    assert_eq!(applied.status, 0, "{}", applied.shown());
}

pub(crate) async fn gateway_serves(port: u16) {
    serves(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
}

async fn seen_store(status: SocketAddr) -> Option<Value> {
    let client = vamp_io::http::client(vamp_io::http::Options::default()).unwrap();
    let answer = client.get(format!("http://{status}/status")).send().await.ok()?;
    let told: Value = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
    Some(told["store"].clone())
}

async fn store_becomes(status: SocketAddr, connected: bool) -> Value {
    let key = if connected {
        "connected_since"
    } else {
        "away_since"
    };
    wait::until(LIMIT, async || {
        seen_store(status)
            .await
            .is_some_and(|store| store[key].is_string())
    })
    .await
    .unwrap();
    seen_store(status).await.unwrap()
}

#[tokio::test]
async fn an_agent_follows_the_server_and_outlives_it() {
    if skip::without("haproxy") {
        return;
    }
    let mut agent = Agent::named("by-http");
    let store = tempfile::tempdir().unwrap();
    let kv = format!("file://{}", store.path().display());
    let mut server = Server::prepared(&["--kv", &kv, "--agent", "off"]);
    server.runtime = Some(agent.runtime().display().to_string());
    let status = ports::lease().unwrap();
    let mut command = vga();
    command
        .args(["--store", &format!("vamp+http://{}", server.api.address())])
        .args(["--status-address", &status.address().to_string()]);
    agent.process.start(agent.with_places(command)).unwrap();
    // No server yet: HAProxy runs, and nothing is taken for absent.
    serves(agent.statistics.address()).await;
    store_becomes(status.address(), false).await;

    server.start_again().await;
    let (first, second, third) = (
        server.gateway_port(),
        server.gateway_port() + 1,
        server.gateway_port() + 2,
    );
    gateways(&server, agent.statistics.address(), &[first]);
    gateway_serves(first).await;
    store_becomes(status.address(), true).await;

    server.kill();
    let away = store_becomes(status.address(), false).await;
    let words = away["last_error"]["message"].as_str().unwrap().to_owned();
    assert!(words.contains(&server.api.address().to_string()), "{words}");
    gateway_serves(first).await;
    server.start_again().await;
    gateways(&server, agent.statistics.address(), &[first, second]);
    gateway_serves(second).await;
    store_becomes(status.address(), true).await;

    server.freeze();
    store_becomes(status.address(), false).await;
    gateway_serves(second).await;
    server.thaw();
    gateways(&server, agent.statistics.address(), &[first, second, third]);
    gateway_serves(third).await;
    store_becomes(status.address(), true).await;
}
