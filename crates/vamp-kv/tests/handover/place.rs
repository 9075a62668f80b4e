//! A store, the place in it, and samples.

use std::any::Any;
use std::sync::Arc;

use vamp_kv::etcd::{EtcdConfig, EtcdStore};
use vamp_kv::handover::{HandOver, Publication, Published};
use vamp_kv::memory::MemoryStore;
use vamp_kv::{Key, KeyValueStore as _};
use vamp_testkit::servers::Etcd;
use vamp_testkit::skip;

use crate::counting::Counting;

pub(crate) fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

/// A store with a hand-over in it.
pub(crate) struct Place {
    pub(crate) store: Arc<Counting>,
    pub(crate) hand_over: HandOver,
    pub(crate) etcd: Option<Etcd>,
    /// Another server, or a directory, which is kept for as long as its store is used.
    _kept: Option<Box<dyn Any + Send + Sync>>,
}

impl Place {
    fn new(store: Counting, etcd: Option<Etcd>) -> Self {
        let store = Arc::new(store);
        let hand_over = HandOver::new(store.clone(), &key("/vamp/default/"), "haproxy", "2.4").unwrap();
        Self {
            store,
            hand_over,
            etcd,
            _kept: None,
        }
    }

    pub(crate) fn memory() -> Self {
        Self::new(Counting::new(Arc::new(MemoryStore::new())), None)
    }

    /// A store in memory with small values, as stores elsewhere have.
    pub(crate) fn small() -> Self {
        Self::new(
            Counting::new(Arc::new(MemoryStore::with_max_value(100_000))),
            None,
        )
    }

    /// The same, for as long as its store needs something.
    #[cfg(any(feature = "file", feature = "consul", feature = "zookeeper"))]
    fn keeping(self, kept: impl Any + Send + Sync) -> Self {
        Self {
            _kept: Some(Box::new(kept)),
            ..self
        }
    }

    /// Nothing where etcd is not installed.
    pub(crate) async fn etcd() -> Option<Self> {
        Self::etcd_twice().await.map(|(place, _)| place)
    }

    /// The same place through two connections; the first keeps the server.
    pub(crate) async fn etcd_twice() -> Option<(Self, Self)> {
        if skip::without("etcd") {
            return None;
        }
        let etcd = Etcd::start().await.unwrap();
        let connect = || EtcdStore::connect(EtcdConfig::new([etcd.endpoint()]));
        let one = Counting::new(Arc::new(connect().await.unwrap()));
        let other = Self::new(Counting::new(Arc::new(connect().await.unwrap())), None);
        Some((Self::new(one, Some(etcd)), other))
    }

    /// The same directory, opened twice; the first keeps it.
    #[cfg(feature = "file")]
    pub(crate) async fn files() -> (Self, Self) {
        use vamp_kv::file::{FileConfig, FileStore};
        let directory = tempfile::tempdir().unwrap();
        let open = || FileStore::open(FileConfig::new(directory.path()));
        let one = Self::new(Counting::new(Arc::new(open().await.unwrap())), None);
        let other = Self::new(Counting::new(Arc::new(open().await.unwrap())), None);
        (one.keeping(directory), other)
    }

    /// Nothing where ZooKeeper is not installed; else as [`etcd_twice`](Self::etcd_twice).
    #[cfg(feature = "zookeeper")]
    pub(crate) async fn zookeeper_twice() -> Option<(Self, Self)> {
        use vamp_kv::zookeeper::{ZooKeeperConfig, ZooKeeperStore};
        use vamp_testkit::servers::ZooKeeper;
        if ZooKeeper::is_missing() {
            return None;
        }
        let zookeeper = ZooKeeper::start().await.unwrap();
        let connect = || {
            let config = ZooKeeperConfig::new([zookeeper.address().to_string()]);
            Self::new(
                Counting::new(Arc::new(ZooKeeperStore::connect(config).unwrap())),
                None,
            )
        };
        let (one, other) = (connect(), connect());
        Some((one.keeping(zookeeper), other))
    }

    /// Nothing where Consul is not installed; else as [`etcd_twice`](Self::etcd_twice).
    #[cfg(feature = "consul")]
    pub(crate) async fn consul_twice() -> Option<(Self, Self)> {
        use vamp_kv::consul::{ConsulConfig, ConsulStore};
        use vamp_testkit::servers::Consul;
        if skip::without("consul") {
            return None;
        }
        let consul = Consul::start().await.unwrap();
        let connect = || ConsulStore::connect(ConsulConfig::new([consul.endpoint()]));
        let one = Self::new(Counting::new(Arc::new(connect().await.unwrap())), None);
        let other = Self::new(Counting::new(Arc::new(connect().await.unwrap())), None);
        Some((one.keeping(consul), other))
    }

    /// Nothing where Consul is not installed.
    #[cfg(feature = "consul")]
    async fn consul() -> Option<Self> {
        Self::consul_twice().await.map(|(place, _)| place)
    }

    /// Nothing where the backend is not built in.
    #[cfg(not(feature = "consul"))]
    async fn consul() -> Option<Self> {
        None
    }

    /// Each store that is there.
    pub(crate) async fn each() -> Vec<Self> {
        let (memory, small) = (Some(Self::memory()), Some(Self::small()));
        [memory, small, Self::etcd().await, Self::consul().await]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The same place, for a reader whose calls are counted by themselves.
    pub(crate) fn counting_again(&self) -> Self {
        Self::new(Counting::new(self.store.clone()), None)
    }

    pub(crate) async fn publish(&self, text: &str) -> Published {
        self.hand_over.publish(publication(text)).await.unwrap()
    }

    pub(crate) async fn parts(&self) -> Vec<Key> {
        let parts = self
            .store
            .list(&key("/vamp/default/gateways/haproxy/2.4/parts"))
            .await
            .unwrap();
        parts.into_iter().map(|entry| entry.key).collect()
    }
}

pub(crate) const MANIFEST: &str = "/vamp/default/gateways/haproxy/2.4/manifest";
pub(crate) const PLAIN: &str = "/vamp/default/gateways/haproxy/2.4/configuration";

pub(crate) fn publication(text: &str) -> Publication<'_> {
    Publication {
        text,
        revision: 7,
        fencing: None,
        shrink_meant: false,
    }
}

/// A text of about this many bytes that compression does not make much smaller.
pub(crate) fn noise(seed: u64, length: usize) -> String {
    let mut state = seed + 1;
    let mut text = String::with_capacity(length + 17);
    while text.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}\n"));
    }
    text
}
