//! The operations.

use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Semaphore;

use super::config::FileConfig;
use super::files::{Files, Locked, Prepared};
use super::watch;
use crate::store::whole_seconds;
use crate::{
    Capabilities, Condition, Entry, Error, ErrorKind, Guard, Key, KeyValueStore, LeaseId, Result, Version,
    WatchStream,
};

/// How many calls are at work at once. Each has a thread, which a disk that hangs keeps.
const AT_WORK: usize = 32;

/// Whoever opens a store that may be opened later waits no longer for it: traffic may wait behind that.
const FIRST_TRY: Duration = Duration::from_millis(250);

/// A store in a directory; clones share it, and so do other processes of the host that open the same directory.
#[derive(Debug, Clone)]
pub struct FileStore {
    pub(super) files: Files,
    pub(super) look_interval: Duration,
    /// Whether the directory was made and looked at.
    opened: Arc<AtomicBool>,
    call_timeout: Duration,
    at_work: Arc<Semaphore>,
}

impl FileStore {
    /// Opens the store and makes the directory if it is not there. A directory that goes away later is an outage until it is back.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`]: a time is zero, the directory cannot be made or written, or its file system does not keep times to the nanosecond.
    pub async fn open(config: FileConfig) -> Result<Self> {
        let store = Self::prepared(config)?;
        match store.try_to_open().await {
            Ok(()) => Ok(store),
            Err(error) => Err(store.cannot_be_opened(error)),
        }
    }

    /// As [`open`](Self::open), and what may pass is an outage already: a disk that is full or hangs, a lock that somebody keeps. Each call tries
    /// to open the store until it is open.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`]: a time is zero, the directory is something else or may not be made or written, or its file system does
    /// not keep times to the nanosecond.
    pub async fn open_in_time(config: FileConfig) -> Result<Self> {
        let store = Self::prepared(config)?;
        let opened = tokio::time::timeout(FIRST_TRY, store.try_to_open()).await;
        match opened.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(()) => Ok(store),
            Err(error) if may_pass(&error) => {
                tracing::warn!(%error, directory = %store.files.root.display(), "the store cannot be opened yet");
                Ok(store)
            }
            Err(error) => Err(store.cannot_be_opened(error)),
        }
    }

    fn prepared(config: FileConfig) -> Result<Self> {
        config.check()?;
        Ok(Self {
            files: Files {
                root: config.directory,
                lock_timeout: config.lock_timeout,
                given_up: Arc::default(),
            },
            opened: Arc::default(),
            look_interval: config.look_interval,
            call_timeout: config.call_timeout,
            at_work: Arc::new(Semaphore::new(AT_WORK)),
        })
    }

    async fn try_to_open(&self) -> io::Result<()> {
        self.bounded(|| Ok(())).await
    }

    fn cannot_be_opened(&self, error: io::Error) -> Error {
        let at = self.files.root.display();
        let failure = Error::new(ErrorKind::Configuration, "open the store", at);
        match error.kind() {
            io::ErrorKind::AlreadyExists => failure.because("it is no directory"),
            _ => failure.because(error),
        }
    }

    async fn with<T: Send + 'static>(
        &self,
        operation: &'static str,
        subject: impl Display + Send,
        work: impl FnOnce(&Files) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let given_up = Arc::new(AtomicBool::new(false));
        let files = Files {
            given_up: Arc::clone(&given_up),
            ..self.files.clone()
        };
        let done = self.bounded(move || work(&files)).await;
        // What still waits for its disk writes nothing after this.
        given_up.store(true, Ordering::Relaxed);
        done.map_err(|error| Error::new(kind(&error), operation, subject).because(error))
    }

    /// Runs what blocks where it may, for as long as a call may take; what hangs is left behind. The store is open then.
    pub(super) async fn bounded<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let at_work = Arc::clone(&self.at_work);
        let (files, opened) = (self.files.clone(), Arc::clone(&self.opened));
        let done = async {
            let permit = at_work.acquire_owned().await.map_err(io::Error::other)?;
            blocking(move || {
                let _permit = permit;
                if !opened.load(Ordering::Acquire) {
                    files.open()?;
                    files.expire_of_before()?;
                    opened.store(true, Ordering::Release);
                }
                work()
            })
            .await
        };
        tokio::time::timeout(self.call_timeout, done)
            .await
            .unwrap_or_else(|_| {
                let reason = format!("no answer within {:?}", self.call_timeout);
                Err(io::Error::new(io::ErrorKind::TimedOut, reason))
            })
    }
}

/// Runs what blocks where it may.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

/// Whether a directory that cannot be opened may be opened later without anybody changing the settings.
fn may_pass(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied
            | io::ErrorKind::Unsupported
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename
    )
}

/// What sort of failure the operating system reports.
fn kind(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ErrorKind::Denied,
        // The key is longer than a path may be.
        io::ErrorKind::InvalidFilename => ErrorKind::Unsupported,
        // Gone, full, locked for too long: all of them pass.
        _ => ErrorKind::Unavailable,
    }
}

impl Files {
    fn holds(&self, key: &Key, condition: Condition, guard: Option<&Guard>) -> io::Result<bool> {
        let there = self.version(key)?;
        let holds = match condition {
            Condition::Absent => there.is_none(),
            Condition::Version(version) => there == Some(version),
        };
        Ok(holds
            && match guard {
                Some(guard) => guard.holds(self.get(&guard.key)?.as_ref()),
                None => true,
            })
    }

