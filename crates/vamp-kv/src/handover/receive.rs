//! The agent's side: what is handed over now, and each time that it changes.

use futures::StreamExt as _;
use futures::stream::BoxStream;

use super::{HandOver, follow};
use crate::Result;

/// A configuration as an agent gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The text; never empty.
    pub text: String,
    /// SHA-256 of the text, in hexadecimal.
    pub hash: String,
    /// From which state of the server's store it was made; 0 for a text without manifest.
    pub revision: u64,
    /// The hashes of the texts from which a much smaller one is meant, the newest first: the one that the server knew, and those before it,
    /// which readers that were away have.
    pub shrink_meant_from: Vec<String>,
}

/// What a reader finds at the place of the hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedOver {
    /// A configuration that the reader has not had yet, or one that it had with something new to say about a shrink.
    Text(Received),
    /// The configuration that the reader had last stands again, after there was none or an empty one.
    Again(Received),
    /// An empty text: somebody wrote it.
    Empty {
        /// SHA-256 of the text, in hexadecimal.
        hash: String,
        /// From which state of the server's store it was made; 0 for a text without manifest.
        revision: u64,
    },
    /// Nothing: no server has written yet, or what was written is gone.
    Absent,
}

impl HandOver {
    /// What is handed over now; nothing when no server has written yet, or only an empty text.
    ///
    /// # Errors
    /// The store could not be asked, or what is there cannot be put together.
    pub async fn current(&self) -> Result<Option<Received>> {
        Ok(self.text.current().await?.filter(Received::is_text))
    }

    /// The hash of the text that is handed over now, as the manifest names it; nothing without a manifest. For a reader that may have the
    /// text already: no piece of it is read.
    ///
    /// # Errors
    /// The store could not be asked, or the manifest makes no sense.
    pub async fn current_hash(&self) -> Result<Option<String>> {
        let manifest = self.text.current_manifest().await?;
        Ok(manifest.map(|manifest| manifest.sha256))
    }

    /// As [`watch`](Self::watch), and tells absent and empty values, too: each once until another one takes its place.
    pub fn watch_all(&self) -> BoxStream<'static, Result<HandedOver>> {
        Box::pin(follow::follow(self.text.clone()))
    }

    /// The newest configuration, each time that it changes. Absent and empty values are no configuration and are not told.
    ///
    /// An error tells of an outage, or of something that cannot be put together, and the stream goes on by itself. A reader that
    /// is slow gets the newest, not each; a shrink that was meant on the way there is meant from the text that the reader had last, too.
    pub fn watch(&self) -> BoxStream<'static, Result<Received>> {
        Box::pin(self.watch_all().filter_map(|found| async move {
            match found {
                Ok(HandedOver::Text(received)) => Some(Ok(received)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            }
        }))
    }
}

impl Received {
    pub(super) fn is_text(&self) -> bool {
        !self.text.is_empty()
    }
}
