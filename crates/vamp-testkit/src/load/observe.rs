//! Waiting for an answer of a certain sort.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::outcome::ConnectionKind;
use crate::Error;

/// One answer, as observers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The version that gave it (`X-Vamp-Version`); empty when the header was missing.
    pub version: Arc<str>,
    /// The kind of connection it came over.
    pub kind: ConnectionKind,
    /// When the request was written.
    pub sent: Instant,
    /// When the answer was complete.
    pub received: Instant,
}

/// The first answer that satisfies an observer: a future, `None` when the client ends before.
#[derive(Debug)]
pub struct Observation {
    receiver: oneshot::Receiver<Answer>,
}

impl Observation {
    /// Waits for the answer at most for `limit`.
    ///
    /// # Errors
    /// [`Error::TimedOut`] when it does not come within `limit` or the client ends before.
    pub async fn within(self, limit: Duration) -> Result<Answer, Error> {
        let answer = tokio::time::timeout(limit, self).await.ok().flatten();
        answer.ok_or(Error::TimedOut(limit))
    }
}

impl Future for Observation {
    type Output = Option<Answer>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Answer>> {
        Pin::new(&mut self.receiver).poll(context).map(Result::ok)
    }
}

type Wanted = Box<dyn FnMut(&Answer) -> bool + Send>;

/// Those who wait for an answer.
#[derive(Default)]
pub(super) struct Observers {
    waiting: Vec<(Wanted, oneshot::Sender<Answer>)>,
}

impl Observers {
    pub(super) fn add(&mut self, wanted: Wanted) -> Observation {
        let (sender, receiver) = oneshot::channel();
        self.waiting.push((wanted, sender));
        Observation { receiver }
    }

    pub(super) fn tell(&mut self, answer: &Answer) {
        // Who has gone away is forgotten with the next answer, so that their number stays bounded.
        self.waiting.retain(|(_, sender)| !sender.is_closed());
        for (_, sender) in self.waiting.extract_if(.., |(wanted, _)| wanted(answer)) {
            // Gone away in this moment: nobody is left to be told.
            let _ = sender.send(answer.clone());
        }
    }

    pub(super) fn forget_all(&mut self) {
        self.waiting.clear();
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observers")
            .field("waiting", &self.waiting.len())
            .finish()
    }
}
