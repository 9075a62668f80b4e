//! The programs as users start them.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod agents;
mod apply;
mod deploy;
mod get;
mod haproxy;
mod http_source;
mod log_events;
mod logs;
mod man;
mod metrics;
mod offline;
mod serve;
mod stop_all;
mod support;
mod vga;
