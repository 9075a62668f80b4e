//! The stores through which configurations are handed over: real servers of a measurement's own.

use std::fmt;
use std::sync::Arc;

use tempfile::TempDir;
use vamp_kv::{KeyValueStore, StoreConfig};
use vamp_testkit::servers::{Consul, Etcd, ZooKeeper};

use crate::failure::{Failure, Result};

/// What kinds of store there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    File,
    Etcd,
    Consul,
    ZooKeeper,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Memory,
        Self::File,
        Self::Etcd,
        Self::Consul,
        Self::ZooKeeper,
    ];

    /// Those that another process reaches.
    pub(crate) const SHARED: [Self; 4] = [Self::File, Self::Etcd, Self::Consul, Self::ZooKeeper];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::File => "file",
            Self::Etcd => "etcd",
            Self::Consul => "consul",
            Self::ZooKeeper => "zookeeper",
        })
    }
}

/// A store without data; gone, with its server, when it is dropped.
pub(crate) struct Store {
    url: String,
    /// Who shares a memory shares the value.
    memory: Option<Arc<dyn KeyValueStore>>,
    _place: Place,
}

/// What holds the data.
#[expect(dead_code, reason = "it is kept, not used")]
enum Place {
    Memory,
    Directory(TempDir),
    Etcd(Etcd),
    Consul(Consul),
    ZooKeeper(ZooKeeper),
}

impl Store {
    pub(crate) async fn start(kind: Kind) -> Result<Self> {
        let (url, place) = match kind {
            Kind::Memory => ("memory://".to_owned(), Place::Memory),
            Kind::File => {
                let directory = tempfile::tempdir()?;
                let url = format!("file://{}", directory.path().display());
                (url, Place::Directory(directory))
            }
            Kind::Etcd => {
                let etcd = Etcd::start().await?;
                (etcd.store_url(), Place::Etcd(etcd))
            }
            Kind::Consul => {
                let consul = Consul::start().await?;
                (format!("consul://{}", consul.address()), Place::Consul(consul))
            }
            Kind::ZooKeeper => {
                if ZooKeeper::is_missing() {
                    return Err(Failure::Skipped("ZooKeeper is not installed".to_owned()));
                }
                let zookeeper = ZooKeeper::start().await?;
                let url = format!("zookeeper://{}", zookeeper.address());
                (url, Place::ZooKeeper(zookeeper))
            }
        };
        let mut store = Self {
            url,
            memory: None,
            _place: place,
        };
        if kind == Kind::Memory {
            store.memory = Some(store.open().await?);
        }
        Ok(store)
    }

    /// The address that the programs are given.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A client with connections of its own, as each process has one.
    pub(crate) async fn open(&self) -> Result<Arc<dyn KeyValueStore>> {
        if let Some(memory) = &self.memory {
            return Ok(memory.clone());
        }
        let (config, _) = StoreConfig::from_url(&self.url)?;
        Ok(config.open().await?)
    }
}
