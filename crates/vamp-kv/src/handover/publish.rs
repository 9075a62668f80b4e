//! The server's side.

use super::write::Standing;
use super::{AgentStatus, HandOver};
#[cfg(doc)]
use crate::ErrorKind;
use crate::leadership::Fencing;
use crate::{Guard, Result};

/// How many pieces are kept for agents that are behind.
const MAX_PARTS: usize = 1024;

/// A text to be handed over: a configuration, or the list of gateways.
#[derive(Debug, Clone)]
pub struct Publication<'a> {
    /// The text.
    pub text: &'a str,
    /// From which state of the server's store it was made; grows.
    pub revision: u64,
    /// What a leader writes with, where several servers compete: nothing is written once another leads.
    pub fencing: Option<Fencing>,
    /// Whether a much smaller text than the one before is meant.
    pub shrink_meant: bool,
}

impl Publication<'_> {
    pub(super) fn guard(&self) -> Option<&Guard> {
        self.fencing.as_ref().map(|fencing| &fencing.guard)
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Whether anything had to be written, by this call or by one before it whose answer was lost.
    pub changed: bool,
    /// SHA-256 of the text, in hexadecimal.
    pub hash: String,
}

impl HandOver {
    /// Brings the store to this text. The same text again costs reads and writes nothing. It is compared with the store itself:
    /// keys that somebody deleted or damaged are written again. Another text is written over what this program wrote last, unless
    /// the store says that it is not what is there.
    ///
    /// It is [`publish_to_agents`](Self::publish_to_agents) and [`publish_rest`](Self::publish_rest), which programs call that
    /// publish often.
    ///
    /// # Errors
    /// [`Unavailable`](ErrorKind::Unavailable): the store could not be asked; what is written so far is completed by
    /// the next call. [`Conflict`](ErrorKind::Conflict): another server published at the same moment.
    /// [`Fenced`](ErrorKind::Fenced): the guard does not hold.
    pub async fn publish(&self, publication: Publication<'_>) -> Result<Published> {
        let published = self.publish_to_agents(&publication).await?;
        let rest = self.publish_rest(publication.text, publication.guard()).await?;
        Ok(Published {
            changed: published.changed || rest,
            ..published
        })
    }

    /// Writes what agents read, and no more: the pieces and the manifest. [`publish_rest`](Self::publish_rest) has to follow, but
    /// need not follow each time.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub async fn publish_to_agents(&self, publication: &Publication<'_>) -> Result<Published> {
        self.text.write(publication).await
    }

    /// Writes what others than agents read, the plain text, and removes pieces that nobody needs any more. The text is the one that was
    /// published to agents last. Says whether the plain text was another one.
    ///
    /// Where a second server publishes in the middle of this one's removal of old pieces, a piece that it has just found in place
    /// can go. Agents then keep what they have, and the second server's next call writes the piece again.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub async fn publish_rest(&self, text: &str, guard: Option<&Guard>) -> Result<bool> {
        let plain_changed = self.text.write_plain(text, guard).await?;
        if let Some(unneeded) = self.text.unneeded_parts().await? {
            // One that fails for ever must not fill the store.
            let too_many = unneeded.there >= MAX_PARTS;
            if !self.is_an_agent_behind(&unneeded.standing).await? || too_many {
                self.text.remove(&unneeded).await?;
            }
        }
        Ok(plain_changed)
    }

    /// Whether an agent has read neither the text that was published last nor the one before it.
    ///
    /// An agent that is away and comes back begins with the manifest. One that reads an older manifest just now finds a piece
    /// missing, and then the newer manifest.
    async fn is_an_agent_behind(&self, standing: &Standing) -> Result<bool> {
        let agents = self.agents().await?;
        let is_behind = |agent: &AgentStatus| !agent.last_read().is_some_and(|hash| standing.knows(hash));
        Ok(agents.iter().any(is_behind))
    }
}
