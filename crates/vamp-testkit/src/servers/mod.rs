//! Real servers for one test each: in a temporary directory, on leased ports, gone when the value is dropped.
//!
//! A server's log is printed when its value is dropped by a panic, so that a failing test shows it.

mod etcd;
mod haproxy;
mod process;

pub use etcd::Etcd;
pub use haproxy::Haproxy;
pub use process::ServerProcess;
