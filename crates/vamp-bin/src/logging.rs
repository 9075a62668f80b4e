//! Logs: lines on standard error, for people or as JSON.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::{Error, Result};

/// What a log line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

/// What `filter` may be: a level, or directives of `tracing-subscriber`.
pub(crate) const DEFAULT_FILTER: &str = "info";

/// Checks what to log.
pub(crate) fn filter(text: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(text).map_err(|error| {
        format!("{error}; wanted is a level such as info, or directives such as vamp_engine=debug")
    })
}

/// Starts logging; once in a process.
pub(crate) fn start(filter: EnvFilter, format: LogFormat) -> Result<()> {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // It would write to standard error that it cannot write there, and panic over that: a reader that goes away ends no gateway.
        .log_internal_errors(false)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Error::new(crate::Exit::Failed, format!("cannot start logging: {error}")))
}
