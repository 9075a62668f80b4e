//! The trait of what keeps events.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;

use super::{Event, EventFilter, EventPage, EventQuery, NewEvent};
use crate::Result;

/// What a subscription tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Subscribed {
    /// An event that was stored.
    Event(Arc<Event>),
    /// The subscriber was slow: this many of the events that it wants were dropped, the oldest first, before the next one that
    /// it gets.
    Lagged(u64),
}

/// What is told to a subscriber, from the moment of subscribing on. It ends when the store is closed.
pub type Subscription = BoxStream<'static, Subscribed>;

/// A store of events, and who is told of new ones.
#[async_trait]
pub trait EventStore: Debug + Send + Sync {
    /// Stores events, all or none, and tells the subscribers of them. They are returned as they were stored. It is a
    /// [`commit`](crate::ArtifactStore::commit) without writes.
    ///
    /// # Errors
    /// As [`ArtifactStore::commit`](crate::ArtifactStore::commit).
    async fn append(&self, events: Vec<NewEvent>) -> Result<Vec<Arc<Event>>>;

    /// The stored events that a query asks for.
    async fn query(&self, query: EventQuery) -> Result<EventPage>;

    /// The stored events that match and come after this place in the order of everything, at most `limit`, in that order: what
    /// somebody missed who was told of everything up to `after`.
    async fn since(&self, filter: EventFilter, after: u64, limit: u64) -> Result<Vec<Event>>;

    /// Tells of each event that matches and is stored from now on, in the order of the store. What a subscriber has not read
    /// yet is kept up to a limit; beyond it the oldest is dropped, and the subscriber is told how many.
    ///
    /// Subscriptions are of this process: there is nobody to tell after a restart, and nothing is told twice.
    fn subscribe(&self, filter: EventFilter) -> Subscription;
}
