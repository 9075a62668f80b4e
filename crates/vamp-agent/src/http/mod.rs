//! The status endpoint: `/health`, `/status` and `/metrics`, for reading alone.

mod answer;
mod caller;
#[cfg(feature = "dns")]
mod dns_metrics;
mod family;
#[cfg(feature = "logs")]
mod log_metrics;
mod metrics;
mod server;
mod store_metrics;

pub(crate) use server::StatusServer;
