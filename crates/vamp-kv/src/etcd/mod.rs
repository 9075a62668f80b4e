//! etcd 3.4 and newer, through its v3 interface.
//!
//! A path can have a value and further keys below it, as in a file tree; so every value stands at `<path>/value`, which is
//! where agents of old look for it too. Nothing outside this module knows of that suffix.

mod backend;
mod config;
mod layout;
mod watch;

pub use backend::EtcdStore;
pub use config::EtcdConfig;
