//! Reading a text: a manifest and its pieces become a text again.

use std::collections::HashMap;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};

use super::Received;
use super::manifest::Manifest;
use super::pieces;
use super::text::LargeText;
use super::write::AT_ONCE;
use crate::{Error, ErrorKind, Result};

/// How often a text is read anew that was replaced meanwhile.
const TRIES: usize = 8;

impl LargeText {
    /// The text that stands now, which may be empty; nothing where there is none.
    ///
    /// Pieces of a text that was replaced twice meanwhile may be gone, and so may the plain text where the first manifest was written
    /// after it was looked for.
    pub(super) async fn current(&self) -> Result<Option<Received>> {
        let mut at_hand = HashMap::new();
        let mut manifest = self.current_manifest().await?;
        for _ in 0..TRIES {
            let read = match &manifest {
                Some(manifest) => self.assemble(manifest, &mut at_hand).await.map(Some),
                None => self.current_plain().await,
            };
            let may_be_replaced = match &read {
                Ok(found) => found.is_none(),
                Err(error) => error.is_temporary(),
            };
            if !may_be_replaced {
                return read;
            }
            let now = self.current_manifest().await?;
            if now == manifest {
                return read;
            }
            manifest = now;
        }
        Err(Error::new(ErrorKind::Unavailable, "read", &self.place)
            .because("it is replaced faster than it is read"))
    }

    /// The manifest that stands now, if there is one.
    pub(super) async fn current_manifest(&self) -> Result<Option<Manifest>> {
        let entry = self.store.get(&self.manifest_key()).await?;
        entry
            .map(|entry| Manifest::read(&entry.key, &entry.value))
            .transpose()
    }

    /// What the plain key holds, for a store without manifest.
    pub(super) async fn current_plain(&self) -> Result<Option<Received>> {
        let Some(entry) = self.store.get(self.plain_key()).await? else {
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
            Error::new(ErrorKind::Unavailable, "read", &self.place).because(reason)
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
        Error::new(ErrorKind::Protocol, "read", &self.place).because(reason)
    }
}
