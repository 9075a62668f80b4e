use std::sync::Arc;

use super::Row;
use super::row::Columns;

/// The answer to `show stat`: one row for each frontend, backend and server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    rows: Vec<Row>,
    columns: Arc<Columns>,
}

/// A text that is no answer to `show stat`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
#[non_exhaustive]
pub struct InvalidStatistics {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: &'static str,
}

impl Statistics {
    /// Reads the answer to `show stat`. Columns are found by the names in its first line.
    ///
    /// # Errors
    /// The first line is no header with the names of proxies and servers, or a line names neither.
    pub fn read(answer: &str) -> Result<Self, InvalidStatistics> {
        let invalid = |line, message| InvalidStatistics { line, message };
        let mut lines = answer.lines().zip(1..);
        let header = lines.next().and_then(|(line, _)| line.strip_prefix("# "));
        let header = header.ok_or(invalid(1, "no header such as '# pxname,svname,…'"))?;
        let columns = Arc::new(Columns::read(header));
        if !columns.has("pxname") || !columns.has("svname") {
            return Err(invalid(1, "the header has no pxname and svname"));
        }
        let rows = lines
            .filter(|(line, _)| !line.is_empty())
            .map(|(line, number)| Row::read(line, &columns).ok_or(invalid(number, "a row without names")))
            .collect::<Result<_, _>>()?;
        Ok(Self { rows, columns })
    }

    /// All rows, in the order of the configuration.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of this proxy with this name: `FRONTEND`, `BACKEND`, or a server.
    #[must_use]
    pub fn get(&self, proxy: &str, name: &str) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| &*row.proxy == proxy && &*row.name == name)
    }

    /// The names of the columns, in their order.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        self.columns.names()
    }
}
