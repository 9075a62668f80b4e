//! Where keys stand, and what others put beside them.

use serde_json::{Value, json};
use vamp_kv::conformance::Watcher;
use vamp_kv::conformance::outages::BACK_WITHIN;
use vamp_kv::{Condition, ErrorKind, KeyValueStore as _};
use vamp_testkit::{servers::Consul, skip};

use crate::place::{Other, connect, key};

#[tokio::test]
async fn every_value_stands_where_other_programs_look_for_it() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let other = Other::of(&consul, "");

    let configuration = key("/vamp/default/gateways/haproxy/2.4/configuration");
    store
        .put(&configuration, "frontend x".into(), None)
        .await
        .unwrap();
    let path = "kv/vamp/default/gateways/haproxy/2.4/configuration";
    let answer: Value = serde_json::from_slice(&other.get(path).await).unwrap();
    // S06-078: no slash before the key, and the value as base64.
    assert_eq!(
        answer[0]["Key"],
        "vamp/default/gateways/haproxy/2.4/configuration"
    );
    assert_eq!(answer[0]["Value"], "ZnJvbnRlbmQgeA==");
    assert_eq!(other.get(&format!("{path}?raw")).await, "frontend x");

    // A server of old writes so; a value of no bytes is told as null.
    other.put("kv/vamp/default/gateways", "[]").await;
    other.put("kv/vamp/default/empty", "").await;
    // A folder of Consul's own pages, and what no key of ours can be.
    other.put("kv/vamp/default/", "").await;
    let foreign = json!([{"KV": {"Verb": "set", "Key": "vamp/default/a//b", "Value": "Zm9yZWlnbg=="}}]);
    other.put_json("txn", foreign).await;
    let listed = store.list(&key("/vamp/default")).await.unwrap();
    let listed: Vec<(&str, &[u8])> = listed
        .iter()
        .map(|entry| (entry.key.as_str(), &*entry.value))
        .collect();
    let expected: [(&str, &[u8]); 3] = [
        ("/vamp/default/empty", b""),
        ("/vamp/default/gateways", b"[]"),
        (configuration.as_str(), b"frontend x"),
    ];
    assert_eq!(listed, expected);
    assert!(store.get(&key("/vamp/default")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_watch_that_is_woken_by_a_neighbour_tells_nothing() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let other = Other::of(&consul, "");
    let (own, last) = (key("/vamp/b/own"), key("/vamp/b/last"));
    store.put(&own, "1".into(), None).await.unwrap();
    let mut watcher = Watcher::listed(&store, &key("/vamp/b"), BACK_WITHIN)
        .await
        .unwrap();
    let before = watcher.state().clone();
    for n in 0..20 {
        // Consul compares letters, so each of these ends the wait of the watch.
        other.put("kv/vamp/bc", n.to_string()).await;
        other.put("kv/vamp/b/", n.to_string()).await;
    }
    store.put(&last, "1".into(), None).await.unwrap();
    let told = watcher.next(BACK_WITHIN).await.unwrap();
    // S06-085: what comes back without a change of an own key is not told; the next that is told is the change.
    assert_eq!(watcher.value(&last), Some(&b"1"[..]), "{told:?}");
    assert_eq!(watcher.state().len(), before.len() + 1);
}

#[tokio::test]
async fn a_key_that_could_not_be_read_again_is_not_written() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let other = Other::of(&consul, "");
    let (above, last) = (key("/vamp"), key("/vamp/last"));
    for (name, shown) in [
        ("a\u{200b}b", "a\\u{200b}b"),
        ("\u{a0}", "\\u{a0}"),
        ("👩\u{200d}🔧", "👩\\u{200d}🔧"),
    ] {
        let refused = above.join(name).unwrap();
        let refusals = [
            store.put(&refused, "1".into(), None).await.unwrap_err(),
            store
                .put_if(&refused, "1".into(), Condition::Absent, None)
                .await
                .unwrap_err(),
            store
                .put_with(
                    vec![(refused.clone(), "1".into())],
                    &last,
                    "1".into(),
                    Condition::Absent,
                    None,
                )
                .await
                .unwrap_err(),
            store.get(&refused).await.unwrap_err(),
            store.list(&refused).await.unwrap_err(),
        ];
        for refusal in refusals {
            assert_eq!(refusal.kind(), ErrorKind::Unsupported, "{refusal}");
            let text = refusal.to_string();
            assert!(text.contains(refused.as_str()), "{text}");
            let reason =
                format!("Consul takes no key with characters that cannot be printed: '/vamp/{shown}'");
            assert!(text.ends_with(&reason), "{text}");
        }
        assert!(store.list(&above).await.unwrap().is_empty());

        // What another program has put there is listed, and can be taken away.
        let foreign =
            json!([{"KV": {"Verb": "set", "Key": format!("vamp/{name}"), "Value": "Zm9yZWlnbg=="}}]);
        other.put_json("txn", foreign).await;
        let listed = store.list(&above).await.unwrap();
        assert!(matches!(&listed[..], [entry] if entry.key == refused && entry.value == "foreign"));
        assert!(store.delete(&refused).await.unwrap());
    }
    // Letters, marks and signs of all scripts are as good as any.
    for name in ["日本", "e\u{301}", "🦀", "%C2%A0", "a b"] {
        let taken = above.join(name).unwrap();
        let version = store.put(&taken, name.to_owned().into(), None).await.unwrap();
        let entry = store.get(&taken).await.unwrap().unwrap();
        assert_eq!((entry.version, &*entry.value), (version, name.as_bytes()));
    }
}
