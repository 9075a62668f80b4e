//! The store, and the threads behind it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use vamp_io::clock::Clock;

use super::artifacts;
use super::checkpoint::Checkpoints;
use super::readers::{Readers, spawn};
use super::writer::{Job, QUEUE, Writer};
use super::{failure, file, query};
use crate::subscription::Subscribers;
use crate::{
    ArtifactStore, Batch, Capabilities, Committed, Event, EventFilter, EventPage, EventQuery, EventStore,
    Listing, NewEvent, Page, Result, Revision, StateDirectory, StoreOptions, Stored, Subscription,
};

/// The name of the file in its state directory. While it is open, `vamp.db-wal` and `vamp.db-shm` are beside it and belong to it.
pub const FILE_NAME: &str = "vamp.db";

/// How many threads read.
const READERS: usize = 2;

/// A store in one SQLite file; clones share it.
///
/// When the last clone goes, it waits for what is being written, which takes milliseconds, and closes the file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// None only while this is dropped.
    open: Option<Open>,
    subscribers: Arc<Subscribers>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// The last to go: nobody else opens the file before the threads have closed it.
    _directory: StateDirectory,
}

#[derive(Debug)]
struct Open {
    jobs: mpsc::Sender<Job>,
    readers: Readers,
}

impl SqliteStore {
    /// Opens the file of a state directory, or makes it, with the limits of [`StoreOptions::on_disk`]. It blocks for some
    /// milliseconds; longer after the process before was killed while its log was long.
    ///
    /// # Errors
    /// [`NewerFormat`](crate::ErrorKind::NewerFormat) and [`Corrupt`](crate::ErrorKind::Corrupt), the file being left as it is;
    /// [`Configuration`](crate::ErrorKind::Configuration) when it cannot be made, read or written.
    pub fn open(directory: &StateDirectory, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::open_with(directory, StoreOptions::on_disk(), clock)
    }

    /// Opens the file of a state directory, or makes it, with these limits.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(
        directory: &StateDirectory,
        options: StoreOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let path = directory.path().join(FILE_NAME);
        let writing = file::open_for_writing(&path)?;
        let reading = (0..READERS)
            .map(|_| file::open_for_reading(&path))
            .collect::<Result<Vec<_>>>()?;
        let (checkpoints, checkpoint_thread) = Checkpoints::start(file::open_for_checkpoints(&path)?)?;
        let subscribers = Arc::new(Subscribers::new(options.backlog));
        let writer = Writer::new(writing, options, clock, Arc::clone(&subscribers), checkpoints)
            .map_err(|error| failure::error(error, "open", path.display()))?;
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let mut threads = vec![
            checkpoint_thread,
            spawn("store-write", move || writer.run(waiting))?,
        ];
        let (readers, reader_threads) = Readers::start(reading)?;
        threads.extend(reader_threads);
        let shared = Shared {
            open: Some(Open { jobs, readers }),
            subscribers,
            threads: Mutex::new(threads),
            _directory: directory.clone(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    fn open_parts(&self, operation: &'static str) -> Result<&Open> {
        self.shared
            .open
            .as_ref()
            .ok_or_else(|| failure::closed(operation))
    }

    async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        subject: String,
        question: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.open_parts(operation)?
            .readers
            .ask(operation, subject, question)
            .await
    }

    async fn write(&self, batch: Batch) -> Result<Committed> {
        let (reply, answer) = oneshot::channel();
        let closed = || failure::closed("write");
        let jobs = &self.open_parts("write")?.jobs;
        jobs.send(Job { batch, reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.open = None;
        for thread in self.threads.get_mut().drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store ended with a panic");
            }
        }
    }
}

#[async_trait]
impl ArtifactStore for SqliteStore {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(true, true, true)
    }

    async fn get(&self, kind: &str, name: &str) -> Result<Option<Stored>> {
        let (kind, name) = (kind.to_owned(), name.to_owned());
        let subject = format!("{kind}/{name}");
        self.read("get", subject, move |connection| {
            artifacts::get(connection, &kind, &name)
        })
        .await
    }

    async fn page(&self, kind: &str, page: Page) -> Result<Listing<Stored>> {
        let kind = kind.to_owned();
        self.read("list", kind.clone(), move |connection| {
            artifacts::page(connection, &kind, page)
        })
        .await
    }

    async fn counts(&self) -> Result<BTreeMap<String, u64>> {
        self.read("count", "artifacts".to_owned(), artifacts::counts)
            .await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed> {
        self.write(batch).await
    }

    async fn history(&self, kind: &str, name: &str) -> Result<Vec<Revision>> {
        let (kind, name) = (kind.to_owned(), name.to_owned());
        let subject = format!("{kind}/{name}");
        self.read("history of", subject, move |connection| {
            artifacts::history(connection, &kind, &name)
        })
        .await
    }

    async fn revision(&self, kind: &str, name: &str, revision: u64) -> Result<Option<Revision>> {
        let (kind, name) = (kind.to_owned(), name.to_owned());
        let subject = format!("{kind}/{name} revision {revision}");
        self.read("get", subject, move |connection| {
            artifacts::revision(connection, &kind, &name, revision)
        })
        .await
    }

    async fn sequence(&self) -> Result<u64> {
        self.read("get", "sequence".to_owned(), |connection| {
            let sql = "SELECT value FROM counter WHERE name = 'sequence'";
            connection
                .prepare_cached(sql)?
                .query_row([], |row| artifacts::unsigned(row, 0))
        })
        .await
    }
}

#[async_trait]
impl EventStore for SqliteStore {
    async fn append(&self, events: Vec<NewEvent>) -> Result<Vec<Arc<Event>>> {
        Ok(self.write(events.into()).await?.events)
    }

    async fn query(&self, asked: EventQuery) -> Result<EventPage> {
        self.read("query", "events".to_owned(), move |connection| {
            query::query(connection, &asked)
        })
        .await
    }

    async fn since(&self, filter: EventFilter, after: u64, limit: u64) -> Result<Vec<Event>> {
        self.read("query", "events".to_owned(), move |connection| {
            query::since(connection, &filter, after, limit)
        })
        .await
    }

    fn subscribe(&self, filter: EventFilter) -> Subscription {
        self.shared.subscribers.subscribe(filter)
    }
}
