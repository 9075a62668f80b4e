use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_stream::wrappers::WatchStream;
use vamp_io::clock::Clock;

use super::faults::{Calls, Faults, Operation};
use super::state::{Now, State};
use crate::{
    Capabilities, Driver, ErrorKind, InstanceState, Notice, ObservedService, Result, ServiceId, ServiceSpec,
};

/// How the simulated platform behaves. By default nothing takes time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SimulatedOptions {
    /// The types of deployables that it runs: `container/docker`, `docker`, `process`, `command`, `cmd`.
    pub deployables: &'static [&'static str],
    /// From the start of an instance until it is ready.
    pub start_delay: Duration,
    /// From the moment when an instance that is replaced or too much is listed as going until it is told to end.
    pub drain_delay: Duration,
    /// From then until it is gone.
    pub stop_delay: Duration,
    /// The pause before the third start in a row; it doubles up to the tenth. An instance that ends is replaced at once.
    pub restart_delay: Duration,
    /// After so much time with everything as it shall be, failures are forgotten: 60 s.
    pub stable_after: Duration,
    /// The first host port: 20000. Nothing listens there.
    pub first_port: u16,
}

impl Default for SimulatedOptions {
    fn default() -> Self {
        Self {
            deployables: &["container/docker", "docker", "process", "command", "cmd"],
            start_delay: Duration::ZERO,
            drain_delay: Duration::ZERO,
            stop_delay: Duration::ZERO,
            restart_delay: Duration::from_millis(100),
            stable_after: Duration::from_secs(60),
            first_port: 20_000,
        }
    }
}

/// A platform in memory.
///
/// A clone is the same platform: what runs there outlives those who use it. Everything happens when it is due; a test with
/// delays needs a running tokio runtime, best with paused time.
#[derive(Debug, Clone)]
pub struct SimulatedDriver {
    core: Arc<Core>,
}

#[derive(Debug)]
struct Core {
    options: SimulatedOptions,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    faults: Mutex<Faults>,
    changed: watch::Sender<()>,
    /// The moment for which somebody is waiting already.
    alarm: Mutex<Option<Instant>>,
}

impl SimulatedDriver {
    /// A platform where nothing runs.
    #[must_use]
    pub fn new(options: SimulatedOptions, clock: Arc<dyn Clock>) -> Self {
        Self {
            core: Arc::new(Core {
                options,
                clock,
                state: Mutex::default(),
                faults: Mutex::default(),
                changed: watch::Sender::new(()),
                alarm: Mutex::default(),
            }),
        }
    }

    /// Makes the next `times` calls of `operation` fail with this kind of error.
    pub fn fail(&self, operation: Operation, times: u32, kind: ErrorKind) {
        self.core.faults.lock().fail(operation, times, kind);
    }

    /// Makes every call fail as if the platform could not be reached, or ends that. What runs goes on.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.core.faults.lock().set_unavailable(unavailable);
        self.core.changed.send_replace(());
    }

    /// Keeps instances of the service that are not ready yet from becoming so, or lets them.
    pub fn hold_back(&self, id: &ServiceId, hold: bool) {
        self.core.change(|state, _| state.hold_back(id, hold));
    }

    /// Makes each instance of the service end as soon as it is started, for this reason (`ended with exit status 1`), or no
    /// longer.
    pub fn end_at_start(&self, id: &ServiceId, reason: Option<&str>) {
        self.core
            .change(|state, _| state.end_at_start(id, reason.map(str::to_owned)));
    }

    /// Ends an instance, for a reason such as `ended with exit status 1` and with these last lines of its log; says whether it
    /// was there.
    pub fn crash(&self, instance: &str, reason: &str, log_tail: &[&str]) -> bool {
        let log_tail = log_tail.iter().map(|line| (*line).to_owned()).collect();
        let options = &self.core.options;
        self.core
            .change(|state, now| state.crash(instance, reason, log_tail, now, options))
    }

    /// Makes an instance that is ready ill, or one that is ill well again; says whether it was there.
    pub fn set_ill(&self, instance: &str, ill: bool) -> bool {
        self.core.change(|state, _| state.set_ill(instance, ill))
    }

    /// What there is, whatever failures are set, and without being counted.
    #[must_use]
    pub fn look(&self) -> Vec<ObservedService> {
        self.core.change(|state, _| state.list())
    }

    /// The names of the instances of a service in a state, the oldest first.
    #[must_use]
    pub fn instances(&self, id: &ServiceId, state: InstanceState) -> Vec<String> {
        let services = self.look();
        let of_service = services.into_iter().filter(|service| service.id == *id);
        of_service
            .flat_map(|service| service.instances)
            .filter(|instance| instance.state == state)
            .map(|instance| instance.name)
            .collect()
    }

    /// How often the platform was asked so far.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.core.faults.lock().calls()
    }
}

impl Core {
    fn now(&self) -> Now {
        Now {
            instant: Instant::now(),
            timestamp: self.clock.now(),
        }
    }

    /// Lets happen what is due, then `change`, then what follows from it.
    fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut State, Now) -> T) -> T {
        let now = self.now();
        let (answer, next, changed) = {
            let mut state = self.state.lock();
            let before = state.list();
            state.settle(now, &self.options);
            let answer = change(&mut state, now);
            let next = state.settle(now, &self.options);
            (answer, next, state.list() != before)
        };
        if changed {
            self.changed.send_replace(());
        }
        if let Some(next) = next {
            self.wake_at(next);
        }
        answer
    }

    /// Has somebody look again at that moment, as nobody may ask.
    fn wake_at(self: &Arc<Self>, moment: Instant) {
        let mut alarm = self.alarm.lock();
        if alarm.is_some_and(|set| set <= moment) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            // Nobody to wait: what is due happens at the next call.
            return;
        };
        *alarm = Some(moment);
        let core = Arc::downgrade(self);
        runtime.spawn(async move {
            tokio::time::sleep_until(moment).await;
            if let Some(core) = Weak::upgrade(&core) {
                {
                    let mut alarm = core.alarm.lock();
                    if *alarm == Some(moment) {
                        *alarm = None;
                    }
                }
                core.change(|_, _| ());
            }
        });
    }
}

#[async_trait]
impl Driver for SimulatedDriver {
    fn name(&self) -> &'static str {
        "simulated"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            cpu_limit: true,
            memory_limit: true,
            networks: true,
            https_checks: true,
            survives_server: true,
            ..Capabilities::new(self.core.options.deployables)
        }
    }

    fn check(&self, spec: &ServiceSpec) -> Result<Vec<Notice>> {
        crate::definition::check_deployable(spec, self.core.options.deployables)?;
        crate::definition::check_ports(spec)?;
        Ok(Vec::new())
    }

    async fn list(&self) -> Result<Vec<ObservedService>> {
        self.core.faults.lock().call(Operation::List, "services")?;
        Ok(self.look())
    }

    async fn deploy(&self, spec: &ServiceSpec) -> Result<()> {
        let subject = spec.id.to_string();
        self.core.faults.lock().call(Operation::Deploy, &subject)?;
        self.check(spec)?;
        self.core.change(|state, _| state.deploy(spec));
        Ok(())
    }

    async fn undeploy(&self, id: &ServiceId) -> Result<()> {
        let subject = id.to_string();
        self.core.faults.lock().call(Operation::Undeploy, &subject)?;
        let options = &self.core.options;
        self.core.change(|state, now| state.undeploy(id, now, options));
        Ok(())
    }

    fn changes(&self) -> BoxStream<'static, ()> {
        WatchStream::from_changes(self.core.changed.subscribe()).boxed()
    }
}
