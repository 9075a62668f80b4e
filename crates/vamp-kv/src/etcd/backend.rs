//! The operations.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use etcd_client::{
    Client, Compare, CompareOp, GetOptions, KeyValue, PutOptions, ResponseHeader, SortOrder, SortTarget, Txn,
    TxnOp, WatchOptions,
};

use super::config::EtcdConfig;
use super::members::Members;
use super::{failure, layout, watch};
use crate::store::{put_absent, whole_seconds};
use crate::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchStream,
};

/// What a request needs beside the value.
const OVERHEAD: usize = 4 * 1024;

/// What a request needs around each key.
const FRAME: usize = 64;

/// How many values are written together at most: etcd takes 128 operations in a transaction, those within others included.
const MAX_TOGETHER: usize = 50;

/// The largest answer that is read, far above the 4 MiB of the library: a listing may contain many values, and so may a watch that was
/// behind.
const MAX_ANSWER: usize = 256 * 1024 * 1024;

/// A connection to etcd; clones share it.
#[derive(Clone)]
pub struct EtcdStore {
    members: Arc<Members>,
    config: EtcdConfig,
}

impl std::fmt::Debug for EtcdStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EtcdStore")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl EtcdStore {
    /// Prepares the connection. The servers need not be there yet; a user logs in with the first call.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration): an address is not well-formed, a file for TLS cannot be read or is none, or user and
    /// password do not come together.
    pub async fn connect(config: EtcdConfig) -> Result<Self> {
        let members = Arc::new(Members::prepare(&config).await?);
        Ok(Self { members, config })
    }

    /// Asks a member, within the time of a call; the library's own limit ends with the headers of an answer.
    async fn bounded<T, Answer>(
        &self,
        operation: &'static str,
        subject: impl std::fmt::Display,
        call: impl Fn(Client) -> Answer,
    ) -> Result<T>
    where
        Answer: Future<Output = std::result::Result<T, etcd_client::Error>>,
    {
        let (answer, _) = self.bounded_at(operation, subject, call).await?;
        Ok(answer)
    }

    /// As [`bounded`](Self::bounded), with the place of the member that has answered.
    async fn bounded_at<T, Answer>(
        &self,
        operation: &'static str,
        subject: impl std::fmt::Display,
        call: impl Fn(Client) -> Answer,
    ) -> Result<(T, usize)>
    where
        Answer: Future<Output = std::result::Result<T, etcd_client::Error>>,
    {
        let limit = self.config.call_timeout;
        let asked = self.members.ask(limit, call).await;
        match asked.outcome {
            Ok(Ok(answer)) => Ok((answer, asked.place)),
            Ok(Err(error)) => Err(self.failure(operation, subject, &error, asked.place)),
            Err(_) => {
                self.members.leave(asked.place);
                Err(Error::new(ErrorKind::Unavailable, operation, subject)
                    .because(format!("no answer within {limit:?}")))
            }
        }
    }

    /// What the library reports of the member at this place as an error of ours. One that is not available is not asked again soon.
    pub(super) fn failure(
        &self,
        operation: &'static str,
        subject: impl std::fmt::Display,
        error: &etcd_client::Error,
        place: usize,
    ) -> Error {
        let kind = failure::kind(error, self.config.max_request);
        if kind == ErrorKind::Unavailable {
            self.members.leave(place);
        }
        Error::new(kind, operation, subject).because(failure::told(error))
    }

    /// Refuses what would not fit into a request with its key, which a comparison carries once more, and the key of a guard.
    fn check_size(&self, key: &Key, value: &Bytes, guard: Option<&Guard>) -> Result<()> {
        let keys = carried(key, 0) + guard.map_or(0, carried_by);
        let limit = self.config.max_request.saturating_sub(keys.max(OVERHEAD));
        if value.len() > limit {
            return Err(Error::new(ErrorKind::TooLarge { limit }, "put", key));
        }
        Ok(())
    }

    /// Carries out a transaction that writes `key`, and returns the version it gave it if it found what it had to.
    async fn carry_out(&self, key: &Key, transaction: Txn) -> Result<Option<Version>> {
        let answer = self
            .bounded("put", key, |mut client| {
                let transaction = transaction.clone();
                async move { client.txn(transaction).await }
            })
            .await?;
        Ok(answer.succeeded().then(|| version(revision(answer.header()))))
    }

    /// Everything at and below a key, with the revision at which that is true.
    pub(super) async fn snapshot(&self, prefix: &Key) -> Result<(Vec<Entry>, i64)> {
        let options = GetOptions::new()
            .with_prefix()
            .with_sort(SortTarget::Key, SortOrder::Ascend);
        let answer = self
            .bounded("list", prefix, |client| {
                let mut client = client.kv_client().max_decoding_message_size(MAX_ANSWER);
                let options = options.clone();
                async move { client.get(layout::prefix(prefix), Some(options)).await }
            })
            .await?;
        let revision = revision(answer.header());
        Ok((answer.kvs().iter().filter_map(entry).collect(), revision))
    }

    /// Whether the server has the history in which an entry was there at a revision, and which has come to `least`. What was compacted away
    /// is no longer had.
    pub(super) async fn was_there(&self, entry: &Entry, at: i64, least: i64) -> Result<bool> {
        let answer = self
            .bounded("watch", &entry.key, |client| {
                let mut client = client.kv_client().max_decoding_message_size(MAX_ANSWER);
                let options = GetOptions::new().with_revision(at);
                async move {
                    match client.get(layout::physical(&entry.key), Some(options)).await {
                        Ok(answer) => Ok(Some(answer)),
                        Err(error) if failure::has_no_such_revision(&error) => Ok(None),
                        Err(error) => Err(error),
                    }
                }
            })
            .await?;
        Ok(answer.is_some_and(|answer| {
            revision(answer.header()) >= least
                && answer.kvs().first().and_then(self::entry).as_ref() == Some(entry)
        }))
    }

    /// Ends with a failure when the member of a watch no longer answers. It is asked for what costs it least, on the connection of the watch;
    /// any answer will do, also that this is not allowed.
    pub(super) async fn silence(&self, prefix: &Key, place: usize) -> Error {
        let limit = self.config.probe_timeout;
        loop {
            tokio::time::sleep(self.config.probe_interval).await;
            let mut client = self.members.client_at(place);
            let options = GetOptions::new().with_keys_only().with_serializable();
            let question = client.get(layout::physical(prefix), Some(options));
            match tokio::time::timeout(limit, question).await {
                Ok(Err(error)) if failure::kind(&error, 0) == ErrorKind::Unavailable => {
                    return self.failure("watch", prefix, &error, place);
                }
                Ok(_) => {}
                Err(_) => {
                    self.members.leave(place);
                    return Error::new(ErrorKind::Unavailable, "watch", prefix)
                        .because(format!("no answer to a probe within {limit:?}"));
                }
            }
        }
    }

    /// Opens a watch of everything at and below a key from a revision on, and waits until the server has confirmed it.
    pub(super) async fn follow(&self, prefix: &Key, from: i64) -> Result<Following> {
        let options = WatchOptions::new().with_prefix().with_start_revision(from);
        let opened = |client: Client| {
            let mut client = client.watch_client().max_decoding_message_size(MAX_ANSWER);
            let options = options.clone();
            async move {
                let mut stream = client.watch(layout::prefix(prefix), Some(options)).await?;
                let first = stream.message().await?;
                Ok((first, stream))
            }
        };
        let ((first, stream), place) = self.bounded_at("watch", prefix, opened).await?;
        let refused = match first {
            Some(answer) if answer.created() && !answer.canceled() => {
                return Ok(Following { stream, place });
            }
            Some(answer) => format!("the server refused the watch: {}", answer.cancel_reason()),
            None => "the stream ended".to_owned(),
        };
        Err(Error::new(ErrorKind::Unavailable, "watch", prefix).because(refused))
    }
}

