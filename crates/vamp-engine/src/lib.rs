#![doc = include_str!("../README.md")]

pub mod code;
mod deployment;
mod engine;
mod error;
mod events;
pub mod gateway;
mod gateway_list;
mod info;
mod lead;
mod load;
mod options;
mod publications;
mod publisher;
mod queue;
pub mod reconcile;
mod reconciler;
mod request;
mod shared;
mod storage;
mod world;

pub use engine::Engine;
pub use error::{Error, ErrorKind, Problem, Result};
pub use info::{DriverInfo, Info, PublicationInfo, StoreInfo};
pub use options::{DefaultScale, EngineOptions, Parts, VirtualHostOptions};
pub use request::{Answer, Listing, Mode, Notice, Past, Precondition, Request, Versioned};
pub use vamp_kv::handover::{AgentStatus, Received};
pub use vamp_store::{
    Event, EventFilter, EventPage, EventQuery, NewEvent, Page, Subscribed, Subscription, TimeRange,
};
