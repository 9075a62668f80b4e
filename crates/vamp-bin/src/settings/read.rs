//! From texts to values that can be used.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use super::{Given, Raw, Settings};
use crate::Result;

/// An inclusive range of ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PortRange {
    pub(crate) first: u16,
    pub(crate) last: u16,
}

impl FromStr for PortRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "wanted is a range such as 40000-45000".to_owned();
        let (first, last) = text.split_once('-').ok_or_else(wanted)?;
        let port = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port > 0);
        let (Some(first), Some(last)) = (port(first), port(last)) else {
            return Err(wanted());
        };
        if first > last {
            return Err(format!("{first} is greater than {last}"));
        }
        Ok(Self { first, last })
    }
}

impl std::fmt::Display for PortRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// Some values, or whatever there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Chosen<T> {
    All,
    Some(Vec<T>),
}

/// A value of this type, or a sentence about what is wanted instead.
fn parse<T: FromStr>(text: &str, wanted: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("wanted is {wanted}"))
}

impl Settings {
    /// The text of a setting; none when nobody gave it.
    pub(crate) fn text(&self, key: &'static str) -> Option<&str> {
        match self.given(key) {
            Some(Given {
                raw: Raw::One(text), ..
            }) => Some(text),
            Some(Given {
                raw: Raw::List(items),
                ..
            }) => items.first().map(String::as_str),
            None => None,
        }
    }

