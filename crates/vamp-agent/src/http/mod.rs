//! The status endpoint: `/health`, `/status` and `/metrics`, for reading alone.

mod answer;
mod caller;
mod metrics;
mod names;
mod server;

pub(crate) use server::StatusServer;
