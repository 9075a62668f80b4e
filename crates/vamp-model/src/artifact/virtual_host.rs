use std::fmt;
use std::str::FromStr;

/// A host name that leads to a gateway, without port.
///
/// One to 253 characters; labels of letters, digits, `-` and `_`, separated by dots, neither beginning nor ending with
/// `-`, each of at most 63 characters. An IPv4 address is one, too. Names with other letters are written in their ASCII
/// form (`xn--…`), as browsers send them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VirtualHost(String);

impl VirtualHost {
    /// The host name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VirtualHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde_core::Serialize for VirtualHost {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A text is no host name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a host name consists of letters, digits, '-' and '_' in labels separated by dots, without port")]
pub struct InvalidVirtualHost;

impl FromStr for VirtualHost {
    type Err = InvalidVirtualHost;

    fn from_str(text: &str) -> Result<Self, InvalidVirtualHost> {
        if is_host_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidVirtualHost)
        }
    }
}

pub(crate) fn is_host_name(text: &str) -> bool {
    (1..=253).contains(&text.len()) && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_told_from_other_texts() {
        for text in [
            "a",
            "shop.example.org",
            "web.front.shop.vamp",
            "10.0.0.1",
            "xn--bcher-kva.ch",
            "_x.y",
        ] {
            assert!(text.parse::<VirtualHost>().is_ok(), "{text}");
        }
        let long = "a".repeat(64);
        for text in [
            "", "a b", "a:80", "-a.b", "a-.b", "a..b", "a.", "é.org", "a\nb", "*.org", &long,
        ] {
            assert!(text.parse::<VirtualHost>().is_err(), "{text}");
        }
    }
}
