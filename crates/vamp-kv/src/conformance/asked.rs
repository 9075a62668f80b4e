//! How cases ask a store.

use super::Failure;
use crate::{Entry, ErrorKind, Key, KeyValueStore};

/// The entry of a key that has to be there.
pub(super) async fn present(store: &dyn KeyValueStore, key: &Key) -> Result<Entry, Failure> {
    store
        .get(key)
        .await?
        .ok_or_else(|| Failure::new(format!("{key} is absent")))
}

/// All answers of calls that are made at once.
pub(super) async fn try_all<T, Call>(calls: impl IntoIterator<Item = Call>) -> Result<Vec<T>, Failure>
where
    Call: Future<Output = Result<T, Failure>>,
{
    futures::future::try_join_all(calls).await
}

/// The kind of a failure, if it is one.
pub(super) fn kind<T>(answer: crate::Result<T>) -> Option<ErrorKind> {
    answer.err().map(|error| error.kind())
}

/// A condition that has to hold gave a version.
pub(super) fn written(version: Option<crate::Version>) -> Result<crate::Version, Failure> {
    version.ok_or_else(|| Failure::new("a write whose condition holds was refused"))
}