/// A watch that goes on.
pub(super) struct Following {
    pub(super) stream: etcd_client::WatchStream,
    /// The place of the member that it asks.
    pub(super) place: usize,
}

/// The bytes of a request that a conditional write of a value of this size takes: it names its key twice.
fn carried(key: &Key, size: usize) -> usize {
    2 * (layout::physical(key).len() + FRAME) + size
}

/// The same of a guard: its key is named once for its version and once for its value.
fn carried_by(guard: &Guard) -> usize {
    carried(&guard.key, guard.value.as_ref().map_or(0, Bytes::len))
}

/// What a transaction has to find for a write to happen.
fn compares(key: &Key, condition: Condition, guard: Option<&Guard>) -> Vec<Compare> {
    let is = |key: &Key, version: Version| {
        let revision = i64::try_from(version.number()).unwrap_or(i64::MAX);
        Compare::mod_revision(layout::physical(key), CompareOp::Equal, revision)
    };
    let condition = match condition {
        // A key that is not there has the modification revision 0.
        Condition::Absent => is(key, Version::from_number(0)),
        Condition::Version(version) => is(key, version),
    };
    let guarded = guard.map(|guard| is(&guard.key, guard.version));
    let same = guard.and_then(|guard| {
        let value = guard.value.as_ref()?;
        Some(Compare::value(
            layout::physical(&guard.key),
            CompareOp::Equal,
            value.to_vec(),
        ))
    });
    std::iter::once(condition).chain(guarded).chain(same).collect()
}

