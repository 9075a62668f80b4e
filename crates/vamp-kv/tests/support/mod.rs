//! What the tests of the etcd backend stand on.

use vamp_kv::Key;
use vamp_kv::etcd::{EtcdConfig, EtcdStore};

/// A store that speaks with this address.
pub(crate) async fn connect(endpoint: &str) -> EtcdStore {
    EtcdStore::connect(EtcdConfig::new([endpoint])).await.unwrap()
}

pub(crate) fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}
