//! The meeting place of server and agents: what the settings say of it.

use std::sync::Arc;
use std::time::Duration;

use vamp_kv::{Key, KeyValueStore, StoreConfig};

use crate::settings::{Settings, key};
use crate::{Error, Result};

/// A store that need not be there yet, opened.
pub(crate) async fn open(store: &StoreConfig) -> Result<Arc<dyn KeyValueStore>> {
    let opened = store.open().await;
    opened.map_err(|error| Error::usage(error.to_string()).because(error))
}

/// The store that the settings name, and the key below which everything stands if the store's URL says so.
pub(super) fn store(given: &Settings) -> Result<(StoreConfig, Option<Key>)> {
    let Some(url) = given.text(key::KV_URL).filter(|url| !url.is_empty()) else {
        return Ok((of_kind(given)?, None));
    };
    let (store, base) =
        StoreConfig::from_url(url).map_err(|error| given.refused(key::KV_URL, error.reason()))?;
    match given.text(key::KV_TYPE) {
        Some(kind) if kind != store.kind() => {
            let reason = format!("{} names a store of another kind, {}", key::KV_TYPE, masked(kind));
            Err(given.refused(key::KV_URL, reason))
        }
        _ => Ok((store, base)),
    }
}

fn masked(kind: &str) -> String {
    format!("'{kind}'")
}

/// The store of the type that is named, at the addresses of that type.
fn of_kind(given: &Settings) -> Result<StoreConfig> {
    let kind = given.text(key::KV_TYPE).unwrap_or("memory");
    let addresses_of = match kind {
        "file" => Some(key::FILE_DIRECTORY),
        "etcd" => Some(key::ETCD_URL),
        "consul" => Some(key::CONSUL_URL),
        "zookeeper" => Some(key::ZOOKEEPER_SERVERS),
        _ => None,
    };
    let addresses = addresses_of.and_then(|key| given.list(key)).unwrap_or_default();
    #[cfg_attr(
        not(feature = "zookeeper"),
        expect(unused_mut, reason = "only ZooKeeper has more settings")
    )]
    let mut store = StoreConfig::of_kind(kind, &addresses).map_err(|error| {
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        given.refused(key::KV_TYPE, reason)
    })?;
    #[cfg(feature = "zookeeper")]
    if let StoreConfig::ZooKeeper(config) = &mut store {
        for (key, time) in [
            (key::ZOOKEEPER_SESSION, &mut config.session_timeout),
            (key::ZOOKEEPER_CONNECT, &mut config.connect_timeout),
        ] {
            if let Some(milliseconds) = given.number(key)? {
                *time = Duration::from_millis(milliseconds);
            }
        }
    }
    Ok(store)
}

/// What `--explain-config` tells of the store.
pub(super) fn effective(store: &StoreConfig, key: &str) -> String {
    let addresses = || store.addresses().join(",");
    match (store.kind(), key) {
        (kind, key::KV_TYPE) => kind.to_owned(),
        ("file", key::FILE_DIRECTORY)
        | ("etcd", key::ETCD_URL)
        | ("consul", key::CONSUL_URL)
        | ("zookeeper", key::ZOOKEEPER_SERVERS) => addresses(),
        #[cfg(feature = "zookeeper")]
        (_, key::ZOOKEEPER_SESSION | key::ZOOKEEPER_CONNECT) => match store {
            StoreConfig::ZooKeeper(config) if key == key::ZOOKEEPER_SESSION => {
                milliseconds(config.session_timeout)
            }
            StoreConfig::ZooKeeper(config) => milliseconds(config.connect_timeout),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

#[cfg(feature = "zookeeper")]
fn milliseconds(time: Duration) -> String {
    time.as_millis().to_string()
}
