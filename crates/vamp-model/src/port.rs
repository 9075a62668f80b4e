//! Ports with their type.

use std::fmt;
use std::hash::{Hash, Hasher};
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
///
/// It prints as it was read: `8080` stays `8080`. A port made by [`Port::new`] prints its type, too. Ports are equal
/// when number and type are, however they were written.
#[derive(Debug, Clone, Copy)]
pub struct Port {
    number: u16,
    kind: PortKind,
    /// Read without type; kept only for printing.
    bare: bool,
}

impl Port {
    /// A port; number 0 stands for *to be assigned*.
    #[must_use]
    pub const fn new(number: u16, kind: PortKind) -> Self {
        Self {
            number,
            kind,
            bare: false,
        }
    }

    /// An HTTP port whose number is to be assigned.
    #[must_use]
    pub const fn unassigned() -> Self {
        Self {
            number: 0,
            kind: PortKind::Http,
            bare: true,
        }
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

impl PartialEq for Port {
    fn eq(&self, other: &Self) -> bool {
        (self.number, self.kind) == (other.number, other.kind)
    }
}

impl Eq for Port {}

impl Hash for Port {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.number, self.kind).hash(state);
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bare {
            write!(f, "{}", self.number)
        } else {
            write!(f, "{}/{}", self.number, self.kind)
        }
    }
}

impl FromStr for Port {
    type Err = InvalidPort;

    fn from_str(text: &str) -> Result<Self, InvalidPort> {
        let invalid = || InvalidPort(text.to_owned());
        let (number, suffix) = match text.rsplit_once('/') {
            None => (text, None),
            Some((number, kind)) if kind.eq_ignore_ascii_case("http") => (number, Some(PortKind::Http)),
            Some((number, kind)) if kind.eq_ignore_ascii_case("tcp") => (number, Some(PortKind::Tcp)),
            Some(_) => return Err(invalid()),
        };
        let digits_only = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let number = if digits_only {
            number.parse().map_err(|_| invalid())?
        } else {
            return Err(invalid());
        };
        Ok(Self {
            number,
            kind: suffix.unwrap_or_default(),
            bare: suffix.is_none(),
        })
    }
}

impl serde::Serialize for Port {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_read_with_and_without_type_and_prints_as_it_was_read() {
        let cases = [
            ("8080", 8080, PortKind::Http, "8080"),
            ("8080/http", 8080, PortKind::Http, "8080/http"),
            ("8080/HTTP", 8080, PortKind::Http, "8080/http"),
            ("53/tcp", 53, PortKind::Tcp, "53/tcp"),
            ("0", 0, PortKind::Http, "0"),
        ];
        for (text, number, kind, printed) in cases {
            let port: Port = text.parse().unwrap();
            assert_eq!(port, Port::new(number, kind), "{text}");
            assert_eq!(port.to_string(), printed);
        }
        assert_eq!(Port::new(40000, PortKind::Http).to_string(), "40000/http");
    }

    #[test]
    fn numbers_out_of_range_and_unknown_types_are_no_ports() {
        for text in [
            "", "-1", "65536", "80/udp", "/http", "abc/http", "1.5/tcp", " 80/http", "+80",
        ] {
            assert!(text.parse::<Port>().is_err(), "{text}");
        }
    }
}
