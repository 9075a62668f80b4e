//! Real servers: started, ended, frozen and started again.

use std::time::{Duration, Instant};

use vamp_testkit::{
    Error, ports,
    servers::{Consul, Etcd, Haproxy, ZooKeeper},
    skip, wait,
};

#[tokio::test]
async fn etcd_comes_back_after_sigkill_on_the_same_endpoint() {
    if skip::without("etcd") {
        return;
    }
    let mut etcd = Etcd::start().await.unwrap();
    let endpoint = etcd.endpoint();
    etcd.kill().unwrap();
    assert!(!etcd.is_healthy().await);
    etcd.start_again().await.unwrap();
    assert!(etcd.is_healthy().await);
    assert_eq!(etcd.endpoint(), endpoint);
    etcd.stop().await.unwrap();
    assert!(!etcd.is_healthy().await);
}

#[tokio::test]
async fn consul_comes_back_after_sigkill_with_its_data_or_without() {
    if skip::without("consul") {
        return;
    }
    let mut consul = Consul::start().await.unwrap();
    let endpoint = consul.endpoint();
    consul.kill().unwrap();
    assert!(!consul.is_healthy().await);
    consul.start_again().await.unwrap();
    assert!(consul.is_healthy().await);
    consul.start_empty().await.unwrap();
    assert_eq!(consul.endpoint(), endpoint);
    consul.freeze().unwrap();
    let silent = || async { !consul.is_healthy().await };
    wait::until(Duration::from_secs(10), silent).await.unwrap();
    consul.thaw().unwrap();
    wait::until(Duration::from_secs(10), || consul.is_healthy())
        .await
        .unwrap();
    consul.stop().await.unwrap();
    assert!(!consul.is_healthy().await);
}

#[tokio::test]
async fn a_frozen_etcd_answers_nothing_until_it_is_thawed() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    etcd.freeze().unwrap();
    let asked = Instant::now();
    assert!(!etcd.is_healthy().await);
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "a question to a frozen server is cut"
    );
    etcd.thaw().unwrap();
    wait::until(Duration::from_secs(10), || etcd.is_healthy())
        .await
        .unwrap();
}

#[tokio::test]
async fn haproxy_reloads_into_another_worker() {
    if skip::without("haproxy") {
        return;
    }
    let port = ports::lease().unwrap();
    let configuration = format!(
        "defaults\n  mode http\n  timeout client 5s\n  timeout connect 1s\n  timeout server 5s\n\
         frontend f\n  bind {}\n  http-request return status 200\n",
        port.address()
    );
    let mut haproxy = Haproxy::start(&configuration, port.address()).await.unwrap();
    let first = haproxy.worker().await.unwrap();
    haproxy.reload(&configuration).await.unwrap();
    assert_ne!(haproxy.worker().await.unwrap(), first);
    haproxy.stop().await.unwrap();
    assert_eq!(haproxy.worker().await, None);
}

#[tokio::test]
async fn a_configuration_that_haproxy_refuses_is_reported_in_its_own_words() {
    if skip::without("haproxy") {
        return;
    }
    let port = ports::lease().unwrap();
    let refused = Haproxy::start("frontend f\n  bend 127.0.0.1:1\n", port.address()).await;
    match refused {
        Err(Error::Server { log, .. }) => assert!(log.contains("unknown keyword 'bend'"), "{log}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn zookeeper_comes_back_after_sigkill_on_the_same_address() {
    if ZooKeeper::is_missing() {
        return;
    }
    let mut zookeeper = ZooKeeper::start().await.unwrap();
    let address = zookeeper.address();
    zookeeper.kill().unwrap();
    assert!(!zookeeper.is_healthy().await);
    zookeeper.start_again().await.unwrap();
    assert!(zookeeper.is_healthy().await);
    assert_eq!(zookeeper.address(), address);

    zookeeper.freeze().unwrap();
    assert!(!zookeeper.is_healthy().await);
    zookeeper.thaw().unwrap();
    wait::until(Duration::from_secs(10), || zookeeper.is_healthy())
        .await
        .unwrap();
    zookeeper.stop().await.unwrap();
    assert!(!zookeeper.is_healthy().await);
    zookeeper.start_again_empty().await.unwrap();
    assert!(zookeeper.is_healthy().await);
}
