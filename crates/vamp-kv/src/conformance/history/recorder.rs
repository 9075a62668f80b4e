//! Writing down what happens.

use parking_lot::Mutex;
use tokio::time::Instant;

use super::record::{Action, Call, History, Line};

/// Notes what happens, each with a time of its own.
pub(super) struct Recorder {
    origin: Instant,
    noted: Mutex<(u64, Vec<Line>)>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            origin: Instant::now(),
            noted: Mutex::default(),
        }
    }
}

impl Recorder {
    /// The time; never the same twice.
    pub(super) fn now(&self) -> u64 {
        self.tick(&mut self.noted.lock().0)
    }

    fn tick(&self, last: &mut u64) -> u64 {
        let elapsed = u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX);
        *last = elapsed.max(*last + 1);
        *last
    }

    pub(super) fn note(&self, line: impl FnOnce(u64) -> Line) {
        let mut noted = self.noted.lock();
        let now = self.tick(&mut noted.0);
        noted.1.push(line(now));
    }

    pub(super) fn call(&self, by: &str, key: &str, began: u64, answered: bool, action: Action) {
        self.note(|now| {
            Line::Call(Call {
                by: by.to_owned(),
                key: key.to_owned(),
                began,
                ended: answered.then_some(now),
                action,
            })
        });
    }

    pub(super) fn into_history(self, store: &str, seed: u64) -> History {
        let plan = Line::Plan {
            store: store.to_owned(),
            seed,
        };
        let lines = std::iter::once(plan).chain(self.noted.into_inner().1);
        History {
            lines: lines.collect(),
        }
    }
}
