//! Opening a store that a user names: by a URL, or by its kind and addresses.

mod kinds;
mod url;

use std::sync::Arc;

pub use url::InvalidUrl;
use url::StoreUrl;

use crate::memory::MemoryStore;
use crate::{Error, ErrorKind, Key, KeyValueStore, Result};

/// A store, and how to reach it: what a user says, checked, and not asked yet.
///
/// As a URL it is written `KIND://[USER:PASSWORD@]ADDRESS[,ADDRESS…][/BASE][?OPTION=VALUE[&…]]`:
///
/// ```
/// # #[cfg(feature = "etcd")] {
/// use vamp_kv::StoreConfig;
///
/// let (store, base) = StoreConfig::from_url("etcd://a:2379,b:2379/vamp/shop?timeout=5s")?;
/// assert_eq!(store.kind(), "etcd");
/// assert_eq!(base, Some("/vamp/shop".parse()?));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What is special in a URL is encoded with `%` in users, passwords, bases and values.
///
/// | kind | addresses | user, password | options |
/// |---|---|---|---|
/// | `memory` | none | none | `base` |
/// | `file` | none; the path is the directory | none | `base`, `timeout` |
/// | `etcd` | `host:port` | yes | `timeout`, `connect-timeout`, `probe-interval`, `probe-timeout`, `max-request`, `tls`, `ca`, `cert`, `key` |
/// | `consul` | `host:port` | `:TOKEN@` | `dc`, and those of etcd |
/// | `zookeeper` | `host:port` | of digest authentication | `chroot`, `timeout`, `connect-timeout`, `session-timeout`, `max-request`, `others-may-read` |
///
/// `timeout` is that of one call; times are written like `5s` or `500ms`, `max-request` in bytes, `tls` and `others-may-read` as `true` or
/// `false`. `ca`, `cert` and `key` are the PEM files of a `TlsConfig`;
/// TLS is spoken where one of them is given, or with `tls=true`. An option that a kind does not know is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "with one kind alone that is large; a program has one value of it"
)]
pub enum StoreConfig {
    /// [`MemoryStore`], which is new with each opening.
    Memory,
    /// `file::FileStore`.
    #[cfg(feature = "file")]
    File(crate::file::FileConfig),
    /// `etcd::EtcdStore`.
    #[cfg(feature = "etcd")]
    Etcd(crate::etcd::EtcdConfig),
    /// `consul::ConsulStore`.
    #[cfg(feature = "consul")]
    Consul(crate::consul::ConsulConfig),
    /// `zookeeper::ZooKeeperStore`.
    #[cfg(feature = "zookeeper")]
    ZooKeeper(crate::zookeeper::ZooKeeperConfig),
}

/// The kinds that this build knows, in the order in which they are told.
const KINDS: &[&str] = &[
    "memory",
    #[cfg(feature = "file")]
    "file",
    #[cfg(feature = "etcd")]
    "etcd",
    #[cfg(feature = "consul")]
    "consul",
    #[cfg(feature = "zookeeper")]
    "zookeeper",
];

/// The kinds that there are.
const ALL_KINDS: &[&str] = &["memory", "file", "etcd", "consul", "zookeeper"];

