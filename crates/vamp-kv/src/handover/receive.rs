//! The agent's side: a manifest and its pieces become a text again.

use std::collections::HashMap;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};

use super::manifest::Manifest;
use super::publish::AT_ONCE;
use super::{HandOver, follow, pieces};
use crate::{Error, ErrorKind, Result};

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
        match self.store.get(&self.manifest_key()).await? {
            Some(entry) => {
                let manifest = Manifest::read(&entry.key, &entry.value)?;
                let received = self.assemble(&manifest, &mut HashMap::new()).await?;
                Ok(Some(received).filter(Received::is_text))
            }
            None => Ok(self.current_plain().await?.filter(Received::is_text)),
        }
    }

    /// The hash of the text that is handed over now, as the manifest names it; nothing without a manifest. For a reader that may have the
    /// text already: no piece of it is read.
    ///
    /// # Errors
    /// The store could not be asked, or the manifest makes no sense.
    pub async fn current_hash(&self) -> Result<Option<String>> {
        let Some(entry) = self.store.get(&self.manifest_key()).await? else {
            return Ok(None);
        };
        Ok(Some(Manifest::read(&entry.key, &entry.value)?.sha256))
    }

    /// As [`watch`](Self::watch), and tells absent and empty values, too: each once until another one takes its place.
    pub fn watch_all(&self) -> BoxStream<'static, Result<HandedOver>> {
        Box::pin(follow::follow(self.clone()))
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

    /// What the plain key holds, for a store without manifest.
    pub(super) async fn current_plain(&self) -> Result<Option<Received>> {
        let Some(entry) = self.store.get(&self.plain_key()).await? else {
            return Ok(None);
        };
        let hash = pieces::hash_text(&entry.value).await;
        let text = self.utf8(entry.value.to_vec())?;
        Ok(Some(Received {
            text,
            hash,
            revision: 0,
            shrink_meant_from: Vec::new(),
        }))
    }

    /// The text of a manifest, from pieces at hand and else from the store; it may be empty. Its pieces are at hand afterwards, and no
    /// others.
    pub(super) async fn assemble(
        &self,
        manifest: &Manifest,
        at_hand: &mut HashMap<String, Bytes>,
    ) -> Result<Received> {
        // A length that is wrong must not make this program ask for all the memory of the machine.
        let capacity = manifest.length.min(manifest.parts.len() * pieces::PIECE);
        let mut text = Vec::with_capacity(capacity);
        let mut read = HashMap::with_capacity(manifest.parts.len());
        let known = &*at_hand;
        let mut parts = futures::stream::iter(manifest.parts.clone())
            .map(|name| async { self.part(&name, known).await.map(|stored| (name, stored)) })
            .buffered(AT_ONCE);
        while let Some((name, stored)) = parts.try_next().await? {
            let piece = pieces::unpack(&stored)
                .map_err(|error| self.unreadable("a piece cannot be unpacked").because(error))?;
            text.extend_from_slice(&piece);
            read.insert(name, stored);
            tokio::task::yield_now().await;
        }
        drop(parts);
        *at_hand = read;
        if text.len() != manifest.length || pieces::hash_text(&text).await != manifest.sha256 {
            return Err(self.unreadable("the pieces do not make the text that the manifest names"));
        }
        Ok(Received {
            text: self.utf8(text)?,
            hash: manifest.sha256.clone(),
            revision: manifest.revision,
            shrink_meant_from: manifest.all_shrink_meant_from(),
        })
    }

    async fn part(&self, name: &str, at_hand: &HashMap<String, Bytes>) -> Result<Bytes> {
        if let Some(stored) = at_hand.get(name) {
            return Ok(stored.clone());
        }
        // The server writes pieces first and removes them last: a newer manifest is on its way. One that is damaged it writes again.
        let wanted = |state| {
            let reason = format!("piece {name} is {state}");
            Error::new(ErrorKind::Unavailable, "read configuration", &self.place).because(reason)
        };
        match self.store.get(&self.part_key(name)?).await? {
            Some(entry) if pieces::hash(&entry.value) == name => Ok(entry.value),
            Some(_) => Err(wanted("damaged")),
            None => Err(wanted("not there")),
        }
    }

    fn utf8(&self, text: Vec<u8>) -> Result<String> {
        String::from_utf8(text).map_err(|error| self.unreadable("the text is not UTF-8").because(error))
    }

    fn unreadable(&self, reason: &str) -> Error {
        Error::new(ErrorKind::Protocol, "read configuration", &self.place).because(reason)
    }
}

impl Received {
    pub(super) fn is_text(&self) -> bool {
        !self.text.is_empty()
    }
}
