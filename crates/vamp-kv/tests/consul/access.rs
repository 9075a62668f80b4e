//! Tokens and what they may.

use std::time::Duration;

use futures::StreamExt as _;
use serde_json::json;
use vamp_kv::consul::{ConsulConfig, ConsulStore};
use vamp_kv::{Condition, ErrorKind, Guard, KeyValueStore as _, Result};
use vamp_testkit::servers::{Consul, ConsulOptions};
use vamp_testkit::skip;

use crate::place::{Other, key};

/// The token that may do everything.
const ALL: &str = "5c1b8a3e-0d3f-4a6b-9f5e-2f6a3f0c9d11";

async fn start() -> Consul {
    let settings = format!(
        "acl {{ enabled = true default_policy = \"deny\" tokens {{ initial_management = \"{ALL}\" agent = \"{ALL}\" }} }}"
    );
    let options = ConsulOptions {
        settings,
        token: Some(ALL.to_owned()),
        ..ConsulOptions::default()
    };
    Consul::start_with(options).await.unwrap()
}

async fn connect(consul: &Consul, token: Option<&str>) -> ConsulStore {
    let mut config = ConsulConfig::new([consul.endpoint()]);
    config.token = token.map(str::to_owned);
    ConsulStore::connect(config).await.unwrap()
}

/// A token that may do what these rules say.
async fn token(consul: &Consul, name: &str, rules: &str) -> String {
    let other = Other::of(consul, ALL);
    other
        .put_json("acl/policy", json!({"Name": name, "Rules": rules}))
        .await;
    let made = other
        .put_json("acl/token", json!({"Policies": [{"Name": name}]}))
        .await;
    made["SecretID"].as_str().unwrap().to_owned()
}

fn denied<T: std::fmt::Debug>(what: &str, answer: Result<T>) {
    let error = answer.expect_err(what);
    assert_eq!(error.kind(), ErrorKind::Denied, "{what}: {error}");
    assert!(!error.is_temporary());
    assert!(!error.to_string().contains(ALL), "{error}");
}

#[tokio::test]
async fn whoever_may_nothing_is_told_so_and_nothing_is_taken_for_absent() {
    if skip::without("consul") {
        return;
    }
    let consul = start().await;
    let all = connect(&consul, Some(ALL)).await;
    let there = key("/vamp/there");
    let version = all.put(&there, "1".into(), None).await.unwrap();
    let lease = all.grant_lease(Duration::from_secs(60)).await.unwrap();

    let elsewhere = token(
        &consul,
        "elsewhere",
        "key_prefix \"other/\" { policy = \"write\" }",
    )
    .await;
    for token in [
        None,
        Some("00000000-0000-0000-0000-00000000dead"),
        Some(elsewhere.as_str()),
    ] {
        let store = connect(&consul, token).await;
        for place in [&there, &key("/vamp/absent")] {
            denied("get", store.get(place).await);
            denied("list", store.list(place).await);
            denied("put", store.put(place, "2".into(), None).await);
            let absent = store.put_if(place, "2".into(), Condition::Absent, None).await;
            denied("put_if absent", absent);
            let condition = Condition::Version(version);
            denied("put_if", store.put_if(place, "2".into(), condition, None).await);
            denied("delete", store.delete(place).await);
        }
        denied("list", store.list(&key("/vamp")).await);
        denied("watch", store.watch(&key("/vamp")).next().await.unwrap());
        denied("grant", store.grant_lease(Duration::from_secs(60)).await);
        if token.is_some() {
            // Without any token Consul does not say what it has left out.
            denied("keep", store.keep_lease(lease).await);
        }
    }
    assert_eq!(all.list(&key("/vamp")).await.unwrap().len(), 1);
    assert_eq!(all.get(&there).await.unwrap().unwrap().version, version);
}

#[tokio::test]
async fn a_token_is_good_for_what_it_may() {
    if skip::without("consul") {
        return;
    }
    let consul = start().await;
    let all = connect(&consul, Some(ALL)).await;
    let (own, foreign) = (key("/own/key"), key("/foreign/key"));
    let version = all.put(&foreign, "1".into(), None).await.unwrap();

    let rules = "key_prefix \"own/\" { policy = \"write\" } session_prefix \"\" { policy = \"write\" }";
    let writer = connect(&consul, Some(&token(&consul, "writer", rules).await)).await;
    assert!(writer.list(&key("/own")).await.unwrap().is_empty());
    let lease = writer.grant_lease(Duration::from_secs(60)).await.unwrap();
    writer.put(&own, "1".into(), Some(lease)).await.unwrap();
    writer.keep_lease(lease).await.unwrap();
    assert_eq!(writer.list(&key("/own")).await.unwrap().len(), 1);
    let guard = Guard::new(foreign, version);
    let unseen = writer
        .put_if(&key("/own/x"), "1".into(), Condition::Absent, Some(&guard))
        .await;
    denied("a guard that must not be read", unseen);

    let rules = "key_prefix \"own/\" { policy = \"read\" }";
    let reader = connect(&consul, Some(&token(&consul, "reader", rules).await)).await;
    assert_eq!(reader.get(&own).await.unwrap().unwrap().value, "1");
    denied("put", reader.put(&own, "2".into(), None).await);
    denied("delete", reader.delete(&own).await);
    writer.revoke_lease(lease).await.unwrap();
    assert!(reader.get(&own).await.unwrap().is_none());
}

/// A server that sends whoever asks to another one.
async fn pointing_to(address: std::net::SocketAddr) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = client.read(&mut request).await;
            let answer = format!(
                "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{address}/v1/kv/x\r\nContent-Length: 0\r\n\r\n"
            );
            let _ = client.write_all(answer.as_bytes()).await;
        }
    });
    own
}

#[tokio::test]
async fn a_token_does_not_go_along_to_wherever_an_answer_points() {
    let thief = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = pointing_to(thief.local_addr().unwrap()).await;
    let mut config = ConsulConfig::new([address.to_string()]);
    config.token = Some(ALL.to_owned());
    let store = ConsulStore::connect(config).await.unwrap();
    let key = key("/vamp/key");
    tokio::select! {
        _ = thief.accept() => panic!("the other address was asked"),
        error = store.get(&key) => assert_eq!(error.unwrap_err().kind(), ErrorKind::Protocol),
    }
}