impl StoreConfig {
    /// The kinds that this build knows: `memory`, and those whose features are on.
    #[must_use]
    pub const fn kinds() -> &'static [&'static str] {
        KINDS
    }

    /// The store that a URL names, and the key below which everything stands, if it says so.
    ///
    /// # Errors
    /// It is no such URL, the kind is not known or not in this build, or an option or its value is not one of the kind. What may be secret is not
    /// in the error.
    pub fn from_url(text: &str) -> std::result::Result<(Self, Option<Key>), InvalidUrl> {
        let mut url = StoreUrl::parse(text)?;
        known(&url.scheme).map_err(|reason| url.invalid(reason))?;
        let store = match &*url.scheme {
            #[cfg(feature = "file")]
            "file" => Self::File(kinds::file(&mut url)?),
            #[cfg(feature = "etcd")]
            "etcd" => Self::Etcd(kinds::etcd(&mut url)?),
            #[cfg(feature = "consul")]
            "consul" => Self::Consul(kinds::consul(&mut url)?),
            #[cfg(feature = "zookeeper")]
            "zookeeper" => Self::ZooKeeper(kinds::zookeeper(&mut url)?),
            _ => Self::Memory,
        };
        let base = kinds::base(&mut url)?;
        url.finished()?;
        store.check().map_err(|error| {
            let reason =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            url.invalid(reason)
        })?;
        Ok((store, base))
    }

    /// A store of this kind, in upper or lower case, at these addresses (of a file store: its directory) with the defaults for all else; without addresses at the one where
    /// such a store listens by default.
    ///
    /// # Errors
    /// The kind is not known or not in this build, or cannot be without an address; or an address has a user in it.
    pub fn of_kind(kind: &str, addresses: &[String]) -> Result<Self> {
        let kind = &*kind.to_ascii_lowercase();
        let wrong =
            |reason: String| Error::new(ErrorKind::Configuration, "use the store", kind).because(reason);
        known(kind).map_err(wrong)?;
        let store = match kind {
            #[cfg(feature = "file")]
            "file" => match addresses {
                [directory] => Self::File(crate::file::FileConfig::new(directory)),
                _ => return Err(wrong("it is in one directory".to_owned())),
            },
            #[cfg(feature = "etcd")]
            "etcd" if addresses.is_empty() => Self::Etcd(crate::etcd::EtcdConfig::default()),
            #[cfg(feature = "etcd")]
            "etcd" => Self::Etcd(crate::etcd::EtcdConfig::new(addresses)),
            #[cfg(feature = "consul")]
            "consul" if addresses.is_empty() => Self::Consul(crate::consul::ConsulConfig::default()),
            #[cfg(feature = "consul")]
            "consul" => Self::Consul(crate::consul::ConsulConfig::new(addresses)),
            #[cfg(feature = "zookeeper")]
            "zookeeper" if addresses.is_empty() => {
                Self::ZooKeeper(crate::zookeeper::ZooKeeperConfig::default())
            }
            #[cfg(feature = "zookeeper")]
            "zookeeper" => Self::ZooKeeper(crate::zookeeper::ZooKeeperConfig::new(addresses)),
            _ if addresses.is_empty() => Self::Memory,
            _ => return Err(wrong("it has no address".to_owned())),
        };
        store.check()?;
        Ok(store)
    }

    /// Refuses settings that cannot work.
    fn check(&self) -> Result<()> {
        match self {
            #[cfg(feature = "etcd")]
            Self::Etcd(config) => config.check(),
            #[cfg(feature = "consul")]
            Self::Consul(config) => config.check(),
            #[cfg(feature = "zookeeper")]
            Self::ZooKeeper(config) => config.check(),
            _ => Ok(()),
        }
    }

    /// What people call it: `etcd`, `memory`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            #[cfg(feature = "file")]
            Self::File(_) => "file",
            #[cfg(feature = "etcd")]
            Self::Etcd(_) => "etcd",
            #[cfg(feature = "consul")]
            Self::Consul(_) => "consul",
            #[cfg(feature = "zookeeper")]
            Self::ZooKeeper(_) => "zookeeper",
        }
    }

    /// Whether other processes can reach it: all kinds but the one in memory.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        !matches!(self, Self::Memory)
    }

    /// The addresses of the servers, or the directory; empty in memory.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        match self {
            Self::Memory => Vec::new(),
            #[cfg(feature = "file")]
            Self::File(config) => vec![config.directory.display().to_string()],
            #[cfg(feature = "etcd")]
            Self::Etcd(config) => config.endpoints.clone(),
            #[cfg(feature = "consul")]
            Self::Consul(config) => config.addresses.clone(),
            #[cfg(feature = "zookeeper")]
            Self::ZooKeeper(config) => config.servers.clone(),
        }
    }

    /// Prepares the connection. Servers need not be there yet; a directory is made when it is missing, and one that cannot be written for a
    /// while is an outage.
    ///
    /// # Errors
    /// Of kind [`Configuration`](ErrorKind::Configuration): an address is not well-formed, a file with certificates cannot be read, a directory cannot be made.
    pub async fn open(&self) -> Result<Arc<dyn KeyValueStore>> {
        Ok(match self {
            Self::Memory => Arc::new(MemoryStore::new()),
            #[cfg(feature = "file")]
            Self::File(config) => Arc::new(crate::file::FileStore::open_in_time(config.clone()).await?),
            #[cfg(feature = "etcd")]
            Self::Etcd(config) => Arc::new(crate::etcd::EtcdStore::connect(config.clone()).await?),
            #[cfg(feature = "consul")]
            Self::Consul(config) => Arc::new(crate::consul::ConsulStore::connect(config.clone()).await?),
            #[cfg(feature = "zookeeper")]
            Self::ZooKeeper(config) => Arc::new(crate::zookeeper::ZooKeeperStore::connect(config.clone())?),
        })
    }
}

