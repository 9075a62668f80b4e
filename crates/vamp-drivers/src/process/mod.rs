//! Local processes: for trying Vamp out, and for machines without a container engine.

mod backend;
mod command;
mod config;
mod directory;
mod environment;
mod guard;
mod kernel;
mod launch;
mod log;
mod ports;
mod probe;
mod readiness;
mod record;
mod recovery;
#[cfg(test)]
mod sample;
mod service;
mod shared;
mod supervisor;

pub use backend::ProcessDriver;
pub use config::{INHERITED, ProcessConfig};
