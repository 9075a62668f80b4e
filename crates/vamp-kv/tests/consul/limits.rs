//! Sizes.

use vamp_kv::consul::{ConsulConfig, ConsulStore};
use vamp_kv::{Condition, ErrorKind, Guard, KeyValueStore as _};
use vamp_testkit::{servers::Consul, skip};

use crate::place::{connect, key};

#[tokio::test]
async fn the_largest_value_fits_beside_a_guard_and_a_long_key() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let store = connect(&consul.endpoint()).await;
    let limit = store.capabilities().max_value.unwrap();
    let long = key(&format!("/vamp/{}", "k".repeat(2000)));
    let leader = key("/vamp/leader");
    let version = store.put(&leader, "me".into(), None).await.unwrap();
    let guard = Guard::new(leader, version);
    let value = vec![0xff; limit];
    let written = store
        .put_if(&long, value.clone().into(), Condition::Absent, Some(&guard))
        .await
        .unwrap();
    let again = store
        .put_if(
            &long,
            value.clone().into(),
            Condition::Version(written.unwrap()),
            Some(&guard),
        )
        .await
        .unwrap();
    let entry = store.get(&long).await.unwrap().unwrap();
    assert_eq!((entry.version, entry.value.len()), (again.unwrap(), limit));

    let endless = key(&format!("/vamp/{}", "k".repeat(6000)));
    for (place, size) in [(&long, limit + 1), (&endless, limit)] {
        let error = store.put(place, vec![0xff; size].into(), None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge { limit });
    }
    assert_eq!(store.get(&long).await.unwrap().unwrap().version, entry.version);
    assert!(store.get(&endless).await.unwrap().is_none());
}

#[tokio::test]
async fn a_server_that_takes_less_than_was_configured_says_so() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let mut config = ConsulConfig::new([consul.endpoint()]);
    config.max_request = 10_000_000;
    let store = ConsulStore::connect(config).await.unwrap();
    let value = vec![b'x'; 1_000_000];
    let error = store.put(&key("/large"), value.into(), None).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooLarge { .. }), "{error}");
    assert!(!error.is_temporary());
}
