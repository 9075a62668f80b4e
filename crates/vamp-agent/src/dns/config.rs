use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// Where DNS queries are answered, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DnsConfig {
    /// Where queries are taken, by UDP and TCP. Default `0.0.0.0:5353`, all IPv4 addresses, as gateways listen by default; `[::]` is all
    /// addresses of both families, unless the system says otherwise (`net.ipv6.bindv6only`). With the port 0 the system chooses one.
    ///
    /// The answer to a datagram comes from the address that the system sends from to the asker. A machine with several addresses in one
    /// network names the one that is asked.
    pub listen: SocketAddr,
    /// The addresses of each name, at most [`DnsConfig::ANSWERS`]. None, which is the default: the address of this machine by which the asker
    /// reaches it. Name them where the asker is a resolver on this machine, which would get and pass on `127.0.0.1`.
    pub answers: Vec<IpAddr>,
    /// How long an answer, or that there is none, may be kept; whole seconds count. Default 5 s: hosts come and go with releases.
    pub ttl: Duration,
}

impl Default for DnsConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), Self::PORT),
            answers: Vec::new(),
            ttl: Duration::from_secs(5),
        }
    }
}

impl DnsConfig {
    /// The port where nobody names another. It is that of multicast DNS, too: where a program for that runs, name another.
    pub const PORT: u16 = 5353;

    /// So many addresses a name may have. An answer with all of them that does not fit into the datagram of an asker is had by TCP.
    pub const ANSWERS: usize = 16;

    /// The longest time that a record may be kept: RFC 2181, section 8.
    const LONGEST_TTL: u64 = (1 << 31) - 1;

    /// Whether the settings can work.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when an answer is the address of no single machine, there are too many, or the time to live is more than
    /// 2³¹ − 1 seconds.
    pub fn validate(&self) -> Result<()> {
        if let Some(address) = self.answers.iter().find(|address| !is_of_a_machine(**address)) {
            return Err(invalid(
                "answers",
                format!("{address} is the address of no single machine"),
            ));
        }
        if self.answers.len() > Self::ANSWERS {
            let message = format!(
                "{} addresses, and at most {} are given",
                self.answers.len(),
                Self::ANSWERS
            );
            return Err(invalid("answers", message));
        }
        if self.ttl.as_secs() > Self::LONGEST_TTL {
            return Err(invalid("ttl", format!("must be at most {} s", Self::LONGEST_TTL)));
        }
        Ok(())
    }

    /// Whether somebody who listens there, by TCP, would be in the way.
    pub(crate) fn needs(&self, other: SocketAddr) -> bool {
        let all = |address: SocketAddr| address.ip().is_unspecified();
        let own = self.listen;
        own.port() != 0 && own.port() == other.port() && (own.ip() == other.ip() || all(own) || all(other))
    }
}

fn is_of_a_machine(address: IpAddr) -> bool {
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !address.is_unspecified() && !address.is_multicast() && !is_broadcast
}

fn invalid(setting: &str, message: String) -> Error {
    let subject = format!("dns.{setting}");
    Error::new(ErrorKind::Configuration, "use the setting", subject, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_addresses_of_machines_and_not_too_many() {
        let refused = |answers: Vec<IpAddr>, ttl| {
            let config = DnsConfig {
                answers,
                ttl: Duration::from_secs(ttl),
                ..DnsConfig::default()
            };
            config.validate().err().map(|error| error.to_string())
        };
        let one = || vec!["10.0.0.5".parse().unwrap()];
        assert_eq!(refused(one(), 5), None);
        assert_eq!(refused(one().repeat(16), 0), None);
        for address in ["0.0.0.0", "::", "224.0.0.251", "ff02::fb", "255.255.255.255"] {
            let told = refused(vec![address.parse().unwrap()], 5).unwrap();
            assert!(told.contains("dns.answers") && told.contains(address), "{told}");
        }
        assert!(refused(one().repeat(17), 5).unwrap().contains("17 addresses"));
        assert!(refused(one(), 1 << 31).unwrap().contains("dns.ttl"));
    }

    #[test]
    fn one_port_is_for_one_listener() {
        let config = |listen: &str| DnsConfig {
            listen: listen.parse().unwrap(),
            ..DnsConfig::default()
        };
        let other = "127.0.0.1:1990".parse().unwrap();
        for (listen, is_needed) in [
            ("127.0.0.1:1990", true),
            ("0.0.0.0:1990", true),
            ("[::]:1990", true),
            ("127.0.0.2:1990", false),
            ("127.0.0.1:1991", false),
        ] {
            assert_eq!(config(listen).needs(other), is_needed, "{listen}");
        }
        assert!(!config("127.0.0.1:0").needs("127.0.0.1:0".parse().unwrap()));
    }
}
