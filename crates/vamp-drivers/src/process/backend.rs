use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::time::Instant;
use tokio_stream::wrappers::WatchStream;
use vamp_io::clock::Clock;
use vamp_model::Protocol;

use super::command::command;
use super::config::ProcessConfig;
use super::directory::Directory;
use super::service::{Service, Wish};
use super::shared::Shared;
use super::{environment, kernel, log, probe, recovery};
use crate::definition::{check_deployable, check_ports, refused};
use crate::{
    Capabilities, Driver, Error, ErrorKind, Notice, ObservedService, Result, ServiceId, ServiceSpec,
};

/// The types of deployables that are local processes.
const DEPLOYABLES: &[&str] = &["process", "command", "cmd"];
/// How much longer than the grace period the end of everything may take.
const STOP_SLACK: Duration = Duration::from_secs(10);

/// Runs deployables as local processes; see the [module](super).
///
/// Dropping it leaves everything running, for the next driver on the same state directory.
#[derive(Debug)]
pub struct ProcessDriver {
    shared: Arc<Shared>,
}

impl ProcessDriver {
    /// Locks the state directory, finds what runs, and goes on with it.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration); [`Locked`](ErrorKind::Locked) when another driver has the directory for
    /// longer than 3 s; [`State`](ErrorKind::State) when something in it cannot be read: nothing is guessed, and nothing is
    /// changed.
    pub async fn start(config: ProcessConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        config.validate()?;
        let directory = Directory::open(&config.state_dir).await?;
        let boot = kernel::boot_id().map_err(|source| {
            Error::new(ErrorKind::Unavailable, "read", "the run of the machine").because(source)
        })?;
        let driver = Self {
            shared: Arc::new(Shared::new(config, clock, directory, boot)),
        };
        recovery::recover(&driver.shared).await?;
        driver.shared.spawn(bound_logs(Arc::clone(&driver.shared)));
        Ok(driver)
    }

    /// Undeploys everything, takes no more wishes, and waits until nothing is left; says how many instances there were.
    ///
    /// # Errors
    /// [`Unavailable`](ErrorKind::Unavailable) when something still runs some seconds after it got SIGKILL; whatever
    /// [`undeploy`](Driver::undeploy) may say.
    pub async fn stop_all(&self) -> Result<usize> {
        *self.shared.turn.lock().await = true;
        let mut changes = self.shared.changes();
        let services: Vec<Arc<Service>> = self.shared.services.lock().values().cloned().collect();
        let mut instances = 0;
        for service in services {
            instances += service.names().len();
            self.undeploy(&service.id).await?;
        }
        let end = Instant::now() + self.shared.config.grace + STOP_SLACK;
        loop {
            let (services, strangers) = self.shared.left();
            if services + strangers == 0 {
                return Ok(instances);
            }
            let changed = tokio::time::timeout_at(end, changes.changed()).await;
            if !matches!(changed, Ok(Ok(()))) {
                let message = format!("{services} services and {strangers} unknown instances still run");
                return Err(Error::new(ErrorKind::Unavailable, "stop", "everything").saying(message));
            }
        }
    }

    /// Lets go of everything, which goes on running, and waits until nothing is written to the state directory any more.
    pub async fn detach(self) {
        let mut tasks = self.shared.take_tasks();
        while tasks.join_next().await.is_some() {}
        self.shared.files_at_rest().await;
    }

    fn command(&self, spec: &ServiceSpec) -> Result<super::command::Command> {
        let path = PathBuf::from(std::env::var_os("PATH").unwrap_or_default());
        command(spec, &self.shared.config.program_dirs, &path)
    }

    /// Keeps a wish on disk and tells it to those who carry it out.
    async fn wish(&self, service: &Arc<Service>, wish: Wish) -> Result<()> {
        let stored = wish.to_stored(&service.id);
        self.shared
            .on_disk(move |shared| shared.directory.write_wish(&stored))
            .await?;
        service.set_wish(wish);
        self.shared.announce();
        Ok(())
    }
}

impl Drop for ProcessDriver {
    fn drop(&mut self) {
        drop(self.shared.take_tasks());
    }
}

