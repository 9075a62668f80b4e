//! A configuration of 2,000 gateways, which no value of Consul's can hold.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use vamp_kv::KeyValueStore as _;
use vamp_kv::handover::{HandOver, Publication};
use vamp_testkit::{servers::Consul, skip};

use crate::place::{connect, key};

const SOON: Duration = Duration::from_secs(60);

/// What HAProxy is told of 2,000 gateways with three routes each, with names that do not repeat.
fn configuration(generation: u64) -> String {
    let mut state = generation + 1;
    let mut name = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    };
    let mut text = String::new();
    for gateway in 0..2000 {
        let front = name();
        writeln!(
            text,
            "frontend {front}\n  bind 0.0.0.0:{}\n  mode http",
            10_000 + gateway
        )
        .unwrap();
        for route in 0..3 {
            let (back, server) = (name(), name());
            writeln!(
                text,
                "  use_backend {front}::{back} if {{ path_beg /{route} }}\nbackend {front}::{back}\n  \
                 server {server} 10.0.{}.{}:{} weight 33",
                gateway % 250,
                route,
                20_000 + gateway
            )
            .unwrap();
        }
    }
    text
}

fn publication(text: &str) -> Publication<'_> {
    Publication {
        text,
        revision: 1,
        fencing: None,
        shrink_meant: false,
    }
}

#[tokio::test]
async fn two_thousand_gateways_come_through() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let (server, agent) = (
        connect(&consul.endpoint()).await,
        connect(&consul.endpoint()).await,
    );
    let limit = server.capabilities().max_value.unwrap();
    let hand_over = |store| HandOver::new(Arc::new(store), &key("/vamp/default"), "haproxy", "2.4").unwrap();
    let (server, agent) = (hand_over(server), hand_over(agent));
    let mut watch = agent.watch();
    for generation in 0..3 {
        let text = configuration(generation);
        assert!(text.len() > 2 * limit, "{} bytes", text.len());
        let published = server.publish(publication(&text)).await.unwrap();
        let received = tokio::time::timeout(SOON, watch.next()).await.unwrap();
        let received = received.unwrap().unwrap();
        assert!(received.text == text && received.hash == published.hash);
    }
    let pieces = key("/vamp/default/gateways/haproxy/2.4/parts");
    let pieces = agent.store().list(&pieces).await.unwrap();
    assert!(pieces.len() > 1, "one value was enough");
}
