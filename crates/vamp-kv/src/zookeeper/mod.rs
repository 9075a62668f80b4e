//! ZooKeeper 3.6 and newer.
//!
//! The value of a key is the data of the node at that path, below [`ZooKeeperConfig::chroot`]. The nodes above it are made when
//! they are missing, with no data: a node without data is no entry. The library does not tell a node without data from one with
//! empty data, so an empty value is written as one NUL byte, and a value of nothing but NUL bytes with one more; every other value
//! stands there as it is. To delete a key removes its node, or takes its data away when there are nodes below it; the nodes above
//! it stay.
//!
//! A version is the number of the transaction (`mzxid`) that wrote the value. The server compares the node's own counter, which
//! begins anew when a node is made again; so every creation also writes the node `.vamp-creations` below the chroot, and writes
//! that depend on a version depend on nothing having been created meanwhile.
//!
//! Can: values up to the request limit of the server (1 MiB by default, less a little), guards, leases, watches that survive
//! outages, restarts and expired sessions, user and password (`digest`). Cannot:
//!
//! - TLS: that of the library stands on another crypto library than everything else here.
//! - Tell every change of a key: what was overwritten before it was read is left out.
//! - Have keys below a key that is bound to a lease, or bind one that has keys below it: such a write is refused as
//!   [`Unsupported`](crate::ErrorKind::Unsupported).
//! - Keep a lease in another process: it lives in the store that granted it and in its clones, and ends at the latest when the last
//!   of them is dropped. None is shorter than [`ZooKeeperConfig::session_timeout`]. A process that ends without a word loses its
//!   leases when the server has not heard of it for their time to live, or for as long as the server lets sessions live (20 of its
//!   ticks, 40 s by default) if that is shorter.
//!
//! Every call has a time limit of its own, which the requests of a listing have together. A connection that is silent for 2.6 s
//! counts as lost. Then a new session begins at once; nothing but leases hangs on a session, and each of them has one of its own.

mod backend;
mod config;
mod failure;
mod layout;
mod lease;
mod read;
mod session;
mod watch;
mod write;

pub use backend::ZooKeeperStore;
pub use config::ZooKeeperConfig;
