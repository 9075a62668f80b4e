//! A configuration of 2,000 gateways, which no value of most stores can hold.

use std::fmt::Write as _;
use std::time::Duration;

use futures::StreamExt as _;
use vamp_kv::KeyValueStore as _;

use crate::place::{Place, publication};

const SOON: Duration = Duration::from_secs(60);

/// What HAProxy is told of 2,000 gateways of three routes with two targets each, with names that do not repeat.
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
            let back = name();
            writeln!(
                text,
                "  use_backend {front}::{back} if {{ path_beg /{route} }}\nbackend {front}::{back}\n  mode http\n  \
                 balance roundrobin\n  option httpchk GET /health"
            )
            .unwrap();
            for target in 0..2 {
                writeln!(
                    text,
                    "  server {} 10.{target}.{}.{route}:{} weight 33 check inter 2s",
                    name(),
                    gateway % 250,
                    20_000 + gateway
                )
                .unwrap();
            }
        }
    }
    text
}

/// Publishes in one connection and reads in another.
async fn come_through(places: Option<(Place, Place)>) {
    let Some((server, agent)) = places else { return };
    let mut watch = agent.hand_over.watch();
    for generation in 0..3 {
        let text = configuration(generation);
        if let Some(limit) = server.store.capabilities().max_value {
            assert!(text.len() > limit, "it would fit: {} bytes", text.len());
        }
        let published = server.hand_over.publish(publication(&text)).await.unwrap();
        let received = tokio::time::timeout(SOON, watch.next())
            .await
            .expect("nothing came");
        let received = received.expect("the watch ended").unwrap();
        assert_eq!(
            (received.hash, received.revision),
            (published.hash, publication(&text).revision)
        );
        assert!(received.text == text, "another text came");
    }
    assert!(server.parts().await.len() > 1, "one value was enough");
}

#[tokio::test]
async fn two_thousand_gateways_come_through_memory() {
    let place = Place::memory();
    let agent = place.counting_again();
    come_through(Some((place, agent))).await;
}

#[cfg(feature = "file")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_gateways_come_through_files() {
    come_through(Some(Place::files().await)).await;
}

#[tokio::test]
async fn two_thousand_gateways_come_through_etcd() {
    come_through(Place::etcd_twice().await).await;
}

#[cfg(feature = "consul")]
#[tokio::test]
async fn two_thousand_gateways_come_through_consul() {
    come_through(Place::consul_twice().await).await;
}

#[cfg(feature = "zookeeper")]
#[tokio::test]
async fn two_thousand_gateways_come_through_zookeeper() {
    come_through(Place::zookeeper_twice().await).await;
}
