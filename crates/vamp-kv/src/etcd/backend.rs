//! The operations.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use etcd_client::{
    Client, Compare, CompareOp, ConnectOptions, GetOptions, KeyValue, PutOptions, ResponseHeader, SortOrder,
    SortTarget, Txn, TxnOp, WatchOptions,
};

use super::config::EtcdConfig;
use super::{failure, layout, watch};
use crate::store::{put_absent, whole_seconds};
use crate::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchStream,
};

/// What a request needs beside the value.
const OVERHEAD: usize = 4 * 1024;

/// How many values are written together at most: etcd takes 128 operations in a transaction, those within others included.
const MAX_TOGETHER: usize = 50;

/// The largest answer that is read: a listing may contain many values, and so may a watch that was behind.
const MAX_ANSWER: usize = 256 * 1024 * 1024;

/// A connection to etcd; clones share it.
#[derive(Clone)]
pub struct EtcdStore {
    client: Client,
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
    /// Prepares the connection. The servers need not be there yet.
    ///
    /// # Errors
    /// An address is not well-formed, or asks for TLS, which this version does not speak with etcd.
    pub async fn connect(config: EtcdConfig) -> Result<Self> {
        let wrong = |reason: String| {
            Error::new(
                ErrorKind::Configuration,
                "connect to etcd at",
                config.endpoints.join(","),
            )
            .because(reason)
        };
        if config.endpoints.is_empty() {
            return Err(wrong("no address is given".to_owned()));
        }
        if config
            .endpoints
            .iter()
            .any(|endpoint| endpoint.starts_with("https:"))
        {
            return Err(wrong("TLS is not supported for etcd".to_owned()));
        }
        let options = ConnectOptions::new()
            .with_connect_timeout(config.connect_timeout)
            .with_keep_alive(config.probe_interval, config.probe_timeout)
            .with_keep_alive_while_idle(true)
            // A member that is cut off from the others ends its watches instead of keeping silent.
            .with_require_leader(true);
        let client = Client::connect(&config.endpoints, Some(options))
            .await
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self { client, config })
    }

    /// Bounds a call; the library's own limit ends with the headers of an answer.
    async fn bounded<T>(
        &self,
        operation: &'static str,
        subject: impl std::fmt::Display,
        call: impl Future<Output = std::result::Result<T, etcd_client::Error>>,
    ) -> Result<T> {
        match tokio::time::timeout(self.config.call_timeout, call).await {
            Ok(answer) => answer.map_err(|error| self.failure(operation, subject, error)),
            Err(_) => {
                let limit = self.config.call_timeout;
                Err(Error::new(ErrorKind::Unavailable, operation, subject)
                    .because(format!("no answer within {limit:?}")))
            }
        }
    }

    /// What the library reports as an error of ours.
    pub(super) fn failure(
        &self,
        operation: &'static str,
        subject: impl std::fmt::Display,
        error: etcd_client::Error,
    ) -> Error {
        Error::new(failure::kind(&error, self.config.max_request), operation, subject).because(error)
    }

    fn check_size(&self, operation: &'static str, key: &Key, value: &Bytes) -> Result<()> {
        let limit = self.config.max_request.saturating_sub(OVERHEAD);
        if value.len() > limit {
            return Err(Error::new(ErrorKind::TooLarge { limit }, operation, key));
        }
        Ok(())
    }

    /// Carries out a transaction that writes `key`, and returns the version it gave it if it found what it had to.
    async fn carry_out(&self, key: &Key, transaction: Txn) -> Result<Option<Version>> {
        let mut client = self.client.clone();
        let answer = self.bounded("put", key, client.txn(transaction)).await?;
        Ok(answer.succeeded().then(|| version(revision(answer.header()))))
    }

    /// Everything at and below a key, with the revision at which that is true.
    pub(super) async fn snapshot(&self, prefix: &Key) -> Result<(Vec<Entry>, i64)> {
        let mut client = self.client.kv_client().max_decoding_message_size(MAX_ANSWER);
        let options = GetOptions::new()
            .with_prefix()
            .with_sort(SortTarget::Key, SortOrder::Ascend);
        let answer = self
            .bounded("list", prefix, client.get(layout::prefix(prefix), Some(options)))
            .await?;
        let revision = revision(answer.header());
        Ok((answer.kvs().iter().filter_map(entry).collect(), revision))
    }

    /// Opens a watch of everything at and below a key from a revision on, and waits until the server has confirmed it.
    pub(super) async fn follow(&self, prefix: &Key, from: i64) -> Result<etcd_client::WatchStream> {
        let options = WatchOptions::new().with_prefix().with_start_revision(from);
        let mut client = self.client.watch_client().max_decoding_message_size(MAX_ANSWER);
        let opened = async {
            let mut following = client.watch(layout::prefix(prefix), Some(options)).await?;
            let first = following.message().await?;
            Ok((first, following))
        };
        let (first, following) = self.bounded("watch", prefix, opened).await?;
        let refused = match first {
            Some(answer) if answer.created() && !answer.canceled() => return Ok(following),
            Some(answer) => format!("the server refused the watch: {}", answer.cancel_reason()),
            None => "the stream ended".to_owned(),
        };
        Err(Error::new(ErrorKind::Unavailable, "watch", prefix).because(refused))
    }
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
    let guard = guard.map(|guard| is(&guard.key, guard.version));
    std::iter::once(condition).chain(guard).collect()
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
        let mut client = self.client.clone();
        let answer = self
            .bounded("get", key, client.get(layout::physical(key), None))
            .await?;
        Ok(answer.kvs().first().and_then(entry))
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        self.check_size("put", key, &value)?;
        let mut client = self.client.clone();
        let options = lease.map(|lease| PutOptions::new().with_lease(lease.number()));
        let answer = self
            .bounded("put", key, client.put(layout::physical(key), value, options))
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
        self.check_size("put", key, &value)?;
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
            self.check_size("put", key, value)?;
        }
        self.check_size("put", key, &value)?;
        let sizes = absent.iter().map(|(key, value)| key.as_str().len() + value.len());
        let size = sizes.sum::<usize>() + value.len();
        let fits = size <= self.config.max_request.saturating_sub(OVERHEAD) && absent.len() <= MAX_TOGETHER;
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
        let mut client = self.client.clone();
        let answer = self
            .bounded("delete", key, client.delete(layout::physical(key), None))
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
        let mut client = self.client.clone();
        let answer = self
            .bounded("grant lease", "of a time", client.lease_grant(seconds, None))
            .await?;
        Ok(LeaseId::from_number(answer.id()))
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        let mut client = self.client.clone();
        // The library sends the first request by itself, waits for its answer and reads the time to live in it.
        self.bounded(
            "keep lease",
            lease.number(),
            client.lease_keep_alive(lease.number()),
        )
        .await
        .map(drop)
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        let mut client = self.client.clone();
        match self
            .bounded(
                "revoke lease",
                lease.number(),
                client.lease_revoke(lease.number()),
            )
            .await
        {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::LeaseExpired => Ok(()),
            Err(error) => Err(error),
        }
    }
}
