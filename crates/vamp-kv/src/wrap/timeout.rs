//! A time limit for each call.

use std::sync::Arc;
use std::time::Duration;

use super::around::{Answer, Around, Call};
use crate::{Error, ErrorKind, KeyValueStore, Result};

/// A store whose calls end within a time, with [`Unavailable`](ErrorKind::Unavailable) where the store has not answered.
///
/// A write that is given up may be carried out all the same. Watches have no limit: they are meant to wait.
#[derive(Debug)]
pub struct Timeout {
    inner: Arc<dyn KeyValueStore>,
    limit: Duration,
}

impl Timeout {
    /// `inner` with `limit` for each call.
    #[must_use]
    pub fn new(inner: Arc<dyn KeyValueStore>, limit: Duration) -> Self {
        Self { inner, limit }
    }
}

impl Around for Timeout {
    fn inner(&self) -> &dyn KeyValueStore {
        &*self.inner
    }

    async fn around<T: Answer>(
        &self,
        call: Call<'_>,
        answer: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        tokio::time::timeout(self.limit, answer)
            .await
            .unwrap_or_else(|_| {
                let error = Error::new(ErrorKind::Unavailable, call.operation.name(), call.subject);
                Err(error.because(format!("no answer within {:?}", self.limit)))
            })
    }
}

store_around!(Timeout);
