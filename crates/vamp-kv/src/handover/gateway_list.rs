//! The list of the deployed gateways, for programs that are no gateway agents.

use std::sync::Arc;

use super::text::LargeText;
use super::{Publication, Published, fixed};
use crate::{Key, KeyValueStore, Result};

/// The list of the deployed gateways: a text of any size, for workflows, programs of the user, and people.
///
/// ```text
/// <base>/gateways                      the text, while it fits
/// <base>/gateways/list/manifest        JSON: revision, hash, names of the pieces
/// <base>/gateways/list/parts/<hash>    zstd
/// ```
///
/// It is cut as the configuration of agents is, and written in the same order. Where there is a manifest, it names the newest text; the one at
/// the plain key follows a moment later, or is gone while the list does not fit there. Nobody registers as a reader: the pieces of the list
/// before are kept, older ones go at once.
///
/// ```
/// use std::sync::Arc;
///
/// use vamp_kv::handover::{GatewayList, Publication};
/// use vamp_kv::memory::MemoryStore;
/// use vamp_kv::{Key, KeyValueStore as _};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // As Consul: a value of more than 378 KiB is refused.
/// let store = Arc::new(MemoryStore::with_max_value(387_072));
/// let base: Key = "/vamp/default".parse()?;
/// let list = GatewayList::new(store.clone(), &base);
/// assert_eq!(list.read().await?, None, "no server has written yet");
///
/// let text = format!("[{}]", vec![r#"{"name":"edge"}"#; 50_000].join(","));
/// let written = Publication { text: &text, revision: 1, fencing: None, shrink_meant: false };
/// assert!(list.write(&written).await?.changed);
/// assert!(!list.write(&written).await?.changed, "the same again is not written");
///
/// assert_eq!(store.get(&base.join("gateways")?).await?, None, "it does not fit there");
/// assert_eq!(list.read().await?, Some(text));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct GatewayList {
    text: LargeText,
}

impl GatewayList {
    /// The list below `base`, which is `/vamp/default` by default.
    #[must_use]
    pub fn new(store: Arc<dyn KeyValueStore>, base: &Key) -> Self {
        let plain = fixed(base, "gateways");
        let place = fixed(&plain, "list");
        Self {
            text: LargeText::new(store, plain, place),
        }
    }

    /// Brings the store to this list. The same list again costs reads and writes nothing; it is compared with the store itself, so that keys
    /// that somebody deleted or damaged are written again. [`shrink_meant`](Publication::shrink_meant) says nothing here.
    ///
    /// # Errors
    /// As [`HandOver::publish`](super::HandOver::publish): what is written so far is completed by the next call.
    pub async fn write(&self, list: &Publication<'_>) -> Result<Published> {
        let published = self.text.write(list).await?;
        let plain_changed = self.text.write_plain(list.text, list.guard()).await?;
        // Agents are waited for with their configuration; here is nobody of whom a server could know how far he is.
        if let Some(unneeded) = self.text.unneeded_parts().await? {
            self.text.remove(&unneeded).await?;
        }
        Ok(Published {
            changed: published.changed || plain_changed,
            ..published
        })
    }

    /// The list as it is now; nothing where no server has written one. Its length and hash are those that its writer named, or it is an error:
    /// a list that is replaced while it is read is read anew.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable): the store could not be asked, a piece is not there, or each list is replaced before it
    /// is read; a new try can help. [`Protocol`](crate::ErrorKind::Protocol): what is there makes no sense.
    pub async fn read(&self) -> Result<Option<String>> {
        Ok(self.text.current().await?.map(|received| received.text))
    }
}
