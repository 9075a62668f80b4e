//! What every driver is held to, for drivers written elsewhere too.
//!
//! Whoever calls [`run_all`] hands in a [`Platform`]: the driver, services that behave in known ways there, and a way to end an
//! instance behind the driver's back.

/// Returns a failure of the case unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($said:tt)+) => {
        if !$condition {
            return Err($crate::conformance::Failed::new(format!($($said)+)));
        }
    };
}

mod failures;
mod looking;
mod refusals;
mod replacing;
mod scaling;
mod wishes;

use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use vamp_model::Deployable;

use crate::{Capabilities, Driver, ObservedInstance, ServiceId, ServiceSpec};

/// How a service behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Its instances become ready and stay so until they are told to end, which they then do.
    Serves,
    /// Its instances end as soon as they are started.
    EndsAtOnce,
    /// Its instances run and never become ready.
    NeverReady,
}

/// A driver with what the suite needs beside it.
#[async_trait]
pub trait Platform: Send + Sync {
    /// The driver. Nothing else may be told to it meanwhile.
    fn driver(&self) -> &dyn Driver;

    /// A service of one instance, with one port called `web`, that behaves like this from now on when it is deployed under this
    /// id. The suite adds environment variables and changes the number of instances.
    fn service(&self, id: &ServiceId, behaviour: Behaviour) -> ServiceSpec;

    /// Ends an instance as a crash would, so that the driver has to find out.
    async fn crash(&self, instance: &ObservedInstance);

    /// How long a single change may take.
    fn patience(&self) -> Duration;
}

/// What a driver has to be able to do at the least, so that a capability that gets lost is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claims {
    /// Types of deployables that it must run.
    pub deployables: &'static [&'static str],
    /// [`Capabilities::cpu_limit`].
    pub cpu_limit: bool,
    /// [`Capabilities::memory_limit`].
    pub memory_limit: bool,
    /// [`Capabilities::networks`].
    pub networks: bool,
    /// [`Capabilities::https_checks`].
    pub https_checks: bool,
    /// [`Capabilities::survives_server`].
    pub survives_server: bool,
}

/// Why a driver failed a case.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failed(String);

impl Failed {
    /// A failure in these words.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl From<crate::Error> for Failed {
    fn from(error: crate::Error) -> Self {
        Self(error.to_string())
    }
}

/// What a case returns.
pub type Outcome = Result<(), Failed>;

/// The cases that a driver failed, with the reasons.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(|(case, failed)| format!("{case}: {failed}")).collect::<Vec<_>>().join("\n"))]
pub struct Violations(pub Vec<(&'static str, Failed)>);

/// A case with a name of its own, which is the deployment that it plays with.
type Case = for<'a> fn(&'a dyn Platform, &'a ServiceId) -> BoxFuture<'a, Outcome>;

macro_rules! cases {
    ($($module:ident :: $case:ident),+ $(,)?) => {
        [$((stringify!($case), (|platform, id| Box::pin($module::$case(platform, id))) as Case)),+]
    };
}

/// Plays every case, side by side, each with a deployment of its own, which it leaves behind undeployed.
///
/// # Errors
/// The cases that failed, all of them.
pub async fn run_all(platform: &dyn Platform, claims: Claims) -> Result<(), Violations> {
    let cases = cases![
        wishes::what_is_deployed_is_listed_at_once_and_gets_ready,
        wishes::the_same_wish_again_changes_nothing,
        wishes::what_is_undeployed_is_listed_until_it_is_gone,
        wishes::what_is_not_there_is_undeployed_with_success,
        wishes::a_service_that_goes_can_come_back,
        wishes::services_of_one_breed_are_kept_apart,
        wishes::every_change_is_announced,
        scaling::more_instances_are_added_to_those_that_run,
        scaling::fewer_instances_leave_the_oldest,
        scaling::none_at_all_is_a_service_all_the_same,
        replacing::another_definition_replaces_what_runs_without_a_gap,
        replacing::what_serves_is_not_replaced_by_what_does_not,
        replacing::a_change_that_is_taken_back_leaves_what_runs,
        failures::what_ends_is_replaced_and_the_reason_is_told,
        failures::what_ends_again_and_again_is_held_back,
        failures::what_never_gets_ready_gets_no_traffic,
        failures::a_new_definition_heals_what_failed,
        refusals::a_deployable_of_another_type_is_refused,
        refusals::a_definition_that_says_nothing_is_refused,
        refusals::a_health_check_needs_a_port_of_the_service,
        refusals::what_is_refused_leaves_what_runs,
    ];
    let played = cases.into_iter().map(|(name, case)| async move {
        let id = id(name);
        let outcome = case(platform, &id).await;
        let cleaned = looking::undeploy(platform, &id).await;
        outcome.and(cleaned).err().map(|failed| (name, failed))
    });
    let mut violations: Vec<_> = futures::future::join_all(played)
        .await
        .into_iter()
        .flatten()
        .collect();
    violations.extend(claims.missing_in(platform.driver().capabilities()));
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Violations(violations))
    }
}

fn id(deployment: &str) -> ServiceId {
    ServiceId {
        deployment: deployment.to_owned(),
        cluster: "cluster".to_owned(),
        service: "service:1.0".to_owned(),
    }
}

/// The same service with so many instances.
fn scaled(spec: &ServiceSpec, instances: u32) -> ServiceSpec {
    let mut spec = spec.clone();
    spec.scale.instances = instances;
    spec
}

/// The same service with another environment.
fn revised(spec: &ServiceSpec, revision: &str) -> ServiceSpec {
    let mut spec = spec.clone();
    spec.environment
        .insert("REVISION".to_owned(), revision.to_owned());
    spec
}

/// The same service with another deployable.
fn with_deployable(spec: &ServiceSpec, kind: &str, definition: &str) -> ServiceSpec {
    let deployable = Deployable {
        kind: Some(kind.to_owned()),
        definition: definition.to_owned(),
    };
    ServiceSpec {
        deployable,
        ..spec.clone()
    }
}

impl Claims {
    fn missing_in(self, can: Capabilities) -> Option<(&'static str, Failed)> {
        let holds = self.deployables.iter().all(|kind| can.deployables.contains(kind))
            && can.cpu_limit >= self.cpu_limit
            && can.memory_limit >= self.memory_limit
            && can.networks >= self.networks
            && can.https_checks >= self.https_checks
            && can.survives_server >= self.survives_server;
        (!holds).then(|| {
            let said = format!("{self:?} is claimed, {can:?} is there");
            ("claims", Failed::new(said))
        })
    }
}
