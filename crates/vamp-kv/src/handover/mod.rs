//! The hand-over of a configuration from the server to the gateway agents, through any store.
//!
//! One key cannot carry it: stores take between 512 KiB and 1.5 MiB a value. So the text is cut into compressed pieces,
//! each under the hash of its content, and a manifest names them. Pieces are written before the manifest and removed when
//! no live agent needs them, so whoever reads a manifest finds all of its pieces. An agent watches the manifest, and keeps
//! the pieces of the text that it has: of the next one it reads those that are new. Beside it the text stands as it is in
//! one key, for people and for agents of old, as long as it fits.
//!
//! ```text
//! <base>/gateways/haproxy/2.4/configuration   the text, while it fits
//! <base>/gateways/haproxy/2.4/manifest        JSON: revision, hash, names of the pieces
//! <base>/gateways/haproxy/2.4/parts/<hash>    zstd
//! <base>/gateways                            the list of the deployed gateways, while it fits: see [`GatewayList`]
//! <base>/gateways/list/…                      its manifest and pieces
//! <base>/agents/haproxy/<name>/<id>           JSON, bound to the agent's lease
//! <base>/leader/haproxy/2.4                   JSON: which of several servers publishes
//! ```

mod agents;
mod follow;
mod gateway_list;
mod manifest;
mod pieces;
mod publish;
mod read;
mod receive;
mod standing;
mod status;
mod text;
mod write;

use std::sync::Arc;
use std::time::Duration;

pub use gateway_list::GatewayList;
pub use publish::{Publication, Published};
pub use receive::{HandedOver, Received};
pub use standing::StandingWatch;
pub use status::{AgentFailure, AgentStatus, Applied, FailureKind, HaproxyStatus, How};
use text::LargeText;

use crate::leadership::Election;
use crate::{InvalidKey, Key, KeyValueStore};

/// One place of a store where one kind of configuration is handed over.
#[derive(Debug, Clone)]
pub struct HandOver {
    marshaller_type: String,
    marshaller_name: String,
    /// Below `<base>/gateways/<type>/<name>`
    text: LargeText,
    gateway_list: GatewayList,
    /// `<base>/agents/<type>`
    agents: Key,
    /// `<base>/leader/<type>/<name>`
    leader: Key,
}

impl HandOver {
    /// The hand-over below `base` for the kind of configuration `marshaller_type`, such as `haproxy`, and its name, by
    /// convention the version of HAProxy that can read it, such as `2.4`.
    ///
    /// # Errors
    /// The type or name is no segment of a key.
    pub fn new(
        store: Arc<dyn KeyValueStore>,
        base: &Key,
        marshaller_type: &str,
        marshaller_name: &str,
    ) -> Result<Self, InvalidKey> {
        let place = base
            .join("gateways")?
            .join(marshaller_type)?
            .join(marshaller_name)?;
        Ok(Self {
            gateway_list: GatewayList::new(Arc::clone(&store), base),
            text: LargeText::new(store, fixed(&place, "configuration"), place),
            agents: base.join("agents")?.join(marshaller_type)?,
            leader: base
                .join("leader")?
                .join(marshaller_type)?
                .join(marshaller_name)?,
            marshaller_type: marshaller_type.to_owned(),
            marshaller_name: marshaller_name.to_owned(),
        })
    }

    /// The type and name of the configuration.
    #[must_use]
    pub fn marshaller(&self) -> (&str, &str) {
        (&self.marshaller_type, &self.marshaller_name)
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn KeyValueStore> {
        &self.text.store
    }

    /// The list of the deployed gateways below the same base.
    #[must_use]
    pub const fn gateway_list(&self) -> &GatewayList {
        &self.gateway_list
    }

    /// The election of the server that publishes here, for the server `id`, where several compete. See [`Election::new`].
    ///
    /// # Errors
    /// The id is no segment of a key.
    pub fn election(&self, id: &str, ttl: Duration) -> crate::Result<Election> {
        let election = Election::new(Arc::clone(self.store()), self.leader.clone(), id, ttl)?;
        Ok(election.counting_on(self.clone()))
    }

    /// A look at whether what stands is what this program, or a clone of this value, has handed over last.
    #[must_use]
    pub fn standing(&self) -> StandingWatch {
        StandingWatch::of(self.clone())
    }

    /// The fencing number of the leader that published last, if the manifest says one.
    pub(crate) async fn fencing(&self) -> crate::Result<Option<u64>> {
        let entry = self.store().get(&self.text.manifest_key()).await?;
        let manifest = entry.and_then(|entry| manifest::Manifest::read(&entry.key, &entry.value).ok());
        Ok(manifest.and_then(|manifest| manifest.fencing))
    }
}

/// The key below `key`; a name from elsewhere that is no segment is an error of the store's content.
fn segment(key: &Key, name: &str) -> crate::Result<Key> {
    key.join(name)
        .map_err(|error| crate::Error::new(crate::ErrorKind::Protocol, "hand over", key).because(error))
}

/// The key below `key` of a name that is fixed.
#[expect(clippy::expect_used, reason = "fixed words are segments")]
fn fixed(key: &Key, word: &'static str) -> Key {
    key.join(word).expect("a fixed word is a segment")
}
