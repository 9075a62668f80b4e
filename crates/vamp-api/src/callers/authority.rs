//! `host` or `host:port`, as in the header `Host` and at the end of an origin.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// An address, or a name in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Address(IpAddr),
    Name(String),
}

impl Host {
    /// Whether it stands for this machine wherever it is looked up.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Address(address) => address.is_loopback(),
            Self::Name(name) => name == "localhost",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// A host, and its port where one is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    pub(super) host: Host,
    pub(super) port: Option<u16>,
}

impl Authority {
    /// Nothing where the text is anything else, user information included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']')?;
                let address: Ipv6Addr = address.parse().ok()?;
                let host = Host::Address(IpAddr::V6(address).to_canonical());
                match port {
                    "" => (host, None),
                    port => (host, Some(port.strip_prefix(':')?)),
                }
            }
            None => match text.split_once(':') {
                Some((host, port)) => (name_or_address(host)?, Some(port)),
                None => (name_or_address(text)?, None),
            },
        };
        let port = port.map(number).transpose().ok()?;
        Some(Self { host, port })
    }
}

fn name_or_address(text: &str) -> Option<Host> {
    if let Ok(address) = text.parse() {
        return Some(Host::Address(IpAddr::V4(address)));
    }
    let is_part_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_name = !text.is_empty() && text.chars().all(is_part_of_name);
    is_name.then(|| Host::Name(text.to_ascii_lowercase()))
}

/// Digits alone: the standard library would take a sign, too.
fn number(port: &str) -> Result<u16, ()> {
    if port.bytes().all(|digit| digit.is_ascii_digit()) {
        port.parse().map_err(|_| ())
    } else {
        Err(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart_and_anything_else_is_none() {
        for (text, host, port) in [
            ("localhost", "localhost", None),
            ("LocalHost:8080", "localhost", Some(8080)),
            ("127.0.0.1:1", "127.0.0.1", Some(1)),
            ("[::1]", "[::1]", None),
            ("[0:0::1]:8080", "[::1]", Some(8080)),
            ("[::ffff:127.0.0.1]:8080", "127.0.0.1", Some(8080)),
            ("a_b.example.org", "a_b.example.org", None),
        ] {
            let found = Authority::parse(text).unwrap();
            assert_eq!(
                (found.host.to_string().as_str(), found.port),
                (host, port),
                "{text}"
            );
        }
        for text in [
            "",
            ":8080",
            "localhost:",
            "localhost:+80",
            "localhost:70000",
            "localhost:80:80",
            "user@localhost",
            "localhost/path",
            "local host",
            "::1",
            "[::1",
            "[::1]8080",
            "[localhost]",
            "münchen.example.org",
        ] {
            assert_eq!(Authority::parse(text), None, "{text}");
        }
    }
}
