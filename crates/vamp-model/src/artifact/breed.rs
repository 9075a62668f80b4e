use indexmap::IndexMap;

use super::{Argument, HealthCheck, Metadata};
use crate::{Name, Port, Reference, StrictName};

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
    /// Values that other values may refer to; no container sees them.
    pub constants: IndexMap<StrictName, String>,
    /// Arguments of the container runtime, in order.
    pub arguments: Vec<Argument>,
    /// The breeds that this one needs, by the alias under which its values refer to them.
    ///
    /// A name that ends in `*` stands for every breed whose name begins with what is before it.
    pub dependencies: IndexMap<String, Reference<Breed>>,
    /// Health checks; absent is not the same as none at all.
    pub health_checks: Option<Vec<HealthCheck>>,
}

impl Breed {
    /// A breed of a name and a deployable, and nothing else.
    #[must_use]
    pub fn new(name: Name, deployable: Deployable) -> Self {
        Self {
            name,
            metadata: Metadata::new(),
            deployable,
            ports: IndexMap::new(),
            environment_variables: IndexMap::new(),
            constants: IndexMap::new(),
            arguments: Vec::new(),
            dependencies: IndexMap::new(),
            health_checks: None,
        }
    }

    /// A breed whose deployable is a script, as workflows run it, and nothing else.
    #[must_use]
    pub fn javascript(name: Name, script: impl Into<String>) -> Self {
        let deployable = Deployable {
            kind: Some(Deployable::JAVASCRIPT.to_owned()),
            definition: script.into(),
        };
        Self::new(name, deployable)
    }
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

    /// The type of scripts, whose definition is the script itself.
    pub const JAVASCRIPT: &'static str = "application/javascript";

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
    /// The value as written, references in it unresolved; without one the variable must be set by a blueprint.
    pub value: Option<String>,
    /// The value with its references resolved; known of deployed services only.
    pub interpolated: Option<String>,
}

impl EnvironmentVariable {
    /// The value as it is shown: with its references resolved where that has been done, else as written.
    #[must_use]
    pub fn shown(&self) -> Option<&str> {
        self.interpolated.as_deref().or(self.value.as_deref())
    }

    /// A variable of that value.
    pub fn of(value: impl Into<String>) -> Self {
        Self {
            value: Some(value.into()),
            ..Self::default()
        }
    }
}
