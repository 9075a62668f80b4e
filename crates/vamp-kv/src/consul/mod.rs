//! Consul 1.16 and newer, through its HTTP interface.
//!
//! A key stands in Consul under its own text without the leading slash, which is where agents of old look for it too.
//!
//! Can: values up to what fits into a transaction (378 KiB by default), guards, leases, watches that survive outages, restarts
//! and an index that goes backwards; access tokens, TLS with certificates of clients, data centers, several addresses. Cannot:
//! tell every change. A watch asks for the whole listing each time something changes below its key, so that what is overwritten
//! meanwhile is left out. Nor has it keys with characters that Consul calls unprintable, such as a zero-width joiner or a no-break
//! space: it refuses them in addresses, so a write of such a key is refused as [`Unsupported`](crate::ErrorKind::Unsupported).
//!
//! Leases are Consul's sessions: none ends before 10 s, none is granted for more than a day, and Consul takes up to twice the
//! time to live to end one that is not kept.
//!
//! Every call has a time limit of its own. While a watch waits, its server is asked for the leader over another connection, so
//! that a server that is frozen, gone without a word or cut off from the others is noticed: within
//! [`ConsulConfig::probe_interval`] and [`ConsulConfig::probe_timeout`], 4 s together.

mod backend;
mod client;
mod config;
mod layout;
mod session;
mod transaction;
mod watch;

pub use backend::ConsulStore;
pub use config::ConsulConfig;
