//! The operations.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::Instant;

use super::client::{Answer, Call, Client};
use super::config::ConsulConfig;
use super::layout::{logical, physical};
use super::session::{self, Names, Session, Wanted};
use super::transaction::{Outcome, Refused, Transaction};
use super::watch;
use crate::store::put_absent;
use crate::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchStream,
};

/// How long a watch waits at Consul for the next state, in seconds; Consul adds up to a sixteenth.
const WAIT: Duration = Duration::from_secs(10);
const WAIT_TEXT: &str = "10s";

/// After a longer pause of its reader a watch looks before it waits. No server starts again in less.
const FRESH: Duration = Duration::from_millis(300);

/// So many values are written in one transaction, of which Consul takes 64 operations in every version.
const MAX_TOGETHER: usize = 50;

/// Answers are as of the moment of the question, not of an earlier one.
const CONSISTENT: (&str, &str) = ("consistent", "");

/// Answers may be old: nothing hangs on what they hold.
const STALE: (&str, &str) = ("stale", "");

/// Everything below a key of Consul's, whatever letters follow.
const RECURSE: (&str, &str) = ("recurse", "");

/// A connection to Consul; clones share it.
#[derive(Clone)]
pub struct ConsulStore {
    client: Client,
    config: ConsulConfig,
    sessions: Names,
}

impl fmt::Debug for ConsulStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsulStore")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// What is at and below a key, and the state of the store of which that is true.
pub(super) struct Listing {
    pub(super) entries: Vec<Entry>,
    pub(super) index: u64,
}

impl ConsulStore {
    /// Prepares the connection. The servers need not be there yet.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`]: no address is given or one is not well-formed, a file cannot be read, there are settings for
    /// TLS and no `https` address, the token cannot stand in a header.
    pub async fn connect(config: ConsulConfig) -> Result<Self> {
        Ok(Self {
            client: Client::new(&config).await?,
            config,
            sessions: Names::default(),
        })
    }

    async fn ask(
        &self,
        operation: &'static str,
        subject: &(dyn fmt::Display + Sync),
        call: Call<'_>,
    ) -> Result<Answer> {
        let limit = self.config.call_timeout;
        self.client.ask(operation, subject, &call, limit).await
    }

    /// Everything at and below a key.
    pub(super) async fn snapshot(&self, operation: &'static str, prefix: &Key) -> Result<Listing> {
        let path = ["kv", physical(prefix)];
        let call = Call::get(&path, &[CONSISTENT, RECURSE]);
        let answer = self.ask(operation, prefix, call).await?;
        let listing = self.listing(operation, prefix, answer)?;
        if listing.entries.is_empty() {
            self.may_read_below(operation, prefix).await?;
        }
        Ok(listing)
    }

    /// Whether a listing that is empty is so because nothing is there: what must not be read is left out without a word.
    async fn may_read_below(&self, operation: &'static str, prefix: &Key) -> Result<()> {
        let below = format!("{}/", physical(prefix));
        let path = ["kv", below.as_str()];
        let answer = self
            .ask(operation, prefix, Call::get(&path, &[CONSISTENT]))
            .await?;
        self.present(operation, prefix, answer).map(drop)
    }

    /// The state after the one of `index`, which was asked for at the time `asked`, or nothing when nothing happens for a while. The
    /// server is probed meanwhile: one that is frozen keeps silent like one where nothing happens.
    pub(super) async fn next_state(
        &self,
        prefix: &Key,
        index: u64,
        asked: Instant,
    ) -> Result<Option<Listing>> {
        let known = index.to_string();
        let path = ["kv", physical(prefix)];
        let query = [CONSISTENT, RECURSE, ("index", &known), ("wait", WAIT_TEXT)];
        // While the reader did not ask, the server may have come back empty, and would wait until it is where it was.
        let is_late = asked.elapsed() > FRESH;
        let call = Call::get(&path, if is_late { &query[..2] } else { &query });
        let place = self.client.place();
        let limit = WAIT + WAIT / 16 + self.config.call_timeout;
        let began = Instant::now();
        let answer = tokio::select! {
            biased;
            answer = self.client.ask_at(place, "watch", prefix, &call, limit) => answer?,
            error = self.until_gone(place, prefix) => return Err(error),
        };
        // Consul repeats everything when the wait is over. To read megabytes for that would be all that an idle watch does.
        let is_over = !is_late && answer.index == Some(index);
        if is_over && answer.status.is_success() && !answer.is_filtered {
            if began.elapsed() >= WAIT {
                return Ok(None);
            }
            // A store that is put back to an earlier state ends all waits with the index from before, and would then wait until it is there
            // again.
            return self.snapshot("watch", prefix).await.map(Some);
        }
        self.listing("watch", prefix, answer).map(Some)
    }

