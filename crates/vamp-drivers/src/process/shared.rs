//! What the tasks of one driver share.

use std::collections::BTreeMap;
use std::sync::Arc;

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

    /// Does work on files beside the tasks. It is done to its end, also when the driver is dropped meanwhile, and the state
    /// directory stays locked until then.
    pub(super) async fn on_disk<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Arc<Self>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let shared = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&shared)).await;
        done.unwrap_or_else(|error| Err(Error::new(ErrorKind::Stopped, "write", "the state").because(error)))
    }
}
