//! The settings.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Key, Result, settings};

/// How to reach ZooKeeper. In files, times are written like `3s` or `500ms`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ZooKeeperConfig {
    /// Addresses of the servers, `host:port`; without a port it is 2181. Default: `127.0.0.1:2181`.
    pub servers: Vec<String>,
    /// How long the server keeps a session of which it hears nothing: 5 s. It has the last word. No lease is granted for a
    /// shorter time.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub session_timeout: Duration,
    /// Time limit of an attempt to reach any of the servers: 5 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub connect_timeout: Duration,
    /// Time limit of one call: 3 s. A listing takes several requests, which have it together: more of it is needed for a tree of many
    /// thousand nodes, or for a deep one, on a server far away.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub call_timeout: Duration,
    /// The node below which all keys stand. Default: none, keys begin at the root.
    pub chroot: Option<String>,
    /// The user for `digest` authentication, with [`password`](Self::password). Nodes that are made belong to this user alone.
    /// Default: none; nodes are open to everybody.
    pub user: Option<String>,
    /// The user's password. Not shown, and not written to files.
    #[serde(skip_serializing)]
    pub password: Option<String>,
    /// Whether everybody may read the nodes that a user makes: no.
    pub others_may_read: bool,
    /// The largest request that the server takes, in bytes: 1 MiB less one, the default of its `jute.maxbuffer`.
    pub max_request: usize,
}

impl Default for ZooKeeperConfig {
    fn default() -> Self {
        Self {
            servers: vec!["127.0.0.1:2181".to_owned()],
            session_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(3),
            chroot: None,
            user: None,
            password: None,
            others_may_read: false,
            max_request: 1024 * 1024 - 1,
        }
    }
}

impl fmt::Debug for ZooKeeperConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZooKeeperConfig")
            .field("servers", &settings::all_shown(&self.servers))
            .field("session_timeout", &self.session_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("call_timeout", &self.call_timeout)
            .field("chroot", &self.chroot)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .field("others_may_read", &self.others_may_read)
            .field("max_request", &self.max_request)
            .finish()
    }
}

impl ZooKeeperConfig {
    /// The defaults with these servers.
    #[must_use]
    pub fn new(servers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            servers: servers.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Where all keys stand: nothing, or a path with a slash before it and none after it.
    pub(super) fn root(&self) -> Result<String> {
        match self.chroot.as_deref().map(|chroot| chroot.trim_matches('/')) {
            None | Some("") => Ok(String::new()),
            Some(chroot) => match Key::parse(chroot) {
                Ok(key) => Ok(key.to_string()),
                Err(error) => Err(self.wrong("the chroot").because(error)),
            },
        }
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |reason: String| Err(self.wrong("at").because(reason));
        if self.servers.is_empty() {
            return wrong("no server is given".to_owned());
        }
        let instead = "the settings for users are 'user' and 'password'";
        settings::without_users(&self.servers, instead).or_else(wrong)?;
        settings::not_zero(&[
            ("call_timeout", self.call_timeout),
            ("connect_timeout", self.connect_timeout),
            ("session_timeout", self.session_timeout),
        ])
        .or_else(wrong)?;
        for server in &self.servers {
            if let Err(reason) = check_address(server) {
                return wrong(format!("'{server}' is no address: {reason}"));
            }
        }
        if self.user.is_some() != self.password.is_some() {
            return wrong("a user and a password belong together".to_owned());
        }
        if self
            .user
            .as_ref()
            .is_some_and(|user| user.is_empty() || user.contains(':'))
        {
            return wrong("a user's name is not empty and has no colon".to_owned());
        }
        self.root().map(drop)
    }

    fn wrong(&self, what: &str) -> Error {
        let subject = format!("{what} {}", settings::all_shown(&self.servers).join(","));
        Error::new(ErrorKind::Configuration, "connect to ZooKeeper", subject)
    }
}

fn check_address(server: &str) -> std::result::Result<(), &'static str> {
    if server.contains("://") {
        return Err("`host:port` is expected; there is no TLS for ZooKeeper");
    }
    settings::host_and_port(server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_has_its_default_and_what_is_unknown_is_refused() {
        let config: ZooKeeperConfig =
            serde_json::from_str(r#"{"servers": ["zk:2181"], "session_timeout": "8s"}"#).unwrap();
        let expected = ZooKeeperConfig {
            session_timeout: Duration::from_secs(8),
            ..ZooKeeperConfig::new(["zk:2181"])
        };
        assert_eq!(config, expected);
        assert!(serde_json::from_str::<ZooKeeperConfig>(r#"{"session": "1s"}"#).is_err());
    }

    #[test]
    fn a_password_is_neither_shown_nor_written() {
        let config = ZooKeeperConfig {
            user: Some("vamp".to_owned()),
            password: Some("secret".to_owned()),
            ..ZooKeeperConfig::default()
        };
        let shown = format!("{config:?}");
        assert!(shown.contains("***") && !shown.contains("secret"), "{shown}");
        let written = serde_json::to_string(&config).unwrap();
        assert!(
            written.contains("vamp") && !written.contains("secret"),
            "{written}"
        );
    }

    #[test]
    fn addresses_are_checked() {
        for right in ["zk", "zk:2181", "127.0.0.1:1", "[::1]:2181", "[::1]"] {
            assert!(ZooKeeperConfig::new([right]).check().is_ok(), "{right}");
        }
        for wrong in [
            "",
            ":1",
            "zk:",
            "zk:0",
            "zk:x",
            "::1",
            "zk/chroot",
            "a,b",
            "tcp+tls://zk:2281",
        ] {
            let error = ZooKeeperConfig::new([wrong]).check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{wrong}");
        }
    }

    #[test]
    fn a_user_in_an_address_is_refused_and_not_shown() {
        let config = ZooKeeperConfig::new(["ann:secret-word@zk:2181"]);
        let error = config.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(
            error.to_string().ends_with(
                "'***@zk:2181' has a user in it; the settings for users are 'user' and 'password'"
            ),
            "{error}"
        );
        assert!(!format!("{config:?} {error:?}").contains("secret-word"));
    }

    #[test]
    fn a_chroot_is_a_path() {
        let root = |chroot: &str| {
            let config = ZooKeeperConfig {
                chroot: Some(chroot.to_owned()),
                ..ZooKeeperConfig::default()
            };
            config.root().map_err(|error| error.kind())
        };
        assert_eq!(root("/apps/vamp/"), Ok("/apps/vamp".to_owned()));
        assert_eq!(root("/"), Ok(String::new()));
        assert_eq!(root("/a//b"), Err(ErrorKind::Configuration));
    }

    #[test]
    fn a_time_of_zero_is_refused_and_named() {
        for (name, set) in [
            (
                "call_timeout",
                (|config| config.call_timeout = Duration::ZERO) as fn(&mut ZooKeeperConfig),
            ),
            ("connect_timeout", |config| {
                config.connect_timeout = Duration::ZERO;
            }),
            ("session_timeout", |config| {
                config.session_timeout = Duration::ZERO;
            }),
        ] {
            let mut config = ZooKeeperConfig::default();
            set(&mut config);
            let error = config.check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(
                error
                    .to_string()
                    .ends_with(&format!("the setting '{name}' is zero")),
                "{error}"
            );
        }
    }
}
