//! Several addresses, and data centers.

use std::time::Duration;

use vamp_kv::conformance::Watcher;
use vamp_kv::conformance::outages::{BACK_WITHIN, NOTICED_WITHIN};
use vamp_kv::consul::{ConsulConfig, ConsulStore};
use vamp_kv::{Condition, ErrorKind, KeyValueStore as _};
use vamp_testkit::relay::Relay;
use vamp_testkit::{ports, servers::Consul, skip};

use crate::place::key;

#[tokio::test]
async fn an_address_where_nobody_listens_is_passed_over() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let nobody = ports::lease().unwrap();
    let addresses = [nobody.address().to_string(), consul.endpoint()];
    let store = ConsulStore::connect(ConsulConfig::new(addresses)).await.unwrap();
    let key = key("/vamp/key");
    // The first call of each kind finds the first address dead, also one that must not be carried out twice.
    let first = store.put_if(&key, "1".into(), Condition::Absent, None).await;
    assert!(first.unwrap().is_some());
    assert_eq!(store.get(&key).await.unwrap().unwrap().value, "1");
    Watcher::listed(&store, &key, BACK_WITHIN).await.unwrap();
}

#[tokio::test]
async fn an_address_that_keeps_silent_is_left_for_the_one_that_answers() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    // The kernel accepts, and nobody answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = ConsulConfig::new([silent.local_addr().unwrap().to_string(), consul.endpoint()]);
    config.call_timeout = Duration::from_secs(2);
    let store = ConsulStore::connect(config).await.unwrap();
    let key = key("/vamp/key");
    let error = store.put(&key, "1".into(), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    for n in 0..3 {
        store.put(&key, n.to_string().into(), None).await.unwrap();
    }
}

#[tokio::test]
async fn a_read_that_is_not_answered_is_asked_again_and_a_write_is_not() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let relay = Relay::to(consul.address(), Duration::ZERO).await.unwrap();
    let address = format!("http://{}", relay.address());
    let connect = || ConsulStore::connect(ConsulConfig::new([address.clone()]));
    let key = key("/vamp/key");

    // As after an outage of the network: the first connections are silent, the next one is answered within the time of the call.
    relay.leave_unanswered(2);
    assert!(connect().await.unwrap().get(&key).await.unwrap().is_none());
    assert_eq!(relay.still_unanswered(), 0);

    relay.leave_unanswered(2);
    let error = connect().await.unwrap().put(&key, "1".into(), None).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(relay.still_unanswered(), 1);
}

#[tokio::test]
async fn a_read_that_is_not_answered_is_asked_of_the_next_address_and_so_are_those_after_it() {
    if skip::without("consul") {
        return;
    }
    const MANY: usize = 100;
    let consul = Consul::start().await.unwrap();
    let silent = Relay::to(consul.address(), Duration::ZERO).await.unwrap();
    silent.leave_unanswered(MANY);
    let addresses = [format!("http://{}", silent.address()), consul.endpoint()];
    let store = ConsulStore::connect(ConsulConfig::new(addresses)).await.unwrap();
    let key = key("/vamp/key");
    for _ in 0..3 {
        assert!(store.get(&key).await.unwrap().is_none());
        assert_eq!(silent.still_unanswered(), MANY - 1);
    }
}

#[tokio::test]
async fn a_watch_goes_on_at_the_other_address() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let (first, second) = (
        Relay::to(consul.address(), Duration::ZERO).await.unwrap(),
        Relay::to(consul.address(), Duration::ZERO).await.unwrap(),
    );
    let config = ConsulConfig::new([&first, &second].map(|relay| format!("http://{}", relay.address())));
    let store = ConsulStore::connect(config).await.unwrap();
    let key = key("/vamp/key");
    let mut watcher = Watcher::listed(&store, &key, BACK_WITHIN).await.unwrap();
    for (round, (gone, back)) in [(&first, &second), (&second, &first)].into_iter().enumerate() {
        back.mend();
        gone.cut();
        watcher.until_outage(NOTICED_WITHIN).await.unwrap();
        let value = round.to_string();
        let put = || async { store.put(&key, value.clone().into(), None).await.ok() };
        vamp_testkit::wait::until_some(BACK_WITHIN, put).await.unwrap();
        watcher
            .until_value(&key, Some(&value), BACK_WITHIN)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_data_center_that_nobody_knows_is_an_error_and_not_an_empty_one() {
    if skip::without("consul") {
        return;
    }
    let consul = Consul::start().await.unwrap();
    let of = |datacenter: &str| {
        let mut config = ConsulConfig::new([consul.endpoint()]);
        config.datacenter = Some(datacenter.to_owned());
        ConsulStore::connect(config)
    };
    let key = key("/vamp/key");
    let known = of("dc1").await.unwrap();
    known.put(&key, "1".into(), None).await.unwrap();
    let lease = known.grant_lease(Duration::from_secs(60)).await.unwrap();
    known.keep_lease(lease).await.unwrap();
    assert_eq!(known.list(&key).await.unwrap().len(), 1);

    let unknown = of("atlantis").await.unwrap();
    let errors = [
        unknown.get(&key).await.unwrap_err(),
        unknown.list(&key).await.unwrap_err(),
        unknown.put(&key, "2".into(), None).await.unwrap_err(),
        unknown.delete(&key).await.unwrap_err(),
        unknown.grant_lease(Duration::from_secs(60)).await.unwrap_err(),
        unknown.keep_lease(lease).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains("datacenter"), "{error}");
    }
    assert_eq!(known.get(&key).await.unwrap().unwrap().value, "1");
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_anything_is_asked() {
    let mut secure = ConsulConfig::new(["http://127.0.0.1:8500"]);
    secure.tls.ca_file = Some("/etc/hostname".into());
    let mut token = ConsulConfig::default();
    token.token = Some("to\nken".to_owned());
    let configs = [
        ConsulConfig::new(Vec::<String>::new()),
        ConsulConfig::new(["ftp://127.0.0.1"]),
        ConsulConfig::new(["not an address"]),
        secure,
        token,
    ];
    for config in configs {
        let error = ConsulStore::connect(config.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{config:?}: {error}");
    }
}
