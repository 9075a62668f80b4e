//! A running server.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use vamp_agent::StopMode;
use vamp_api::{Api, ApiOptions};
use vamp_drivers::process::{ProcessConfig, ProcessDriver};
use vamp_engine::{Engine, EngineOptions, Parts};
use vamp_haproxy::check::ConfigurationCheck;
use vamp_io::clock::{Clock, SystemClock};
use vamp_io::shutdown::Shutdown;
use vamp_kv::handover::HandOver;
use vamp_store::StateDirectory;
use vamp_store::sqlite::SqliteStore;

use super::embedded::EmbeddedAgent;
use super::ready::Ready;
use super::record::ServerRecord;
use super::settings::ServeSettings;
use super::{agent, checker, store};
use crate::{Error, Exit, Result};

/// Type and version of the configuration that agents read.
pub(super) const MARSHALLER: (&str, &str) = ("haproxy", "2.4");

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    settings: ServeSettings,
    listener: TcpListener,
    address: SocketAddr,
    engine: Engine,
    agent: Option<EmbeddedAgent>,
    /// Locked as long as the server runs.
    _state: StateDirectory,
}

impl Server {
    /// Starts everything. Once it returns, connections to the API are accepted; HAProxy and etcd may still be missing.
    pub(super) async fn start(settings: ServeSettings) -> Result<Self> {
        let listener = listen(settings.listen).await?;
        let failed = |error: std::io::Error| Error::new(Exit::Failed, format!("cannot listen: {error}"));
        let address = listener.local_addr().map_err(failed)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let state = open_state(&settings.state_directory)?;
        ServerRecord::of_this_process()?.write(state.path())?;

        let (key_value, measures) = store::open_measured(&settings.key_value).await?;
        let (kind, name) = MARSHALLER;
        let hand_over = HandOver::new(key_value, &settings.base, kind, name)
            .map_err(|error| Error::usage(error.to_string()).because(error))?;
        let agent = match settings.embedded_agent {
            true => Some(agent::start(&settings, &hand_over, measures, address, &clock)?),
            false => None,
        };
        let artifacts = SqliteStore::open(&state, clock.clone())
            .map_err(|error| Error::new(Exit::Failed, error.to_string()).because(error))?;
        let driver = ProcessDriver::start(driver_config(&settings), clock.clone())
            .await
            .map_err(|error| Error::new(Exit::Failed, error.to_string()).because(error))?;
        let checker = match &agent {
            Some(agent) => {
                Some(Arc::new(agent.checker(settings.virtual_hosts.address)) as Arc<dyn ConfigurationCheck>)
            }
            None => checker::without_agent(&settings).await,
        };
        let parts = Parts {
            artifacts: Arc::new(artifacts.clone()),
            events: Arc::new(artifacts),
            drivers: vec![Arc::new(driver)],
            hand_over,
            checker,
            clock,
        };
        let mut options = engine_options(&settings, address);
        options.server_id = Some(state.id().to_owned());
        let engine = Engine::start(options, parts)
            .await
            .map_err(|error| Error::new(Exit::Failed, format!("cannot start: {error}")).because(error))?;
        Ok(Self {
            settings,
            listener,
            address,
            engine,
            agent,
            _state: state,
        })
    }

    /// Tells people and programs that the API is served.
    pub(super) fn announce(&self, ready_file: Option<&Path>) -> Result<()> {
        let statistics = self.agent.as_ref().map(|_| self.settings.statistics);
        let ready = Ready::new(self.address, statistics);
        if let Some(path) = ready_file {
            ready.write(path)?;
        }
        super::print(&ready.line())?;
        tracing::info!(
            api = %self.address,
            state = %self.settings.state_directory.display(),
            virtual_hosts = %self.settings.virtual_hosts.address.map_or_else(|| "off".to_owned(), |address| address.to_string()),
            "the API is served"
        );
        Ok(())
    }

