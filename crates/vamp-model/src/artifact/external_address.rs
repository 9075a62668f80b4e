use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use super::virtual_host::is_host_name;
use crate::RoutePath;

/// Where an external route `[host:port]` leads.
///
/// The host is a name, an IPv4 address or an IPv6 address in brackets of its own; the port is 1 to 65535.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalAddress {
    host: String,
    port: u16,
}

impl ExternalAddress {
    /// The host; an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, never 0.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for ExternalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// A text is no address of the form `host:port`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no address of the form host:port", .0.escape_debug())]
pub struct InvalidExternalAddress(pub String);

impl FromStr for ExternalAddress {
    type Err = InvalidExternalAddress;

    fn from_str(text: &str) -> Result<Self, InvalidExternalAddress> {
        let invalid = || InvalidExternalAddress(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(invalid)?;
        let digits = port.bytes().all(|b| b.is_ascii_digit());
        let port: u16 = port.parse().map_err(|_| invalid())?;
        let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let host = match bracketed {
            Some(address) if address.parse::<Ipv6Addr>().is_ok() => address,
            None if is_host_name(host) => host,
            _ => return Err(invalid()),
        };
        if port == 0 || !digits {
            return Err(invalid());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

impl RoutePath {
    /// The address of an external path, checked; `None` for a path inside.
    ///
    /// Reading an artifact takes any text between the brackets, as it always has. Who hands a gateway to HAProxy
    /// asks here whether it can be reached.
    ///
    /// # Errors
    /// The text between the brackets is not of the form `host:port`.
    pub fn external_address(&self) -> Result<Option<ExternalAddress>, InvalidExternalAddress> {
        self.external().map(str::parse).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_host_and_a_port() {
        for text in ["example.org:8080", "10.0.0.1:80", "[::1]:443"] {
            assert_eq!(text.parse::<ExternalAddress>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "example.org",
            "http://example.org:8080",
            "a:0",
            "a:65536",
            "a:+8",
            "::1:80",
            "[x]:1",
            "a b:1",
            "a\n:1",
        ] {
            assert!(text.parse::<ExternalAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_an_external_path_has_an_address() {
        let path = |text: &str| text.parse::<RoutePath>().unwrap();
        assert_eq!(path("shop/web").external_address(), Ok(None));
        assert!(path("[external/1/2]").external_address().is_err());
        let address = path("[10.0.0.1:80]").external_address().unwrap().unwrap();
        assert_eq!((address.host(), address.port()), ("10.0.0.1", 80));
    }
}
