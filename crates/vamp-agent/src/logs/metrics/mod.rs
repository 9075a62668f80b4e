//! What the lines amount to, as events of a Vamp server: no Elasticsearch is needed for metrics.
//!
//! The log path's reader counts each record in the bucket of the moment at which its line came: a bucket that is over gets no more. Its figures
//! are published, and only then those of the next. While the server does not take them buckets wait, within bounds; beyond them the oldest go,
//! and are counted.

mod closed;
mod config;
mod counters;
mod events;
mod learned;
mod publisher;
mod tally;

pub use config::MetricsConfig;
pub use counters::{MetricsCounters, MetricsStatus};
pub use publisher::{MetricsPublisher, MetricsStatusReader};
