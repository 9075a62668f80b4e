//! What waits for one sink.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::chunk::{Batch, Chunk, Fate, Part};
use super::counters::{Counters, SinkStatus};

/// How much may wait in memory for one sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Lines. Default 100,000.
    pub lines: usize,
    /// Bytes, with 160 for each line added for what holds it. Default 24 MiB. Sinks share the lines that wait for several of them.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            lines: 100_000,
            bytes: 24 * 1024 * 1024,
        }
    }
}

/// The lines that wait for one sink, the oldest first.
#[derive(Debug)]
pub(crate) struct Queue {
    bounds: Bounds,
    state: Mutex<State>,
    /// Told when there is something to take, when much has gathered, and at the end.
    pub(crate) changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    parts: VecDeque<Part>,
    lines: usize,
    bytes: usize,
    /// Taken by the sink and neither delivered nor put back: they count in the bounds, and are not dropped.
    taken_lines: usize,
    taken_bytes: usize,
    closed: bool,
    counters: Counters,
    working: bool,
    /// Whether somebody was told that the sink does not work, and not yet that it does again.
    told: bool,
    last_error: Option<String>,
    /// Why the spool cannot be used.
    spool_error: Option<String>,
}

impl Queue {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let state = State {
            working: true,
            ..State::default()
        };
        Self {
            bounds,
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds lines; the oldest go when a bound is exceeded.
    pub(crate) fn push(&self, chunk: Arc<Chunk>) {
        let part = Part::whole(chunk);
        let mut state = self.state();
        let was_empty = state.lines == 0;
        state.counters.received += part.lines() as u64;
        state.add_last(part);
        state.trim(self.bounds);
        let much = state.bytes > self.bounds.bytes / 2 || state.lines > self.bounds.lines / 2;
        drop(state);
        if was_empty || much {
            self.changed.notify_one();
        }
    }

    /// The oldest lines, at most so many lines and about so many bytes; `None` when nothing waits.
    pub(crate) fn take(&self, most_lines: usize, most_bytes: usize) -> Option<Batch> {
        let mut state = self.state();
        let mut parts = Vec::new();
        let (mut lines, mut bytes) = (0, 0);
        while lines < most_lines && bytes < most_bytes {
            let Some(mut part) = state.parts.pop_front() else {
                break;
            };
            let mut end = part.start;
            while end < part.end && lines < most_lines && (bytes < most_bytes || lines == 0) {
                bytes += part.chunk.weight(end);
                lines += 1;
                end += 1;
            }
            let rest = Part {
                chunk: part.chunk.clone(),
                start: end,
                end: part.end,
            };
            part.end = end;
            parts.push(part);
            if rest.lines() > 0 {
                state.parts.push_front(rest);
                break;
            }
        }
        state.lines -= lines;
        state.bytes -= bytes;
        state.taken_lines += lines;
        state.taken_bytes += bytes;
        (lines > 0).then(|| Batch::new(parts))
    }

    /// Ends what [`Self::take`] began: what is open waits again, as the oldest.
    pub(crate) fn settle(&self, batch: Batch) {
        let mut state = self.state();
        state.counters.delivered += batch.count(Fate::Delivered);
        state.counters.rejected += batch.count(Fate::Rejected);
        state.taken_lines = 0;
        state.taken_bytes = 0;
        state.add_first(batch.into_open());
        state.trim(self.bounds);
    }

    /// Changes the counters.
    pub(crate) fn count(&self, change: impl FnOnce(&mut Counters)) {
        change(&mut self.state().counters);
    }

    /// The sink works, or it does not; says whether that is news. That it works again is news when it does so steadily.
    pub(crate) fn outcome(&self, error: Option<String>, is_steady: bool) -> bool {
        let mut state = self.state();
        state.working = error.is_none();
        let news = is_steady && state.told == state.working;
        if news {
            state.told = !state.working;
        }
        if error.is_some() {
            state.last_error = error;
        }
        news
    }

    /// The spool works, or it does not; says whether that is news.
    pub(crate) fn spool_outcome(&self, error: Option<String>) -> bool {
        let mut state = self.state();
        let news = state.spool_error.is_some() != error.is_some();
        state.spool_error = error;
        news
    }

    /// Why a line was rejected; says whether that is news.
    pub(crate) fn rejection(&self, reason: String) -> bool {
        let mut state = self.state();
        let news = state.last_error.as_ref() != Some(&reason);
        state.last_error = Some(reason);
        news
    }

    /// Nothing comes any more.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_one();
    }

    /// Whether nothing comes any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Whether so much waits that it should go to the spool, where there is one.
    pub(crate) fn is_half_full(&self) -> bool {
        let state = self.state();
        state.bytes > self.bounds.bytes / 2 || state.lines > self.bounds.lines / 2
    }

    /// Everything that waits, to be put elsewhere.
    pub(crate) fn drain(&self) -> Vec<Part> {
        let mut state = self.state();
        (state.lines, state.bytes) = (0, 0);
        state.parts.drain(..).collect()
    }

