//! A server that answers each request in time, and slowly.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use vamp_kv::conformance::Watcher;
use vamp_kv::conformance::outages::NOTICED_WITHIN;
use vamp_kv::zookeeper::ZooKeeperStore;
use vamp_kv::{ErrorKind, KeyValueStore as _};
use vamp_testkit::servers::ZooKeeper;

use crate::place::{config, connect, key};

/// How much later an answer comes.
const LATER: Duration = Duration::from_millis(150);

/// The limit of a call: many times as long.
const LIMIT: Duration = Duration::from_secs(1);

/// Keys below keys: a listing asks for the nodes of one level after those of the level above.
const LEVELS: usize = 20;

/// An address at which the server is reached; what it says is passed on later.
async fn later(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass(client, server));
        }
    });
    address
}

async fn pass(client: TcpStream, server: SocketAddr) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (mut asked, mut answer) = client.into_split();
    let (mut answered, mut ask) = server.into_split();
    let asking = tokio::io::copy(&mut asked, &mut ask);
    let answering = async {
        let mut part = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = answered.read(&mut part).await {
            sleep(LATER).await;
            if answer.write_all(&part[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = asking => {}
        () = answering => {}
    }
}

#[tokio::test]
async fn a_listing_of_many_slow_answers_ends_within_the_limit_of_a_call() {
    if ZooKeeper::is_missing() {
        return;
    }
    let zookeeper = ZooKeeper::start().await.unwrap();
    let near = connect(zookeeper.address());
    let top = key("/vamp");
    let deep = (0..LEVELS).fold(top.clone(), |above, _| above.join("below").unwrap());
    near.put(&deep, "1".into(), None).await.unwrap();
    assert_eq!(near.list(&top).await.unwrap().len(), 1);

    let mut settings = config(later(zookeeper.address()).await);
    settings.call_timeout = LIMIT;
    let far = ZooKeeperStore::connect(settings).unwrap();
    let entry = far.get(&deep).await.unwrap().unwrap();
    assert_eq!(entry.value, "1", "each request is answered in time");

    let began = Instant::now();
    let error = far.list(&top).await.unwrap_err();
    let took = began.elapsed();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.is_temporary());
    assert_eq!(
        error.to_string(),
        "list /vamp: the store could not be asked: no answer within 1s"
    );
    assert!(LIMIT <= took && took < 2 * LIMIT, "{took:?}");

    let mut watcher = Watcher::new(&far, &top);
    let outage = watcher.until_outage(NOTICED_WITHIN).await.unwrap();
    assert_eq!(outage.kind(), ErrorKind::Unavailable, "{outage}");
    // What needs fewer requests goes on.
    assert_eq!(far.list(&deep).await.unwrap(), [entry]);
}
