//! The URL of a store, taken apart: `scheme://user:password@host:port,host:port/base?option=value&…`.
//!
//! A crate that reads URLs takes one host only.

use std::fmt;

use percent_encoding::percent_decode_str;

/// Why a text is not the URL of a store. What may be a password is not in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{url}' is not the address of a store: {reason}")]
pub struct InvalidUrl {
    url: String,
    reason: String,
}

impl InvalidUrl {
    /// Why, without the URL: for those who tell by themselves where it was given.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// A URL in its parts, decoded.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct StoreUrl {
    /// What errors call it: without user and options.
    pub(super) shown: String,
    pub(super) scheme: String,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) addresses: Vec<String>,
    /// With its leading slash, or empty.
    pub(super) path: String,
    /// In order, each once.
    pub(super) options: Vec<(String, String)>,
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoreUrl").field(&self.shown).finish()
    }
}

impl StoreUrl {
    pub(super) fn parse(text: &str) -> Result<Self, InvalidUrl> {
        let (scheme, rest) = text.split_once("://").ok_or_else(|| InvalidUrl {
            // Behind a user and a password, which errors do not show.
            url: text.rsplit('@').next().unwrap_or_default().to_owned(),
            reason: "it begins with no scheme, such as etcd://".to_owned(),
        })?;
        // A password with one of these, not encoded, would end the addresses early and be shown as something else.
        let authority = rest.find(['/', '?']).unwrap_or(rest.len());
        if rest[authority..].contains('@') {
            return Err(InvalidUrl {
                url: format!("{scheme}://…"),
                reason: "'/', '?' and '@' in users, passwords and options are encoded with %".to_owned(),
            });
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (login, hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (Some(login), hosts),
            None => (None, authority),
        };
        let mut url = Self {
            shown: format!("{scheme}://{hosts}{path}"),
            scheme: scheme.to_owned(),
            user: None,
            password: None,
            addresses: Vec::new(),
            path: String::new(),
            options: Vec::new(),
        };
        url.path = url.decoded(path)?;
        if let Some(login) = login {
            let (user, password) = match login.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (login, None),
            };
            url.user = Some(url.decoded(user)?);
            url.password = password.map(|password| url.decoded(password)).transpose()?;
        }
        if !hosts.is_empty() {
            for host in hosts.split(',') {
                if host.is_empty() || host.contains(char::is_whitespace) {
                    return Err(url.invalid(format!("'{host}' is no address")));
                }
                url.addresses.push(host.to_owned());
            }
        }
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            if value.is_empty() {
                return Err(url.invalid(format!("the option '{name}' has no value")));
            }
            let value = url.decoded(value)?;
            if url.options.iter().any(|(known, _)| known == name) {
                return Err(url.invalid(format!("the option '{name}' is given twice")));
            }
            url.options.push((name.to_owned(), value));
        }
        Ok(url)
    }

    /// What is wrong with this URL.
    pub(super) fn invalid(&self, reason: impl Into<String>) -> InvalidUrl {
        InvalidUrl {
            url: self.shown.clone(),
            reason: reason.into(),
        }
    }

    /// The value of an option, which is gone then: what is left at the end is unknown.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.options.iter().position(|(known, _)| known == name)?;
        Some(self.options.remove(at).1)
    }

    /// Refuses what nobody has taken.
    pub(super) fn finished(&self) -> Result<(), InvalidUrl> {
        if let Some((name, _)) = self.options.first() {
            return Err(self.invalid(format!("there is no option '{name}' of {}", self.scheme)));
        }
        if !self.addresses.is_empty() || self.user.is_some() || self.password.is_some() {
            return Err(self.invalid(format!("{} has neither address nor user", self.scheme)));
        }
        Ok(())
    }

    fn decoded(&self, text: &str) -> Result<String, InvalidUrl> {
        match percent_decode_str(text).decode_utf8() {
            Ok(text) => Ok(text.into_owned()),
            Err(_) => Err(self.invalid("what is encoded with % is no UTF-8")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_found_and_decoded() {
        let mut url = StoreUrl::parse(
            "etcd://root:p%40ss%3Aword@a:2379,[::1]:2379/vamp/my%20shop?ca=/etc/ca.pem&timeout=5s",
        )
        .unwrap();
        assert_eq!(url.scheme, "etcd");
        assert_eq!(url.user.as_deref(), Some("root"));
        assert_eq!(url.password.as_deref(), Some("p@ss:word"));
        assert_eq!(url.addresses, ["a:2379", "[::1]:2379"]);
        assert_eq!(url.path, "/vamp/my shop");
        assert_eq!(url.take("timeout").as_deref(), Some("5s"));
        assert_eq!(url.options, [("ca".to_owned(), "/etc/ca.pem".to_owned())]);
    }

    #[test]
    fn what_is_left_out_is_empty() {
        let url = StoreUrl::parse("memory://").unwrap();
        assert_eq!((url.addresses.len(), &*url.path, url.options.len()), (0, "", 0));
        let url = StoreUrl::parse("file:///var/lib/vamp/kv").unwrap();
        assert_eq!((url.addresses.len(), &*url.path), (0, "/var/lib/vamp/kv"));
    }

    #[test]
    fn mistakes_are_named_and_passwords_are_not() {
        for (text, reason) in [
            (
                "root:secret@10.0.0.5:2379",
                "it begins with no scheme, such as etcd://",
            ),
            ("etcd://root:secret@a:2379,/x", "'' is no address"),
            ("etcd://root:secret@a?ca", "the option 'ca' has no value"),
            ("etcd://root:secret@a?ca=1&ca=2", "the option 'ca' is given twice"),
            (
                "etcd://root:pa?secret@a:2379",
                "in users, passwords and options are encoded with %",
            ),
            (
                "etcd://root:pa/secret@a",
                "in users, passwords and options are encoded with %",
            ),
            ("etcd://root:secret%ff@a", "what is encoded with % is no UTF-8"),
        ] {
            let error = StoreUrl::parse(text).unwrap_err().to_string();
            assert!(error.ends_with(reason), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
