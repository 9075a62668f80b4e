//! Names of artifacts, gateways and routes: text that has passed its rule.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::text_form;

/// Why a text is not a name of the wanted sort.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// A name is empty or contains white space, `/`, `[` or `]`.
    #[error("Illegal name: '{0}'.")]
    Name(String),
    /// A strict name (ports, constants) is a name without `.`.
    #[error("Illegal name: '{0}'.")]
    Strict(String),
    /// A gateway name has one to four segments without white space, `[` or `]`.
    #[error("Unsupported gateway name: '{0}'.")]
    Gateway(String),
    /// A route path has one to four segments, or is one external address in brackets.
    #[error("Unsupported route path: '{0}'.")]
    Route(String),
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| is_blank(c) || matches!(c, '/' | '[' | ']'))
}

/// White space, or a control character.
fn is_blank(c: char) -> bool {
    // Nearly all characters of names are these.
    !c.is_ascii_graphic() && (c.is_whitespace() || c.is_control())
}

macro_rules! text_type {
    ($type:ident, $error:ident, $check:expr, $expected:literal, $(#[$doc:meta])*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            /// The text of the name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether a text is such a name.
            #[must_use]
            pub fn is_valid(text: &str) -> bool {
                let check: fn(&str) -> bool = $check;
                check(text)
            }
        }

        impl FromStr for $type {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                if Self::is_valid(text) { Ok(Self(text.to_owned())) } else { Err(InvalidName::$error(text.to_owned())) }
            }
        }

        impl TryFrom<String> for $type {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde_core::Serialize for $type {
            fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde_core::Deserialize<'de> for $type {
            fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text_form::deserialize(deserializer, $expected)
            }
        }
    };
}

text_type!(Name, Name, is_plain, "a name without white space, `/`, `[` and `]`",
    /// The name of an artifact or of a cluster: one or more characters, none of them white space, control, `/`, `[` or `]`.
);
text_type!(StrictName, Strict, |text| is_plain(text) && !text.contains('.'),
    "a name without white space, `.`, `/`, `[` and `]`",
    /// The name of a port or constant: a [`Name`] without `.`, because full names are split on it.
);
text_type!(GatewayName, Gateway, is_gateway, "a gateway's name of one to four segments, such as shop/web/http",
    /// The name of a gateway: one to four segments separated by `/`, such as `edge`, `shop/9050` or `shop/web/http`.
);

fn is_gateway(text: &str) -> bool {
    let legal = !text.chars().any(|c| is_blank(c) || matches!(c, '[' | ']'));
    legal && (1..=4).contains(&segments(text).count())
}

fn segments(text: &str) -> impl Iterator<Item = &str> {
    text.split('/').filter(|segment| !segment.is_empty())
}

impl GatewayName {
    /// The segments between the slashes; empty ones do not count.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        segments(&self.0)
    }

    /// Whether the engine makes and keeps this gateway: exactly the names `deployment/cluster/port`.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        self.segments().count() == 3
    }
}

/// Where a route of a gateway leads: the key of the route.
///
/// Two paths are equal when their segments are equal, so `a/b` and `a//b` are the same path.
#[derive(Debug, Clone)]
pub struct RoutePath {
    source: String,
    segments: Vec<String>,
}

impl RoutePath {
    /// The path of one segment, whatever characters it has: how gateways of a cluster name the breeds of its services.
    ///
    /// # Errors
    /// An empty text, and one with control characters.
    pub fn single(text: &str) -> Result<Self, InvalidName> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(InvalidName::Route(text.to_owned()));
        }
        Ok(Self {
            source: text.to_owned(),
            segments: vec![text.to_owned()],
        })
    }

    /// The path of one segment that names the breed, of a path `deployment/cluster/breed/port`.
    #[must_use]
    pub fn of_breed(&self) -> Option<Self> {
        match self.segments.as_slice() {
            [_, _, breed, _] => Self::single(breed).ok(),
            _ => None,
        }
    }

    /// The text as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// One to four segments. An external path is one segment that keeps its brackets.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The segments joined with `/`.
    #[must_use]
    pub fn normalized(&self) -> String {
        self.segments.join("/")
    }

    /// The address between the brackets, of an external path.
    #[must_use]
    pub fn external(&self) -> Option<&str> {
        external_address(&self.source)
    }
}

fn external_address(text: &str) -> Option<&str> {
    text.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .filter(|address| !address.is_empty())
}

impl FromStr for RoutePath {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let unsupported = || InvalidName::Route(text.to_owned());
        if text.chars().any(char::is_control) {
            return Err(unsupported());
        }
        let segments: Vec<String> = if external_address(text).is_some() {
            vec![text.to_owned()]
        } else {
            segments(text).map(str::to_owned).collect()
        };
        if !(1..=4).contains(&segments.len()) {
            return Err(unsupported());
        }
        Ok(Self {
            source: text.to_owned(),
            segments,
        })
    }
}

impl PartialEq for RoutePath {
    fn eq(&self, other: &Self) -> bool {
        self.segments == other.segments
    }
}

impl Eq for RoutePath {}

impl Hash for RoutePath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.segments.hash(state);
    }
}

impl fmt::Display for RoutePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl serde_core::Serialize for RoutePath {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

impl<'de> serde_core::Deserialize<'de> for RoutePath {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::deserialize(
            deserializer,
            "a route's path of one to four segments, or [host:port]",
        )
    }
}