    /// Returns when the server at this place does not answer in time, or has no leader.
    async fn until_gone(&self, place: usize, prefix: &Key) -> Error {
        let call = Call::get(&["status/leader"], &[]);
        let limit = self.config.probe_timeout;
        loop {
            tokio::time::sleep(self.config.probe_interval).await;
            match self.client.ask_at(place, "watch", prefix, &call, limit).await {
                Ok(answer) if answer.body.trim_ascii() == b"\"\"" => {
                    self.client.leave(place);
                    return Error::new(ErrorKind::Unavailable, "watch", prefix)
                        .because("the server knows no leader");
                }
                Ok(_) => {}
                Err(error) => return error,
            }
        }
    }

    /// Reads the answer to a question for keys; nothing for the one that says that there is none.
    fn present(&self, operation: &'static str, subject: &Key, answer: Answer) -> Result<Option<Answer>> {
        if is_unprintable(subject, &answer) {
            return Err(unprintable(operation, subject));
        }
        // Somebody else in between, such as a proxy, says "not found" without the index.
        if answer.status == StatusCode::NOT_FOUND && answer.index.is_some() {
            return Ok(None);
        }
        self.client.good(operation, subject, answer).map(Some)
    }

    fn listing(&self, operation: &'static str, prefix: &Key, answer: Answer) -> Result<Listing> {
        if answer.is_filtered {
            return Err(Error::new(ErrorKind::Denied, operation, prefix)
                .because("the token may not read all that is there"));
        }
        let index = answer.index;
        let mut entries = match self.present(operation, prefix, answer)? {
            None => Vec::new(),
            Some(answer) => entries(&answer.body).map_err(|why| nonsense(operation, prefix, why))?,
        };
        // Consul counts letters, not segments.
        entries.retain(|entry| entry.key.is_at_or_below(prefix));
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        let index = index.ok_or_else(|| nonsense(operation, prefix, "the answer has no index"))?;
        // To wait for the state after 0 would be not to wait.
        let index = index.max(1);
        Ok(Listing { entries, index })
    }

    /// Refuses a key that could be written and never be read: Consul refuses addresses with characters that it calls unprintable, and
    /// keys within a transaction are not looked at. Which these are depends on the Unicode of the server and on its settings, so it is
    /// asked, by a question that nearly never finds anything.
    async fn check_readable(&self, key: &Key) -> Result<()> {
        if key.as_str().is_ascii() {
            return Ok(());
        }
        let folder = format!("{}/", physical(key));
        let path = ["kv", folder.as_str()];
        let answer = self.ask("put", key, Call::get(&path, &[STALE])).await?;
        // Whatever else it says, the write will say, too.
        if is_unprintable(key, &answer) {
            return Err(unprintable("put", key));
        }
        Ok(())
    }

    fn check_size(&self, key: &Key, size: usize, limit: usize) -> Result<()> {
        if size > limit {
            let limit = self.config.max_value();
            return Err(Error::new(ErrorKind::TooLarge { limit }, "put", key));
        }
        Ok(())
    }

    /// Carries out a transaction, or says which operation of it was refused.
    async fn carry_out(
        &self,
        operation: &'static str,
        key: &Key,
        transaction: &Transaction<'_>,
    ) -> Result<Outcome> {
        let text = text_of(operation, key, transaction)?;
        self.check_size(key, text.len(), self.config.max_request)?;
        self.send(operation, key, text).await
    }