    fn place_value(
        &self,
        locked: &Locked,
        prepared: Prepared,
        key: &Key,
        version: Version,
    ) -> io::Result<()> {
        let time = Duration::from_nanos(version.number());
        locked.place(prepared, &self.root, &self.value_of(key), time)
    }

    fn put_all(
        &self,
        absent: &[(Key, Bytes)],
        key: &Key,
        value: &Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> io::Result<Option<Version>> {
        // Written and flushed while others may still write.
        let mut pieces = Vec::new();
        for (key, value) in absent {
            let wanted = self.version(key)?.is_none();
            pieces.push(wanted.then(|| self.prepare(value)).transpose()?);
        }
        let prepared = self.prepare(value)?;
        let locked = self.lock(false)?;
        self.expire_locked(&locked)?;
        if !self.holds(key, condition, guard)? {
            return Ok(None);
        }
        for ((key, value), piece) in absent.iter().zip(pieces) {
            if self.version(key)?.is_none() {
                // It was there a moment ago where it is not prepared.
                let piece = piece.map_or_else(|| self.prepare(value), Ok)?;
                let version = locked.next_version()?;
                self.place_value(&locked, piece, key, version)?;
            }
        }
        let version = locked.next_version()?;
        self.place_value(&locked, prepared, key, version)?;
        Ok(Some(version))
    }
}

#[async_trait]
impl KeyValueStore for FileStore {
    fn name(&self) -> &'static str {
        "file"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            max_value: None,
            guard: true,
            lease: true,
            durable: true,
            every_change: false,
        }
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>> {
        let wanted = key.clone();
        self.with("get", key, move |files| {
            files.expire()?;
            files.get(&wanted)
        })
        .await
    }

    async fn put(&self, key: &Key, value: Bytes, lease: Option<LeaseId>) -> Result<Version> {
        let target = key.clone();
        let written = self.with("put", key, move |files| {
            let prepared = files.prepare(&value)?;
            let locked = files.lock(false)?;
            files.expire_locked(&locked)?;
            let version = locked.next_version()?;
            if let Some(lease) = lease
                && !files.bind(&locked, lease, &target, version)?
            {
                return Ok(None);
            }
            files.place_value(&locked, prepared, &target, version)?;
            Ok(Some(version))
        });
        let expired = || Error::new(ErrorKind::LeaseExpired, "put", key);
        written.await?.ok_or_else(expired)
    }

    async fn put_if(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        self.put_with(Vec::new(), key, value, condition, guard).await
    }

    async fn put_with(
        &self,
        absent: Vec<(Key, Bytes)>,
        key: &Key,
        value: Bytes,
        condition: Condition,
        guard: Option<&Guard>,
    ) -> Result<Option<Version>> {
        let (target, guard) = (key.clone(), guard.cloned());
        self.with("put", key, move |files| {
            files.put_all(&absent, &target, &value, condition, guard.as_ref())
        })
        .await
    }

    async fn delete(&self, key: &Key) -> Result<bool> {
        let target = key.clone();
        self.with("delete", key, move |files| {
            let locked = files.lock(false)?;
            files.expire_locked(&locked)?;
            files.remove(&locked, &target)
        })
        .await
    }

    async fn list(&self, prefix: &Key) -> Result<Vec<Entry>> {
        let wanted = prefix.clone();
        self.with("list", prefix, move |files| {
            files.expire()?;
            let _locked = files.lock(true)?;
            let mut entries = files.below(&wanted)?;
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            Ok(entries)
        })
        .await
    }

    fn watch(&self, prefix: &Key) -> WatchStream {
        Box::pin(watch::watch(self.clone(), prefix.clone()))
    }

    async fn grant_lease(&self, ttl: Duration) -> Result<LeaseId> {
        let ttl = whole_seconds(ttl);
        self.with("grant lease", "of a time", move |files| files.grant_lease(ttl))
            .await
    }

    async fn keep_lease(&self, lease: LeaseId) -> Result<()> {
        let kept = self.with("keep lease", lease.number(), move |files| files.keep_lease(lease));
        if kept.await? {
            return Ok(());
        }
        Err(Error::new(ErrorKind::LeaseExpired, "keep lease", lease.number()))
    }

    async fn revoke_lease(&self, lease: LeaseId) -> Result<()> {
        self.with("revoke lease", lease.number(), move |files| {
            let locked = files.lock(false)?;
            files.end_lease(&locked, lease)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn all_pieces_are_written_before_others_have_to_wait() {
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::open(FileConfig::new(directory.path())).await.unwrap();
        let key = |text: &str| Key::parse(text).unwrap();
        let locked = store.files.lock(false).unwrap();
        let writer = store.clone();
        let pieces = vec![(key("/parts/a"), "a".into()), (key("/parts/b"), "b".into())];
        let manifest = key("/manifest");
        let writing = tokio::spawn(async move {
            let (value, condition) = ("ab".into(), Condition::Absent);
            writer.put_with(pieces, &manifest, value, condition, None).await
        });
        let prepared = || std::fs::read_dir(store.files.own("new")).unwrap().count();
        tokio::time::timeout(Duration::from_secs(2), async {
            while prepared() < 3 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .expect("the pieces and the value are prepared while another process has the lock");
        assert!(!writing.is_finished());
        drop(locked);
        assert!(writing.await.unwrap().unwrap().is_some());
        assert_eq!(store.list(&key("/parts")).await.unwrap().len(), 2);
    }
}
