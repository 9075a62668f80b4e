#![doc = include_str!("../README.md")]

mod driver;
mod error;
mod observed;
mod spec;

pub use driver::{Capabilities, Driver, Notice};
pub use error::{Error, ErrorKind, Result};
pub use observed::{Failure, InstanceState, ObservedInstance, ObservedService};
pub use spec::{PortSpec, ScaleSpec, ServiceId, ServiceSpec};
