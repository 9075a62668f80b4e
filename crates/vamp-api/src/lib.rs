#![doc = include_str!("../README.md")]

mod api;
mod callers;
mod connections;
mod http;
mod options;
mod routes;
mod shared;

pub use api::Api;
pub use callers::{HostName, Hosts, Malformed, Origin, Origins};
pub use options::ApiOptions;
