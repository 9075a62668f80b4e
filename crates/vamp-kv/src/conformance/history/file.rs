//! Histories as text: one JSON object a line.

use std::fmt;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::str::FromStr;

use super::{History, Line};

/// Why a text is no history.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {error}")]
pub struct Unreadable {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    #[source]
    pub error: serde_json::Error,
}

impl FromStr for History {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let lines = text.lines().zip(1..).filter(|(text, _)| !text.trim().is_empty());
        let lines =
            lines.map(|(text, line)| serde_json::from_str(text).map_err(|error| Unreadable { line, error }));
        Ok(Self {
            lines: lines.collect::<Result<_, _>>()?,
        })
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(
                f,
                "{}",
                serde_json::to_string::<Line>(line).map_err(|_| fmt::Error)?
            )?;
        }
        Ok(())
    }
}

impl History {
    /// Writes the history to a file that [`parse`](str::parse) takes again.
    ///
    /// # Errors
    /// The file, or its directory, could not be made or written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let mut file = BufWriter::new(std::fs::File::create(path)?);
        write!(file, "{self}")?;
        file.flush()
    }
}
