//! Events as they come: server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt as _;
use vamp_client::wire::MISSED;
use vamp_engine::{Event, EventFilter, EventQuery, Page, Subscribed, Subscription, TimeRange};

use super::events::{Asked, native};
use crate::http::{Answer, Ask, Failure};
use crate::shared::Shared;

pub(super) const MEDIA_TYPE: &str = "text/event-stream";

/// How many events a client that connects again gets at most; it is told when there were more.
const MADE_UP: usize = 1000;
const PAGE: u64 = 100;

/// A sign of life: a comment, which no client sees.
const ALIVE: Bytes = Bytes::from_static(b":\n\n");

pub(super) async fn follow(shared: Arc<Shared>, ask: Ask) -> Result<Answer, Failure> {
    let filter = Asked::of(&shared, &ask)?.filter;
    // First of all, so that nothing is lost in between.
    let live = shared.engine.subscribe(filter.clone());
    let last_seen = ask.headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last_seen = last_seen.and_then(|id| u64::from_str_radix(id, 16).ok());
    let mut following = Following {
        live,
        ready: VecDeque::from([ALIVE]),
        sent_through: last_seen.unwrap_or(0),
        shared: Arc::clone(&shared),
    };
    if let Some(sequence) = last_seen {
        following.make_up(filter, sequence).await?;
    }
    let frames = futures::stream::unfold(following, |mut following| async move {
        let frame = following.next().await?;
        Some((Ok::<_, Infallible>(frame), following))
    });
    Ok(Answer::stream(MEDIA_TYPE, Body::from_stream(frames)))
}

struct Following {
    live: Subscription,
    ready: VecDeque<Bytes>,
    /// Everything up to here has been sent, so that what comes twice is left out.
    sent_through: u64,
    shared: Arc<Shared>,
}

impl Following {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            tokio::select! {
                biased;
                () = self.shared.closing.wait() => return None,
                told = self.live.next() => match told? {
                    Subscribed::Event(event) if event.sequence <= self.sent_through => {}
                    Subscribed::Event(event) => return Some(frame(&event)),
                    Subscribed::Lagged(count) => return Some(missed(count)),
                },
                () = tokio::time::sleep(self.shared.options.keep_alive) => return Some(ALIVE),
            }
        }
    }

    /// Sends what has been stored since that place of the order.
    async fn make_up(&mut self, filter: EventFilter, sequence: u64) -> Result<(), Failure> {
        let mut found: Vec<Event> = Vec::new();
        let mut offset = 0;
        while found.len() < MADE_UP {
            let query = EventQuery {
                filter: filter.clone(),
                time: TimeRange::default(),
                page: Page { offset, limit: PAGE },
            };
            let page = self.shared.engine.events(query).await?.items;
            let more = page.len() as u64 == PAGE;
            let before = found.len();
            found.extend(page.into_iter().filter(|event| event.sequence > sequence));
            if !more || found.len() == before {
                break;
            }
            offset += PAGE;
        }
        if found.len() >= MADE_UP {
            self.ready.push_back(missed(1));
        }
        found.sort_by_key(|event| event.sequence);
        found.dedup_by_key(|event| event.sequence);
        if let Some(last) = found.last() {
            self.sent_through = last.sequence;
        }
        self.ready.extend(found.iter().map(frame));
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
