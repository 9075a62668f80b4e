//! The trait that every platform implements.

use std::fmt::Debug;

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::{ObservedService, Result, ServiceId, ServiceSpec};

/// What a driver can do beyond the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The types of deployables that it runs, exactly as they are written.
    pub deployables: &'static [&'static str],
    /// Whether instances are held to their cores.
    pub cpu_limit: bool,
    /// Whether instances are held to their memory.
    pub memory_limit: bool,
    /// Whether instances can be put into networks of their own.
    pub networks: bool,
    /// Whether health checks over TLS can be made.
    pub https_checks: bool,
    /// Whether instances go on when the server ends, and are found again by the next.
    pub survives_server: bool,
}

impl Capabilities {
    /// A driver for these types of deployables that can do nothing beyond the least. For those who write a driver.
    #[must_use]
    pub const fn new(deployables: &'static [&'static str]) -> Self {
        Self {
            deployables,
            cpu_limit: false,
            memory_limit: false,
            networks: false,
            https_checks: false,
            survives_server: false,
        }
    }
}

/// Something that was asked for and will be left out, or that may surprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// A name for programs: `cpu-limit`, `memory-limit`, `variable-replaced`.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
}

/// A container platform.
///
/// Everything is level-triggered: what was told last counts, telling it again changes nothing, and whoever forgot what
/// runs asks. A driver keeps to what it was last told, replacing instances that end, until it is told otherwise.
#[async_trait]
pub trait Driver: Debug + Send + Sync {
    /// What people call the platform: `process`.
    fn name(&self) -> &'static str;

    /// What the driver can do.
    fn capabilities(&self) -> Capabilities;

    /// Whether the driver runs deployables of this type.
    fn supports(&self, deployable_kind: &str) -> bool {
        self.capabilities().deployables.contains(&deployable_kind)
    }

    /// Looks whether the service could be deployed, and changes nothing. What is asked for and will be left out is reported.
    ///
    /// # Errors
    /// [`UnsupportedDeployable`](crate::ErrorKind::UnsupportedDeployable),
    /// [`Definition`](crate::ErrorKind::Definition), [`Unsupported`](crate::ErrorKind::Unsupported):
    /// [`deploy`](Self::deploy) would fail in the same way.
    fn check(&self, spec: &ServiceSpec) -> Result<Vec<Notice>>;

    /// Everything that runs or shall run, in the order of the ids. It is cheap and can be called often.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) when the platform could not be asked. A service that is not listed is
    /// not there.
    async fn list(&self) -> Result<Vec<ObservedService>>;

    /// Makes it so: starts what is missing, ends what is too much, replaces instances that run something else.
    ///
    /// Returns once the wish is kept safe and work has begun; [`list`](Self::list) shows from then on what is wanted, and
    /// how far it is. An instance that is replaced or too much is listed as [`Going`](crate::InstanceState::Going) first
    /// and told to end a moment later, so that gateways can take it out of traffic; one that serves is replaced only when
    /// another is ready.
    ///
    /// # Errors
    /// As [`check`](Self::check), and when the platform did not take the wish.
    async fn deploy(&self, spec: &ServiceSpec) -> Result<()>;

    /// Ends the service. Its instances are told at once: whoever calls this has taken them out of traffic before. They are
    /// listed as [`Going`](crate::InstanceState::Going) until they are gone. A service that is not there is a success.
    ///
    /// # Errors
    /// The platform did not take the wish.
    async fn undeploy(&self, id: &ServiceId) -> Result<()>;

    /// Something each time [`list`](Self::list) has something new to tell, from now on. Many changes may be told as one; the
    /// stream ends with the driver.
    fn changes(&self) -> BoxStream<'static, ()>;
}
