//! Under which names the server is reached.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::authority::Host;
use super::{Authority, Malformed};

/// Under which names the server may be called: what stands in the header `Host`, whatever its port.
///
/// A web page can let a name of its own point to this machine, and its browser then takes the server for a part of the page.
/// The name that it calls still stands in the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Under all.
    Any,
    /// As `localhost`, under the loopback addresses (127.0.0.0/8 and `[::1]`), under the address at which the connection
    /// arrived, and under these. [`Api::router`](crate::Api::router) does not know at which address a connection arrived.
    Listed(Vec<HostName>),
}

impl Default for Hosts {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl Hosts {
    /// `arrived_at`: the server's own address on the connection.
    pub(crate) fn allow(&self, called: Option<&Authority>, arrived_at: Option<IpAddr>) -> bool {
        let (names, host) = match (self, called) {
            (Self::Any, _) => return true,
            (Self::Listed(_), None) => return false,
            (Self::Listed(names), Some(called)) => (names, &called.host),
        };
        host.is_loopback()
            || arrived_at.is_some_and(|address| *host == Host::Address(address.to_canonical()))
            || names.iter().any(|name| name.0 == *host)
    }
}

impl fmt::Display for Hosts {
    /// `*`, or the names with commas between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Listed(names) => {
                let names: Vec<String> = names.iter().map(ToString::to_string).collect();
                f.write_str(&names.join(","))
            }
        }
    }
}

/// A host name or an IP address, without a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(Host);

impl FromStr for HostName {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match Authority::parse(text) {
            Some(Authority { host, port: None }) => Ok(Self(host)),
            _ => Err(Malformed {
                text: text.to_owned(),
                wanted: "a host name or an address without a port, such as vamp.example.org or [fd00::1]",
            }),
        }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_its_address_and_listed_names_may_be_called() {
        let hosts = Hosts::Listed(vec!["Vamp.example.org".parse().unwrap()]);
        let arrived_at = Some("::ffff:10.0.0.5".parse().unwrap());
        for (called, wanted) in [
            ("localhost:8080", true),
            ("127.0.0.1", true),
            ("127.9.9.9:1", true),
            ("[::1]:8080", true),
            ("10.0.0.5:8080", true),
            ("vamp.example.org", true),
            ("vamp.example.org:8443", true),
            ("10.0.0.6", false),
            ("0.0.0.0", false),
            ("evil.example.org", false),
            ("localhost.evil.example.org", false),
            ("127.0.0.1.evil.example.org", false),
            ("127.1", false),
            ("localhost@evil.example.org", false),
            ("", false),
        ] {
            let authority = Authority::parse(called);
            assert_eq!(hosts.allow(authority.as_ref(), arrived_at), wanted, "{called}");
            assert!(Hosts::Any.allow(authority.as_ref(), None));
        }
        let bound = Authority::parse("10.0.0.5");
        assert!(
            !hosts.allow(bound.as_ref(), None),
            "nobody knows where it arrived"
        );
    }

    #[test]
    fn a_name_has_no_port() {
        assert_eq!("[FD00::1]".parse::<HostName>().unwrap().to_string(), "[fd00::1]");
        for text in [
            "vamp.example.org:80",
            "http://vamp.example.org",
            "",
            "*.example.org",
        ] {
            assert!(text.parse::<HostName>().is_err(), "{text}");
        }
    }
}
