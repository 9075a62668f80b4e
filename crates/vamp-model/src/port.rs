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

/// A port number with its type, written `8080`, `8080/http` or `8080/tcp`, or a text that becomes one.
///
/// It prints as it was read: `8080` stays `8080`, `$other` stays `$other`. A port made by [`Port::new`] prints its type, too.
/// Ports are equal when number and type are, however they were written; those without a number when their texts are.
#[derive(Debug, Clone)]
pub struct Port {
    number: u16,
    kind: PortKind,
    form: Form,
}

/// How a port is written.
#[derive(Debug, Clone)]
enum Form {
    /// `8080`
    Bare,
    /// `8080/http`
    Typed,
    /// Any other text.
    Text(Box<str>),
}

impl Port {
    /// A port; number 0 stands for *to be assigned*.
    #[must_use]
    pub const fn new(number: u16, kind: PortKind) -> Self {
        Self {
            number,
            kind,
            form: Form::Typed,
        }
    }

    /// An HTTP port whose number is to be assigned.
    #[must_use]
    pub const fn unassigned() -> Self {
        Self {
            number: 0,
            kind: PortKind::Http,
            form: Form::Bare,
        }
    }

    /// The number; 0 when it is still to be assigned, and when the value is a text that is no number.
    #[must_use]
    pub const fn number(&self) -> u16 {
        self.number
    }

    /// What the port speaks.
    #[must_use]
    pub const fn kind(&self) -> PortKind {
        self.kind
    }

    /// Whether the port has a number.
    #[must_use]
    pub const fn is_assigned(&self) -> bool {
        self.number > 0
    }

    /// The text in place of a number, such as `$database.ports.sql`, where there is one.
    #[must_use]
    pub fn symbol(&self) -> Option<&str> {
        match &self.form {
            Form::Text(text) if self.number == 0 => Some(text),
            _ => None,
        }
    }
}

impl PartialEq for Port {
    fn eq(&self, other: &Self) -> bool {
        (self.number, self.kind, self.symbol()) == (other.number, other.kind, other.symbol())
    }
}

impl Eq for Port {}

impl Hash for Port {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.number, self.kind, self.symbol()).hash(state);
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Bare => write!(f, "{}", self.number),
            Form::Typed => write!(f, "{}/{}", self.number, self.kind),
            Form::Text(text) => f.write_str(text),
        }
    }
}

impl FromStr for Port {
    type Err = InvalidPort;

    /// Reads any text: one that is no number, and contains `$` or has no type, is a symbol with number 0.
    ///
    /// # Errors
    /// A number beyond 0 to 65535, and a type behind something that is no number: `abc/http`.
    fn from_str(text: &str) -> Result<Self, InvalidPort> {
        let invalid = || InvalidPort(text.to_owned());
        let (number, suffix) = split_kind(text);
        let symbolic = || (0, Form::Text(text.into()));
        let (parsed, form) = match number.parse::<i64>() {
            _ if text.contains('$') => symbolic(),
            Ok(parsed) => {
                let parsed: u16 = parsed.try_into().map_err(|_| invalid())?;
                (parsed, written_form(text, number, parsed, suffix))
            }
            Err(_) if suffix.is_some() || is_whole_number(number) => return Err(invalid()),
            Err(_) => symbolic(),
        };
        Ok(Self {
            number: parsed,
            kind: suffix.unwrap_or_default(),
            form,
        })
    }
}

/// What stands before the type, and the type where there is one.
fn split_kind(text: &str) -> (&str, Option<PortKind>) {
    match text.rsplit_once('/') {
        Some((number, kind)) if kind.eq_ignore_ascii_case("http") => (number, Some(PortKind::Http)),
        Some((number, kind)) if kind.eq_ignore_ascii_case("tcp") => (number, Some(PortKind::Tcp)),
        _ => (text, None),
    }
}

/// A number of any length.
fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The shortest form that prints the text, which begins with the digits of the number.
fn written_form(text: &str, digits: &str, number: u16, kind: Option<PortKind>) -> Form {
    // A sign and zeros in front make it longer.
    let length = number.checked_ilog10().unwrap_or(0) as usize + 1;
    let is_canonical = digits.len() == length && !text.bytes().any(|b| b.is_ascii_uppercase());
    match kind {
        None if is_canonical => Form::Bare,
        Some(_) if is_canonical => Form::Typed,
        _ => Form::Text(text.into()),
    }
}

impl serde_core::Serialize for Port {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_read_with_and_without_type_and_prints_as_it_was_read() {
        let cases = [
            ("8080", 8080, PortKind::Http),
            ("8080/http", 8080, PortKind::Http),
            ("8080/HTTP", 8080, PortKind::Http),
            ("53/tcp", 53, PortKind::Tcp),
            ("0", 0, PortKind::Http),
            ("+80", 80, PortKind::Http),
        ];
        for (text, number, kind) in cases {
            let port: Port = text.parse().unwrap();
            assert_eq!((port.number(), port.kind()), (number, kind), "{text}");
            assert_eq!(port.to_string(), text);
        }
        assert_eq!(Port::new(40000, PortKind::Http).to_string(), "40000/http");
        assert_eq!("80".parse(), Ok(Port::new(80, PortKind::Http)));
    }

    #[test]
    fn texts_without_a_number_are_symbols() {
        for (text, kind) in [
            ("nonsense", PortKind::Http),
            ("", PortKind::Http),
            ("80/udp", PortKind::Http),
            (" 80/http ", PortKind::Http),
            ("1.5", PortKind::Http),
            ("$db.ports.sql", PortKind::Http),
            ("$x/tcp", PortKind::Tcp),
        ] {
            let port: Port = text.parse().unwrap();
            assert_eq!((port.number(), port.kind()), (0, kind), "{text}");
            assert_eq!((port.symbol(), port.to_string().as_str()), (Some(text), text));
            assert!(!port.is_assigned());
            assert_ne!(port, Port::new(0, kind));
        }
    }

    #[test]
    fn numbers_out_of_range_and_types_behind_something_else_are_no_ports() {
        for text in [
            "-1",
            "65536",
            "99999999999999999999",
            "70000/tcp",
            "/http",
            "abc/http",
            "1.5/tcp",
        ] {
            assert!(text.parse::<Port>().is_err(), "{text}");
        }
    }
}
