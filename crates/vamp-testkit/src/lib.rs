#![doc = include_str!("../README.md")]

mod built;
#[cfg(feature = "certificates")]
pub mod certificates;
pub mod disk;
mod error;
pub mod extent;
#[cfg(feature = "load")]
pub mod load;
pub mod memory;
pub mod network;
pub mod ports;
mod probe;
pub mod programs;
pub mod relay;
#[cfg(feature = "release")]
pub mod release;
pub mod request;
pub mod servers;
pub mod skip;
pub mod wait;

pub use error::Error;
pub use wait::until as wait_until;
