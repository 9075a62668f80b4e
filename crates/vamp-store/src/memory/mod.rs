//! A store in the memory of one process.

mod artifacts;
mod events;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;
use vamp_io::clock::Clock;

use self::artifacts::Artifacts;
use self::events::Events;
use crate::event::prepare;
use crate::subscription::Subscribers;
use crate::{
    ArtifactStore, Batch, Capabilities, Committed, Event, EventFilter, EventPage, EventQuery, EventStore,
    Listing, NewEvent, Page, Result, Revision, StoreOptions, Stored, Subscription, time,
};

/// A store in memory; clones share it. What it holds ends with the process.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: StoreOptions,
    clock: Arc<dyn Clock>,
    content: Mutex<Content>,
    subscribers: Subscribers,
}

#[derive(Debug, Default)]
struct Content {
    sequence: u64,
    artifacts: Artifacts,
    events: Events,
}

impl MemoryStore {
    /// An empty store with the limits of [`StoreOptions::in_memory`].
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_options(StoreOptions::in_memory(), clock)
    }

    /// An empty store with these limits.
    #[must_use]
    pub fn with_options(options: StoreOptions, clock: Arc<dyn Clock>) -> Self {
        let shared = Shared {
            options,
            clock,
            content: Mutex::default(),
            subscribers: Subscribers::new(options.backlog),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    fn carry_out(&self, batch: Batch) -> Result<Committed> {
        let Shared {
            options,
            clock,
            content,
            subscribers,
        } = &*self.shared;
        let mut content = content.lock();
        let committed = content.carry_out(batch, clock.now(), options)?;
        // Still under the lock, so that events are told in the order in which they were stored.
        subscribers.announce(&committed.events);
        Ok(committed)
    }
}

impl Content {
    /// All that can fail comes before the first change.
    fn carry_out(&mut self, batch: Batch, now: Timestamp, options: &StoreOptions) -> Result<Committed> {
        let mut sequence = self.sequence;
        let mut next = || {
            sequence += 1;
            sequence
        };
        let plan = self.artifacts.plan(batch.writes, &mut next, options)?;
        let events = batch
            .events
            .into_iter()
            .map(|event| Ok(Arc::new(prepare(event, next(), now)?.0)))
            .collect::<Result<Vec<_>>>()?;
        self.sequence = sequence;
        self.artifacts.apply(plan.changes, time::whole_microseconds(now));
        self.events.insert(&events, options);
        Ok(Committed {
            outcomes: plan.outcomes,
            events,
            sequence,
        })
    }
}

#[async_trait]
impl ArtifactStore for MemoryStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(false, true, true)
    }

    async fn get(&self, kind: &str, name: &str) -> Result<Option<Stored>> {
        Ok(self.shared.content.lock().artifacts.get(kind, name).cloned())
    }

    async fn page(&self, kind: &str, page: Page) -> Result<Listing<Stored>> {
        Ok(self.shared.content.lock().artifacts.page(kind, page))
    }

    async fn counts(&self) -> Result<BTreeMap<String, u64>> {
        Ok(self.shared.content.lock().artifacts.counts())
    }

    async fn commit(&self, batch: Batch) -> Result<Committed> {
        self.carry_out(batch)
    }

    async fn history(&self, kind: &str, name: &str) -> Result<Vec<Revision>> {
        Ok(self.shared.content.lock().artifacts.history(kind, name))
    }

    async fn revision(&self, kind: &str, name: &str, revision: u64) -> Result<Option<Revision>> {
        Ok(self
            .shared
            .content
            .lock()
            .artifacts
            .revision(kind, name, revision))
    }

    async fn sequence(&self) -> Result<u64> {
        Ok(self.shared.content.lock().sequence)
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    async fn append(&self, events: Vec<NewEvent>) -> Result<Vec<Arc<Event>>> {
        Ok(self.carry_out(events.into())?.events)
    }

    async fn query(&self, query: EventQuery) -> Result<EventPage> {
        Ok(self.shared.content.lock().events.query(&query))
    }

    async fn since(&self, filter: EventFilter, after: u64, limit: u64) -> Result<Vec<Event>> {
        Ok(self.shared.content.lock().events.since(&filter, after, limit))
    }

    fn subscribe(&self, filter: EventFilter) -> Subscription {
        self.shared.subscribers.subscribe(filter)
    }
}
