//! A text of any size at a place of a store.

use std::sync::Arc;

use parking_lot::Mutex;

use super::write::Standing;
use super::{fixed, segment};
use crate::{Key, KeyValueStore};

/// A text of any size: compressed pieces, each under the hash of its content, a manifest that names them, and beside it the text as it is in
/// one key, as long as it fits there. Where there is a manifest, it says which text stands.
#[derive(Debug, Clone)]
pub(super) struct LargeText {
    pub(super) store: Arc<dyn KeyValueStore>,
    /// Where the text stands as it is.
    plain: Key,
    /// Above manifest and pieces.
    pub(super) place: Key,
    /// What this program wrote last; clones share it.
    pub(super) written: Arc<Mutex<Option<Standing>>>,
    /// The hash of a text whose writing this program has had no answer to; clones share it.
    pub(super) unanswered: Arc<Mutex<Option<String>>>,
}

impl LargeText {
    /// A text as it is at the key `plain`, with manifest and pieces below `place`.
    pub(super) fn new(store: Arc<dyn KeyValueStore>, plain: Key, place: Key) -> Self {
        Self {
            store,
            plain,
            place,
            written: Arc::default(),
            unanswered: Arc::default(),
        }
    }

    pub(super) fn manifest_key(&self) -> Key {
        fixed(&self.place, "manifest")
    }

    pub(super) const fn plain_key(&self) -> &Key {
        &self.plain
    }

    pub(super) fn parts_key(&self) -> Key {
        fixed(&self.place, "parts")
    }

    pub(super) fn part_key(&self, hash: &str) -> crate::Result<Key> {
        segment(&self.parts_key(), hash)
    }
}
