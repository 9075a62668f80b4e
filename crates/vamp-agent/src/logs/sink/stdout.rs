//! Standard output.

use std::io::Write as _;

use async_trait::async_trait;

use super::{Failure, Report, Sink};
use crate::logs::chunk::Batch;
use crate::logs::config::Format;
use crate::logs::encode::{Document, encode};

pub(super) struct Stdout {
    format: Format,
    document: Document,
}

impl Stdout {
    pub(super) fn new(format: Format, document: Document) -> Self {
        Self { format, document }
    }
}

#[async_trait(?Send)]
impl Sink for Stdout {
    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        for line in batch.lines() {
            encode(&line, self.format, &self.document, &mut report.read, &mut bytes);
            bytes.push(b'\n');
        }
        let mut output = std::io::stdout().lock();
        output
            .write_all(&bytes)
            .and_then(|()| output.flush())
            .map_err(|error| Failure(format!("standard output: {error}")))?;
        batch.delivered_up_to(batch.len());
        Ok(())
    }
}
