//! What a value can refer to.

use std::fmt;
use std::str::FromStr;

use super::{InvalidReference, ReferencePath, ReferenceWord, grammar};

/// Something that a value refers to. Printed and read as it stands between `${` and `}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ValueReference {
    /// `NAME`: a variable or constant of the same service.
    Local(ReferenceWord),
    /// `db.host`: where a cluster, or what a dependency stands for, is reached.
    Host(ReferenceWord),
    /// `db.ports.http`: a port, variable or constant of a cluster or dependency.
    Trait(TraitReference),
    /// `config://a.b`: a value from outside.
    Global(GlobalReference),
}

/// A port, variable, constant or host of a cluster, or of what a dependency stands for: `db.ports.http`.
///
/// The same text is the *full name* of the thing in a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraitReference {
    /// The cluster or the alias of a dependency.
    pub cluster: ReferenceWord,
    /// The group; one that exists is a [`TraitGroup`].
    pub group: ReferenceWord,
    /// The name inside the group. Without braces it has no point.
    pub name: ReferencePath,
}

/// The groups of things that a cluster has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TraitGroup {
    /// `ports`
    Ports,
    /// `environment_variables`
    EnvironmentVariables,
    /// `constants`
    Constants,
    /// `hosts`, whose only name is `host`.
    Hosts,
}

/// A value from outside of all artifacts: `config://a.b`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GlobalReference {
    /// Who knows the value; the ones known to every server are a [`GlobalScheme`].
    pub scheme: ReferenceWord,
    /// Which value it is.
    pub path: ReferencePath,
}

/// Who knows a value from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GlobalScheme {
    /// The configuration of the server: `conf`, `config`, `configuration`.
    Configuration,
    /// The environment of the server's process: `env`, `environment`, `env_var`, `environment_variable`.
    Environment,
    /// The names of indices in Elasticsearch: `es`, `elasticsearch`.
    Elasticsearch,
}

impl TraitReference {
    /// The group, where it is one that exists.
    #[must_use]
    pub fn known_group(&self) -> Option<TraitGroup> {
        self.group.as_str().parse().ok()
    }
}

impl GlobalReference {
    /// The scheme, where it is one that every server knows.
    #[must_use]
    pub fn known_scheme(&self) -> Option<GlobalScheme> {
        match self.scheme.as_str() {
            "conf" | "config" | "configuration" => Some(GlobalScheme::Configuration),
            "env" | "environment" | "env_var" | "environment_variable" => Some(GlobalScheme::Environment),
            "es" | "elasticsearch" => Some(GlobalScheme::Elasticsearch),
            _ => None,
        }
    }
}

impl ValueReference {
    /// The cluster, or the alias of a dependency, that is referred to.
    #[must_use]
    pub fn cluster(&self) -> Option<&ReferenceWord> {
        match self {
            Self::Host(cluster) | Self::Trait(TraitReference { cluster, .. }) => Some(cluster),
            Self::Local(_) | Self::Global(_) => None,
        }
    }
}

impl TraitGroup {
    /// The word by which the group is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ports => "ports",
            Self::EnvironmentVariables => "environment_variables",
            Self::Constants => "constants",
            Self::Hosts => "hosts",
        }
    }
}

impl fmt::Display for TraitGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TraitGroup {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        let groups = [
            Self::Ports,
            Self::EnvironmentVariables,
            Self::Constants,
            Self::Hosts,
        ];
        let known = groups.into_iter().find(|group| group.as_str() == text);
        known.ok_or_else(|| InvalidReference(text.to_owned()))
    }
}

impl fmt::Display for ValueReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(name) => write!(f, "{name}"),
            Self::Host(cluster) => write!(f, "{cluster}.host"),
            Self::Trait(reference) => write!(f, "{reference}"),
            Self::Global(reference) => write!(f, "{reference}"),
        }
    }
}

impl fmt::Display for TraitReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.cluster, self.group, self.name)
    }
}

impl fmt::Display for GlobalReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.path)
    }
}

impl FromStr for ValueReference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        grammar::whole(text, grammar::braced_variable)
    }
}

impl FromStr for TraitReference {
    type Err = InvalidReference;

    /// Reads a full name, which is split at its first two points.
    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        grammar::whole(text, grammar::full_name)
    }
}

impl FromStr for GlobalReference {
    type Err = InvalidReference;

    fn from_str(text: &str) -> Result<Self, InvalidReference> {
        grammar::whole(text, grammar::global)
    }
}
