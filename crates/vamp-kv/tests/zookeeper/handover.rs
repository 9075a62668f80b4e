//! A configuration that is larger than a value.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use vamp_kv::KeyValueStore;
use vamp_kv::handover::{HandOver, Publication};
use vamp_testkit::servers::ZooKeeper;

use crate::place::{connect, key};

const SOON: Duration = Duration::from_secs(60);

/// About what HAProxy needs for so many gateways of three routes with two targets.
fn configuration(gateways: u32, weight: u32) -> String {
    let mut text = String::new();
    for n in 0..gateways {
        let name = format!(
            "{:040x}",
            u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
        );
        writeln!(
            text,
            "frontend {name}\n  bind 0.0.0.0:{}\n  mode http\n  default_backend {name}",
            20_000 + n
        )
        .unwrap();
        for route in 0..3 {
            writeln!(text, "backend {name}::{route}\n  mode http\n  balance roundrobin").unwrap();
            for server in 0..2 {
                let port = 30_000 + (n * 7 + route * 3 + server) % 30_000;
                writeln!(
                    text,
                    "  server {name}-{route}-{server} 10.{}.0.{server}:{port} weight {weight}",
                    n % 250
                )
                .unwrap();
            }
        }
    }
    text
}

#[tokio::test]
async fn a_configuration_of_2000_gateways_reaches_an_agent() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let hand_over = || {
        let store = Arc::new(connect(zookeeper.address()));
        HandOver::new(
            store as Arc<dyn KeyValueStore>,
            &key("/vamp/default"),
            "haproxy",
            "2.4",
        )
        .unwrap()
    };
    let (server, agent) = (hand_over(), hand_over());
    let mut watch = agent.watch();
    for (revision, weight) in [(1, 10), (2, 20)] {
        let text = configuration(2_000, weight);
        let limit = server.store().capabilities().max_value.unwrap();
        assert!(text.len() > limit, "it would fit: {} bytes", text.len());
        let published = server
            .publish(Publication {
                text: &text,
                revision,
                fencing: None,
                shrink_meant: false,
            })
            .await
            .unwrap();
        let received = tokio::time::timeout(SOON, watch.next())
            .await
            .expect("nothing came");
        let received = received.expect("the watch ended").unwrap();
        assert_eq!((received.hash, received.revision), (published.hash, revision));
        assert!(received.text == text, "another text came");
    }
}