    /// Serves until the end is asked for, then ends the parts in order. Instances go on, and HAProxy unless it is to end, too.
    pub(super) async fn run(self, shutdown: Shutdown, mut reopen: Signal) {
        let mut options = ApiOptions::default();
        options.namespace.clone_from(&self.settings.namespace);
        options.origins.clone_from(&self.settings.origins);
        options.hosts.clone_from(&self.settings.hosts);
        let end_of_api = Shutdown::new();
        let serving = Api::new(self.engine.clone(), options).serve(self.listener, end_of_api.clone());
        let ending = async {
            loop {
                tokio::select! {
                    () = shutdown.wait() => break,
                    _ = reopen.recv() => {
                        tracing::info!("files of log sinks are opened again, as SIGUSR1 asks");
                        self.agent.iter().for_each(EmbeddedAgent::reopen_logs);
                    }
                }
            }
            let haproxy = match self.settings.on_stop {
                StopMode::LeaveHaproxyRunning => "it goes on, as instances do",
                StopMode::StopHaproxy => "it ends, too; instances go on",
            };
            tracing::info!(haproxy, "the server ends");
            if let Some(agent) = self.agent {
                agent.stop().await;
            }
            end_of_api.trigger();
        };
        tokio::join!(serving, ending);
        self.engine.stop().await;
        ServerRecord::remove(&self.settings.state_directory);
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let taken = error.kind() == std::io::ErrorKind::AddrInUse;
        let failure = Error::new(Exit::Failed, format!("cannot listen on {address}: {error}")).because(error);
        if taken {
            failure.hint("another program has this port; choose another one with --listen")
        } else {
            failure
        }
    })
}

/// Opens the state directory for this process alone.
pub(super) fn open_state(path: &Path) -> Result<StateDirectory> {
    StateDirectory::open(path).map_err(|error| {
        let in_use = matches!(error.kind(), vamp_store::ErrorKind::InUse);
        let failure = Error::new(Exit::Failed, error.to_string()).because(error);
        if in_use {
            failure.hint("another server runs on this state directory; choose another one with --state-dir")
        } else {
            failure
        }
    })
}

/// The process driver of a server with these settings.
pub(super) fn driver_config(settings: &ServeSettings) -> ProcessConfig {
    let mut config = ProcessConfig::new(settings.state_directory.join("instances"));
    config.program_dirs.clone_from(&settings.program_directories);
    config.first_port = settings.instance_ports.first;
    config.last_port = settings.instance_ports.last;
    config
}

fn engine_options(settings: &ServeSettings, api: SocketAddr) -> EngineOptions {
    let mut options = EngineOptions::new(&settings.runtime_directory);
    options.namespace.clone_from(&settings.namespace);
    options.port_range = settings.gateway_ports.first..=settings.gateway_ports.last;
    options.reserved_ports = reserved(settings, api);
    options.configuration.bind_address = settings.gateway_bind;
    options.configuration.virtual_hosts = settings.virtual_hosts.address;
    let formats = &settings.host_formats;
    options.virtual_hosts.enabled = settings.virtual_hosts.address.is_some();
    options.virtual_hosts.gateway.clone_from(&formats.gateway);
    options
        .virtual_hosts
        .deployment_port
        .clone_from(&formats.deployment_port);
    options
        .virtual_hosts
        .deployment_cluster_port
        .clone_from(&formats.deployment_cluster_port);
    options.gateway_host.clone_from(&settings.gateway_host);
    options
}

/// Ports that no gateway may have: HAProxy would not start with one that another program listens on.
fn reserved(settings: &ServeSettings, api: SocketAddr) -> BTreeMap<u16, String> {
    let instances = settings.instance_ports.first..=settings.instance_ports.last;
    let mut reserved: BTreeMap<u16, String> = instances.map(|port| (port, "instances".to_owned())).collect();
    reserved.insert(api.port(), "the API".to_owned());
    reserved.insert(settings.statistics.port(), "the statistics of HAProxy".to_owned());
    if let Some(address) = settings.agent_status {
        reserved.insert(address.port(), "the status of the gateway agent".to_owned());
    }
    if let Some(address) = settings.virtual_hosts.address {
        reserved.insert(address.port(), "the virtual hosts".to_owned());
    }
    reserved
}
