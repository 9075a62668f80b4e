#![doc = include_str!("../README.md")]

mod api;
mod connections;
mod http;
mod options;
mod routes;
mod shared;

pub use api::Api;
pub use options::{ApiOptions, Origins};
