//! Events: publishing, asking, following.

mod frames;
mod stream;

use reqwest::Method;

pub use stream::{EventStream, Followed};

use crate::client::Call;
use crate::documents::listing;
use crate::wire::{Event, EventQuery, NewEvent};
use crate::{Client, Listing, Page, Result};

/// The events of a server.
#[derive(Debug, Clone, Copy)]
pub struct Events<'c> {
    client: &'c Client,
}

/// Which events are followed: those that meet everything given. Empty for all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// Tags that an event must have, all of them.
    pub tags: Vec<String>,
    /// The sort of event.
    pub kind: Option<String>,
}

impl EventFilter {
    /// Events with all of these tags.
    #[must_use]
    pub fn tagged<T: Into<String>>(tags: impl IntoIterator<Item = T>) -> Self {
        Self {
            tags: tags.into_iter().map(Into::into).collect(),
            kind: None,
        }
    }

    fn query(&self) -> Vec<(&'static str, &str)> {
        let tags = self.tags.iter().map(|tag| ("tag", tag.as_str()));
        let kind = self.kind.iter().map(|kind| ("type", kind.as_str()));
        tags.chain(kind).collect()
    }
}

impl<'c> Events<'c> {
    pub(crate) const fn new(client: &'c Client) -> Self {
        Self { client }
    }

    /// Publishes an event and returns it as it is stored.
    ///
    /// # Errors
    /// The server cannot be asked, refuses the event, or cannot store it.
    pub async fn publish(&self, event: &NewEvent) -> Result<Event> {
        let call = Call {
            operation: "publish",
            subject: "an event".to_owned(),
        };
        let request = self.client.request(Method::POST, "/events").json(event);
        let answer = self.client.send(&call, request).await?;
        call.json(&answer.text)
    }

    /// A page of the events that meet the query, the newest first.
    ///
    /// # Errors
    /// The server cannot be asked, refuses the query, or fails.
    pub async fn query(&self, query: &EventQuery, page: Page) -> Result<Listing<Event>> {
        let call = Call {
            operation: "query",
            subject: "events".to_owned(),
        };
        let mut parameters: Vec<(&str, String)> = page.query().into();
        parameters.extend(query.tags.iter().map(|tag| ("tag", tag.clone())));
        parameters.extend(query.kind.iter().map(|kind| ("type", kind.clone())));
        if let Some(range) = &query.timestamp {
            parameters.push(("timestamp", vamp_model::to_json(range)));
        }
        let request = self.client.request(Method::GET, "/events").query(&parameters);
        let answer = self.client.send(&call, request).await?;
        listing(&call, &answer)
    }

    /// The events from now on. The stream connects at its first use, and again whenever the connection breaks.
    #[must_use]
    pub fn follow(&self, filter: EventFilter) -> EventStream {
        EventStream::new(self.client.clone(), filter)
    }
}
