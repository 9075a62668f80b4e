//! etcd 3.4 and newer, through its v3 interface.
//!
//! A path can have a value and further keys below it, as in a file tree; so every value stands at `<path>/value`, which is
//! where agents of old look for it too. Nothing outside this module knows of that suffix.
//!
//! Can: values up to the request limit of the server (1.5 MiB by default, less a little), guards, leases, watches that
//! survive outages, restarts and compaction; TLS with certificates of clients; users.
//!
//! Every call has a time limit of its own, since that of the library ends with the headers of an answer. The server of a watch is
//! probed also while nothing happens, so that one that is frozen, or gone without a word, is noticed: within
//! [`EtcdConfig::probe_interval`] and [`EtcdConfig::probe_timeout`], 4 s together.

mod access;
mod backend;
mod config;
mod failure;
mod layout;
mod members;
mod watch;

pub use backend::EtcdStore;
pub use config::EtcdConfig;
