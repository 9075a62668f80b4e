#![doc = include_str!("../README.md")]

mod agent;
mod apply;
mod compose;
mod config;
mod error;
mod files;
mod haproxy;
mod hash;
#[cfg(feature = "logs")]
pub mod logs;
mod report;
mod status;
mod wanted;

pub use agent::{Agent, AgentHandle, StopMode};
pub use config::{AgentConfig, Base, Limits, validate_socket_directory};
pub use error::{Error, ErrorKind, Result};
pub use vamp_kv::handover::{AgentFailure, AgentStatus, Applied, HaproxyStatus, How};
