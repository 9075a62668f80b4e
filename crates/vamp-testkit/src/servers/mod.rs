//! Real servers for one test each: in a temporary directory, on leased ports, gone when the value is dropped.
//!
//! A server's log is printed when its value is dropped by a panic, so that a failing test shows it.

mod consul;
mod debian;
mod docker;
mod elasticsearch;
mod etcd;
mod haproxy;
mod process;
mod rsyslog;
mod vamp;
mod vga;
mod zookeeper;

pub use consul::{Consul, ConsulOptions};
pub use debian::debian_with_haproxy;
pub use docker::Docker;
pub use elasticsearch::Elasticsearch;
pub use etcd::{Etcd, EtcdOptions, EtcdTls};
pub use haproxy::{Haproxy, masters_of, worker_of_master};
pub use process::ServerProcess;
pub use rsyslog::{Rsyslog, RsyslogInput};
pub use vamp::{ThroughStore, Vamp, VampOptions};
pub use vga::Vga;
pub use zookeeper::ZooKeeper;

use tempfile::TempDir;

use crate::Error;

/// A directory of a server's own. Its path is short, because HAProxy's sockets lie below it.
fn place(prefix: &str) -> Result<TempDir, Error> {
    tempfile::Builder::new()
        .prefix(prefix)
        .tempdir()
        .map_err(Error::io("create a directory in", std::env::temp_dir()))
}
