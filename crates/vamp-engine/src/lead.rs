//! Which of several servers hands configurations over.

use std::pin::pin;
use std::time::Duration;

use vamp_io::backoff::Backoff;
use vamp_kv::leadership::{Election, Leader};

use crate::shared::Shared;
use crate::{EngineOptions, Error, ErrorKind, Parts, Result, publisher};

/// A server of which the key-value store hears nothing for as long is replaced by another one that stands.
const TTL: Duration = Duration::from_secs(15);

/// How long a server that ends may take to make way.
const LIMIT: Duration = Duration::from_millis(500);

/// The election that the server stands in; none where it is the only one.
pub(crate) fn election(options: &EngineOptions, parts: &Parts) -> Result<Option<Election>> {
    let Some(id) = &options.server_id else {
        return Ok(None);
    };
    let election = parts.hand_over.election(id, TTL);
    election
        .map(Some)
        .map_err(|error| Error::new(ErrorKind::Internal, "start", "the engine").because(error))
}

/// The part of a server in an election.
#[derive(Debug, Default)]
pub(crate) struct Lead(Option<Leader>);

impl Lead {
    /// The leader that this server is.
    pub(crate) const fn leader(&self) -> Option<&Leader> {
        self.0.as_ref()
    }

    /// Waits until this server leads, and says meanwhile why it does not.
    pub(crate) async fn win(&mut self, shared: &Shared, election: &Election) {
        self.0 = None;
        let mut backoff = Backoff::watch();
        loop {
            match campaign(shared, election).await {
                Ok(leader) => {
                    tracing::info!(
                        term = leader.term(),
                        "this server hands the configuration over from now on"
                    );
                    self.0 = Some(leader);
                    return;
                }
                // What stands there may be mended by somebody.
                Err(error) => {
                    publisher::not_handed_over(shared, &error.to_string()).await;
                    tokio::time::sleep(backoff.next_delay()).await;
                }
            }
        }
    }

    /// Waits until this server leads no longer; for ever where it need not.
    pub(crate) async fn lost(&self) {
        match &self.0 {
            Some(leader) => leader.lost().await,
            None => std::future::pending().await,
        }
    }

    /// Makes way for the next one.
    pub(crate) async fn resign(self) {
        let Some(leader) = self.0 else { return };
        let resigned = tokio::time::timeout(LIMIT, leader.resign()).await;
        if !matches!(resigned, Ok(Ok(()))) {
            tracing::debug!("the next server leads only when the lease of this one is over");
        }
    }
}

async fn campaign(shared: &Shared, election: &Election) -> vamp_kv::Result<Leader> {
    let mut campaign = pin!(election.campaign());
    let mut backoff = Backoff::watch();
    loop {
        tokio::select! {
            outcome = &mut campaign => return outcome,
            () = tokio::time::sleep(backoff.next_delay()) => {}
        }
        match election.record().await {
            Ok(_) if let Some(trouble) = election.trouble() => {
                publisher::not_handed_over(shared, &trouble).await;
            }
            Ok(Some(record)) if record.holder != election.id() => {
                publisher::another_leads(shared, &record.holder);
            }
            // It will lead in a moment.
            Ok(_) => {}
            Err(error) => publisher::not_handed_over(shared, &error.to_string()).await,
        }
    }
}