    /// A whole number; none when nobody gave it.
    pub(crate) fn number(&self, key: &'static str) -> Result<Option<u64>> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        match parse(text.trim(), "a whole number") {
            Ok(number) => Ok(Some(number)),
            Err(reason) => Err(self.refuse(key, reason)),
        }
    }

    /// A whole number of percent, 0 to 100; none when nobody gave it.
    pub(crate) fn percent(&self, key: &'static str) -> Result<Option<u8>> {
        self.parsed(key, |text| {
            let percent: u8 = parse(text.trim(), "a whole number from 0 to 100")?;
            let range = "wanted is a whole number from 0 to 100";
            (percent <= 100)
                .then_some(percent)
                .ok_or_else(|| range.to_owned())
        })
    }

    /// The texts of a list; none when nobody gave it.
    pub(crate) fn list(&self, key: &'static str) -> Option<Vec<String>> {
        match self.given(key)? {
            Given {
                raw: Raw::List(items),
                ..
            } => Some(items.clone()),
            Given {
                raw: Raw::One(text), ..
            } => Some(vec![text.clone()]),
        }
    }

    fn parsed<T>(
        &self,
        key: &'static str,
        parse: impl FnOnce(&str) -> std::result::Result<T, String>,
    ) -> Result<Option<T>> {
        let Some(text) = self.text(key) else {
            return Ok(None);
        };
        parse(text).map(Some).map_err(|reason| self.refuse(key, reason))
    }

    pub(crate) fn socket_address(&self, key: &'static str) -> Result<Option<SocketAddr>> {
        self.parsed(key, |text| {
            parse(
                text,
                "an IP address with a port, such as 127.0.0.1:8080 or [::1]:8080",
            )
        })
    }

    pub(crate) fn ip_address(&self, key: &'static str) -> Result<Option<IpAddr>> {
        self.parsed(key, |text| {
            parse(text, "an IP address, such as 127.0.0.1 or 0.0.0.0")
        })
    }

    pub(crate) fn port(&self, key: &'static str) -> Result<Option<u16>> {
        self.parsed(key, |text| parse(text, "a port, 0 to 65535"))
    }

    pub(crate) fn port_range(&self, key: &'static str) -> Result<Option<PortRange>> {
        self.parsed(key, str::parse)
    }

    pub(crate) fn boolean(&self, key: &'static str) -> Result<Option<bool>> {
        self.parsed(key, |text| match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(true),
            "false" | "no" | "off" => Ok(false),
            _ => Err("wanted is true or false".to_owned()),
        })
    }

    /// One of several words.
    pub(crate) fn choice<T: Copy>(&self, key: &'static str, choices: &[(&str, T)]) -> Result<Option<T>> {
        self.parsed(key, |text| {
            let chosen = choices
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(_, value)| *value);
            chosen.ok_or_else(|| {
                let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
                format!("wanted is {}", words.join(" or "))
            })
        })
    }

    /// A path; relative ones count from the working directory.
    pub(crate) fn path(&self, key: &'static str) -> Result<Option<PathBuf>> {
        self.parsed(key, |text| match text {
            "" => Err("it is empty".to_owned()),
            text => std::path::absolute(text).map_err(|error| error.to_string()),
        })
    }

    pub(crate) fn paths(&self, key: &'static str) -> Result<Option<Vec<PathBuf>>> {
        let Some(texts) = self.list(key) else {
            return Ok(None);
        };
        let paths = texts
            .iter()
            .map(|text| std::path::absolute(text).map_err(|error| self.refuse(key, error)));
        paths.collect::<Result<_>>().map(Some)
    }

    /// Values of this type; all values where one of the texts is `*`, none when nobody gave any.
    pub(crate) fn some_or_all<T>(&self, key: &'static str) -> Result<Option<Chosen<T>>>
    where
        T: FromStr<Err = vamp_api::Malformed>,
    {
        let texts = self.list(key).unwrap_or_default();
        if texts.is_empty() {
            return Ok(None);
        }
        if texts.iter().any(|text| text == "*") {
            return Ok(Some(Chosen::All));
        }
        let values = texts.iter().map(|text| {
            let malformed =
                |error: vamp_api::Malformed| self.refuse(key, format!("wanted is * or {}", error.wanted()));
            text.parse().map_err(malformed)
        });
        values.collect::<Result<_>>().map(Chosen::Some).map(Some)
    }

    /// Refuses a value for a reason that shows only beside others.
    pub(crate) fn refused(&self, key: &'static str, reason: impl std::fmt::Display) -> crate::Error {
        self.refuse(key, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::key;

    fn with(key: &'static str, value: &str) -> Settings {
        Settings::gather(None, [], [(key, "--flag", Raw::One(value.to_owned()))]).unwrap()
    }

    #[test]
    fn ranges_addresses_and_words_are_checked() {
        assert_eq!(
            "40000-45000".parse(),
            Ok(PortRange {
                first: 40000,
                last: 45000
            })
        );
        for wrong in ["", "1", "0-5", "5-4", "1-70000", "a-b"] {
            let settings = with(key::GATEWAY_PORTS, wrong);
            assert!(settings.port_range(key::GATEWAY_PORTS).is_err(), "{wrong}");
        }
        assert!(
            with(key::AGENT_STATISTICS, "[::1]:1988")
                .socket_address(key::AGENT_STATISTICS)
                .unwrap()
                .is_some()
        );
        assert!(
            with(key::AGENT_STATISTICS, "localhost:1")
                .socket_address(key::AGENT_STATISTICS)
                .is_err()
        );
        assert_eq!(
            with(key::API_INSECURE, "Yes").boolean(key::API_INSECURE).unwrap(),
            Some(true)
        );
        assert!(with(key::API_INSECURE, "1").boolean(key::API_INSECURE).is_err());
    }

    #[test]
    fn a_refused_value_is_named_with_where_it_comes_from() {
        let flag = with(key::KV_TYPE, "consul")
            .choice(key::KV_TYPE, &[("memory", 1), ("etcd", 2)])
            .unwrap_err();
        assert_eq!(
            flag.to_string(),
            "cannot use 'consul' for --flag: wanted is memory or etcd"
        );
        let variable = ("VAMP_HTTP_API_PORT".to_owned(), "x".to_owned());
        let settings = Settings::gather(None, [variable], []).unwrap();
        assert_eq!(
            settings.port(key::API_PORT).unwrap_err().to_string(),
            "cannot use 'x' for vamp.http-api.port (from VAMP_HTTP_API_PORT): wanted is a port, 0 to 65535"
        );
    }
}
