use indexmap::IndexMap;

use super::{HealthCheck, Metadata};
use crate::{Name, Port, StrictName};

/// What is run for a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Breed {
    /// The name, often with a version: `web:1.0`.
    pub name: Name,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// The image or command.
    pub deployable: Deployable,
    /// Ports on which the service listens, by name.
    pub ports: IndexMap<StrictName, Port>,
    /// Environment variables, by name.
    pub environment_variables: IndexMap<Name, EnvironmentVariable>,
    /// Health checks; absent is not the same as none at all.
    pub health_checks: Option<Vec<HealthCheck>>,
}

/// The thing that a container platform runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Deployable {
    /// The type, such as `container/docker` (what is meant when it is absent) or `process`.
    pub kind: Option<String>,
    /// An image, a command line …, as the type says.
    pub definition: String,
}

impl Deployable {
    /// The type that is meant when none is given.
    pub const DEFAULT_KIND: &'static str = "container/docker";

    /// The type, or the default one.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or(Self::DEFAULT_KIND)
    }
}

/// An environment variable of a breed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnvironmentVariable {
    /// The name under which the container sees it, where that is another one: `timeout[TIME_OUT]`.
    pub alias: Option<String>,
    /// The value; without one the variable must be set by a blueprint.
    pub value: Option<String>,
}
