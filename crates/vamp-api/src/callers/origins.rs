//! From which web pages browsers may call.

use std::fmt;
use std::str::FromStr;

use super::authority::Host;
use super::{Authority, Malformed};

/// From which web pages browsers may call the API: what stands in the header `Origin`. Callers that are no browsers send none,
/// and are not concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// From all: every web page that somebody visits who reaches the server may change everything.
    Any,
    /// From pages of the server itself, and from these.
    Listed(Vec<Origin>),
}

impl Default for Origins {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl Origins {
    /// Whether pages of this origin may call a server that is called as `called`.
    pub(crate) fn allow(&self, origin: &str, called: Option<&Authority>) -> bool {
        let Self::Listed(listed) = self else {
            return true;
        };
        let Ok(origin) = origin.parse::<Origin>() else {
            return false;
        };
        listed.contains(&origin) || called.is_some_and(|called| origin == Origin::of_server(called))
    }
}

impl fmt::Display for Origins {
    /// `*`, or the origins with commas between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Listed(origins) => {
                let origins: Vec<String> = origins.iter().map(ToString::to_string).collect();
                f.write_str(&origins.join(","))
            }
        }
    }
}

/// Where web pages come from, written `https://host` or `https://host:port` (RFC 6454 §6.2).
///
/// ```
/// use vamp_api::Origin;
///
/// let console: Origin = "https://Console.example.org:443".parse()?;
/// assert_eq!(console.to_string(), "https://console.example.org");
/// // What any page can claim to be is no origin.
/// assert!("null".parse::<Origin>().is_err());
/// # Ok::<(), vamp_api::Malformed>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Lower case.
    scheme: String,
    host: Host,
    /// That of the scheme where none is named; none where the scheme has none.
    port: Option<u16>,
}

impl Origin {
    fn new(scheme: &str, authority: Authority) -> Self {
        let scheme = scheme.to_ascii_lowercase();
        Self {
            port: authority.port.or_else(|| usual_port(&scheme)),
            host: authority.host,
            scheme,
        }
    }

    /// The origin of pages of a server that is called like this. The API itself knows no TLS.
    fn of_server(called: &Authority) -> Self {
        Self::new("http", called.clone())
    }
}

fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

impl FromStr for Origin {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed {
            text: text.to_owned(),
            wanted: "an origin such as https://console.example.org or http://localhost:3000, without a path",
        };
        let (scheme, authority) = text.split_once("://").ok_or_else(malformed)?;
        let is_part_of_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let is_scheme =
            scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(is_part_of_scheme);
        let authority = Authority::parse(authority).filter(|_| is_scheme);
        Ok(Self::new(scheme, authority.ok_or_else(malformed)?))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match self.port {
            Some(port) if self.port != usual_port(&self.scheme) => write!(f, ":{port}"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_server_and_of_listed_origins_may_call() {
        let origins = Origins::Listed(vec!["https://console.example.org".parse().unwrap()]);
        for (origin, called, wanted) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("http://localhost", "localhost", true),
            ("http://localhost", "LOCALHOST:80", true),
            ("http://[::1]:8080", "[::1]:8080", true),
            ("https://console.example.org", "127.0.0.1:8080", true),
            ("https://console.example.org:443", "127.0.0.1:8080", true),
            // Another scheme, port, name or writing of the same server is another origin.
            ("https://127.0.0.1:8080", "127.0.0.1:8080", false),
            ("http://127.0.0.1:3000", "127.0.0.1:8080", false),
            ("http://127.0.0.1", "127.0.0.1:8080", false),
            ("http://localhost:8080", "127.0.0.1:8080", false),
            ("http://console.example.org", "127.0.0.1:8080", false),
            ("https://console.example.org:8443", "127.0.0.1:8080", false),
            (
                "https://console.example.org.evil.example",
                "127.0.0.1:8080",
                false,
            ),
            ("https://evil.example.org", "127.0.0.1:8080", false),
            ("null", "127.0.0.1:8080", false),
            ("", "127.0.0.1:8080", false),
            (
                "http://127.0.0.1:8080 https://evil.example.org",
                "127.0.0.1:8080",
                false,
            ),
            ("http://user@127.0.0.1:8080", "127.0.0.1:8080", false),
        ] {
            let authority = Authority::parse(called);
            assert_eq!(
                origins.allow(origin, authority.as_ref()),
                wanted,
                "{origin} calls {called}"
            );
            assert!(Origins::Any.allow(origin, authority.as_ref()));
        }
        assert!(!origins.allow("http://127.0.0.1:8080", None));
    }

    #[test]
    fn what_is_no_origin_is_refused_with_words() {
        let error = "console.example.org".parse::<Origin>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot use 'console.example.org': wanted is an origin such as https://console.example.org or \
             http://localhost:3000, without a path"
        );
        for text in [
            "null",
            "*",
            "https://",
            "https://a/",
            "1http://a",
            "://a",
            "https://*.example.org",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
        let other: Origin = "tauri://localhost".parse().unwrap();
        assert_eq!(other.to_string(), "tauri://localhost");
    }
}
