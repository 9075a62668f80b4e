#![doc = include_str!("../README.md")]

pub mod code;
mod engine;
mod error;
mod info;
mod options;
mod request;

pub use engine::Engine;
pub use error::{Error, ErrorKind, Problem, Result};
pub use info::{DriverInfo, Info, PublicationInfo, StoreInfo};
pub use options::{DefaultScale, EngineOptions, Parts, VirtualHostOptions};
pub use request::{Answer, Listing, Mode, Notice, Past, Precondition, Request, Versioned};
pub use vamp_kv::handover::AgentStatus;
pub use vamp_store::{
    Event, EventFilter, EventPage, EventQuery, NewEvent, Page, Subscribed, Subscription, TimeRange,
};
