//! Ports with their type.

use std::fmt;
use std::str::FromStr;

/// What a port speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PortKind {
    /// HTTP/1: conditions, cookies and rewrites work.
    #[default]
    Http,
    /// Any protocol over TCP.
    Tcp,
}

impl fmt::Display for PortKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
        })
    }
}

/// Why a text is not a port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid port: '{0}'.")]
pub struct InvalidPort(pub String);

/// A port number with its type, written `8080`, `8080/http` or `8080/tcp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Port {
    number: u16,
    kind: PortKind,
}

impl Port {
    /// A port; number 0 stands for *to be assigned*.
    #[must_use]
    pub const fn new(number: u16, kind: PortKind) -> Self {
        Self { number, kind }
    }

    /// The number; 0 when it is still to be assigned.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.number
    }

    /// What the port speaks.
    #[must_use]
    pub const fn kind(self) -> PortKind {
        self.kind
    }

    /// Whether the port has a number.
    #[must_use]
    pub const fn is_assigned(self) -> bool {
        self.number > 0
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.kind)
    }
}

impl FromStr for Port {
    type Err = InvalidPort;

    fn from_str(text: &str) -> Result<Self, InvalidPort> {
        let invalid = || InvalidPort(text.to_owned());
        let (number, kind) = match text.rsplit_once('/') {
            None => (text, PortKind::Http),
            Some((number, kind)) if kind.eq_ignore_ascii_case("http") => (number, PortKind::Http),
            Some((number, kind)) if kind.eq_ignore_ascii_case("tcp") => (number, PortKind::Tcp),
            Some(_) => return Err(invalid()),
        };
        let digits_only = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let number = if digits_only {
            number.parse().map_err(|_| invalid())?
        } else {
            return Err(invalid());
        };
        Ok(Self { number, kind })
    }
}

impl serde::Serialize for Port {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