/// Whether this build knows a kind, and in what words it does not.
fn known(kind: &str) -> std::result::Result<(), String> {
    if KINDS.contains(&kind) {
        return Ok(());
    }
    Err(if ALL_KINDS.contains(&kind) {
        format!("this program was built without {kind}")
    } else {
        format!(
            "Unsupported key-value store type: {kind}; there are {}",
            KINDS.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        StoreConfig::from_url(text).unwrap_err().to_string()
    }

    #[test]
    fn a_store_in_memory_needs_nothing() {
        assert_eq!(
            StoreConfig::from_url("memory://").unwrap(),
            (StoreConfig::Memory, None)
        );
        assert_eq!(StoreConfig::of_kind("memory", &[]).unwrap(), StoreConfig::Memory);
        assert_eq!(StoreConfig::of_kind("Memory", &[]).unwrap(), StoreConfig::Memory);
        assert!(!StoreConfig::Memory.is_shared());
        assert!(StoreConfig::of_kind("memory", &["a:1".to_owned()]).is_err());
    }

    #[test]
    fn a_kind_that_nobody_knows_is_told_with_those_there_are() {
        let told = refused("redis://a:6379");
        // S06-068: the words of old, and which there are.
        let words = "Unsupported key-value store type: redis; there are memory";
        assert!(
            told.starts_with(&format!(
                "'redis://a:6379' is not the address of a store: {words}"
            )),
            "{told}"
        );
        let told = StoreConfig::of_kind("redis", &[]).unwrap_err().to_string();
        assert!(told.contains(words), "{told}");
    }

    #[cfg(not(feature = "etcd"))]
    #[test]
    fn a_kind_that_was_left_out_is_told_as_such() {
        assert!(refused("etcd://a").ends_with("this program was built without etcd"));
    }

    #[cfg(feature = "etcd")]
    #[test]
    fn etcd_has_its_options_by_url() {
        let (store, base) =
            StoreConfig::from_url("etcd://ann:s%40@a:2379,b?timeout=500ms&ca=/ca.pem&cert=/c.pem&key=/k.pem")
                .unwrap();
        let StoreConfig::Etcd(config) = &store else {
            panic!("{store:?}");
        };
        // TLS is spoken where a file of it is named.
        assert_eq!(config.endpoints, ["https://a:2379", "https://b"]);
        assert_eq!(config.call_timeout, std::time::Duration::from_millis(500));
        assert_eq!(
            (config.user.as_deref(), config.password.as_deref()),
            (Some("ann"), Some("s@"))
        );
        assert_eq!(config.tls.ca_file.as_deref(), Some("/ca.pem".as_ref()));
        assert_eq!(base, None);
        assert!(!format!("{store:?}").contains("s@"), "a password is not shown");

        for (text, reason) in [
            (
                "etcd://a?timeout=soon",
                "the value 'soon' of the option 'timeout' is no time such as 5s or 500ms",
            ),
            (
                "etcd://a?tls=perhaps",
                "the value 'perhaps' of the option 'tls' is neither true nor false",
            ),
            (
                "etcd://a?timeout=0s",
                "the value '0s' of the option 'timeout' is no time",
            ),
            (
                "etcd://a?tls=false&ca=/ca.pem",
                "'tls=false' and files for TLS contradict each other",
            ),
            ("etcd://a?calltimeout=1s", "there is no option 'calltimeout'"),
            ("etcd://a/vamp//x", "'/vamp//x' is not a key: a segment is empty"),
            ("etcd://", "it has no address"),
            (
                "etcd://a:99999",
                "'http://a:99999' is no address: the port is no number from 1 to 65535",
            ),
        ] {
            let told = refused(text);
            assert!(told.contains(reason), "{told}");
        }
    }

    #[cfg(feature = "etcd")]
    #[test]
    fn probes_and_sizes_are_options_too() {
        let url = "etcd://a?probe-interval=1s&probe-timeout=1500ms&max-request=1000000";
        let StoreConfig::Etcd(config) = StoreConfig::from_url(url).unwrap().0 else {
            panic!("{url}");
        };
        assert_eq!(config.probe_interval, std::time::Duration::from_secs(1));
        assert_eq!(config.probe_timeout, std::time::Duration::from_millis(1500));
        assert_eq!(config.max_request, 1_000_000);
        for (option, reason) in [
            (
                "probe-interval=0s",
                "the value '0s' of the option 'probe-interval' is no time",
            ),
            (
                "probe-timeout=x",
                "the value 'x' of the option 'probe-timeout' is no time",
            ),
            (
                "max-request=0",
                "the value '0' of the option 'max-request' is no number of bytes above 0",
            ),
            (
                "max-request=1MB",
                "the value '1MB' of the option 'max-request' is no number of bytes above 0",
            ),
            (
                "others-may-read=true",
                "there is no option 'others-may-read' of etcd",
            ),
        ] {
            let told = refused(&format!("etcd://a?{option}"));
            assert!(told.contains(reason), "{told}");
        }
    }

    #[cfg(feature = "consul")]
    #[test]
    fn consul_has_its_options_by_url() {
        let (store, base) =
            StoreConfig::from_url("consul://:to%2Fken@a:8500/vamp/shop?dc=east&tls=true&probe-interval=1s&probe-timeout=3s&max-request=1048576").unwrap();
        let StoreConfig::Consul(config) = &store else {
            panic!("{store:?}");
        };
        assert_eq!(config.addresses, ["https://a:8500"]);
        assert_eq!(config.token.as_deref(), Some("to/ken"));
        assert_eq!(config.datacenter.as_deref(), Some("east"));
        assert_eq!(config.probe_interval, std::time::Duration::from_secs(1));
        assert_eq!(config.probe_timeout, std::time::Duration::from_secs(3));
        assert_eq!(config.max_request, 1_048_576);
        assert_eq!(base, Some("/vamp/shop".parse().unwrap()));
        assert!(
            refused("consul://ann:x@a")
                .contains("it knows no users; a token stands in the place of a password")
        );
    }

    #[cfg(feature = "zookeeper")]
    #[test]
    fn zookeeper_has_its_options_by_url() {
        let (store, _) = StoreConfig::from_url(
            "zookeeper://ann:secret@a:2181,b:2181/vamp?chroot=/apps&session-timeout=8s&connect-timeout=2s&max-request=4194304&others-may-read=true",
        )
        .unwrap();
        let StoreConfig::ZooKeeper(config) = &store else {
            panic!("{store:?}");
        };
        assert_eq!(config.servers, ["a:2181", "b:2181"]);
        assert_eq!(config.session_timeout, std::time::Duration::from_secs(8));
        assert_eq!(config.chroot.as_deref(), Some("/apps"));
        assert_eq!(config.max_request, 4_194_304);
        assert!(config.others_may_read);
        for (option, reason) in [
            (
                "others-may-read=yes",
                "the value 'yes' of the option 'others-may-read' is neither true nor false",
            ),
            (
                "max-request=0",
                "the value '0' of the option 'max-request' is no number of bytes above 0",
            ),
            (
                "probe-interval=1s",
                "there is no option 'probe-interval' of zookeeper",
            ),
        ] {
            let told = refused(&format!("zookeeper://a?{option}"));
            assert!(told.contains(reason), "{told}");
        }
        assert_eq!(
            (config.user.as_deref(), config.password.as_deref()),
            (Some("ann"), Some("secret"))
        );
    }

    #[cfg(feature = "file")]
    #[test]
    fn a_directory_is_the_path_of_its_url() {
        let (store, base) = StoreConfig::from_url("file:///var/lib/vamp/kv?base=/vamp/shop").unwrap();
        assert_eq!(store.addresses(), ["/var/lib/vamp/kv"]);
        assert_eq!(base, Some("/vamp/shop".parse().unwrap()));
        let (store, _) = StoreConfig::from_url("file:///x?timeout=500ms").unwrap();
        assert!(matches!(store, StoreConfig::File(config) if config.call_timeout.as_millis() == 500));
        assert!(refused("file://host/x").contains("it has no address"));
        assert!(refused("file://").contains("no directory"));
    }

    #[cfg(feature = "file")]
    #[tokio::test]
    async fn a_file_in_the_place_of_the_directory_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let url = format!("file://{}", file.path().display());
        let (store, _) = StoreConfig::from_url(&url).unwrap();
        let told = store.open().await.unwrap_err().to_string();
        assert!(told.ends_with("it is no directory"), "{told}");
    }
}