#[async_trait]
impl Driver for ProcessDriver {
    fn name(&self) -> &'static str {
        "process"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            survives_server: true,
            ..Capabilities::new(DEPLOYABLES)
        }
    }

    fn check(&self, spec: &ServiceSpec) -> Result<Vec<Notice>> {
        check_deployable(spec, DEPLOYABLES)?;
        check_ports(spec)?;
        for check in &spec.health_checks {
            if check.protocol != Protocol::Http {
                let message = format!(
                    "the process driver makes health checks over plain HTTP only, not over {}",
                    check.protocol
                );
                return Err(Error::new(ErrorKind::Unsupported, "deploy", &spec.id).saying(message));
            }
            if !probe::is_path(&check.path) {
                let message = format!("the health check path '{}' cannot be asked for", check.path);
                return Err(refused(spec, message));
            }
        }
        let replaced = environment::check(spec)?;
        let command = self.command(spec)?;
        Ok(notices(spec, &replaced, command.shell_syntax()))
    }

    async fn list(&self) -> Result<Vec<ObservedService>> {
        let services = self.shared.services.lock();
        Ok(services.values().map(|service| service.observed()).collect())
    }

    async fn deploy(&self, spec: &ServiceSpec) -> Result<()> {
        self.check(spec)?;
        let stopped = self.shared.turn.lock().await;
        if *stopped {
            return Err(Error::new(ErrorKind::Stopped, "deploy", &spec.id));
        }
        let service = self.shared.services.lock().get(&spec.id).cloned();
        match service {
            Some(service) if service.wish().is_run_of(spec) => Ok(()),
            Some(service) => self.wish(&service, Wish::run(spec.clone())).await,
            None => {
                let wish = Wish::run(spec.clone());
                let stored = wish.to_stored(&spec.id);
                self.shared
                    .on_disk(move |shared| shared.directory.write_wish(&stored))
                    .await?;
                recovery::supervise(&self.shared, spec.id.clone(), wish, Vec::new(), Vec::new());
                self.shared.announce();
                Ok(())
            }
        }
    }

    async fn undeploy(&self, id: &ServiceId) -> Result<()> {
        let _turn = self.shared.turn.lock().await;
        let service = self.shared.services.lock().get(id).cloned();
        match service {
            Some(service) if !matches!(service.wish(), Wish::Go) => self.wish(&service, Wish::Go).await,
            _ => Ok(()),
        }
    }

    fn changes(&self) -> BoxStream<'static, ()> {
        WatchStream::from_changes(self.shared.changes()).boxed()
    }
}

/// What is asked for and will be left out, or may surprise.
fn notices(spec: &ServiceSpec, replaced: &[String], shell_syntax: Option<&str>) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut notice = |code, message| notices.push(Notice { code, message });
    if let Some(cpu) = spec.scale.cpu {
        let message = format!("the process driver does not hold instances to {cpu} cores");
        notice("cpu-limit", message);
    }
    if let Some(memory) = spec.scale.memory {
        let message = format!("the process driver does not hold instances to {memory} of memory");
        notice("memory-limit", message);
    }
    for name in replaced {
        let message = format!("the environment variable {name} is set by the process driver");
        notice("variable-replaced", message);
    }
    if let Some(argument) = shell_syntax {
        let message = format!(
            "the command line is run without a shell, and '{argument}' is passed on as it is; \
             sh -c '…' runs it with one"
        );
        notice("no-shell", message);
    }
    notices
}

/// Keeps the log files bounded.
async fn bound_logs(shared: Arc<Shared>) {
    let mut looks = tokio::time::interval(shared.config.log_check);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let names: Vec<String> = {
            let services = shared.services.lock();
            services.values().flat_map(|service| service.names()).collect()
        };
        let bounded = shared
            .on_disk(move |shared| {
                for name in names {
                    let path = shared.directory.log(&name);
                    match log::rotate(&path, shared.config.log_limit) {
                        Ok(_) => {}
                        // It has just gone.
                        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                        Err(error) => {
                            tracing::warn!(path = %path.display(), %error, "a log file cannot be bounded");
                        }
                    }
                }
                Ok(())
            })
            .await;
        if bounded.is_err() {
            return;
        }
    }
}