    /// Sends the text of a transaction.
    async fn send(&self, operation: &'static str, key: &Key, text: Vec<u8>) -> Result<Outcome> {
        let mut answer = self.ask(operation, key, Call::put(&["txn"], text)).await?;
        if answer.status == StatusCode::CONFLICT {
            answer.status = StatusCode::OK;
        }
        let answer = self.client.good(operation, key, answer)?;
        let outcome: Outcome = read(operation, key, &answer.body)?;
        match outcome.refused() {
            Some(refused) if is_denied(&refused.why) => {
                Err(Error::new(ErrorKind::Denied, operation, key).because(refused.why.clone()))
            }
            _ => Ok(outcome),
        }
    }

    /// Carries out a transaction that ends with a write of `key`, as [`written`] says.
    async fn write(
        &self,
        key: &Key,
        transaction: &Transaction<'_>,
        conditions: usize,
    ) -> Result<Option<Version>> {
        let outcome = self.carry_out("put", key, transaction).await?;
        written(key, &outcome, conditions)
    }

    /// Those of the values whose keys are absent, by a question that costs no write.
    async fn those_absent<'a>(&self, key: &Key, values: &'a [(Key, Bytes)]) -> Result<Vec<&'a (Key, Bytes)>> {
        let looks = values
            .iter()
            .fold(Transaction::default(), |looks, (key, _)| looks.absent(key));
        let outcome = self.carry_out("put", key, &looks).await?;
        let present: BTreeSet<usize> = outcome.all_refused().collect();
        let absent = values
            .iter()
            .enumerate()
            .filter(|(place, _)| !present.contains(place));
        Ok(absent.map(|(_, value)| value).collect())
    }

    /// Whether the value of a guard is another one. Transactions compare versions only: what is read here is what they find then.
    async fn is_stopped_by(&self, guard: Option<&Guard>) -> Result<bool> {
        match guard {
            Some(guard) if guard.value.is_some() => Ok(!guard.holds(self.get(&guard.key).await?.as_ref())),
            _ => Ok(false),
        }
    }

    /// The session that a lease is; nothing when it has ended.
    async fn session(&self, operation: &'static str, lease: LeaseId) -> Result<Option<String>> {
        if let Some(id) = self.sessions.get(lease) {
            return Ok(Some(id));
        }
        // Granted by another process, or long ago.
        let call = Call::get(&["session/list"], &[CONSISTENT]);
        let answer = self.ask(operation, &lease.number(), call).await?;
        let answer = self.client.good(operation, lease.number(), answer)?;
        let is_filtered = answer.is_filtered;
        let sessions: Vec<Session> = read(operation, lease.number(), &answer.body)?;
        let found = sessions
            .into_iter()
            .find(|found| session::lease(&found.id) == Some(lease));
        if found.is_none() && is_filtered {
            return Err(Error::new(ErrorKind::Denied, operation, lease.number())
                .because("the token may not read all sessions"));
        }
        Ok(found.map(|found| {
            self.sessions.keep(lease, found.id.clone());
            found.id
        }))
    }
}

/// A listed key in Consul's words.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    value: Option<Cow<'a, str>>,
    modify_index: u64,
}

fn text_of(operation: &'static str, key: &Key, transaction: &Transaction<'_>) -> Result<Vec<u8>> {
    transaction
        .text()
        .map_err(|error| nonsense(operation, key, error))
}

/// What a transaction came to that ends with a write of `key`. Nothing is returned when one of the first `conditions` operations was
/// refused.
fn written(key: &Key, outcome: &Outcome, conditions: usize) -> Result<Option<Version>> {
    match outcome.refused() {
        Some(refused) if refused.operation < conditions => Ok(None),
        Some(refused) => Err(refused_write(key, refused)),
        None => match outcome.version() {
            Some(version) => Ok(Some(version)),
            None => Err(nonsense("put", key, "the answer has no version")),
        },
    }
}

