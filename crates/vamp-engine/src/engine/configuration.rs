//! What is handed over to agents, for those that ask the server for it.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::watch;
use tokio::time::timeout;
use vamp_kv::handover::Received;

use super::start::until_shutdown;
use crate::shared::Shared;
use crate::{Error, ErrorKind, Result};

/// How long the key-value store may take.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) async fn read(shared: &Shared, kind: &str, name: &str) -> Result<Option<Received>> {
    let hand_over = &shared.parts.hand_over;
    if hand_over.marshaller() != (kind, name) {
        return Ok(None);
    }
    let unavailable = || Error::new(ErrorKind::Unavailable, "read", "the configuration of gateways");
    match timeout(LIMIT, hand_over.current()).await {
        Ok(found) => found.map_err(|error| unavailable().because(error)),
        Err(_) => Err(unavailable().because("the key-value store did not answer in time")),
    }
}

/// Counts what may have changed. The store is watched from the first call on: most servers are never asked.
pub(super) fn changes(shared: &Arc<Shared>) -> watch::Receiver<u64> {
    let mut is_first = false;
    let counter = shared.configurations.get_or_init(|| {
        is_first = true;
        watch::Sender::new(0)
    });
    let changes = counter.subscribe();
    if is_first {
        drop(until_shutdown(shared, follow(shared.clone(), counter.clone())));
    }
    changes
}

async fn follow(shared: Arc<Shared>, counter: watch::Sender<u64>) {
    let mut found = shared.parts.hand_over.watch_all();
    // Outages, too: whoever waits then asks the store and tells what it says.
    while found.next().await.is_some() {
        counter.send_modify(|count| *count += 1);
    }
}
