use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use vamp_engine::Engine;
use vamp_io::shutdown::Shutdown;

use crate::ApiOptions;

/// How many changes are worked on at a time; more wait.
pub(crate) const CHANGES: u32 = 64;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) options: ApiOptions,
    pub(crate) started: Timestamp,
    /// Another one for each run.
    pub(crate) uuid: String,
    /// The description of the API.
    pub(crate) description: Bytes,
    /// The wish that event streams end.
    pub(crate) closing: Shutdown,
    pub(crate) changes: Arc<Semaphore>,
    requests: AtomicU64,
}

impl Shared {
    pub(crate) fn new(engine: Engine, options: ApiOptions, description: Bytes) -> Self {
        Self {
            engine,
            started: options.clock.now(),
            options,
            uuid: uuid::Uuid::new_v4().to_string(),
            description,
            closing: Shutdown::new(),
            changes: Arc::new(Semaphore::new(CHANGES as usize)),
            requests: AtomicU64::new(0),
        }
    }

    /// A name for a request that no other has, in this run and most likely in others.
    pub(crate) fn next_request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let run = self.uuid.split('-').next().unwrap_or_default();
        format!("{run}-{number:x}")
    }
}
