//! What is particular about leases that are sessions.

use std::time::Duration;

use vamp_kv::{ErrorKind, KeyValueStore as _, LeaseId};
use vamp_testkit::{servers::Consul, skip};

use crate::place::{Other, connect, key};

const TTL: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_key_is_bound_to_the_lease_that_it_was_last_written_under() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let (first, second) = (
        store.grant_lease(TTL).await.unwrap(),
        store.grant_lease(TTL).await.unwrap(),
    );
    let key = key("/vamp/agent");
    let mut versions = Vec::new();
    for (value, lease) in [("1", first), ("1", first), ("2", first), ("3", second)] {
        versions.push(store.put(&key, value.into(), Some(lease)).await.unwrap());
        assert_eq!(store.get(&key).await.unwrap().unwrap().value, value);
    }
    let last = versions.pop().unwrap();
    assert!(
        !versions.contains(&last) && versions[0] != versions[1],
        "{versions:?}"
    );
    store.revoke_lease(first).await.unwrap();
    assert_eq!(store.get(&key).await.unwrap().unwrap().version, last);
    store.revoke_lease(second).await.unwrap();
    assert!(store.get(&key).await.unwrap().is_none());
    // Nothing keeps the next one from it.
    let third = store.grant_lease(TTL).await.unwrap();
    store.put(&key, "4".into(), Some(third)).await.unwrap();
}

#[tokio::test]
async fn a_lease_is_known_by_its_number_to_another_process() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let lease = store.grant_lease(TTL).await.unwrap();
    let number = LeaseId::from_number(lease.number());
    let other = connect(&consul.endpoint()).await;
    other.keep_lease(number).await.unwrap();
    let key = key("/vamp/agent");
    other.put(&key, "1".into(), Some(number)).await.unwrap();
    store.revoke_lease(lease).await.unwrap();
    assert!(other.get(&key).await.unwrap().is_none());
    let late = other.keep_lease(number).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::LeaseExpired, "{late}");
    let nobodys = other.keep_lease(LeaseId::from_number(1)).await.unwrap_err();
    assert_eq!(nobodys.kind(), ErrorKind::LeaseExpired, "{nobodys}");
    other.revoke_lease(LeaseId::from_number(1)).await.unwrap();
}

#[tokio::test]
async fn a_lease_ends_for_no_other_reason_than_its_time() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    store.grant_lease(Duration::from_secs(1)).await.unwrap();
    let answer = Other::of(&consul, "").get("session/list").await;
    let sessions: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let session = &sessions[0];
    assert_eq!(
        (&session["TTL"], &session["Behavior"], &session["LockDelay"]),
        (&"10s".into(), &"delete".into(), &0.into())
    );
    let checks = &session["NodeChecks"];
    assert!(
        checks.as_array().is_none_or(Vec::is_empty),
        "a health check of the node would end it: {session}"
    );
}