    /// Lines that wait again, as the oldest.
    pub(crate) fn put_first(&self, parts: Vec<Part>) {
        let mut state = self.state();
        state.add_first(parts);
        state.trim(self.bounds);
    }

    /// As [`Self::settle`], for lines that wait elsewhere.
    pub(crate) fn settle_spooled(&self, batch: &Batch) {
        let mut state = self.state();
        state.counters.delivered += batch.count(Fate::Delivered);
        state.counters.rejected += batch.count(Fate::Rejected);
        state.taken_lines = 0;
        state.taken_bytes = 0;
    }

    /// Gives up whatever still waits.
    pub(crate) fn abandon(&self) {
        let mut state = self.state();
        let left = state.lines + state.taken_lines;
        state.counters.dropped += left as u64;
        state.parts.clear();
        (state.lines, state.bytes) = (0, 0);
        (state.taken_lines, state.taken_bytes) = (0, 0);
    }

    /// The state for others; the name of the sink is theirs to add.
    pub(crate) fn snapshot(&self) -> SinkStatus {
        let state = self.state();
        let mut counters = state.counters;
        counters.queued_lines = (state.lines + state.taken_lines) as u64;
        counters.queued_bytes = (state.bytes + state.taken_bytes) as u64;
        SinkStatus {
            sink: String::new(),
            working: state.working,
            last_error: state.last_error.clone(),
            spool_error: state.spool_error.clone(),
            counters,
        }
    }
}

impl State {
    fn add_last(&mut self, part: Part) {
        self.lines += part.lines();
        self.bytes += part.weight();
        self.parts.push_back(part);
    }

    fn add_first(&mut self, parts: Vec<Part>) {
        for part in parts.into_iter().rev() {
            self.lines += part.lines();
            self.bytes += part.weight();
            self.parts.push_front(part);
        }
    }

    fn trim(&mut self, bounds: Bounds) {
        while self.lines + self.taken_lines > bounds.lines || self.bytes + self.taken_bytes > bounds.bytes {
            let Some(oldest) = self.parts.front_mut() else {
                return;
            };
            let weight = oldest.chunk.weight(oldest.start);
            oldest.start += 1;
            if oldest.lines() == 0 {
                self.parts.pop_front();
            }
            self.lines -= 1;
            self.bytes -= weight;
            self.counters.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(first: u64, lines: &[&str]) -> Arc<Chunk> {
        let mut ends = Vec::new();
        let mut data = String::new();
        for line in lines {
            data.push_str(line);
            ends.push(u32::try_from(data.len()).unwrap());
        }
        Arc::new(Chunk::new(0, first, data.as_bytes(), ends))
    }

    fn texts(batch: &Batch) -> Vec<String> {
        let text = |line: super::super::chunk::Line<'_>| String::from_utf8_lossy(line.bytes).into_owned();
        batch.lines().map(text).collect()
    }

    #[test]
    fn the_oldest_go_when_a_bound_is_reached_and_are_counted() {
        let bounds = Bounds {
            lines: 3,
            bytes: 1 << 20,
        };
        let queue = Queue::new(bounds);
        queue.push(chunk(0, &["a", "b"]));
        queue.push(chunk(2, &["c", "d", "e"]));
        let counters = queue.snapshot().counters;
        assert_eq!(
            (counters.received, counters.dropped, counters.queued_lines),
            (5, 2, 3)
        );
        assert_eq!(texts(&queue.take(9, 1 << 20).unwrap()), ["c", "d", "e"]);
    }

    #[test]
    fn what_is_not_delivered_waits_again_as_the_oldest() {
        let queue = Queue::new(Bounds::default());
        queue.push(chunk(0, &["a", "b", "c", "d"]));
        let mut batch = queue.take(3, 1 << 20).unwrap();
        batch.fates[0] = Fate::Delivered;
        batch.fates[1] = Fate::Rejected;
        queue.settle(batch);
        let counters = queue.snapshot().counters;
        assert_eq!(
            (counters.delivered, counters.rejected, counters.queued_lines),
            (1, 1, 2)
        );
        assert_eq!(texts(&queue.take(9, 1 << 20).unwrap()), ["c", "d"]);
    }

    #[test]
    fn what_a_sink_is_just_given_counts_and_is_not_dropped() {
        let bounds = Bounds {
            lines: 2,
            bytes: 1 << 20,
        };
        let queue = Queue::new(bounds);
        queue.push(chunk(0, &["a"]));
        let batch = queue.take(9, 1 << 20).unwrap();
        queue.push(chunk(1, &["b", "c"]));
        assert_eq!(queue.snapshot().counters.dropped, 1);
        queue.settle(batch);
        assert_eq!(queue.snapshot().counters.dropped, 1);
        assert_eq!(texts(&queue.take(9, 1 << 20).unwrap()), ["a", "c"]);
    }
}
