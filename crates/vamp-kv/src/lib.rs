#![doc = include_str!("../README.md")]

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
#[cfg(feature = "etcd")]
pub mod etcd;
pub mod handover;
mod key;
pub mod memory;
mod store;
#[cfg(any(feature = "etcd", feature = "consul"))]
mod tls;
pub mod wrap;

pub use error::{Error, ErrorKind, Result};
pub use key::{InvalidKey, Key};
pub use store::{
    Capabilities, Condition, Entry, Guard, KeyValueStore, LeaseId, Version, WatchEvent, WatchStream,
};
#[cfg(any(feature = "etcd", feature = "consul"))]
pub use tls::TlsConfig;
