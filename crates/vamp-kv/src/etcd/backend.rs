use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use etcd_client::{
    Client, Compare, CompareOp, ConnectOptions, GetOptions, KeyValue, PutOptions, ResponseHeader, SortOrder, SortTarget, Txn, TxnOp,
};

use super::config::EtcdConfig;
use super::{layout, watch};
use crate::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version, WatchStream,
};

/// What a request needs beside the value.
const OVERHEAD: usize = 4 * 1024;

/// The largest answer that is read: a listing may contain many values.
const MAX_ANSWER: usize = 256 * 1024 * 1024;

/// A connection to etcd; clones share it.
#[derive(Clone)]
pub struct EtcdStore {
    client: Client,
    config: EtcdConfig,
}

impl std::fmt::Debug for EtcdStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EtcdStore").field("config", &self.config).finish_non_exhaustive()
    }
}

impl EtcdStore {
    /// Prepares the connection. The servers need not be there yet.
    ///
    /// # Errors
    /// An address is not well-formed, or asks for TLS, which this version does not speak with etcd.
    pub async fn connect(config: EtcdConfig) -> Result<Self> {
        let wrong = |reason: String| {
            Error::new(ErrorKind::Configuration, "connect to etcd at", config.endpoints.join(",")).because(reason)
        };
        if config.endpoints.is_empty() {
            return Err(wrong("no address is given".to_owned()));
        }
        if config.endpoints.iter().any(|endpoint| endpoint.starts_with("https:")) {
            return Err(wrong("TLS is not supported for etcd".to_owned()));
        }
        let options = ConnectOptions::new()
            .with_connect_timeout(config.connect_timeout)
            .with_timeout(config.call_timeout)
            .with_keep_alive(config.probe_interval, config.probe_timeout)
            .with_keep_alive_while_idle(true);
        let client = Client::connect(&config.endpoints, Some(options)).await.map_err(|error| wrong(error.to_string()))?;
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
            Ok(answer) => answer.map_err(|error| failure(operation, subject, error, self.config.max_request)),
            Err(_) => {
                let limit = self.config.call_timeout;
                Err(Error::new(ErrorKind::Unavailable, operation, subject).because(format!("no answer within {limit:?}")))
            }
        }
    }

    fn check_size(&self, operation: &'static str, key: &Key, value: &Bytes) -> Result<()> {
        let limit = self.config.max_request.saturating_sub(OVERHEAD);
        if value.len() > limit {
            return Err(Error::new(ErrorKind::TooLarge { limit }, operation, key));
        }
        Ok(())
    }

    /// Everything at and below a key, with the revision at which that is true.
    pub(super) async fn snapshot(&self, prefix: &Key) -> Result<(Vec<Entry>, i64)> {
        let mut client = self.client.kv_client().max_decoding_message_size(MAX_ANSWER);
        let options = GetOptions::new().with_prefix().with_sort(SortTarget::Key, SortOrder::Ascend);
        let answer = self.bounded("list", prefix, client.get(layout::prefix(prefix), Some(options))).await?;
        let revision = revision(answer.header());
        Ok((answer.kvs().iter().filter_map(entry).collect(), revision))
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    pub(super) fn call_timeout(&self) -> Duration {
        self.config.call_timeout
    }
}

/// The revision in the header of an answer.
pub(super) fn revision(header: Option<&ResponseHeader>) -> i64 {
    header.map_or(0, ResponseHeader::revision)
}

fn version(revision: i64) -> Version {
    Version(u64::try_from(revision).unwrap_or_default())
}

/// What etcd holds, unless somebody else put it there.
pub(super) fn entry(kv: &KeyValue) -> Option<Entry> {
    let key = layout::logical(kv.key())?;
    Some(Entry { key, value: Bytes::copy_from_slice(kv.value()), version: version(kv.mod_revision()) })
}

