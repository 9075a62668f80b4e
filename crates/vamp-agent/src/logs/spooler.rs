//! The spool of a sink at work: opened when it can be, and left alone for a while when its disk refuses.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use vamp_io::backoff::Backoff;

use super::chunk::{Batch, Part};
use super::queue::Queue;
use super::spool::Spool;

/// Pauses after which a disk that has refused is tried again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// A file that cannot be read for so long is given up.
const UNREADABLE: Duration = Duration::from_secs(10);

/// Where a spool is, and how large it may be.
#[derive(Debug, Clone)]
pub(crate) struct SpoolPlace {
    pub(crate) directory: PathBuf,
    pub(crate) bytes: u64,
}

/// Brings lines from a queue to the disk and back.
pub(crate) struct Spooler {
    name: String,
    queue: Arc<Queue>,
    /// None where no spool is wanted.
    place: Option<SpoolPlace>,
    spool: Option<Spool>,
    backoff: Backoff,
    /// The disk has refused something: until then nothing is asked of it that can wait.
    rests_until: Option<Instant>,
    /// Whether that was how far the sink is.
    is_behind: bool,
    /// Since when the oldest file cannot be read.
    unreadable: Option<Instant>,
    /// Lines of the spool that the sink has in hand.
    in_hand: u64,
}

impl Spooler {
    pub(crate) fn new(name: String, queue: Arc<Queue>, place: Option<SpoolPlace>) -> Self {
        Self {
            name,
            queue,
            place,
            spool: None,
            backoff: Backoff::new(PAUSES.0, PAUSES.1),
            rests_until: None,
            is_behind: false,
            unreadable: None,
            in_hand: 0,
        }
    }

    /// Opens the spool if it is not, and may be now. To count what an earlier agent has left takes a while.
    pub(crate) async fn open(&mut self) {
        let Some(place) = self
            .place
            .clone()
            .filter(|_| self.spool.is_none() && self.may_write())
        else {
            return;
        };
        let directory = place.directory.clone();
        let opening = tokio::task::spawn_blocking(move || Spool::open(place.directory, place.bytes));
        match opening.await.unwrap_or_else(|error| Err(error.into())) {
            Ok(spool) => {
                let left = spool.lines();
                self.queue.count(|counters| counters.received += left);
                self.spool = Some(spool);
                self.works();
                self.note();
            }
            Err(error) => self.fails(&format!(
                "the log spool {} cannot be opened: {error}",
                directory.display()
            )),
        }
    }

    /// Returns when it may be opened and is not; never, when there is nothing to open.
    pub(crate) async fn wants_opening(&self) {
        match self
            .rests_until
            .filter(|_| self.place.is_some() && self.spool.is_none())
        {
            Some(end) => tokio::time::sleep_until(end).await,
            None => std::future::pending().await,
        }
    }

    /// Whether lines can be brought to the disk.
    pub(crate) fn is_open(&self) -> bool {
        self.spool.is_some()
    }

    fn may_write(&self) -> bool {
        self.rests_until.is_none_or(|end| end <= Instant::now())
    }

    /// Whether the memory is so full that lines should go to the disk, which takes them.
    pub(crate) fn is_called_for(&self) -> bool {
        self.spool.is_some() && self.queue.is_half_full() && self.may_write()
    }

    /// What waits in memory goes to the disk; where that fails it stays in memory, within its bound.
    pub(crate) fn spill(&mut self) {
        if self.may_write() {
            self.spill_now();
        }
    }

    fn spill_now(&mut self) {
        let Some(spool) = &mut self.spool else { return };
        match spool.append(self.queue.drain()) {
            Ok(()) => self.works(),
            Err((parts, error)) => {
                self.queue.put_first(parts);
                self.fails(&format!("the log spool cannot be written: {error}"));
            }
        }
        self.note();
    }

    /// Brings lines that are in hand to the disk, which has none; says whether it could.
    pub(crate) fn keep_in_hand(&mut self, parts: &[Part]) -> bool {
        let Some(spool) = &mut self.spool else {
            return false;
        };
        match spool.append_taken(parts) {
            Ok(()) => true,
            Err(error) => {
                self.fails(&format!("the log spool cannot be written: {error}"));
                false
            }
        }
    }

