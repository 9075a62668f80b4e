//! A store of its own for each case, and short ways to use it.

use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use vamp_io::clock::{Clock, ManualClock};

use super::{Failure, Place};
use crate::{Event, EventQuery, Outcome, Store, StoreOptions, Subscribed, Subscription, Write};

/// Where one case opens its store, and the clock that the store goes by.
#[derive(Debug, Clone)]
pub(super) struct Room<'a> {
    place: &'a dyn Place,
    name: &'static str,
    pub(super) options: StoreOptions,
    pub(super) clock: Arc<ManualClock>,
}

impl<'a> Room<'a> {
    pub(super) fn new(place: &'a dyn Place, name: &'static str) -> Self {
        // A moment that no rounding leaves as it is.
        let start = Timestamp::from_nanosecond(1_900_000_000_123_456_789).unwrap_or_default();
        Self {
            place,
            name,
            options: StoreOptions::in_memory(),
            clock: Arc::new(ManualClock::new(start)),
        }
    }

    pub(super) async fn open(&self) -> Result<Box<dyn Store>, Failure> {
        let clock: Arc<dyn Clock> = self.clock.clone();
        Ok(self.place.open(self.name, self.options, clock).await?)
    }

    /// The time in whole microseconds, as stores keep it.
    pub(super) fn now(&self) -> Timestamp {
        crate::time::whole_microseconds(self.clock.now())
    }

    pub(super) fn second(&self) {
        self.clock.advance(Duration::from_secs(1));
    }
}

/// Carries out one write.
pub(super) async fn write(store: &dyn Store, write: Write) -> crate::Result<Outcome> {
    let outcomes = store.commit(write.into()).await?.outcomes;
    // A batch of one write has one outcome; anything else is a backend's mistake that no case expects.
    Ok(outcomes.first().copied().unwrap_or(Outcome::NothingToDelete))
}

/// Writes an artifact, and gives its revision.
pub(super) async fn put(store: &dyn Store, kind: &str, name: &str, content: &str) -> Result<u64, Failure> {
    match write(store, Write::put(kind, name, content)).await? {
        Outcome::Written { revision } | Outcome::Unchanged { revision } => Ok(revision),
        other => Err(Failure::new(format!("a put had the outcome {other:?}"))),
    }
}

/// All events that a query asks for, by the text of their values.
pub(super) async fn values(store: &dyn Store, query: EventQuery) -> Result<Vec<String>, Failure> {
    let page = store.query(query).await?;
    Ok(page.items.iter().map(value).collect())
}

/// The value as text; strings without quotes.
pub(super) fn value(event: &Event) -> String {
    match &event.value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a subscription has to tell right now, in short: the values, and `lagged n`.
pub(super) fn told(subscription: &mut Subscription) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(Some(next)) = subscription.next().now_or_never() {
        told.push(match next {
            Subscribed::Event(event) => value(&event),
            Subscribed::Lagged(missed) => format!("lagged {missed}"),
        });
    }
    told
}
