//! Standing for leader.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use vamp_io::backoff::Backoff;

use super::leader::Leader;
use super::session::Session;
use crate::handover::HandOver;
use crate::{Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, Result, Version};

/// The form of the record that this version writes.
const FORMAT: u32 = 1;

/// Who leads, as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// The form of this record: 1.
    pub format: u32,
    /// The candidate that leads.
    pub holder: String,
    /// Its session: a key below the place of the election.
    pub session: String,
    /// How often the leader has changed.
    pub term: u64,
}

/// An election at one place of a store. Candidates of one election name the same place.
#[derive(Debug, Clone)]
pub struct Election {
    pub(super) store: Arc<dyn KeyValueStore>,
    pub(super) place: Key,
    pub(super) id: String,
    ttl: Duration,
    trouble: Arc<Mutex<Option<String>>>,
    /// The greatest term that was seen.
    known_term: Arc<AtomicU64>,
    /// Where a leader leaves its term beside the record.
    handed_over: Option<HandOver>,
}

impl Election {
    /// The election at `place`, for the candidate `id`. A leader of which the store hears nothing for `ttl` (whole seconds, rounded up)
    /// is replaced; 15 s do for servers.
    ///
    /// A candidate that starts again under the same id takes over at once from the one that it was. So an id belongs to
    /// something of which only one can live: a directory that is locked, a host with one server.
    ///
    /// # Errors
    /// The id is no segment of a key.
    pub fn new(
        store: Arc<dyn KeyValueStore>,
        place: Key,
        id: impl Into<String>,
        ttl: Duration,
    ) -> Result<Self> {
        let id = id.into();
        place
            .join(&id)
            .map_err(|error| Error::new(ErrorKind::Configuration, "stand for", &place).because(error))?;
        Ok(Self {
            store,
            place,
            id,
            ttl,
            trouble: Arc::default(),
            known_term: Arc::default(),
            handed_over: None,
        })
    }

    /// The candidate.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The same, with terms above those that are in what is handed over.
    pub(crate) fn counting_on(self, handed_over: HandOver) -> Self {
        Self {
            handed_over: Some(handed_over),
            ..self
        }
    }

    /// There has been a leader with this term, as something that it wrote says: terms from here on are greater, also where the store has
    /// lost the record. This election and its clones know of all terms that they have seen.
    pub fn knows_of(&self, term: u64) {
        self.known_term.fetch_max(term, Ordering::Relaxed);
    }

    /// Why a campaign that goes on could not stand at its last try, such as a store that can be read and not written; nothing when it
    /// stands and waits for its turn. Clones of this election share it.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().clone()
    }

    /// Who leads, or led last: whether its session still lives is not asked.
    ///
    /// # Errors
    /// The store could not be asked, or what stands there is no record.
    pub async fn record(&self) -> Result<Option<Record>> {
        let found = self.store.get(&self.place).await?;
        found.map(|entry| self.read(&entry)).transpose()
    }

    /// Waits until this candidate leads. Outages are passed over, and told by [`trouble`](Self::trouble). When the future is dropped, the
    /// candidate stands no longer, once its session has ended.
    ///
    /// # Errors
    /// What trying again does not mend: the store has no leases or guards, or does not allow it; what stands at the place is no record.
    pub async fn campaign(&self) -> Result<Leader> {
        let can = self.store.capabilities();
        if !can.lease || !can.guard {
            return Err(Error::new(ErrorKind::Unsupported, "stand for", &self.place));
        }
        let mut backoff = Backoff::watch();
        loop {
            match self.one_session().await {
                Ok(leader) => return Ok(leader),
                Err(error) if error.is_temporary() || error.kind() == ErrorKind::LeaseExpired => {
                    *self.trouble.lock() = Some(error.to_string());
                    tracing::debug!(%error, place = %self.place, "a candidate stands again");
                }
                Err(error) => return Err(error),
            }
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }

    /// Stands with one session until it leads or the session is over.
    async fn one_session(&self) -> Result<Leader> {
        let mut session = Session::open(&*self.store, &self.place, &self.id, self.ttl).await?;
        let outcome = self.stand(&mut session).await;
        match outcome {
            Ok((guard, term)) => Ok(Leader::start(self.clone(), session, guard, term)),
            Err(error) => {
                // Best effort: it ends by itself.
                let _ = self.store.revoke_lease(session.lease).await;
                Err(error)
            }
        }
    }

    /// Looks at each change below the place whether the leader is gone; keeps the session meanwhile.
    async fn stand(&self, session: &mut Session) -> Result<(Guard, u64)> {
        let mut changes = self.store.watch(&self.place);
        loop {
            let won = self.try_once(session).await?;
            *self.trouble.lock() = None;
            if let Some(won) = won {
                return Ok(won);
            }
            tokio::select! {
                change = changes.next() => match change {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error),
                    None => return Err(Error::new(ErrorKind::Protocol, "watch", &self.place)),
                },
                () = tokio::time::sleep_until(session.next_keep()) => session.keep(&*self.store).await?,
            }
        }
    }

    /// Takes the place if nobody has it.
    async fn try_once(&self, session: &Session) -> Result<Option<(Guard, u64)>> {
        let found = self.store.get(&self.place).await?;
        let (condition, term) = match &found {
            None => {
                // Not the first one where the record was lost.
                if let Some(handed_over) = &self.handed_over {
                    self.knows_of(handed_over.fencing().await?.unwrap_or_default());
                }
                (Condition::Absent, self.known_term() + 1)
            }
            Some(entry) => {
                let record = self.read(entry)?;
                // A try whose answer was lost.
                if record.session == session.name {
                    let guard = self.guard(entry.version, entry.value.clone());
                    return Ok(Some((guard, record.term)));
                }
                if record.holder != self.id && self.lives(&record).await? {
                    return Ok(None);
                }
                (
                    Condition::Version(entry.version),
                    record.term.max(self.known_term()) + 1,
                )
            }
        };
        let record = Record {
            format: FORMAT,
            holder: self.id.clone(),
            session: session.name.clone(),
            term,
        };
        let value = serde_json::to_vec(&record)
            .map_err(|error| Error::new(ErrorKind::Protocol, "stand for", &self.place).because(error))?;
        let value = Bytes::from(value);
        let written = self
            .store
            .put_if(&self.place, value.clone(), condition, None)
            .await?;
        Ok(written.map(|version| {
            self.knows_of(term);
            (self.guard(version, value), term)
        }))
    }

    /// The record with its value: no other has its session.
    fn guard(&self, version: Version, value: Bytes) -> Guard {
        Guard::new(self.place.clone(), version).with_value(value)
    }

    fn known_term(&self) -> u64 {
        self.known_term.load(Ordering::Relaxed)
    }

    async fn lives(&self, record: &Record) -> Result<bool> {
        match self.place.join(&record.session) {
            Ok(session) => Ok(self.store.get(&session).await?.is_some()),
            // Nothing can stand under such a name.
            Err(_) => Ok(false),
        }
    }

    fn read(&self, entry: &Entry) -> Result<Record> {
        let wrong = || Error::new(ErrorKind::Protocol, "read the leader at", &self.place);
        let record: Record = serde_json::from_slice(&entry.value).map_err(|error| wrong().because(error))?;
        if record.format == FORMAT {
            self.knows_of(record.term);
            Ok(record)
        } else {
            Err(wrong().because(format!("its form {} is not known", record.format)))
        }
    }
}
