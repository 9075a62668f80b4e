//! A store that fails as it is told to: for tests of those who use stores.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::around::{Answer, Around, Call};
use crate::{Error, ErrorKind, Key, KeyValueStore, Result, WatchStream};

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails before it reaches the store.
    Before,
    /// It is carried out, and its answer is lost.
    After,
    /// It reaches the store this much later.
    Delay(Duration),
}

/// How often which fault happens: probabilities from 0 to 1, each drawn for itself in this order.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Faults {
    /// Of [`Fault::Before`].
    pub before: f64,
    /// Of [`Fault::After`].
    pub after: f64,
    /// Of [`Fault::Delay`].
    pub delay: f64,
    /// The longest delay; it is drawn from nothing up to this.
    pub longest_delay: Duration,
    /// That a watch breaks in place of an event. It tells of an outage and begins anew.
    pub broken_watch: f64,
}

/// A store with faults. The same seed and the same order of calls give the same faults.
#[derive(Debug)]
pub struct Faulty {
    inner: Arc<dyn KeyValueStore>,
    dice: Arc<Mutex<Dice>>,
}

#[derive(Debug)]
struct Dice {
    random: StdRng,
    faults: Faults,
    /// What happens to the next calls, whatever is drawn.
    next: VecDeque<Fault>,
}

impl Dice {
    fn throw(&mut self) -> Option<Fault> {
        if let Some(fault) = self.next.pop_front() {
            return Some(fault);
        }
        let faults = self.faults;
        if self.happens(faults.before) {
            return Some(Fault::Before);
        }
        if self.happens(faults.after) {
            return Some(Fault::After);
        }
        self.happens(faults.delay).then(|| {
            let part = self.random.random_range(0.0..=1.0);
            Fault::Delay(faults.longest_delay.mul_f64(part))
        })
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.random.random_bool(probability.clamp(0.0, 1.0))
    }
}

impl Faulty {
    /// `inner` with faults at random.
    #[must_use]
    pub fn new(inner: Arc<dyn KeyValueStore>, seed: u64, faults: Faults) -> Self {
        let dice = Dice {
            random: StdRng::seed_from_u64(seed),
            faults,
            next: VecDeque::new(),
        };
        Self {
            inner,
            dice: Arc::new(Mutex::new(dice)),
        }
    }

    /// `inner` with no fault but those of [`fail_next`](Self::fail_next).
    #[must_use]
    pub fn scripted(inner: Arc<dyn KeyValueStore>) -> Self {
        Self::new(inner, 0, Faults::default())
    }

    /// Lets this happen to the next call for which nothing is set yet.
    pub fn fail_next(&self, fault: Fault) {
        self.dice.lock().next.push_back(fault);
    }

    /// Other faults from here on.
    pub fn set(&self, faults: Faults) {
        self.dice.lock().faults = faults;
    }
}

impl Around for Faulty {
    fn inner(&self) -> &dyn KeyValueStore {
        &*self.inner
    }

    async fn around<T: Answer>(
        &self,
        call: Call<'_>,
        answer: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let failure = || Error::new(ErrorKind::Unavailable, call.operation.name(), call.subject);
        let fault = self.dice.lock().throw();
        match fault {
            None => answer.await,
            Some(Fault::Before) => Err(failure().because("a fault before the call")),
            Some(Fault::After) => {
                answer.await?;
                Err(failure().because("a fault after the call"))
            }
            Some(Fault::Delay(delay)) => {
                tokio::time::sleep(delay).await;
                answer.await
            }
        }
    }

    fn around_watch(&self, prefix: &Key) -> WatchStream {
        let (inner, dice, prefix) = (Arc::clone(&self.inner), Arc::clone(&self.dice), prefix.clone());
        let breaks = move || {
            let mut dice = dice.lock();
            let probability = dice.faults.broken_watch;
            dice.happens(probability)
        };
        Box::pin(async_stream::stream! {
            loop {
                let mut watch = inner.watch(&prefix);
                while let Some(told) = watch.next().await {
                    if breaks() {
                        yield Err(Error::new(ErrorKind::Unavailable, "watch", &prefix).because("a fault of the watch"));
                        break;
                    }
                    yield told;
                }
            }
        })
    }
}

store_around!(Faulty);
