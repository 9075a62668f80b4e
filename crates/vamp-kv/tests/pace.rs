//! How often a store is asked while there is nothing to be had.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use vamp_kv::StoreConfig;
use vamp_kv::handover::{HandOver, HandedOver};
use vamp_testkit::servers::{Consul, Etcd, ZooKeeper};
use vamp_testkit::skip;

/// An agent's side of the hand-over through a store of this kind at this address.
async fn hand_over(kind: &str, address: SocketAddr) -> HandOver {
    let (config, _) = StoreConfig::from_url(&format!("{kind}://{address}")).unwrap();
    let store = config.open().await.unwrap();
    HandOver::new(store, &"/vamp/default".parse().unwrap(), "haproxy", "2.4").unwrap()
}

/// Ends each connection as soon as it is made, and tells of it.
async fn door_that_is_shut() -> (SocketAddr, mpsc::UnboundedReceiver<Instant>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (knock, knocks) = mpsc::unbounded_channel();
    tokio::spawn(
        async move { while listener.accept().await.is_ok() && knock.send(Instant::now()).is_ok() {} },
    );
    (address, knocks)
}

#[tokio::test]
async fn a_store_that_is_away_is_tried_again_with_pauses() {
    let tried = ["etcd", "consul", "zookeeper"].map(async |kind| {
        let (address, mut knocks) = door_that_is_shut().await;
        let mut following = hand_over(kind, address).await.watch_all();
        let following = tokio::spawn(async move { while following.next().await.is_some() {} });
        let first = knocks.recv().await.unwrap();
        let mut last = first;
        for _ in 0..20 {
            last = knocks.recv().await.unwrap();
        }
        following.abort();
        let took = last - first;
        // S02-156: tries without a pause follow each other within a millisecond.
        assert!(took > Duration::from_secs(1), "{kind}: 20 tries in {took:?}");
    });
    futures::future::join_all(tried).await;
}

/// Passes everything on, and counts the bytes that are sent to the server.
async fn counted(server: SocketAddr) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut server = TcpStream::connect(server).await.unwrap();
                let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                    (client.split(), server.split());
                let asking = async {
                    let mut part = vec![0; 64 * 1024];
                    while let Ok(length @ 1..) = from_client.read(&mut part).await {
                        count.fetch_add(length, Ordering::SeqCst);
                        to_server.write_all(&part[..length]).await.unwrap();
                    }
                };
                tokio::select! {
                    () = asking => {}
                    _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
                }
            });
        }
    });
    (address, asked)
}

/// A server, for as long as it is kept, and where it listens.
type Place = (&'static str, SocketAddr, Box<dyn std::any::Any>);

async fn servers() -> Vec<Place> {
    let mut servers: Vec<Place> = Vec::new();
    if !skip::without("etcd") {
        let etcd = Etcd::start().await.unwrap();
        servers.push(("etcd", etcd.address(), Box::new(etcd)));
    }
    if !skip::without("consul") {
        let consul = Consul::start().await.unwrap();
        servers.push(("consul", consul.address(), Box::new(consul)));
    }
    if !ZooKeeper::is_missing() {
        let zookeeper = ZooKeeper::start().await.unwrap();
        servers.push(("zookeeper", zookeeper.address(), Box::new(zookeeper)));
    }
    servers
}

#[tokio::test]
async fn a_key_that_is_absent_is_waited_for_and_not_asked_for_again_and_again() {
    for (kind, address, _server) in servers().await {
        let (address, asked) = counted(address).await;
        let mut following = hand_over(kind, address).await.watch_all();
        let next = tokio::time::timeout(Duration::from_secs(20), following.next());
        let told = next.await.expect("nothing is told").unwrap().unwrap();
        assert!(matches!(told, HandedOver::Absent), "{kind}: {told:?}");
        let before = asked.load(Ordering::SeqCst);
        let next = tokio::time::timeout(Duration::from_secs(2), following.next()).await;
        assert!(next.is_err(), "{kind}: {next:?} is told of what did not change");
        let bytes = asked.load(Ordering::SeqCst) - before;
        // S02-156: a question takes a hundred bytes at least, and thousands of them fit into two seconds.
        assert!(bytes < 10_000, "{kind}: {bytes} bytes are sent in two seconds");
    }
}
