//! What HAProxy does at run time: sections 4.2 (`balance`) and 5.2 of the configuration manual, `add server` of the management manual.

use super::lines::base_name;
use super::options::Version;

/// How a backend chooses its servers: the first word of `balance`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Algorithm(String);

impl Algorithm {
    /// None is said to mean `roundrobin`.
    pub(super) fn of(word: Option<&str>) -> Self {
        Self(word.unwrap_or("roundrobin").to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether servers take a new weight at any time, come and go, and stand in any order. With `first` they come and go, too, but one that
    /// is added takes the first number that is free, which is its place in the order.
    pub(super) fn is_dynamic(&self) -> bool {
        matches!(self.name(), "roundrobin" | "leastconn" | "random")
    }

    /// `random(2)` is `random`.
    fn name(&self) -> &str {
        self.0.split_once('(').map_or(&self.0, |(name, _)| name)
    }
}

/// The first version whose servers come and go without a word on experiments, and with checks.
pub(super) const SERVERS_COME_AND_GO: Version = Version::new(2, 5);

/// What `add server` does with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is taken.
    Given,
    /// It says nothing for a server that is added: it is left out.
    LeftOut,
    /// It is refused.
    Refused,
}

/// What `add server` does with a parameter of HAProxy 2.5 and newer.
pub(super) fn treatment(parameter: &str) -> Treatment {
    match parameter {
        // How a name is resolved at the start: the addresses of servers that are added are numbers. `enabled` is what they are told to be, `disabled` how
        // they begin. Without `cookie` in the backend a server's cookie leads nowhere, and with it this is not asked.
        "init-addr" | "enabled" | "disabled" | "cookie" => Treatment::LeftOut,
        _ => {
            let is_given = GIVEN.contains(&base_name(parameter))
                || parameter.starts_with("force-sslv3")
                || parameter.starts_with("force-tlsv1")
                || parameter.starts_with("no-sslv3")
                || parameter.starts_with("no-tlsv1");
            if is_given {
                Treatment::Given
            } else {
                Treatment::Refused
            }
        }
    }
}

/// The list of the manual for 2.6, without `track`: the server that is followed may have come later itself.
const GIVEN: [&str; 54] = [
    "agent-addr",
    "agent-check",
    "agent-inter",
    "agent-port",
    "agent-send",
    "allow-0rtt",
    "alpn",
    "addr",
    "backup",
    "ca-file",
    "check",
    "check-alpn",
    "check-proto",
    "check-send-proxy",
    "check-sni",
    "check-ssl",
    "check-via-socks4",
    "ciphers",
    "ciphersuites",
    "crl-file",
    "crt",
    "downinter",
    "error-limit",
    "fall",
    "fastinter",
    "id",
    "inter",
    "maxconn",
    "maxqueue",
    "minconn",
    "ssl-reuse",
    "npn",
    "observe",
    "on-error",
    "on-marked-down",
    "on-marked-up",
    "pool-low-conn",
    "pool-max-conn",
    "pool-purge-delay",
    "port",
    "proto",
    "proxy-v2-options",
    "rise",
    "send-proxy",
    "send-proxy-v2",
    "slowstart",
    "sni",
    "source",
    "ssl",
    "ssl-max-ver",
    "ssl-min-ver",
    "tls-tickets",
    "verify",
    "weight",
];
