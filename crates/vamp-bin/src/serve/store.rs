//! The meeting place of server and agents.

use std::sync::Arc;

use vamp_kv::KeyValueStore;
use vamp_kv::memory::MemoryStore;

use super::settings::KeyValue;
#[cfg(not(feature = "etcd"))]
use crate::Error;
use crate::Result;

/// The store that the settings name. It need not be there yet.
pub(super) async fn key_value(settings: &KeyValue) -> Result<Arc<dyn KeyValueStore>> {
    match settings {
        KeyValue::Memory => Ok(Arc::new(MemoryStore::new())),
        #[cfg(feature = "etcd")]
        KeyValue::Etcd(endpoints) => etcd(endpoints).await,
        #[cfg(not(feature = "etcd"))]
        KeyValue::Etcd(_) => Err(Error::usage("this program was built without etcd")),
    }
}

/// A connection to etcd, which need not be there yet.
#[cfg(feature = "etcd")]
pub(crate) async fn etcd(endpoints: &[String]) -> Result<Arc<dyn KeyValueStore>> {
    use vamp_kv::etcd::{EtcdConfig, EtcdStore};
    let store = EtcdStore::connect(EtcdConfig::new(endpoints)).await;
    let store = store.map_err(|error| crate::Error::usage(error.to_string()).because(error))?;
    Ok(Arc::new(store))
}