/// Writes the others, which are absent, and then the value; and how many conditions stand before these writes.
fn conditional<'a>(
    others: &[&'a (Key, Bytes)],
    key: &'a Key,
    value: &'a Bytes,
    condition: Condition,
    guard: Option<&'a Guard>,
) -> (Transaction<'a>, usize) {
    let mut transaction = Transaction::default();
    if let Some(guard) = guard {
        transaction = transaction.expect(&guard.key, guard.version);
    }
    transaction = match condition {
        Condition::Absent => transaction.absent(key),
        Condition::Version(version) => transaction.expect(key, version),
    };
    let conditions = transaction.len();
    for (key, value) in others {
        transaction = transaction.create(key, value);
    }
    let transaction = match condition {
        Condition::Absent => transaction.create(key, value),
        Condition::Version(_) => transaction.replace(key, value, None),
    };
    (transaction, conditions)
}

/// The keys of an answer, without those that are none of ours.
fn entries(body: &[u8]) -> std::result::Result<Vec<Entry>, Box<dyn std::error::Error + Send + Sync>> {
    let listed: Vec<Listed<'_>> = serde_json::from_slice(body)?;
    let ours = listed
        .into_iter()
        .filter_map(|listed| Some((logical(&listed.key)?, listed)));
    ours.map(|(key, listed)| {
        let value = listed.value.unwrap_or_default();
        Ok(Entry {
            key,
            value: STANDARD.decode(value.as_bytes())?.into(),
            version: Version::from_number(listed.modify_index),
        })
    })
    .collect()
}

fn read<T: DeserializeOwned>(operation: &'static str, subject: impl fmt::Display, body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| nonsense(operation, subject, error))
}

fn nonsense(
    operation: &'static str,
    subject: impl fmt::Display,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::new(ErrorKind::Protocol, operation, subject).because(why)
}

/// Whether an answer refuses the characters of the key that is in its address; control characters are in none.
fn is_unprintable(key: &Key, answer: &Answer) -> bool {
    answer.status == StatusCode::BAD_REQUEST && !key.as_str().is_ascii()
}

fn unprintable(operation: &'static str, key: &Key) -> Error {
    let shown = key.as_str().escape_debug();
    Error::new(ErrorKind::Unsupported, operation, key).because(format!(
        "Consul takes no key with characters that cannot be printed: '{shown}'"
    ))
}

/// A transaction that holds something that the token may not do is refused like one whose conditions do not hold.
fn is_denied(why: &str) -> bool {
    why.starts_with("Permission denied") || why.starts_with("ACL not found")
}

/// Why a write without conditions was refused.
fn refused_write(key: &Key, refused: &Refused) -> Error {
    let kind = if refused.why.contains("invalid session") {
        ErrorKind::LeaseExpired
    } else if refused.why.contains("lock delay") || refused.why.contains("lock-delay") {
        // Left behind by somebody else's session: passes.
        ErrorKind::Unavailable
    } else {
        ErrorKind::Protocol
    };
    Error::new(kind, "put", key).because(refused.why.clone())
}

