use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _};
use vamp_io::backoff::Backoff;

use super::EventFilter;
use super::frames::{Frame, Frames};
use crate::client::{Call, refusal};
use crate::wire::{self, Event};
use crate::{Client, Error, ErrorKind, Result};

/// What an [`EventStream`] tells.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Followed {
    /// The server listens: every event from now on follows. After a broken connection the server was asked for those since
    /// the last event received.
    Connected,
    /// An event.
    Event(Event),
    /// This many events could not be delivered; they can be queried.
    Missed(u64),
}

/// The events of a server from now on, in the order in which it stores them.
///
/// When the connection breaks, the stream gives the error and connects again by itself, with pauses of up to a second, and
/// asks for what came meanwhile. It ends after an error that lasts: the server refuses the filter, or makes no sense.
pub struct EventStream {
    inner: BoxStream<'static, Result<Followed>>,
}

impl EventStream {
    pub(super) fn new(client: Client, filter: EventFilter) -> Self {
        let follower = Follower {
            client,
            filter,
            last_id: None,
            connection: None,
            backoff: Backoff::watch(),
            pause: false,
            ended: false,
        };
        Self {
            inner: stream::unfold(follower, |mut follower| async move {
                let next = follower.next().await?;
                Some((next, follower))
            })
            .boxed(),
        }
    }
}

impl Stream for EventStream {
    type Item = Result<Followed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inner.as_mut().poll_next(context)
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}

struct Connection {
    response: reqwest::Response,
    frames: Frames,
    ready: VecDeque<Frame>,
}

struct Follower {
    client: Client,
    filter: EventFilter,
    last_id: Option<String>,
    connection: Option<Connection>,
    backoff: Backoff,
    /// Whether the next try has to wait.
    pause: bool,
    ended: bool,
}

fn call() -> Call {
    Call {
        operation: "follow",
        subject: "events".to_owned(),
    }
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Followed>> {
        if self.ended {
            return None;
        }
        let outcome = match &mut self.connection {
            None => self.connect().await.map(|()| Followed::Connected),
            Some(_) => self.receive().await,
        };
        if let Err(error) = &outcome {
            self.connection = None;
            self.pause = true;
            self.ended = !error.is_temporary();
        }
        Some(outcome)
    }

    async fn connect(&mut self) -> Result<()> {
        if std::mem::take(&mut self.pause) {
            tokio::time::sleep(self.backoff.next_delay()).await;
        }
        let call = call();
        let mut request = self.client.stream("/events/stream").query(&self.filter.query());
        if let Some(id) = &self.last_id {
            request = request.header("last-event-id", id);
        }
        let silence = self.client.options().silence;
        let response = tokio::time::timeout(silence, request.send())
            .await
            .map_err(|elapsed| call.error(ErrorKind::NoAnswer).because(elapsed))?
            .map_err(|error| call.unanswered(error))?;
        if !response.status().is_success() {
            return Err(refusal(&call, response).await);
        }
        self.connection = Some(Connection {
            response,
            frames: Frames::default(),
            ready: VecDeque::new(),
        });
        Ok(())
    }

    async fn receive(&mut self) -> Result<Followed> {
        let call = call();
        let silence = self.client.options().silence;
        loop {
            let Some(connection) = &mut self.connection else {
                return Err(call.error(ErrorKind::NoAnswer));
            };
            if let Some(frame) = connection.ready.pop_front() {
                if let Some(followed) = self.understood(&call, frame)? {
                    self.backoff.reset();
                    return Ok(followed);
                }
                continue;
            }
            let chunk = tokio::time::timeout(silence, connection.response.chunk())
                .await
                .map_err(|elapsed| call.error(ErrorKind::NoAnswer).because(elapsed))?
                .map_err(|error| call.unanswered(error))?
                .ok_or_else(|| ended(&call))?;
            let frames = connection.frames.feed(&chunk);
            let frames = frames.map_err(|error| call.error(ErrorKind::Protocol).because(error))?;
            connection.ready.extend(frames);
        }
    }

    fn understood(&mut self, call: &Call, frame: Frame) -> Result<Option<Followed>> {
        if let Some(id) = frame.id {
            self.last_id = Some(id);
        }
        if frame.data.is_empty() {
            return Ok(None);
        }
        if frame.name.as_deref() == Some(wire::MISSED) {
            return call.json(&frame.data).map(|count| Some(Followed::Missed(count)));
        }
        call.json(&frame.data).map(|event| Some(Followed::Event(event)))
    }
}

/// The server has closed the stream: it ends, or is about to start anew.
fn ended(call: &Call) -> Error {
    call.error(ErrorKind::NoAnswer)
        .because("the server has ended the stream")
}
