//! A tracing span for each call.

use std::sync::Arc;

use tracing::Instrument as _;
use tracing::field::Empty;

use super::around::{Answer, Around, Call};
use crate::{KeyValueStore, Result};

/// A store whose calls are spans named `kv` of level debug, with the fields `store`, `operation`, `subject` (a key or the number of
/// a lease), `bytes` (how many are written) and `outcome`: `done`, `refused` or the sort of the failure. A value is never told.
#[derive(Debug)]
pub struct Traced {
    inner: Arc<dyn KeyValueStore>,
}

impl Traced {
    /// `inner` with spans.
    #[must_use]
    pub fn new(inner: Arc<dyn KeyValueStore>) -> Self {
        Self { inner }
    }
}

impl Around for Traced {
    fn inner(&self) -> &dyn KeyValueStore {
        &*self.inner
    }

    async fn around<T: Answer>(
        &self,
        call: Call<'_>,
        answer: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let span = tracing::debug_span!(
            "kv",
            store = call.store,
            operation = call.operation.name(),
            subject = %call.subject,
            bytes = call.bytes,
            outcome = Empty,
        );
        let answer = answer.instrument(span.clone()).await;
        match &answer {
            Ok(answer) if answer.is_refusal() => span.record("outcome", "refused"),
            Ok(_) => span.record("outcome", "done"),
            Err(error) => span.record("outcome", tracing::field::debug(error.kind())),
        };
        answer
    }
}

store_around!(Traced);
