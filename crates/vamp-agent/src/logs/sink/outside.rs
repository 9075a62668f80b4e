//! Writing that may hang in the kernel, as to a slow disk or a pipe that nobody reads: it is done in another thread, one piece at a time.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;

use super::Report;
use crate::logs::chunk::{Batch, Fate};
use crate::logs::config::Format;
use crate::logs::encode::{Document, encode};

/// Where whole lines are written to.
pub(super) trait Output: Send + 'static {
    /// Writes bytes in which lines end at these places. Says how many lines went, and why not all did.
    fn write(&mut self, bytes: &[u8], ends: &[usize]) -> (usize, io::Result<()>);
}

/// An output, and what is under way to it.
pub(super) struct Outside<W> {
    output: Arc<Mutex<W>>,
    under_way: Option<UnderWay>,
    /// Numbers of lines that went when nobody waited for it any more, and that come again.
    gone: HashSet<u64>,
}

/// A piece that is being written, also when the call that began it was dropped.
struct UnderWay {
    task: JoinHandle<(usize, io::Result<()>)>,
    /// Numbers of its lines.
    lines: Vec<u64>,
}

impl<W: Output> Outside<W> {
    pub(super) fn new(output: W) -> Self {
        Self {
            output: Arc::new(Mutex::new(output)),
            under_way: None,
            gone: HashSet::new(),
        }
    }

    /// Writes the lines of a batch.
    pub(super) async fn write(
        &mut self,
        batch: &mut Batch,
        format: Format,
        document: &Document,
        report: &mut Report,
    ) -> io::Result<()> {
        // What an earlier call had begun may have these lines.
        self.complete(batch).await?;
        let mut bytes = Vec::new();
        let (mut ends, mut lines) = (Vec::new(), Vec::new());
        for (line, fate) in batch.lines().zip(&batch.fates) {
            if *fate == Fate::Open {
                encode(&line, format, document, &mut report.read, &mut bytes);
                bytes.push(b'\n');
                ends.push(bytes.len());
                lines.push(line.sequence);
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let output = self.output.clone();
        let task = tokio::task::spawn_blocking(move || {
            let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
            output.write(&bytes, &ends)
        });
        self.under_way = Some(UnderWay { task, lines });
        self.complete(batch).await
    }

    /// Waits for what is under way, and notes which lines of the batch went.
    pub(super) async fn complete(&mut self, batch: &mut Batch) -> io::Result<()> {
        let mut outcome = Ok(());
        if let Some(UnderWay { task, lines }) = &mut self.under_way {
            let (count, written) = task.await.unwrap_or_else(|error| (0, Err(error.into())));
            self.gone.extend(lines.drain(..).take(count));
            self.under_way = None;
            outcome = written;
        }
        if self.gone.is_empty() {
            return outcome;
        }
        let before = self.gone.len();
        let numbers: Vec<u64> = batch.lines().map(|line| line.sequence).collect();
        for (fate, number) in batch.fates.iter_mut().zip(numbers) {
            if self.gone.remove(&number) {
                *fate = Fate::Delivered;
            }
        }
        if self.gone.len() == before {
            // Lines come in order: these have been given up meanwhile.
            self.gone.clear();
        }
        outcome
    }

    /// The output, unless something is being written.
    pub(super) fn idle(&self) -> Option<MutexGuard<'_, W>> {
        self.output.try_lock().ok()
    }
}
