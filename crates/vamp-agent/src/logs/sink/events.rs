//! The events of a Vamp server, an event for each line.

use async_trait::async_trait;
use serde_json::Value;
use vamp_client::Client;
use vamp_client::wire::NewEvent;

use super::{Failure, Report, Sink};
use crate::error::innermost;
use crate::logs::chunk::{Batch, Fate};
use crate::logs::config::Format;
use crate::logs::encode::{Document, encode};
use crate::logs::refusal::is_final;
use crate::logs::sink_url::masked;

/// The sort of the events.
const KIND: &str = "haproxy";

/// Publishes one event after the other, so that their order is that of the lines.
pub(super) struct Events {
    url: String,
    client: Option<Client>,
    document: Document,
}

impl Events {
    pub(super) fn new(url: String, document: Document) -> Self {
        Self {
            url,
            client: None,
            document,
        }
    }

    fn failure(&self, error: &vamp_client::Error) -> Failure {
        Failure(format!("{}: {error}: {}", masked(&self.url), innermost(error)))
    }

    fn client(&mut self) -> Result<Client, Failure> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let client = Client::new(&self.url).map_err(|error| self.failure(&error))?;
        self.client = Some(client.clone());
        Ok(client)
    }
}

#[async_trait(?Send)]
impl Sink for Events {
    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure> {
        let client = self.client()?;
        let mut events = Vec::with_capacity(batch.len());
        for line in batch.lines() {
            let mut source = Vec::new();
            let at = encode(&line, Format::Json, &self.document, &mut report.read, &mut source);
            events.push(event(at, &source));
        }
        for (fate, event) in batch.fates.iter_mut().zip(&events) {
            match client.events().publish(event).await {
                Ok(_) => *fate = Fate::Delivered,
                Err(error) if is_final(&error) => {
                    *fate = Fate::Rejected;
                    report.rejection = Some(format!("{error}: {}", innermost(&error)));
                }
                Err(error) => return Err(self.failure(&error)),
            }
        }
        Ok(())
    }

    fn most(&self) -> (usize, usize) {
        (64, 64 * 1024)
    }
}

/// The frontend is a tag: the lookup name of a gateway or a route.
fn event(at: i64, source: &[u8]) -> NewEvent {
    // What was just written is JSON.
    let value: Value = serde_json::from_slice(source).unwrap_or_default();
    let mut event = NewEvent::tagged([KIND]);
    if let Some(frontend) = value.get("ft").and_then(Value::as_str) {
        let name = frontend.trim_end_matches('~');
        event.tags.push(format!("{KIND}:{name}"));
    }
    event.kind = Some(KIND.to_owned());
    event.timestamp = jiff::Timestamp::from_millisecond(at).ok();
    event.value = Some(value);
    event
}
