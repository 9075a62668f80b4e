//! The meeting place of server and agents: what the settings say of it.

use std::sync::Arc;
use std::time::Duration;

use vamp_kv::wrap::{Measured, Measures, Traced};
use vamp_kv::{Key, KeyValueStore, StoreConfig};

use crate::settings::{Origin, Settings, key};
use crate::{Error, Result};

/// A store that need not be there yet, opened: each call is a tracing span and is measured. The limits of time are the backends' own, and those
/// who call try again, with what is newest then.
pub(crate) async fn open_measured(store: &StoreConfig) -> Result<(Arc<dyn KeyValueStore>, Arc<Measures>)> {
    let opened = store.open().await;
    let opened = opened.map_err(|error| Error::usage(error.to_string()).because(error))?;
    let measured = Measured::new(Arc::new(Traced::new(opened)));
    let measures = measured.measures();
    Ok((Arc::new(measured), measures))
}

/// The store that the settings name, and the key below which everything stands if the store's URL says so.
///
/// Of a URL and the other settings of a store the one that is given later wins, as everywhere. Given in one place they must agree.
pub(super) fn store(given: &Settings) -> Result<(StoreConfig, Option<Key>)> {
    let Some(url) = given.text(key::KV_URL).filter(|url| !url.is_empty()) else {
        return Ok((of_kind(given)?, None));
    };
    let (store, base) =
        StoreConfig::from_url(url).map_err(|error| given.refused(key::KV_URL, error.reason()))?;
    let rank = |key| given.origin(key).map_or(0, Origin::rank);
    let of_url = rank(key::KV_URL);
    if let Some(kind) = given
        .text(key::KV_TYPE)
        .filter(|kind| !kind.eq_ignore_ascii_case(store.kind()))
    {
        if rank(key::KV_TYPE) > of_url {
            return Ok((of_kind(given)?, None));
        }
        if rank(key::KV_TYPE) == of_url {
            let reason = format!("{} names a store of another kind, '{kind}'", key::KV_TYPE);
            return Err(given.refused(key::KV_URL, reason));
        }
    }
    match of_this_kind(store.kind()).find(|key| rank(key) >= of_url) {
        Some(key) => {
            let origin = given.origin(key::KV_URL).unwrap_or(&Origin::Default);
            let reason = format!(
                "everything of the store is in {} (from {origin}) already",
                key::KV_URL
            );
            Err(given.refused(key, reason))
        }
        None => Ok((store, base)),
    }
}

/// The setting with the addresses of a store of this kind.
fn addresses_of(kind: &str) -> Option<&'static str> {
    match kind {
        "file" => Some(key::FILE_DIRECTORY),
        "etcd" => Some(key::ETCD_URL),
        "consul" => Some(key::CONSUL_URL),
        "zookeeper" => Some(key::ZOOKEEPER_SERVERS),
        _ => None,
    }
}

/// All settings of a store of this kind.
fn of_this_kind(kind: &str) -> impl Iterator<Item = &'static str> {
    let times = [key::ZOOKEEPER_SESSION, key::ZOOKEEPER_CONNECT];
    let times = times.into_iter().filter(move |_| kind == "zookeeper");
    addresses_of(kind).into_iter().chain(times)
}

/// The store of the type that is named, at the addresses of that type.
fn of_kind(given: &Settings) -> Result<StoreConfig> {
    let kind = given.text(key::KV_TYPE).unwrap_or("memory").to_ascii_lowercase();
    let addresses = addresses_of(&kind)
        .and_then(|key| given.list(key))
        .unwrap_or_default();
    let store = StoreConfig::of_kind(&kind, &addresses).map_err(|error| {
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        let setting = addresses_of(&kind).filter(|_| !addresses.is_empty());
        given.refused(setting.unwrap_or(key::KV_TYPE), reason)
    })?;
    let time = |key| match given.number(key)? {
        Some(0) => Err(given.refused(key, "a time of zero is none")),
        time => Ok(time.map(Duration::from_millis)),
    };
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

#[cfg(test)]
#[cfg(all(feature = "etcd", feature = "consul"))]
mod tests {
    use super::*;
    use crate::settings::Raw;

    /// Settings of a file, of the environment and of flags.
    fn given(file: &str, environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Settings {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vamp.toml");
        std::fs::write(&path, format!("[vamp.persistence.key-value-store]\n{file}\n")).unwrap();
        let environment = environment.iter().map(|(name, value)| {
            (
                format!("VAMP_PERSISTENCE_KEY_VALUE_STORE_{name}"),
                (*value).to_owned(),
            )
        });
        let flags = flags
            .iter()
            .map(|(key, value)| (*key, "--kv", Raw::One((*value).to_owned())));
        Settings::gather(Some(&path), environment, flags).unwrap()
    }

    fn kind_and_addresses(settings: &Settings) -> (String, String) {
        let (store, _) = store(settings).unwrap();
        (store.kind().to_owned(), store.addresses().join(","))
    }

    fn wanted(kind: &str, addresses: &str) -> (String, String) {
        (kind.to_owned(), addresses.to_owned())
    }

    #[test]
    fn of_an_address_and_a_kind_the_later_wins() {
        let url = "url = 'etcd://a:1'";
        let etcd = wanted("etcd", "http://a:1");
        assert_eq!(kind_and_addresses(&given(url, &[], &[])), etcd);
        let other = given(url, &[], &[(key::KV_TYPE, "memory")]);
        assert_eq!(kind_and_addresses(&other), wanted("memory", ""));
        let same = given(url, &[], &[(key::KV_TYPE, "etcd")]);
        assert_eq!(kind_and_addresses(&same), etcd);
        let kind_in_file = given(
            "type = 'consul'\nconsul.url = ['http://b:2']",
            &[("URL", "etcd://a:1")],
            &[],
        );
        assert_eq!(kind_and_addresses(&kind_in_file), etcd);
        let over_addresses = given("etcd.url = ['http://b:2']", &[], &[(key::KV_URL, "etcd://a:1")]);
        assert_eq!(kind_and_addresses(&over_addresses), etcd);
    }

    #[test]
    fn what_contradicts_an_address_is_refused() {
        let refusal = |settings: &Settings| store(settings).unwrap_err().report();
        let told = refusal(&given("url = 'etcd://a:1'\ntype = 'consul'", &[], &[]));
        assert!(told.contains("names a store of another kind, 'consul'"), "{told}");
        let told = refusal(&given("url = 'etcd://a:1'", &[("ETCD_URL", "http://b:2")], &[]));
        assert!(
            told.contains("cannot use 'http://b:2'") && told.contains("key-value-store.url (from "),
            "{told}"
        );
        let told = refusal(&given(
            "type = 'zookeeper'\nzookeeper.session-timeout = 0",
            &[],
            &[],
        ));
        assert!(
            told.contains("zookeeper.session-timeout") && told.contains("zero"),
            "{told}"
        );
        let told = refusal(&given("type = 'etcd'\netcd.url = ['http://b:99999']", &[], &[]));
        assert!(
            told.contains("cannot use 'http://b:99999' for vamp.persistence.key-value-store.etcd.url"),
            "{told}"
        );
    }
}