#[async_trait]
impl KeyValueStore for ConsulStore {
    fn name(&self) -> &'static str {
        "consul"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_value: Some(self.config.max_value()),
            guard: true,
            lease: true,
            durable: true,
            every_change: false,
        }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        let path = ["kv", physical(key)];
        let answer = self.ask("get", key, Call::get(&path, &[CONSISTENT])).await?;
        let Some(answer) = self.present("get", key, answer)? else {
            return Ok(None);
        };
        let found = entries(&answer.body).map_err(|why| nonsense("get", key, why))?;
        let found = found.into_iter().find(|entry| entry.key == *key);
        found
            .map(Some)
            .ok_or_else(|| nonsense("get", key, "the answer is about another key"))
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        self.check_size(key, value.len(), self.config.max_value())?;
        self.check_readable(key).await?;
        let session = match lease {
            None => None,
            Some(lease) => match self.session("put", lease).await? {
                Some(id) => Some(id),
                None => return Err(Error::new(ErrorKind::LeaseExpired, "put", key)),
            },
        };
        let transaction = Transaction::default().replace(key, &value, session.as_deref());
        let written = self.write(key, &transaction, 0).await;
        if let (Err(error), Some(lease)) = (&written, lease)
            && error.kind() == ErrorKind::LeaseExpired
        {
            self.sessions.forget(lease);
        }
        written?.ok_or_else(|| nonsense("put", key, "a write without conditions was refused"))
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        self.check_size(key, value.len(), self.config.max_value())?;
        self.check_readable(key).await?;
        if self.is_stopped_by(guard).await? {
            return Ok(None);
        }
        let (transaction, conditions) = conditional(&[], key, &value, condition, guard);
        self.write(key, &transaction, conditions).await
    }

    async fn put_with(
        &self,
        absent: Vec<(Key, Bytes)>,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        if absent.is_empty() {
            return self.put_if(key, value, condition, guard).await;
        }
        let others = absent.iter().map(|(key, value)| (key, value));
        for (key, value) in others.chain([(key, &value)]) {
            self.check_size(key, value.len(), self.config.max_value())?;
            self.check_readable(key).await?;
        }
        if self.is_stopped_by(guard).await? {
            return Ok(None);
        }
        if absent.len() <= MAX_TOGETHER {
            let missing = self.those_absent(key, &absent).await?;
            let (transaction, conditions) = conditional(&missing, key, &value, condition, guard);
            let text = text_of("put", key, &transaction)?;
            if text.len() <= self.config.max_request {
                let outcome = self.send("put", key, text).await?;
                let others = conditions..conditions + missing.len();
                let came = outcome
                    .refused()
                    .filter(|refused| others.contains(&refused.operation));
                // Where another one has come meanwhile, each has to be looked at by itself.
                if came.is_none() {
                    return written(key, &outcome, conditions);
                }
            }
        }
        put_absent(self, absent).await?;
        self.put_if(key, value, condition, guard).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        let transaction = Transaction::default().present(key).remove(key);
        let outcome = self.carry_out("delete", key, &transaction).await?;
        match outcome.refused() {
            None => Ok(true),
            Some(refused) if refused.operation == 0 => Ok(false),
            Some(refused) => Err(nonsense("delete", key, refused.why.clone())),
        }
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        Ok(self.snapshot("list", prefix).await?.entries)
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        Box::pin(watch::watch(self.clone(), prefix.clone()))
    }

    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId> {
        let subject = "of a time";
        let failed = |why: serde_json::Error| nonsense("grant lease", subject, why);
        let wanted = serde_json::to_vec(&Wanted::of(ttl)).map_err(failed)?;
        let call = Call::put(&["session/create"], wanted);
        let answer = self.ask("grant lease", &subject, call).await?;
        let answer = self.client.good("grant lease", subject, answer)?;
        let granted: Session = read("grant lease", subject, &answer.body)?;
        let lease = session::lease(&granted.id)
            .ok_or_else(|| nonsense("grant lease", subject, "the session has a name of another form"))?;
        self.sessions.keep(lease, granted.id);
        Ok(lease)
    }

    fn lease_ttl(&self, _lease: LeaseId, asked: Duration) -> Duration {
        session::ttl(asked)
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        let subject = lease.number();
        let expired = || Error::new(ErrorKind::LeaseExpired, "keep lease", subject);
        let Some(id) = self.session("keep lease", lease).await? else {
            return Err(expired());
        };
        let path = ["session/renew", &id];
        let answer = self.ask("keep lease", &subject, Call::put(&path, "")).await?;
        if answer.status == StatusCode::NOT_FOUND {
            self.sessions.forget(lease);
            return Err(expired());
        }
        self.client.good("keep lease", subject, answer).map(drop)
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        let subject = lease.number();
        let Some(id) = self.session("revoke lease", lease).await? else {
            return Ok(());
        };
        let path = ["session/destroy", &id];
        let answer = self.ask("revoke lease", &subject, Call::put(&path, "")).await?;
        self.client.good("revoke lease", subject, answer)?;
        self.sessions.forget(lease);
        Ok(())
    }
}
