//! A store, the place in it, and samples.

use std::sync::Arc;

use vamp_kv::etcd::{EtcdConfig, EtcdStore};
use vamp_kv::handover::{HandOver, Publication, Published};
use vamp_kv::memory::MemoryStore;
use vamp_kv::{Key, KeyValueStore as _};
use vamp_testkit::servers::{Consul, Etcd};
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
    /// Kept for as long as its store is used.
    _consul: Option<Consul>,
}

impl Place {
    fn new(store: Counting, etcd: Option<Etcd>) -> Self {
        let store = Arc::new(store);
        let hand_over = HandOver::new(store.clone(), &key("/vamp/default/"), "haproxy", "2.4").unwrap();
        Self {
            store,
            hand_over,
            etcd,
            _consul: None,
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

    /// Nothing where etcd is not installed.
    pub(crate) async fn etcd() -> Option<Self> {
        if skip::without("etcd") {
            return None;
        }
        let etcd = Etcd::start().await.unwrap();
        let store = EtcdStore::connect(EtcdConfig::new([etcd.endpoint()]))
            .await
            .unwrap();
        Some(Self::new(Counting::new(Arc::new(store)), Some(etcd)))
    }

    /// Nothing where Consul is not built.
    #[cfg(feature = "consul")]
    async fn consul() -> Option<Self> {
        use vamp_kv::consul::{ConsulConfig, ConsulStore};
        if skip::without("consul") {
            return None;
        }
        let consul = Consul::start().await.unwrap();
        let store = ConsulStore::connect(ConsulConfig::new([consul.endpoint()]))
            .await
            .unwrap();
        let place = Self::new(Counting::new(Arc::new(store)), None);
        Some(Self {
            _consul: Some(consul),
            ..place
        })
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
