//! Events as they come: server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt as _;
use vamp_client::wire::MISSED;
use vamp_engine::{Event, EventFilter, Subscribed, Subscription};

use super::{filter_of, native};
use crate::http::{Answer, Ask, Failure};
use crate::shared::Shared;

pub(super) const MEDIA_TYPE: &str = "text/event-stream";

/// How many stored events are read at a time for a client that has missed some.
const PAGE: u64 = 100;

/// A sign of life: a comment, which no client sees.
const ALIVE: Bytes = Bytes::from_static(b":\n\n");

pub(super) async fn follow(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let filter = filter_of(&shared, &ask)?;
    let last_seen = ask.headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let mut following = Following {
        // First of all, so that nothing is lost in between.
        live: shared.engine.subscribe(filter.clone()),
        ready: VecDeque::from([ALIVE]),
        sent_through: None,
        missed_since: None,
        filter,
        shared,
    };
    if let Some(sequence) = last_seen.and_then(Event::sequence_of) {
        following.catch_up(sequence).await?;
    }
    let frames = futures::stream::unfold(following, |mut following| async move {
        let frame = following.next().await?;
        Some((Ok::<_, Infallible>(frame), following))
    });
    Ok(Answer::stream(MEDIA_TYPE, Body::from_stream(frames)))
}

/// What a client is told, in the order of the store. It is read no faster than the client reads; what the subscription drops
/// meanwhile is read from the store again.
struct Following {
    live: Subscription,
    ready: VecDeque<Bytes>,
    /// The last event that was sent on this connection, so that what comes twice is left out.
    sent_through: Option<u64>,
    /// The event after which stored ones are missing.
    missed_since: Option<u64>,
    filter: EventFilter,
    shared: Arc<Shared>,
}

impl Following {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.shared.closing.is_triggered() {
                return None;
            }
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if let Some(sequence) = self.missed_since {
                if let Err(failure) = self.catch_up(sequence).await {
                    // The client connects again, and asks for what it has missed.
                    tracing::warn!(message = failure.body.message, "an event stream is cut off");
                    return None;
                }
                continue;
            }
            tokio::select! {
                biased;
                () = self.shared.closing.wait() => return None,
                told = self.live.next() => match told? {
                    Subscribed::Event(event) if self.sent_through.is_some_and(|sent| event.sequence <= sent) => {}
                    Subscribed::Event(event) => {
                        self.sent_through = Some(event.sequence);
                        return Some(frame(&event));
                    }
                    Subscribed::Lagged(count) => {
                        self.missed_since = self.sent_through;
                        if self.missed_since.is_none() {
                            return Some(missed(count));
                        }
                    }
                },
                () = tokio::time::sleep(self.shared.options.keep_alive) => return Some(ALIVE),
            }
        }
    }

    /// Reads a page of what has been stored since this place of the order.
    async fn catch_up(&mut self, sequence: u64) -> Result<(), Failure> {
        let filter = self.filter.clone();
        let page = self.shared.engine.events_since(filter, sequence, PAGE).await?;
        if let Some(last) = page.last() {
            self.sent_through = Some(last.sequence);
        }
        self.missed_since = self.sent_through.filter(|_| page.len() as u64 == PAGE);
        self.ready.extend(page.iter().map(frame));
        Ok(())
    }
}

/// An event on one line of JSON; its type is the name of the record.
fn frame(event: &Event) -> Bytes {
    let data = vamp_model::to_json(&native(event));
    format!("data:{data}\nevent:{}\nid:{}\n\n", event.kind, event.id()).into()
}

/// At least this many events could not be sent.
fn missed(count: u64) -> Bytes {
    format!("data:{count}\nevent:{MISSED}\n\n").into()
}
