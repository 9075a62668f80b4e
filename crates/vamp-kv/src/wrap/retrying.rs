//! Trying again what an outage broke off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use vamp_io::retry::{Retry, retry};

use crate::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchStream,
};

/// A store whose calls are tried again, with jittered pauses, where the failure is temporary.
///
/// - `get`, `list`, `keep_lease` and `revoke_lease` mean the same however often they are made.
/// - `put` may write twice, under two versions, and the second time over what somebody else wrote in between.
/// - `delete` tells `true` when an earlier try may have removed the key, and may remove what somebody else wrote in between.
/// - `put_if` and `put_with` are read back after a try of unknown outcome. When the value is ours and of another version than the
///   condition's, it is written. When the condition still holds, it is tried again. When something else is there, nobody can know
///   whether ours was there before it: that is a [`Conflict`](ErrorKind::Conflict), upon which a caller reads, as after any other.
///   So values that several writers write have to differ by writer; and under [`Condition::Absent`] a value that was written
///   and that somebody removed before it was read back is written again.
/// - `grant_lease` is made once: a lease whose number nobody learned ends by itself.
/// - Watches begin anew by themselves already.
///
/// When the time is over, the last failure is returned, and what was said of it in [`KeyValueStore`] holds.
#[derive(Debug)]
pub struct Retrying {
    inner: Arc<dyn KeyValueStore>,
    retry: Retry,
}

/// What is there after a conditional write of unknown outcome.
enum ReadBack {
    /// Our value, of this version.
    Ours(Version),
    /// What the condition asks for.
    AsBefore,
    /// Something else.
    Other,
}

impl Retrying {
    /// `inner`, tried as `retry` says.
    #[must_use]
    pub fn new(inner: Arc<dyn KeyValueStore>, retry: Retry) -> Self {
        Self { inner, retry }
    }

    async fn read_back(&self, key: &Key, value: &Bytes, condition: Condition) -> Result<ReadBack> {
        Ok(match (self.inner.get(key).await?, condition) {
            (None, Condition::Absent) => ReadBack::AsBefore,
            (Some(entry), Condition::Version(version)) if entry.version == version => ReadBack::AsBefore,
            (Some(entry), _) if entry.value == *value => ReadBack::Ours(entry.version),
            _ => ReadBack::Other,
        })
    }

    /// Makes a conditional write; `attempt` makes one try.
    async fn conditional<Answer>(
        &self,
        key: &Key,
        value: &Bytes,
        condition: Condition,
        attempt: impl Fn() -> Answer + Sync,
    ) -> Result<Option<Version>>
    where
        Answer: Future<Output = Result<Option<Version>>> + Send,
    {
        let unknown = &AtomicBool::new(false);
        let attempt = &attempt;
        let conflict = || Error::new(ErrorKind::Conflict, "put if", key);
        // The outer result is for trying again, the inner one is final.
        let final_answer = retry(self.retry.clone(), || async move {
            if unknown.load(Ordering::Relaxed) {
                match self.read_back(key, value, condition).await? {
                    ReadBack::Ours(version) => return Ok(Ok(Some(version))),
                    ReadBack::Other => return Ok(Err(conflict())),
                    ReadBack::AsBefore => {}
                }
            }
            match attempt().await {
                Err(error) if error.kind() == ErrorKind::Unavailable => {
                    unknown.store(true, Ordering::Relaxed);
                    Err(error)
                }
                // An earlier try may have come through after it was read back, and may be what stands in the way.
                Ok(None) if unknown.load(Ordering::Relaxed) => {
                    Ok(match self.read_back(key, value, condition).await? {
                        ReadBack::Ours(version) => Ok(Some(version)),
                        ReadBack::AsBefore => Ok(None),
                        ReadBack::Other => Err(conflict()),
                    })
                }
                answer => Ok(answer),
            }
        });
        final_answer.await?
    }
}

#[async_trait]
impl KeyValueStore for Retrying {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        retry(self.retry.clone(), || self.inner.get(key)).await
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        retry(self.retry.clone(), || self.inner.put(key, value.clone(), lease)).await
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        let attempt = || self.inner.put_if(key, value.clone(), condition, guard);
        self.conditional(key, &value, condition, attempt).await
    }

    async fn put_with(
        &self,
        absent: Vec<(Key, Bytes)>,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        let attempt = || {
            self.inner
                .put_with(absent.clone(), key, value.clone(), condition, guard)
        };
        self.conditional(key, &value, condition, attempt).await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        let unknown = &AtomicBool::new(false);
        let there = retry(self.retry.clone(), || async move {
            let answer = self.inner.delete(key).await;
            if answer.is_err() {
                unknown.store(true, Ordering::Relaxed);
            }
            answer
        });
        Ok(there.await? || unknown.load(Ordering::Relaxed))
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        retry(self.retry.clone(), || self.inner.list(prefix)).await
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        self.inner.watch(prefix)
    }

    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId> {
        self.inner.grant_lease(ttl).await
    }

    fn lease_ttl(&self, lease: LeaseId, asked: Duration) -> Duration {
        self.inner.lease_ttl(lease, asked)
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        retry(self.retry.clone(), || self.inner.keep_lease(lease)).await
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        retry(self.retry.clone(), || self.inner.revoke_lease(lease)).await
    }
}