/// The revision in the header of an answer.
pub(super) fn revision(header: Option<&ResponseHeader>) -> i64 {
    header.map_or(0, ResponseHeader::revision)
}

fn version(revision: i64) -> Version {
    Version::from_number(u64::try_from(revision).unwrap_or_default())
}

/// What etcd holds, unless somebody else put it there.
pub(super) fn entry(kv: &KeyValue) -> Option<Entry> {
    let key = layout::logical(kv.key())?;
    Some(Entry {
        key,
        value: Bytes::copy_from_slice(kv.value()),
        version: version(kv.mod_revision()),
    })
}

#[async_trait]
impl KeyValueStore for EtcdStore {
    fn name(&self) -> &'static str {
        "etcd"
    }

    fn capabilities(&self) -> Capabilities {
        let max_value = Some(self.config.max_request.saturating_sub(OVERHEAD));
        Capabilities {
            max_value,
            guard: true,
            lease: true,
            durable: true,
            every_change: true,
        }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        let answer = self
            .bounded("get", key, |client| {
                let mut client = client.kv_client().max_decoding_message_size(MAX_ANSWER);
                async move { client.get(layout::physical(key), None).await }
            })
            .await?;
        Ok(answer.kvs().first().and_then(entry))
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        self.check_size(key, &value, None)?;
        let answer = self
            .bounded("put", key, |mut client| {
                let value = value.clone();
                let options = lease.map(|lease| PutOptions::new().with_lease(lease.number()));
                async move { client.put(layout::physical(key), value, options).await }
            })
            .await?;
        Ok(version(revision(answer.header())))
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        self.check_size(key, &value, guard)?;
        let transaction = Txn::new()
            .when(compares(key, condition, guard))
            .and_then([TxnOp::put(layout::physical(key), value, None)]);
        self.carry_out(key, transaction).await
    }

    async fn put_with(
        &self,
        absent: Vec<(Key, Bytes)>,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        for (key, value) in &absent {
            self.check_size(key, value, None)?;
        }
        self.check_size(key, &value, guard)?;
        let pieces = absent.iter().map(|(key, value)| carried(key, value.len()));
        let guarded = guard.map_or(0, carried_by);
        let size = pieces.sum::<usize>() + carried(key, value.len()) + guarded;
        let fits = size <= self.config.max_request && absent.len() <= MAX_TOGETHER;
        if !fits {
            put_absent(self, absent).await?;
            return self.put_if(key, value, condition, guard).await;
        }
        let mut writes: Vec<TxnOp> = absent
            .into_iter()
            .map(|(key, value)| {
                let write = TxnOp::put(layout::physical(&key), value, None);
                let absent = compares(&key, Condition::Absent, None);
                TxnOp::txn(Txn::new().when(absent).and_then([write]))
            })
            .collect();
        writes.push(TxnOp::put(layout::physical(key), value, None));
        let transaction = Txn::new().when(compares(key, condition, guard)).and_then(writes);
        self.carry_out(key, transaction).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        let answer = self
            .bounded("delete", key, |mut client| async move {
                client.delete(layout::physical(key), None).await
            })
            .await?;
        Ok(answer.deleted() > 0)
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        let (mut entries, _) = self.snapshot(prefix).await?;
        entries.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(entries)
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        Box::pin(watch::watch(self.clone(), prefix.clone()))
    }

    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId> {
        let seconds = i64::try_from(whole_seconds(ttl).as_secs()).unwrap_or(i64::MAX);
        let answer = self
            .bounded("grant lease", "of a time", |mut client| async move {
                client.lease_grant(seconds, None).await
            })
            .await?;
        Ok(LeaseId::from_number(answer.id()))
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        // The library sends the first request by itself, waits for its answer and reads the time to live in it.
        self.bounded("keep lease", lease.number(), |mut client| async move {
            client.lease_keep_alive(lease.number()).await
        })
        .await
        .map(drop)
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        let revoked = self.bounded("revoke lease", lease.number(), |mut client| async move {
            client.lease_revoke(lease.number()).await
        });
        match revoked.await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::LeaseExpired => Ok(()),
            Err(error) => Err(error),
        }
    }
}
