//! The server's side.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::HandOver;
use super::manifest::{FORMAT, Manifest, cut, hash};
use crate::{Condition, Error, ErrorKind, Guard, Result};

/// A configuration to be handed over.
#[derive(Debug, Clone)]
pub struct Publication<'a> {
    /// The text.
    pub text: &'a str,
    /// From which state of the server's store it was made; grows.
    pub revision: u64,
    /// The key that must still be held for the manifest to be written, where several servers compete.
    pub fencing: Option<Guard>,
    /// Whether a much smaller text than before is meant.
    pub shrink_meant: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Whether anything had to be written.
    pub changed: bool,
    /// SHA-256 of the text, in hexadecimal.
    pub hash: String,
}

impl HandOver {
    /// Brings the store to this text. The same text again costs reads and writes nothing; keys that somebody deleted are
    /// written again.
    ///
    /// # Errors
    /// The store could not be asked, or the guard no longer holds.
    pub async fn publish(&self, publication: Publication<'_>) -> Result<Published> {
        let hash = hash(publication.text.as_bytes());
        let before = self.store.get(&self.manifest_key()).await?;
        // A manifest of a form from the future, or a broken one, is replaced.
        let manifest = before.as_ref().and_then(|entry| Manifest::read(&entry.key, &entry.value).ok());
        let mut changed = false;
        match &manifest {
            Some(manifest) if manifest.sha256 == hash => changed |= self.restore_parts(manifest, publication.text).await?,
            _ => {
                let pieces = cut(publication.text).map_err(|error| self.wrong(error))?;
                self.write_parts(&pieces).await?;
                let manifest = Manifest {
                    format: FORMAT,
                    revision: publication.revision,
                    sha256: hash.clone(),
                    length: publication.text.len(),
                    fencing: publication.fencing.as_ref().map(|guard| guard.version.0),
                    parts: pieces.into_iter().map(|(name, _)| name).collect(),
                    encoding: "zstd".to_owned(),
                    shrink_meant_from: manifest.filter(|_| publication.shrink_meant).map(|before| before.sha256),
                };
                let value = serde_json::to_vec(&manifest).map_err(|error| self.wrong(error))?;
                let condition = before.as_ref().map_or(Condition::Absent, |entry| Condition::Version(entry.version));
                let guard = publication.fencing.as_ref();
                let written = self.store.put_if(&self.manifest_key(), value.into(), condition, guard).await?;
                if written.is_none() {
                    let error = Error::new(ErrorKind::Unavailable, "publish", &self.place);
                    return Err(error.because("another server published at the same time, or leads now"));
                }
                changed = true;
            }
        }
        changed |= self.write_plain(publication.text).await?;
        if changed {
            self.remove_unneeded_parts().await?;
        }
        Ok(Published { changed, hash })
    }

    /// Writes pieces that are named but not there.
    async fn restore_parts(&self, manifest: &Manifest, text: &str) -> Result<bool> {
        let there: BTreeSet<String> =
            self.store.list(&self.parts_key()).await?.iter().map(|entry| entry.key.name().to_owned()).collect();
        if manifest.parts.iter().all(|part| there.contains(part)) {
            return Ok(false);
        }
        let pieces = cut(text).map_err(|error| self.wrong(error))?;
        self.write_parts(&pieces).await?;
        Ok(true)
    }

    async fn write_parts(&self, pieces: &[(String, Bytes)]) -> Result<()> {
        for (name, stored) in pieces {
            // The name is the content: a piece that is there is the right one.
            self.store.put_if(&self.part_key(name)?, stored.clone(), Condition::Absent, None).await?;
        }
        Ok(())
    }

    /// The text as it is, for people and agents of old. Where it does not fit any more an outdated one would mislead.
    async fn write_plain(&self, text: &str) -> Result<bool> {
        let key = self.plain_key();
        let fits = self.store.capabilities().max_value.is_none_or(|limit| text.len() <= limit);
        if !fits {
            return self.store.delete(&key).await;
        }
        if self.store.get(&key).await?.is_some_and(|entry| entry.value == text.as_bytes()) {
            return Ok(false);
        }
        self.store.put(&key, Bytes::copy_from_slice(text.as_bytes()), None).await?;
        Ok(true)
    }

    /// Removes pieces that neither the manifest names nor a live agent may be reading: as long as an agent has not applied
    /// what the manifest says, nothing is removed.
    async fn remove_unneeded_parts(&self) -> Result<()> {
        let Some(entry) = self.store.get(&self.manifest_key()).await? else { return Ok(()) };
        let manifest = Manifest::read(&entry.key, &entry.value)?;
        let behind = |agent: super::AgentStatus| agent.applied.is_none_or(|applied| applied.hash != manifest.sha256);
        if self.agents().await?.into_iter().any(behind) && self.store.list(&self.parts_key()).await?.len() < MAX_PARTS {
            return Ok(());
        }
        for part in self.store.list(&self.parts_key()).await? {
            if !manifest.parts.iter().any(|name| name == part.key.name()) {
                self.store.delete(&part.key).await?;
            }
        }
        Ok(())
    }

    fn wrong(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(ErrorKind::Protocol, "publish", &self.place).because(error)
    }
}

/// How many pieces are kept for agents that are behind; one that fails for ever must not fill the store.
const MAX_PARTS: usize = 1024;