/// The words of etcd as one of our kinds.
pub(super) fn failure(
    operation: &'static str,
    subject: impl std::fmt::Display,
    error: etcd_client::Error,
    max_request: usize,
) -> Error {
    let kind = match &error {
        etcd_client::Error::GRpcStatus(status) => {
            let said = status.message();
            // The codes of gRPC: 3 invalid argument, 5 not found, 7 permission denied, 16 unauthenticated.
            match status.code() as i32 {
                5 if said.contains("lease") => ErrorKind::LeaseExpired,
                3 if said.contains("too large") => ErrorKind::TooLarge { limit: max_request },
                7 | 16 => ErrorKind::Denied,
                _ => ErrorKind::Unavailable,
            }
        }
        etcd_client::Error::InvalidArgs(_) | etcd_client::Error::InvalidUri(_) => ErrorKind::Configuration,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, operation, subject).because(error)
}

#[async_trait]
impl KeyValueStore for EtcdStore {
    fn name(&self) -> &'static str {
        "etcd"
    }

    fn capabilities(&self) -> Capabilities {
        let max_value = Some(self.config.max_request.saturating_sub(OVERHEAD));
        Capabilities { max_value, guard: true, lease: true, durable: true }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        let mut client = self.client.clone();
        let answer = self.bounded("get", key, client.get(layout::physical(key), None)).await?;
        Ok(answer.kvs().first().and_then(entry))
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        self.check_size("put", key, &value)?;
        let mut client = self.client.clone();
        let options = lease.map(|lease| PutOptions::new().with_lease(lease.0));
        let answer = self.bounded("put", key, client.put(layout::physical(key), value, options)).await?;
        Ok(version(revision(answer.header())))
    }

    async fn put_if(&self, key: &Key, value: Bytes, condition: Condition, guard: Option<&Guard>) -> Result<Option<Version>> {
        self.check_size("put", key, &value)?;
        let is = |key: &Key, version: Version| {
            let revision = i64::try_from(version.0).unwrap_or(i64::MAX);
            Compare::mod_revision(layout::physical(key), CompareOp::Equal, revision)
        };
        let mut compares = vec![match condition {
            // A key that is not there has the modification revision 0.
            Condition::Absent => is(key, Version(0)),
            Condition::Version(version) => is(key, version),
        }];
        compares.extend(guard.map(|guard| is(&guard.key, guard.version)));
        let write = TxnOp::put(layout::physical(key), value, None);
        let mut client = self.client.clone();
        let answer = self.bounded("put", key, client.txn(Txn::new().when(compares).and_then([write]))).await?;
        Ok(answer.succeeded().then(|| version(revision(answer.header()))))
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        let mut client = self.client.clone();
        let answer = self.bounded("delete", key, client.delete(layout::physical(key), None)).await?;
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
        let seconds = i64::try_from(ttl.as_secs().max(1)).unwrap_or(i64::MAX);
        let mut client = self.client.clone();
        let answer = self.bounded("grant lease", "", client.lease_grant(seconds, None)).await?;
        Ok(LeaseId(answer.id()))
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        let mut client = self.client.clone();
        let kept = async {
            let (mut keeper, mut answers) = client.lease_keep_alive(lease.0).await?;
            keeper.keep_alive().await?;
            answers.message().await
        };
        let answer = match self.bounded("keep lease", lease.0, kept).await {
            Ok(answer) => answer,
            // The library answers an expired lease with an error of its own.
            Err(error) if error.to_string().contains("lease not found") => {
                return Err(Error::new(ErrorKind::LeaseExpired, "keep lease", lease.0));
            }
            Err(error) => return Err(error),
        };
        match answer {
            Some(answer) if answer.ttl() > 0 => Ok(()),
            Some(_) => Err(Error::new(ErrorKind::LeaseExpired, "keep lease", lease.0)),
            None => Err(Error::new(ErrorKind::Unavailable, "keep lease", lease.0).because("the stream ended")),
        }
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        let mut client = self.client.clone();
        match self.bounded("revoke lease", lease.0, client.lease_revoke(lease.0)).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::LeaseExpired => Ok(()),
            Err(error) => Err(error),
        }
    }
}
