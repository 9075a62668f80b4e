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
            let reason = format!("{} names a store of another kind, '{kind}'", key::KV_TYPE);
            Err(given.refused(key::KV_URL, reason))
        }
        _ => Ok((store, base)),
    }
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
    let store = StoreConfig::of_kind(kind, &addresses).map_err(|error| {
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        given.refused(key::KV_TYPE, reason)
    })?;
    let time = |key| Ok(given.number(key)?.map(Duration::from_millis));
    Ok(with_times(
        store,
        time(key::ZOOKEEPER_SESSION)?,
        time(key::ZOOKEEPER_CONNECT)?,
    ))
}

/// The times of a session and of a connection, which only ZooKeeper knows as settings.
#[cfg(feature = "zookeeper")]
fn with_times(store: StoreConfig, session: Option<Duration>, connect: Option<Duration>) -> StoreConfig {
    match store {
        StoreConfig::ZooKeeper(mut config) => {
            config.session_timeout = session.unwrap_or(config.session_timeout);
            config.connect_timeout = connect.unwrap_or(config.connect_timeout);
            StoreConfig::ZooKeeper(config)
        }
        other => other,
    }
}

#[cfg(not(feature = "zookeeper"))]
fn with_times(store: StoreConfig, _: Option<Duration>, _: Option<Duration>) -> StoreConfig {
    store
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
