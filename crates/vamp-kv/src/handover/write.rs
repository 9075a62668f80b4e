//! Writing a text: what has changed of it, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};

use super::manifest::Manifest;
use super::pieces::{self, Piece};
use super::text::LargeText;
use super::{Publication, Published};
use crate::{Condition, Entry, Error, ErrorKind, Guard, Key, Result, Version};

/// How many pieces are on their way at once.
pub(super) const AT_ONCE: usize = 8;

/// What is there before a publication.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) version: Option<Version>,
    /// Nothing also where there is one that this program cannot read: it is replaced.
    manifest: Option<Manifest>,
    /// The one that this program has replaced by it.
    before: Option<Manifest>,
    /// Whether pieces may be left that nobody needs any more.
    untidy: bool,
}

/// Pieces that neither the text that was written last names, nor the one before it.
pub(super) struct Unneeded {
    pub(super) standing: Standing,
    /// How many pieces there are in all.
    pub(super) there: usize,
    keys: Vec<Key>,
}

impl LargeText {
    /// Writes pieces and manifest of a text; the plain text has to [follow](Self::write_plain).
    pub(super) async fn write(&self, publication: &Publication<'_>) -> Result<Published> {
        let hash = pieces::hash_text(publication.text.as_bytes()).await;
        let mut written = self.written.lock().take();
        // Where the text is another one, what was written last is most likely what is there, and need not be asked for first.
        if let Some(written) = written.take_if(|written| !written.is_of(&hash)) {
            match self.write_if_other(&written, publication, hash.clone()).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                outcome => return outcome,
            }
        }
        let found = self.standing().await?;
        let standing = written
            .filter(|written| written.version == found.version)
            .unwrap_or(found);
        self.write_if_other(&standing, publication, hash).await
    }

    /// Writes the text with this hash where this is standing, if it is another one.
    async fn write_if_other(
        &self,
        standing: &Standing,
        publication: &Publication<'_>,
        hash: String,
    ) -> Result<Published> {
        let stands = match &standing.manifest {
            Some(manifest) if manifest.says(&hash, publication.shrink_meant) => {
                self.parts_are_there(manifest).await?
            }
            _ => false,
        };
        if stands {
            *self.written.lock() = Some(standing.clone());
        } else {
            self.write_over_standing(standing, publication, &hash).await?;
        }
        let was_unanswered = self.unanswered.lock().take_if(|tried| *tried == hash).is_some();
        Ok(Published {
            changed: !stands || was_unanswered,
            hash,
        })
    }

    /// Writes the pieces of a text and its manifest over this.
    async fn write_over_standing(
        &self,
        standing: &Standing,
        publication: &Publication<'_>,
        hash: &str,
    ) -> Result<()> {
        let pieces = pieces::cut(publication.text, self.store.capabilities().max_value)
            .await
            .map_err(|error| self.wrong(error))?;
        let names = pieces.iter().map(|piece| piece.name.clone()).collect();
        let next = Manifest::following(standing.manifest.as_ref(), publication, hash, names);
        let guard = publication.guard();
        let same_text = standing.is_of(hash);
        let pieces = if same_text {
            // A piece may be there and not be what its name says.
            self.overwrite_parts(pieces).await?;
            if standing.manifest.as_ref() == Some(&next) {
                *self.written.lock() = Some(standing.clone());
                return Ok(());
            }
            Vec::new()
        } else {
            pieces
        };
        *self.unanswered.lock() = Some(hash.to_owned());
        let version = match self.write_manifest(&next, pieces, standing, guard).await {
            Err(error) if !error.is_temporary() => {
                *self.unanswered.lock() = None;
                return Err(error);
            }
            written => written?,
        };
        let before = if same_text {
            &standing.before
        } else {
            &standing.manifest
        };
        *self.written.lock() = Some(Standing {
            version: Some(version),
            manifest: Some(next),
            before: before.clone(),
            untidy: standing.untidy || !same_text,
        });
        Ok(())
    }

    async fn standing(&self) -> Result<Standing> {
        let entry = self.store.get(&self.manifest_key()).await?;
        let readable = |entry: &Entry| match Manifest::read(&entry.key, &entry.value) {
            Ok(manifest) => Some(manifest),
            Err(error) => {
                tracing::warn!(%error, "a manifest that cannot be read is replaced");
                None
            }
        };
        Ok(Standing {
            version: entry.as_ref().map(|entry| entry.version),
            manifest: entry.as_ref().and_then(readable),
            before: None,
            untidy: false,
        })
    }

    /// Whether each piece that the manifest names is there and is what its name says.
    async fn parts_are_there(&self, manifest: &Manifest) -> Result<bool> {
        let parts = self.store.list(&self.parts_key()).await?;
        let sound = |entry: &&Entry| pieces::hash(&entry.value) == entry.key.name();
        let there: BTreeSet<&str> = parts.iter().filter(sound).map(|entry| entry.key.name()).collect();
        Ok(manifest.parts.iter().all(|part| there.contains(part.as_str())))
    }

    async fn overwrite_parts(&self, pieces: Vec<Piece>) -> Result<()> {
        futures::stream::iter(pieces)
            .map(Ok)
            .try_for_each_concurrent(AT_ONCE, |piece| async move {
                let key = self.part_key(&piece.name)?;
                self.store.put(&key, piece.stored, None).await.map(drop)
            })
            .await
    }

    /// Writes the manifest and with it those of its pieces that are not there.
    async fn write_manifest(
        &self,
        next: &Manifest,
        pieces: Vec<Piece>,
        standing: &Standing,
        guard: Option<&Guard>,
    ) -> Result<Version> {
        let key = self.manifest_key();
        let value = serde_json::to_vec(next).map_err(|error| self.wrong(error))?;
        // The same piece may be in a text more than once. Its name is its content: one that is there need not be written.
        let pieces: BTreeMap<String, Bytes> = pieces
            .into_iter()
            .map(|piece| (piece.name, piece.stored))
            .collect();
        let absent = pieces
            .into_iter()
            .map(|(name, stored)| Ok((self.part_key(&name)?, stored)))
            .collect::<Result<Vec<_>>>()?;
        let written = self
            .store
            .put_with(
                absent,
                &key,
                value.into(),
                over_what_was_read(standing.version),
                guard,
            )
            .await?;
        match written {
            Some(version) => Ok(version),
            None => Err(self.refused(&key, guard).await?),
        }
    }

    /// The text as it is, for people and agents of old. Where it does not fit any more an outdated one would mislead.
    pub(super) async fn write_plain(&self, text: &str, guard: Option<&Guard>) -> Result<bool> {
        let key = self.plain_key();
        let fits = self
            .store
            .capabilities()
            .max_value
            .is_none_or(|limit| text.len() <= limit);
        if !fits {
            return self.delete_plain(key, guard).await;
        }
        let before = self.store.get(key).await?;
        if before
            .as_ref()
            .is_some_and(|entry| entry.value == text.as_bytes())
        {
            return Ok(false);
        }
        let text = Bytes::copy_from_slice(text.as_bytes());
        self.write_over(key, text, before.map(|entry| entry.version), guard)
            .await?;
        Ok(true)
    }

    /// Stores remove a key without a guard. Whoever leads by then writes it again with its next call, should it fit there.
    async fn delete_plain(&self, key: &Key, guard: Option<&Guard>) -> Result<bool> {
        if self.store.get(key).await?.is_none() {
            return Ok(false);
        }
        if !self.holds(guard).await? {
            return Err(Error::new(ErrorKind::Fenced, "publish", key));
        }
        self.store.delete(key).await
    }

    /// Writes a value over the version that was read, as long as the guard holds.
    async fn write_over(
        &self,
        key: &Key,
        value: Bytes,
        over: Option<Version>,
        guard: Option<&Guard>,
    ) -> Result<Version> {
        match self
            .store
            .put_if(key, value, over_what_was_read(over), guard)
            .await?
        {
            Some(version) => Ok(version),
            None => Err(self.refused(key, guard).await?),
        }
    }

    /// Why a value was not written: the guard does not hold any more, or somebody else has written.
    async fn refused(&self, key: &Key, guard: Option<&Guard>) -> Result<Error> {
        let kind = if self.holds(guard).await? {
            ErrorKind::Conflict
        } else {
            ErrorKind::Fenced
        };
        Ok(Error::new(kind, "publish", key))
    }

    /// Whether the guard holds at this moment; none always does.
    async fn holds(&self, guard: Option<&Guard>) -> Result<bool> {
        let Some(guard) = guard else {
            return Ok(true);
        };
        let found = self.store.get(&guard.key).await?;
        Ok(guard.holds(found.as_ref()))
    }

    /// The pieces that are there for nobody but readers of older texts, if there are any. Pieces of the text before stay: somebody may be
    /// reading it.
    pub(super) async fn unneeded_parts(&self) -> Result<Option<Unneeded>> {
        let untidy = {
            let written = self.written.lock();
            written.as_ref().filter(|standing| standing.untidy).cloned()
        };
        let Some(standing) = untidy else {
            return Ok(None);
        };
        let parts = self.store.list(&self.parts_key()).await?;
        let needed: BTreeSet<&str> = standing
            .known()
            .flat_map(|manifest| &manifest.parts)
            .map(String::as_str)
            .collect();
        let there = parts.len();
        let keys: Vec<Key> = parts
            .into_iter()
            .map(|entry| entry.key)
            .filter(|key| !needed.contains(key.name()))
            .collect();
        if keys.is_empty() {
            self.is_tidy(&standing);
            return Ok(None);
        }
        Ok(Some(Unneeded {
            standing,
            there,
            keys,
        }))
    }

    /// Removes pieces that nobody needs, unless another server has published meanwhile: its pieces are not for this one to judge.
    pub(super) async fn remove(&self, unneeded: &Unneeded) -> Result<()> {
        let standing = &unneeded.standing;
        let found = self.store.get(&self.manifest_key()).await?;
        if found.map(|entry| entry.version) == standing.version {
            // After an outage with many changes there are many of them.
            futures::stream::iter(&unneeded.keys)
                .map(Ok)
                .try_for_each_concurrent(AT_ONCE, |key| async { self.store.delete(key).await.map(drop) })
                .await?;
            self.is_tidy(standing);
        }
        Ok(())
    }

    /// Notes that no unneeded pieces are left of what was written before this.
    fn is_tidy(&self, standing: &Standing) {
        let mut written = self.written.lock();
        if let Some(written) = written.as_mut().filter(|now| now.version == standing.version) {
            written.untidy = false;
        }
    }

    fn wrong(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(ErrorKind::Protocol, "publish", &self.place).because(error)
    }
}

/// What has to hold for a value to be written over the version that was read.
fn over_what_was_read(version: Option<Version>) -> Condition {
    version.map_or(Condition::Absent, Condition::Version)
}

impl Standing {
    /// Whether it is the text with this hash.
    fn is_of(&self, hash: &str) -> bool {
        self.manifest
            .as_ref()
            .is_some_and(|manifest| manifest.sha256 == hash)
    }

    /// Whether the text with this hash is the one that was written last, or the one before it.
    pub(super) fn knows(&self, hash: &str) -> bool {
        self.known().any(|manifest| manifest.sha256 == hash)
    }

    fn known(&self) -> impl Iterator<Item = &Manifest> {
        self.manifest.iter().chain(&self.before)
    }
}
