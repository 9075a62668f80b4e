#![doc = include_str!("../README.md")]

#[cfg(any(feature = "consul", feature = "zookeeper"))]
mod beside;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "consul")]
pub mod consul;
mod error;
#[cfg(feature = "etcd")]
pub mod etcd;
#[cfg(feature = "file")]
pub mod file;
pub mod handover;
mod key;
pub mod leadership;
pub mod memory;
mod open;
#[cfg(any(feature = "etcd", feature = "consul", feature = "file", feature = "zookeeper"))]
mod settings;
mod store;
#[cfg(any(feature = "etcd", feature = "consul"))]
mod tls;
pub mod wrap;
#[cfg(feature = "zookeeper")]
pub mod zookeeper;

pub use error::{Error, ErrorKind, Result};
pub use key::{InvalidKey, Key};
pub use open::{InvalidUrl, StoreConfig};
pub use store::{
    Capabilities, Condition, Entry, Guard, KeyValueStore, LeaseId, Version, WatchEvent, WatchStream,
};
#[cfg(any(feature = "etcd", feature = "consul"))]
pub use tls::TlsConfig;
