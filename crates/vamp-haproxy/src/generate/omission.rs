use std::fmt;

use super::UnusableRewrite;
use crate::acl::UnusableCondition;

/// Something that is left out of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// The gateway's name; empty for one without.
    pub gateway: String,
    /// The route that is the reason, as it was written.
    pub route: Option<String>,
    /// What is left out, and why.
    pub what: Omitted,
}

/// What is left out of a configuration, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Omitted {
    /// The gateway has no name.
    Nameless,
    /// The gateway has no port yet.
    NoPort,
    /// The gateway: another one has the same name.
    SameName,
    /// The gateway: its port is taken.
    PortTaken {
        /// The port.
        port: u16,
        /// The gateway that has it; the virtual hosts when there is none.
        by: Option<String>,
    },
    /// The gateway: a condition needs HTTP, and its port is TCP.
    ConditionOnTcp,
    /// The gateway: a condition would break the configuration.
    Condition(UnusableCondition),
    /// The gateway: a rewrite would break the configuration.
    Rewrite {
        /// The rewrite as it was written.
        rewrite: String,
        /// What is wrong with it.
        reason: UnusableRewrite,
    },
    /// The gateway: a rewrite needs HTTP, and its port is TCP.
    RewriteOnTcp,
    /// The gateway: sticky sessions need HTTP, and its port is TCP.
    StickyOnTcp,
    /// The gateway: HAProxy knows no such way to share traffic among the targets of a route.
    Balance {
        /// What was written.
        balance: String,
    },
    /// The gateway: a route or rewrite is only named, not written out.
    NotWrittenOut,
    /// A condition, but not its gateway: it is only named, not written out. Its route gets what its weight gives.
    ConditionNotWrittenOut {
        /// The name of the condition.
        name: String,
    },
    /// The gateway: what it asks for is not written into configurations yet.
    NotSupported {
        /// What it is, as the language calls it.
        what: &'static str,
    },
    /// The gateway: the address of a target is none that HAProxy takes.
    Target {
        /// The address.
        address: String,
    },
    /// A virtual host, but not its gateway: another gateway has the host.
    HostTaken {
        /// The host.
        host: String,
        /// The gateway that has it.
        by: String,
    },
    /// A virtual host, but not its gateway: the gateway's port is TCP.
    HostOnTcp {
        /// The host.
        host: String,
    },
}

impl Omitted {
    /// Whether the whole gateway is left out.
    #[must_use]
    pub fn is_gateway(&self) -> bool {
        !matches!(
            self,
            Self::HostTaken { .. } | Self::HostOnTcp { .. } | Self::ConditionNotWrittenOut { .. }
        )
    }
}

impl fmt::Display for Omission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gateway '{}'", self.gateway)?;
        if let Some(route) = &self.route {
            write!(f, ", route '{route}'")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl fmt::Display for Omitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nameless => f.write_str("it has no name"),
            Self::NotWrittenOut => f.write_str("it refers to something that is stored elsewhere"),
            Self::ConditionNotWrittenOut { name } => write!(f, "its condition '{name}' is stored elsewhere"),
            Self::NotSupported { what } => write!(f, "{what} is not supported by this version"),
            Self::NoPort => f.write_str("it has no port yet"),
            Self::SameName => f.write_str("another gateway has the same name"),
            Self::PortTaken { port, by: Some(by) } => write!(f, "its port {port} is that of gateway '{by}'"),
            Self::PortTaken { port, by: None } => write!(f, "its port {port} is that of the virtual hosts"),
            Self::ConditionOnTcp => f.write_str("a condition needs an HTTP port"),
            Self::Condition(reason) => write!(f, "its condition cannot stand in a configuration: {reason}"),
            Self::Rewrite { rewrite, reason } => write!(f, "rewrite '{}': {reason}", rewrite.escape_debug()),
            Self::RewriteOnTcp => f.write_str("a rewrite needs an HTTP port"),
            Self::StickyOnTcp => f.write_str("sticky sessions need an HTTP port"),
            Self::Balance { balance } => write!(f, "HAProxy knows no balance '{}'", balance.escape_debug()),
            Self::Target { address } => {
                write!(
                    f,
                    "HAProxy cannot reach '{}', which is not of the form host:port",
                    address.escape_debug()
                )
            }
            Self::HostTaken { host, by } => write!(f, "virtual host '{host}' is that of gateway '{by}'"),
            Self::HostOnTcp { host } => write!(f, "virtual host '{host}' needs an HTTP port"),
        }
    }
}
