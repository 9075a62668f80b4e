//! A configuration of 2,000 gateways, which no value of most stores can hold.

use std::fmt::Write as _;
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use vamp_kv::KeyValueStore as _;

use crate::place::{Place, key, publication};

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
    list_comes_through(&server, &agent).await;
    // The key of the list is above those of the configuration.
    let current = agent.hand_over.current().await.unwrap().unwrap();
    assert!(
        current.text == configuration(2),
        "the list has harmed the configuration"
    );
    let told = watch.next().now_or_never();
    assert!(told.is_none(), "agents are told of the list");
}

/// The same gateways as programs are told of them.
fn list(generation: u64) -> String {
    let configuration = configuration(generation);
    let names = configuration
        .lines()
        .filter_map(|line| line.strip_prefix("frontend "));
    let gateways = names.map(|name| {
        let route = |route: u64| {
            format!(
                r#""shop/web/{name}:{route}/http":{{"metadata":{{}},"lookup_name":"{name}{name}","selector":null,"weight":"33%","balance":"default","condition":null,"condition_strength":"0%","rewrites":[],"targets":[{{"name":"{name}.{route}","host":"10.0.{route}.1","port":31544,"metadata":{{}}}}]}}"#
            )
        };
        let routes: Vec<String> = (0..3).map(route).collect();
        format!(
            r#"{{"name":"{name}","kind":"gateways","metadata":{{}},"deployed":true,"port":"9050/http","routes":{{{}}}}}"#,
            routes.join(",")
        )
    });
    format!("[{}]", gateways.collect::<Vec<_>>().join(","))
}

/// Writes the list in one connection and reads it in another; with the last gateway it fits into one value again.
async fn list_comes_through(server: &Place, program: &Place) {
    let plain_key = key("/vamp/default/gateways");
    for text in [list(0), list(1), "[]".to_owned(), list(2), "[]".to_owned()] {
        let limit = server.store.capabilities().max_value;
        let fits = limit.is_none_or(|limit| text.len() <= limit);
        assert!(limit.is_none() || fits == (text == "[]"), "{} bytes", text.len());
        let written = server.hand_over.gateway_list().write(&publication(&text)).await;
        assert!(written.unwrap().changed);
        let read = program.hand_over.gateway_list().read().await.unwrap();
        assert!(read.as_ref() == Some(&text), "another list came");
        let plain = program.store.get(&plain_key).await.unwrap();
        assert!(plain.is_some() == fits, "an outdated list would mislead");
        assert!(plain.is_none_or(|plain| plain.value == text.as_bytes()));

        server.store.writes();
        let again = server.hand_over.gateway_list().write(&publication(&text)).await;
        assert!(!again.unwrap().changed && server.store.writes() == 0);
    }
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
