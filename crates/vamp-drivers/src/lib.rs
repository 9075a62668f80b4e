#![doc = include_str!("../README.md")]

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(any(feature = "process", feature = "simulated"))]
mod definition;
mod driver;
mod error;
mod observed;
#[cfg(feature = "process")]
pub mod process;
#[cfg(any(feature = "process", feature = "simulated"))]
mod rollout;
#[cfg(feature = "simulated")]
pub mod simulated;
mod spec;

pub use driver::{Capabilities, Driver, Notice};
pub use error::{Error, ErrorKind, Result};
pub use observed::{Failure, InstanceState, ObservedInstance, ObservedService};
pub use spec::{PortSpec, ScaleSpec, ServiceId, ServiceSpec};