    /// The oldest lines on the disk, if there are any.
    ///
    /// # Errors
    /// They cannot be read at present, and what is younger must not overtake them.
    pub(crate) fn take(&mut self, lines: usize, bytes: usize) -> Result<Option<Batch>, String> {
        let Some(spool) = self.spool.as_mut().filter(|spool| !spool.is_empty()) else {
            return Ok(None);
        };
        let error = match spool.take(lines, bytes) {
            Ok(parts) => {
                self.unreadable = None;
                let batch = Batch::new(parts);
                self.in_hand = batch.len() as u64;
                self.note();
                return Ok((batch.len() > 0).then_some(batch));
            }
            Err(error) => error,
        };
        let since = *self.unreadable.get_or_insert_with(Instant::now);
        if since.elapsed() >= UNREADABLE {
            self.unreadable = None;
            let file = spool.give_up_oldest().unwrap_or_default();
            let file = file.display();
            tracing::error!(sink = self.name, %file, %error, "lines of the log spool are given up");
            self.note();
        }
        Err(format!("the log spool cannot be read: {error}"))
    }

    /// Ends what [`Self::take`] or [`Self::keep_in_hand`] began: what is not delivered waits again, as the oldest.
    pub(crate) fn settle(&mut self, batch: Batch) {
        self.queue.settle_spooled(&batch);
        self.in_hand = 0;
        let Some(spool) = &mut self.spool else { return };
        spool.put_back(batch.into_open());
        match spool.commit() {
            Err(error) => {
                self.is_behind = true;
                self.fails(&format!("the log spool cannot note what is delivered: {error}"));
            }
            Ok(()) if std::mem::take(&mut self.is_behind) => self.works(),
            Ok(()) => {}
        }
        self.note();
    }

    /// Lines that have to be delivered again wait before all others.
    pub(crate) fn put_first(&mut self, parts: Vec<Part>) {
        match &mut self.spool {
            Some(spool) => {
                if let Err(error) = spool.put_first(parts) {
                    self.fails(&format!("the log spool cannot be written: {error}"));
                }
                self.note();
            }
            None => self.queue.put_first(parts),
        }
    }

    /// Before the end: what waits in memory goes to the disk, which is tried once more.
    pub(crate) fn close(&mut self) {
        self.spill_now();
        let Some(spool) = &mut self.spool else { return };
        if let Err(error) = spool.close() {
            self.fails(&format!("the log spool cannot be written: {error}"));
        }
        self.note();
    }

    fn note(&mut self) {
        let Some(spool) = &mut self.spool else { return };
        let lines = spool.lines() + self.in_hand;
        let (bytes, lost) = (spool.bytes(), spool.take_lost());
        self.queue.count(|counters| {
            counters.spooled_lines = lines;
            counters.spooled_bytes = bytes;
            counters.dropped += lost;
        });
    }

    fn works(&mut self) {
        self.rests_until = None;
        self.backoff.reset();
        if self.queue.spool_outcome(None) {
            tracing::info!(sink = self.name, "the log spool works again");
        }
    }

    fn fails(&mut self, reason: &str) {
        self.rests_until = Some(Instant::now() + self.backoff.next_delay());
        if self.queue.spool_outcome(Some(reason.to_owned())) {
            tracing::warn!(sink = self.name, reason, "lines wait in memory only");
        }
    }
}

#[cfg(test)]
mod tests {
    use vamp_testkit::disk::SmallDisk;

    use super::super::chunk::Chunk;
    use super::super::queue::Bounds;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_refuses_is_left_alone_for_a_while() {
        if SmallDisk::is_missing() {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let disk = SmallDisk::in_place_of(directory.path(), 1).unwrap();
        let bounds = Bounds {
            lines: 10,
            bytes: 1 << 20,
        };
        let queue = Arc::new(Queue::new(bounds));
        let place = SpoolPlace {
            directory: directory.path().to_owned(),
            bytes: 1 << 20,
        };
        let mut spooler = Spooler::new("udp://a:1".to_owned(), queue.clone(), Some(place));
        spooler.open().await;
        let lines = |first: u64| Arc::new(Chunk::new(0, first, *b"abcdefgh", [1, 2, 3, 4, 5, 6, 7, 8]));
        queue.push(lines(0));
        assert!(spooler.is_called_for());
        disk.fill().unwrap();
        spooler.spill();
        let status = queue.snapshot();
        assert_eq!(
            (status.counters.queued_lines, status.counters.spooled_lines),
            (8, 0)
        );
        let told = status.spool_error.unwrap();
        assert!(told.contains("No space left"), "{told}");
        // Half full, and yet nothing is asked of the disk for each line that comes.
        spooler.rests_until = Some(Instant::now() + PAUSES.1);
        assert!(!spooler.is_called_for());

        disk.free().unwrap();
        tokio::time::advance(PAUSES.1).await;
        assert!(spooler.is_called_for());
        spooler.spill();
        let status = queue.snapshot();
        assert_eq!(
            (status.counters.queued_lines, status.counters.spooled_lines),
            (0, 8)
        );
        assert_eq!((status.counters.dropped, status.spool_error), (0, None));
        drop(disk);
    }
}
