//! What the tasks of one driver share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinSet;
use vamp_io::clock::Clock;

use super::config::ProcessConfig;
use super::directory::Directory;
use super::ports::Ports;
use super::service::Service;
use crate::{Error, ErrorKind, Result, ServiceId};

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: ProcessConfig,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) directory: Directory,
    pub(super) ports: Ports,
    /// The run of the machine.
    pub(super) boot: String,
    pub(super) services: Mutex<BTreeMap<ServiceId, Arc<Service>>>,
    /// Wishes change one at a time, so that what is on disk and what is in memory stay the same. True once no more are taken.
    pub(super) turn: tokio::sync::Mutex<bool>,
    changed: watch::Sender<()>,
    tasks: Mutex<JoinSet<()>>,
    /// How many unknown instances are being ended.
    strangers: AtomicUsize,
    /// Read by everybody who works on files; written by who waits until nobody does.
    files: Arc<tokio::sync::RwLock<()>>,
}

impl Shared {
    pub(super) fn new(
        config: ProcessConfig,
        clock: Arc<dyn Clock>,
        directory: Directory,
        boot: String,
    ) -> Self {
        Self {
            ports: Ports::new(&config),
            config,
            clock,
            directory,
            boot,
            services: Mutex::default(),
            turn: tokio::sync::Mutex::new(false),
            changed: watch::Sender::new(()),
            tasks: Mutex::default(),
            strangers: AtomicUsize::new(0),
            files: Arc::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells everybody who wants to know that there is something new to be seen.
    pub(super) fn announce(&self) {
        self.changed.send_replace(());
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Runs a task until it ends or the driver does.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Ends every task; what they run goes on.
    pub(super) fn take_tasks(&self) -> JoinSet<()> {
        let mut tasks = std::mem::take(&mut *self.tasks.lock());
        tasks.abort_all();
        tasks
    }

    /// Waits until all work on files is done that has begun.
    pub(super) async fn files_at_rest(&self) {
        drop(self.files.write().await);
    }

    /// Runs a task that ends an unknown instance.
    pub(super) fn spawn_against_stranger(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        self.strangers.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(self);
        self.spawn(async move {
            task.await;
            shared.strangers.fetch_sub(1, Ordering::SeqCst);
            shared.announce();
        });
    }

    /// How much is left to be ended before nothing runs any more: services, and unknown instances.
    pub(super) fn left(&self) -> (usize, usize) {
        (self.services.lock().len(), self.strangers.load(Ordering::SeqCst))
    }

    /// Does work on files beside the tasks. It is done to its end, also when the driver is dropped meanwhile, and the state
    /// directory stays locked until then.
    pub(super) async fn on_disk<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Arc<Self>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let shared = Arc::clone(self);
        let at_work = Arc::clone(&self.files).read_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&shared);
            drop(at_work);
            done
        })
        .await;
        done.unwrap_or_else(|error| Err(Error::new(ErrorKind::Stopped, "write", "the state").because(error)))
    }
}
