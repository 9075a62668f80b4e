//! The log lines of HAProxy, from its socket to whoever wants them.
//!
//! HAProxy writes a datagram for each line to a unix socket or by UDP, and never waits: what the socket cannot hold is lost before anybody
//! has seen it. So one thread does nothing but read, many datagrams at a time, and puts the lines into a queue for each sink. Each sink has a
//! thread of its own; one that is down, slow or frozen lets its own queue grow up to its [`Bounds`], then the oldest lines go and are counted.
//!
//! A line is delivered at least once. It is sent again when a try failed, and, over a connection that broke, when it was not acknowledged or
//! was written in the last moment before; what a datagram's sender cannot know is lost without a trace.

mod chunk;
mod config;
mod counters;
mod encode;
mod forwarder;
mod index;
mod metrics;
mod queue;
mod refusal;
mod runner;
mod sink;
mod sink_url;
mod source;
mod spool;
mod spooler;
mod thread;

pub use config::{Format, LogConfig, SinkConfig, SpoolConfig, Target};
pub use counters::{Counters, LogStatus, SinkStatus};
pub use forwarder::{LogForwarder, LogStatusReader};
pub use index::IndexName;
pub use metrics::{MetricsConfig, MetricsCounters, MetricsPublisher, MetricsStatus, MetricsStatusReader};
pub use queue::Bounds;
pub use sink_url::size;
pub use source::Observer;
