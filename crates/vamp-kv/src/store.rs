//! The trait that every store implements.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};

use crate::{Key, Result};

/// Which change made a value; only to be compared for equality. A version is never given twice to one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(u64);

impl Version {
    /// The version that a store numbers so. For those who write a store.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number that the store gave it.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// A lease, as its store knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseId(i64);

impl LeaseId {
    /// The lease that a store numbers so. For those who write a store.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The number that the store gave it.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value; never altered on its way.
    pub value: Bytes,
    /// Which change made it.
    pub version: Version,
}

/// What must hold for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The key has no value.
    Absent,
    /// The value is of this version.
    Version(Version),
}

/// Another key that must be of a version for a write to happen: a lease on leadership that must still be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The key.
    pub key: Key,
    /// The version that it must have.
    pub version: Version,
    /// The value that it must have, too; none where the version is enough. A store that has lost its data gives its versions anew, and a
    /// value that is like no other tells.
    pub value: Option<Bytes>,
}

impl Guard {
    /// This key must be of this version, whatever its value.
    #[must_use]
    pub const fn new(key: Key, version: Version) -> Self {
        Self {
            key,
            version,
            value: None,
        }
    }

    /// The same value must be there, too.
    #[must_use]
    pub fn with_value(self, value: Bytes) -> Self {
        Self {
            value: Some(value),
            ..self
        }
    }

    /// Whether it holds when this is what its key has.
    #[must_use]
    pub fn holds(&self, found: Option<&Entry>) -> bool {
        found.is_some_and(|entry| {
            entry.version == self.version && self.value.as_ref().is_none_or(|value| *value == entry.value)
        })
    }
}

/// What a store can do beyond the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The largest value in bytes; none where only memory limits it.
    pub max_value: Option<usize>,
    /// Whether a write can depend on a second key.
    pub guard: bool,
    /// Whether keys can be bound to leases.
    pub lease: bool,
    /// Whether values are still there after the store was restarted.
    pub durable: bool,
    /// Whether a watch that is read promptly tells each change. Others leave out what was overwritten before it was told,
    /// and tell changes of different keys in any order; the last one is told by all.
    pub every_change: bool,
}

/// What a watch tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEvent {
    /// A fresh listing begins. What is not in it when it is complete is gone.
    ListingStarted,
    /// A key of the listing.
    Item(Entry),
    /// The listing is complete; from here on changes come one by one.
    ListingComplete,
    /// A key was written.
    Put(Entry),
    /// A key is gone.
    Deleted(Key),
    /// An outage is over and nothing is lost: what was told before it holds, and the changes since then follow one by one.
    Resumed,
}

/// A watch that never ends by itself. An error tells of an outage. When it is over, [`Resumed`](WatchEvent::Resumed) follows, or a
/// fresh listing where the store has forgotten what has changed since; never an older value of a key after a newer one.
pub type WatchStream = BoxStream<'static, Result<WatchEvent>>;

/// A key-value store.
///
/// Every call has a time limit of its own. An outage is an error of kind [`Unavailable`](crate::ErrorKind::Unavailable),
/// never an empty answer.
#[async_trait]
pub trait KeyValueStore: Debug + Send + Sync {
    /// What people call the store: `etcd`, `memory`.
    fn name(&self) -> &'static str;

    /// What the store can do.
    fn capabilities(&self) -> Capabilities;

    /// The value of a key, if it has one.
    async fn get(&self, key: &Key) -> Result<Option<Entry>>;

    /// Writes a value, bound to a lease if one is given, whatever was there. A key that was bound to a lease and is written
    /// without one is bound no longer.
    ///
    /// # Errors
    /// [`TooLarge`](crate::ErrorKind::TooLarge) before anything is sent, when the value is larger than
    /// [`Capabilities::max_value`]; [`LeaseExpired`](crate::ErrorKind::LeaseExpired).
    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version>;

    /// Writes a value when the condition holds, and the guard if one is given; nothing is returned, and nothing written,
    /// when it does not.
    ///
    /// # Errors
    /// As [`put`](Self::put). After [`Unavailable`](crate::ErrorKind::Unavailable) the value may be written or not: read it
    /// before trying again.
    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>>;

    /// Writes the values that are absent, each under its key, and then the one of `key` as [`put_if`](Self::put_if) does. Whoever reads
    /// or is told the last value finds the others. When the condition or the guard does not hold, the others may be written or not.
    ///
    /// A store that can does it in one step, which is one flush to its disk in place of two; others do one after the other.
    ///
    /// # Errors
    /// As [`put_if`](Self::put_if).
    async fn put_with(
        &self,
        absent: Vec<(Key, Bytes)>,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        put_absent(self, absent).await?;
        self.put_if(key, value, condition, guard).await
    }

    /// Removes a key; says whether it was there.
    async fn delete(&self, key: &Key) -> Result<bool>;

    /// The key itself, if it has a value, and everything below it, in the order of the keys; all as of one moment.
    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>>;

    /// Watches the key itself and everything below it. Nothing is asked of the store before the stream is polled.
    fn watch(&self, prefix: &Key) -> WatchStream;

    /// A lease that ends when it is not kept for as long as `ttl`: whole seconds, rounded up, at least one and at most
    /// 9,000,000,000 (285 years, as much as etcd takes). A store may grant more than it was asked for; one that grants less says so in
    /// [`lease_ttl`](Self::lease_ttl).
    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId>;

    /// For how long nobody else ends a lease that was asked to live for `asked`, from when it was granted or kept last: less than that
    /// where the servers allow no more. Nothing is asked of the store. Whoever relies on a lease by the own clock counts with this.
    fn lease_ttl(&self, _lease: LeaseId, asked: Duration) -> Duration {
        whole_seconds(asked)
    }

    /// Keeps a lease for another time to live.
    ///
    /// # Errors
    /// [`LeaseExpired`](crate::ErrorKind::LeaseExpired): its keys are gone, and a new one is needed.
    async fn keep_lease(&self, lease: LeaseId) -> Result<()>;

    /// Ends a lease: its keys are gone at once. To end one that has expired is no error.
    async fn revoke_lease(&self, lease: LeaseId) -> Result<()>;
}

/// How many values are on their way at once.
const AT_ONCE: usize = 8;

/// Writes the values that are absent, several at once.
pub(crate) async fn put_absent<S>(store: &S, values: Vec<(Key, Bytes)>) -> Result<()>
where
    S: KeyValueStore + ?Sized,
{
    futures::stream::iter(values)
        .map(Ok)
        .try_for_each_concurrent(AT_ONCE, |(key, value)| async move {
            store.put_if(&key, value, Condition::Absent, None).await.map(drop)
        })
        .await
}

/// The longest time to live, in seconds: that of etcd.
const LONGEST_TTL: u64 = 9_000_000_000;

/// A time to live as stores count it: whole seconds, rounded up, at least one, at most [`LONGEST_TTL`].
pub(crate) fn whole_seconds(ttl: Duration) -> Duration {
    let seconds = ttl.as_secs().saturating_add(u64::from(ttl.subsec_nanos() > 0));
    Duration::from_secs(seconds.clamp(1, LONGEST_TTL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_live_is_whole_seconds_within_bounds() {
        let cases = [
            (Duration::ZERO, 1),
            (Duration::from_nanos(1), 1),
            (Duration::from_secs(1), 1),
            (Duration::from_millis(1001), 2),
            (Duration::MAX, LONGEST_TTL),
        ];
        for (ttl, seconds) in cases {
            assert_eq!(whole_seconds(ttl), Duration::from_secs(seconds), "{ttl:?}");
        }
    }
}
