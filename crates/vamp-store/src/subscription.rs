//! Who is told of new events.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use futures::Stream;
use parking_lot::Mutex;

use crate::{Event, EventFilter, Subscribed, Subscription};

/// All subscribers of a store. When it is dropped, the subscriptions end.
#[derive(Debug)]
pub(crate) struct Subscribers {
    backlog: NonZeroUsize,
    all: Mutex<Vec<Weak<Subscriber>>>,
}

#[derive(Debug)]
struct Subscriber {
    filter: EventFilter,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<Arc<Event>>,
    /// How many were dropped before the first that is left.
    dropped: u64,
    closed: bool,
    reader: Option<Waker>,
}

impl Subscribers {
    pub(crate) fn new(backlog: NonZeroUsize) -> Self {
        Self {
            backlog,
            all: Mutex::default(),
        }
    }

    pub(crate) fn subscribe(&self, filter: EventFilter) -> Subscription {
        let subscriber = Arc::new(Subscriber {
            filter,
            queue: Mutex::default(),
        });
        let mut all = self.all.lock();
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(&subscriber));
        Box::pin(Reader { subscriber })
    }

    /// Tells of events. Whoever calls it does so in the order of the store.
    pub(crate) fn announce(&self, events: &[Arc<Event>]) {
        if events.is_empty() {
            return;
        }
        self.all.lock().retain(|subscriber| {
            let Some(subscriber) = subscriber.upgrade() else {
                return false;
            };
            subscriber.tell(events, self.backlog);
            true
        });
    }

    /// Ends all subscriptions, after what they have not read yet.
    pub(crate) fn close(&self) {
        for subscriber in self.all.lock().drain(..).filter_map(|one| one.upgrade()) {
            let mut queue = subscriber.queue.lock();
            queue.closed = true;
            queue.wake();
        }
    }
}

impl Drop for Subscribers {
    fn drop(&mut self) {
        self.close();
    }
}

impl Subscriber {
    fn tell(&self, events: &[Arc<Event>], backlog: NonZeroUsize) {
        let mut queue = self.queue.lock();
        for event in events.iter().filter(|event| self.filter.matches(event)) {
            if queue.events.len() >= backlog.get() {
                queue.events.pop_front();
                queue.dropped += 1;
            }
            queue.events.push_back(Arc::clone(event));
        }
        if !queue.events.is_empty() {
            queue.wake();
        }
    }
}

impl Queue {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn next(&mut self) -> Option<Subscribed> {
        if self.dropped > 0 {
            return Some(Subscribed::Lagged(std::mem::take(&mut self.dropped)));
        }
        self.events.pop_front().map(Subscribed::Event)
    }
}

/// The end of a subscription that is read.
struct Reader {
    subscriber: Arc<Subscriber>,
}

impl Stream for Reader {
    type Item = Subscribed;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Subscribed>> {
        let mut queue = self.subscriber.queue.lock();
        if let Some(next) = queue.next() {
            return Poll::Ready(Some(next));
        }
        if queue.closed {
            return Poll::Ready(None);
        }
        queue.reader = Some(context.waker().clone());
        Poll::Pending
    }
}
