//! The list of the deployed gateways at the key `gateways`, for workflows and programs of the user.
//!
//! It is written when a configuration is complete, by work of its own: agents never wait for it, and a key that cannot be written holds
//! nothing else back.

use std::sync::Arc;

use tokio::sync::watch;
use vamp_io::backoff::Backoff;
use vamp_kv::handover::Publication;
use vamp_kv::leadership::Fencing;
use vamp_model::Gateway;

use crate::publisher::{Failure, within_limit};
use crate::shared::Shared;

/// So many gateways become text before other work of the thread has its turn.
const TURN: usize = 64;

/// That the list shall be written, which the server does that hands configurations over.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// What this server leads with, where several compete.
    pub(crate) fencing: Option<Fencing>,
}

/// Keeps the list as the API would show it.
#[derive(Debug)]
pub(crate) struct GatewayList {
    shared: Arc<Shared>,
    asked: watch::Receiver<Option<Asked>>,
    /// Whether the last one that was asked for is still to be written.
    due: bool,
    has_failed: bool,
}

impl GatewayList {
    /// A list that is written whenever it is asked for; nothing to ask means that another server writes it.
    pub(crate) fn new(shared: Arc<Shared>, asked: watch::Receiver<Option<Asked>>) -> Self {
        Self {
            shared,
            asked,
            due: false,
            has_failed: false,
        }
    }

    /// Writes the list each time that it is asked for, until nobody can ask any more. It can end at any moment.
    pub(crate) async fn keep_written(&mut self) {
        let mut backoff = Backoff::standard();
        loop {
            if !self.due {
                if self.asked.changed().await.is_err() {
                    return;
                }
                self.due = true;
            }
            self.write().await;
            if self.due {
                // Whoever asks has just written a configuration: the store is back.
                tokio::select! {
                    () = tokio::time::sleep(backoff.next_delay()) => {}
                    _ = self.asked.changed() => {}
                }
            } else {
                backoff.reset();
            }
        }
    }

    /// Writes what was asked for and is not written yet, at the end of the server.
    pub(crate) async fn write_last(&mut self) {
        if self.due || self.asked.has_changed().unwrap_or(true) {
            self.write().await;
        }
    }

    /// One try. What is written is what is known now, however long ago it was asked for.
    async fn write(&mut self) {
        let asked = self.asked.borrow_and_update().clone();
        let Some(asked) = asked else {
            self.due = false;
            return;
        };
        let (gateways, revision) = deployed(&self.shared);
        let text = text(&gateways).await;
        let publication = Publication {
            text: &text,
            revision,
            fencing: asked.fencing,
            shrink_meant: false,
        };
        let list = self.shared.parts.hand_over.gateway_list();
        match within_limit(list.write(&publication)).await {
            Ok(_) => {
                self.due = false;
                if std::mem::take(&mut self.has_failed) {
                    tracing::info!("the list of gateways is written again");
                }
            }
            // The next leader has its own.
            Err(Failure::Fenced) => self.due = false,
            Err(Failure::Other(words)) if self.has_failed => {
                tracing::debug!(words, "the list of gateways still could not be written");
            }
            Err(Failure::Other(words)) => {
                self.has_failed = true;
                tracing::warn!(
                    words,
                    "the list of gateways could not be written and is tried again"
                );
            }
        }
    }
}

/// The deployed gateways as the API shows them, by the number of segments of their names and then by name; and from which state of the
/// store they are.
fn deployed(shared: &Shared) -> (Vec<Gateway>, u64) {
    let world = shared.world.read();
    let mut names: Vec<&String> = world.published.iter().collect();
    // They come in the order of the names, which stays among those with as many segments.
    names.sort_by_key(|name| name.split('/').count());
    let gateways = names.into_iter().filter_map(|name| world.routed_gateway(name));
    (gateways.collect(), world.sequence)
}

/// A JSON array on one line.
async fn text(gateways: &[Gateway]) -> String {
    let mut text = String::from("[");
    for (place, gateway) in gateways.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&vamp_model::to_json(gateway));
        if place % TURN == TURN - 1 {
            tokio::task::yield_now().await;
        }
    }
    text.push(']');
    text
}
