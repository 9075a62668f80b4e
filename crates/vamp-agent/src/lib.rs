#![doc = include_str!("../README.md")]

mod agent;
mod apply;
mod compose;
mod config;
mod counters;
#[cfg(feature = "dns")]
pub mod dns;
mod error;
mod files;
mod haproxy;
mod hash;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "logs")]
pub mod logs;
#[cfg(any(feature = "http", feature = "logs"))]
mod names;
mod overview;
mod report;
mod source;
mod status;
#[cfg(test)]
mod troubled;
mod wanted;

pub use agent::{Agent, AgentHandle, StopMode};
pub use config::{AgentConfig, Base, Limits, validate_socket_directory};
pub use counters::{Counters, Latencies};
pub use error::{Error, ErrorKind, Result};
pub use haproxy::lone_check::LoneCheck;
pub use overview::{AgentHealth, Overview, StoreCondition, StoreError};
pub use source::Source;
#[cfg(feature = "text-file")]
pub use source::TextFile;
#[cfg(feature = "server")]
pub use source::VampServer;
pub use vamp_kv::handover::{AgentFailure, AgentStatus, Applied, FailureKind, HaproxyStatus, How};
