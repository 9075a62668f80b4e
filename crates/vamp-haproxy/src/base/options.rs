use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::text::Word;

/// What can be chosen about the base.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BaseOptions {
    /// Where log lines go; nowhere without one. Default: nowhere.
    pub log: Option<LogTarget>,
    /// A command socket of each worker, beside the one of the master. Default: none.
    pub stats_socket: Option<PathBuf>,
    /// The page with statistics and the health path. Default: on port 1988 of all addresses.
    pub statistics: Option<Statistics>,
    /// Connections that the process takes at once; what the limit of open files allows without one. Each client takes up to three: every
    /// hop between two proxies of a gateway counts. Default: what the limit allows.
    pub max_connections: Option<u32>,
    /// An old worker that still has connections ends after this long. Default 30 minutes.
    pub hard_stop_after: Duration,
    /// A worker that has lived through this many reloads ends, at once and with all its connections. Failed reloads count, too, and for the
    /// worker that serves. Default 1,000,000: [`hard_stop_after`](Self::hard_stop_after) ends old workers, and nothing else should.
    pub max_reloads: u32,
    /// An old worker closes idle connections only with the answer to one more request, so that no client writes into a connection that is
    /// just being closed. Default on; only tests have a reason to turn it off.
    pub idle_close_on_response: bool,
    /// The file with the authorities that the HTTP client of Lua programs trusts: `httpclient.ssl.ca-file`, of HAProxy 2.6 and newer. Without
    /// it HAProxy reads all authorities of the system at each start and reload, whether a program asks or not, which takes longer than a
    /// configuration of 50 gateways. Default: none.
    pub http_client_authorities: Option<PathBuf>,
    /// What holds for encrypted addresses; HAProxy's own defaults without. Default: none.
    pub tls: Option<TlsDefaults>,
    /// Time limits of the proxies.
    pub timeouts: Timeouts,
}

/// Time limits of the proxies: section 4.2 of HAProxy's configuration manual, keywords `timeout …`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For a whole request to arrive, and for the next one on a connection that is kept. Default 5 s.
    pub http_request: Duration,
    /// For a connection to a server. Default 5 s.
    pub connect: Duration,
    /// Without a word of the client. Default 50 s.
    pub client: Duration,
    /// Without a word of the server. Default 50 s.
    pub server: Duration,
    /// For a health check, once it is connected. Default 5 s.
    pub check: Duration,
}

/// What holds for encrypted addresses: keywords `ssl-default-bind-…` of section 3.1 of HAProxy's configuration manual.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TlsDefaults {
    /// The oldest version of the protocol that clients may speak. Default: 1.2.
    pub oldest_version: TlsVersion,
    /// The ciphers up to TLS 1.2, in OpenSSL's notation. Default: those of HAProxy.
    pub ciphers: Option<Word<'static>>,
    /// The cipher suites of TLS 1.3, in OpenSSL's notation. Default: those of OpenSSL.
    pub cipher_suites: Option<Word<'static>>,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2.
    #[default]
    V1_2,
    /// TLS 1.3.
    V1_3,
}

/// The page with statistics, and beside it the path `/health`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it asks for; `/health` asks for nothing. Default `haproxy`, `haproxy`.
    pub credentials: Option<Credentials>,
}

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: String,
    password: String,
}

/// A user or password that HAProxy cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a user of the statistics is not empty and has no colon, and neither user nor password has control characters"
)]
pub struct InvalidCredentials;

/// Where log lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogTarget {
    /// Datagrams to this address.
    Udp(SocketAddr),
    /// Datagrams to the unix socket of this path: absolute, without white space and quotes.
    Unix(PathBuf),
}

impl Default for BaseOptions {
    fn default() -> Self {
        Self {
            log: None,
            stats_socket: None,
            statistics: Some(Statistics::default()),
            max_connections: None,
            hard_stop_after: Duration::from_secs(30 * 60),
            max_reloads: 1_000_000,
            idle_close_on_response: true,
            http_client_authorities: None,
            tls: None,
            timeouts: Timeouts::default(),
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        let [five, fifty] = [5, 50].map(Duration::from_secs);
        Self {
            http_request: five,
            connect: five,
            client: fifty,
            server: fifty,
            check: five,
        }
    }
}

impl Statistics {
    /// The page at this address with the default credentials.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        let haproxy = || "haproxy".to_owned();
        Self {
            address,
            credentials: Some(Credentials {
                user: haproxy(),
                password: haproxy(),
            }),
        }
    }
}

impl Default for Statistics {
    fn default() -> Self {
        Self::at(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 1988))
    }
}

impl Credentials {
    /// A user and a password.
    ///
    /// # Errors
    /// The user is empty or has a colon, or one of the two has a control character.
    pub fn new(user: &str, password: &str) -> Result<Self, InvalidCredentials> {
        let controls = [user, password]
            .into_iter()
            .flat_map(str::chars)
            .any(char::is_control);
        if user.is_empty() || user.contains(':') || controls {
            return Err(InvalidCredentials);
        }
        Ok(Self {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }
}

impl FromStr for Credentials {
    type Err = InvalidCredentials;

    /// Reads `user:password`.
    fn from_str(text: &str) -> Result<Self, InvalidCredentials> {
        let (user, password) = text.split_once(':').ok_or(InvalidCredentials)?;
        Self::new(user, password)
    }
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.user, self.password)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:***", self.user)
    }
}

impl fmt::Display for LogTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}
