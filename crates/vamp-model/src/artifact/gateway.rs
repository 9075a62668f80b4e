use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;

use super::Metadata;
use crate::{GatewayName, Percentage, Port, RoutePath, lookup};

/// An entry for traffic, and how it is shared out.
#[derive(Debug, Clone, PartialEq)]
pub struct Gateway {
    /// Absent for a gateway inside a blueprint.
    pub name: Option<GatewayName>,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// Where it listens; absent or number 0 is to be assigned.
    pub port: Option<Port>,
    /// Where it can be reached, as far as a container platform tells.
    pub service: Option<GatewayService>,
    /// Whether it is part of the configuration that was handed to the agents.
    pub deployed: bool,
    /// Host names that lead here on the port of the virtual hosts.
    pub virtual_hosts: Vec<VirtualHost>,
    /// Routes in the order written, which is the order in which conditions are tried.
    pub routes: IndexMap<RoutePath, Route>,
}

impl Gateway {
    /// A gateway without port and routes.
    #[must_use]
    pub fn new(name: GatewayName) -> Self {
        Self {
            name: Some(name),
            metadata: Metadata::new(),
            port: None,
            service: None,
            deployed: false,
            virtual_hosts: Vec::new(),
            routes: IndexMap::new(),
        }
    }

    /// The hashed name by which HAProxy and metrics know the gateway.
    #[must_use]
    pub fn lookup_name(&self) -> String {
        lookup::gateway(self.name.as_ref().map_or("", GatewayName::as_str))
    }

    /// Whether the engine makes and keeps this gateway.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        self.name.as_ref().is_some_and(GatewayName::is_internal)
    }
}

/// Where a gateway can be reached from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayService {
    /// Host name or address.
    pub host: String,
    /// Port there.
    pub port: Port,
}

/// One way on from a gateway.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Route {
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// Share of the traffic that no condition has taken.
    pub weight: Option<Percentage>,
    /// Which requests take this route whatever its weight.
    pub condition: Option<Condition>,
    /// Share of the requests meeting the condition that really take the route.
    pub condition_strength: Option<Percentage>,
    /// How the targets share the route's traffic; absent for the default of the port's type.
    pub balance: Option<Balance>,
    /// Where the route leads now: found by the engine, ignored in what users write.
    pub targets: Vec<Target>,
}

/// A condition on requests. Its raw form `< ... >` is an ACL expression in HAProxy's own words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    definition: String,
}

impl Condition {
    /// The text as written, brackets included.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// The ACL expression between the angle brackets, trimmed.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.definition
            .trim()
            .trim_start_matches('<')
            .trim_end_matches('>')
            .trim()
    }
}

/// Why a text is not a condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCondition {
    /// The text is not of the form `< … >`.
    #[error("only raw conditions `< … >` are read")]
    NotRaw,
    /// Nothing stands between the brackets.
    #[error("nothing stands between `<` and `>`")]
    Empty,
    /// A line break or another control character, which could break out of its line in a configuration.
    #[error("a condition contains no line break or other control character")]
    Control,
    /// An angle bracket inside the text.
    #[error("a raw condition contains no further angle bracket")]
    Bracket,
}

impl FromStr for Condition {
    type Err = InvalidCondition;

    fn from_str(text: &str) -> Result<Self, InvalidCondition> {
        if text.chars().any(char::is_control) {
            return Err(InvalidCondition::Control);
        }
        let inner = text
            .trim()
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .ok_or(InvalidCondition::NotRaw)?;
        if inner.contains(['<', '>']) {
            return Err(InvalidCondition::Bracket);
        }
        if inner.trim().is_empty() {
            return Err(InvalidCondition::Empty);
        }
        Ok(Self {
            definition: text.to_owned(),
        })
    }
}

/// How a route's targets share its traffic: an algorithm of HAProxy's `balance` with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Balance(pub(crate) String);

impl Balance {
    /// The words after `balance`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A host name that leads to a gateway, without port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VirtualHost(pub(crate) String);

impl VirtualHost {
    /// The host name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// An instance of a service, or another gateway.
    Internal {
        /// Name of the instance, or path of the gateway.
        name: String,
        /// Absent for another gateway, which is reached on the agent's own host.
        host: Option<String>,
        /// Port there.
        port: u16,
    },
    /// An address outside.
    External {
        /// The address, `host:port`.
        url: String,
    },
}
