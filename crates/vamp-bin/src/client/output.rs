//! Data to standard output, everything else to standard error.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::display::table::Table;
use crate::{Error, Exit, Result};

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    #[default]
    Table,
    /// An object or a list of them, for programs
    Json,
    /// The same as YAML
    Yaml,
}

/// Where results go.
#[derive(Debug, Default)]
pub(crate) struct Output {
    unread: AtomicBool,
}

impl Output {
    /// Whether the reader of the output has gone away.
    pub(crate) fn is_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed)
    }

    /// Prints text.
    pub(crate) fn text(&self, text: &str) -> Result<()> {
        let mut stdout = std::io::stdout().lock();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(|error| {
                if error.kind() == std::io::ErrorKind::BrokenPipe {
                    self.unread.store(true, Ordering::Relaxed);
                }
                Error::new(Exit::Failed, format!("cannot write the output: {error}")).because(error)
            })
    }

    /// Prints a value, as a table where that is asked for.
    pub(crate) fn value(&self, format: Format, value: &Value, table: impl FnOnce() -> Table) -> Result<()> {
        match format {
            Format::Table => self.text(&table().to_string()),
            Format::Json => self.text(&format!("{value:#}\n")),
            Format::Yaml => self.text(&vamp_model::to_yaml(value)),
        }
    }

    /// Says something that is not data.
    pub(crate) fn remark(&self, text: &str) {
        // Without anybody who reads it there is nothing to be done about it.
        let _ = writeln!(
            std::io::stderr().lock(),
            "{}",
            text.replace(|c: char| c.is_control() && c != '\n', " ")
        );
    }
}
