//! The settings.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result, TlsConfig, settings};

/// How to reach etcd. In files, times are written like `3s` or `500ms`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EtcdConfig {
    /// Addresses of the members, `http://host:port`, or `https://host:port` all of them; without a scheme, `http`. Default:
    /// `http://127.0.0.1:2379`.
    pub endpoints: Vec<String>,
    /// The user to log in as, with [`password`](Self::password). Default: none.
    pub user: Option<String>,
    /// The user's password. Never shown and never written to a file.
    #[serde(skip_serializing)]
    pub password: Option<String>,
    /// Whom to trust and as whom to come at `https` addresses; refused where there is none. Default: the authorities of the system, and no
    /// certificate of this client.
    pub tls: TlsConfig,
    /// Time limit of one call: 3 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub call_timeout: Duration,
    /// Time limit of a connection: 2 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub connect_timeout: Duration,
    /// Time between two probes of a connection on which an answer is waited for, or a watch goes on: 2 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub probe_interval: Duration,
    /// How long the answer to a probe may take before the connection counts as dead: 2 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub probe_timeout: Duration,
    /// The largest request that the server takes, in bytes: 1.5 MiB, etcd's own default.
    pub max_request: usize,
}

impl Default for EtcdConfig {
    fn default() -> Self {
        Self {
            endpoints: vec!["http://127.0.0.1:2379".to_owned()],
            user: None,
            password: None,
            tls: TlsConfig::default(),
            call_timeout: Duration::from_secs(3),
            connect_timeout: Duration::from_secs(2),
            probe_interval: Duration::from_secs(2),
            probe_timeout: Duration::from_secs(2),
            max_request: 1536 * 1024,
        }
    }
}

impl EtcdConfig {
    /// The defaults with these addresses.
    #[must_use]
    pub fn new(endpoints: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            endpoints: endpoints.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<()> {
        let instead = "the settings for users are 'user' and 'password'";
        let times = [
            ("call_timeout", self.call_timeout),
            ("connect_timeout", self.connect_timeout),
            ("probe_interval", self.probe_interval),
            ("probe_timeout", self.probe_timeout),
        ];
        settings::without_users(&self.endpoints, instead)
            .and_then(|()| settings::web_addresses(&self.endpoints))
            .and_then(|()| settings::not_zero(&times))
            .map_err(|reason| self.wrong().because(reason))
    }

    /// An error about the settings as a whole.
    pub(super) fn wrong(&self) -> Error {
        let endpoints = settings::all_shown(&self.endpoints).join(",");
        Error::new(ErrorKind::Configuration, "connect to etcd at", endpoints)
    }
}

impl fmt::Debug for EtcdConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EtcdConfig")
            .field("endpoints", &settings::all_shown(&self.endpoints))
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .field("tls", &self.tls)
            .field("call_timeout", &self.call_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("probe_interval", &self.probe_interval)
            .field("probe_timeout", &self.probe_timeout)
            .field("max_request", &self.max_request)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_has_its_default_and_what_is_unknown_is_refused() {
        let config: EtcdConfig =
            serde_json::from_str(r#"{"endpoints": ["http://etcd:2379"], "call_timeout": "500ms"}"#).unwrap();
        let expected = EtcdConfig {
            call_timeout: Duration::from_millis(500),
            ..EtcdConfig::new(["http://etcd:2379"])
        };
        assert_eq!(config, expected);
        assert!(serde_json::from_str::<EtcdConfig>(r#"{"call_time": "1s"}"#).is_err());
    }

    #[test]
    fn the_password_is_neither_shown_nor_written() {
        let config = EtcdConfig {
            user: Some("ann".to_owned()),
            password: Some("secret-word".to_owned()),
            ..EtcdConfig::default()
        };
        let shown = format!("{config:?}");
        assert!(shown.contains("***") && !shown.contains("secret-word"), "{shown}");
        assert!(!serde_json::to_string(&config).unwrap().contains("secret-word"));
    }

    #[test]
    fn a_user_in_an_address_is_refused_and_not_shown() {
        let config = EtcdConfig::new(["http://a:2379", "http://root:secret-word@b:2379"]);
        let error = config.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert_eq!(
            error.to_string(),
            "connect to etcd at http://a:2379,***@b:2379: the settings are wrong: '***@b:2379' has a user in it; the settings for users are 'user' and 'password'"
        );
        assert!(!format!("{config:?} {error:?}").contains("secret-word"));
        assert!(EtcdConfig::default().check().is_ok());
    }

    #[test]
    fn a_time_of_zero_is_refused_and_named() {
        for (name, set) in [
            (
                "call_timeout",
                (|config| config.call_timeout = Duration::ZERO) as fn(&mut EtcdConfig),
            ),
            ("connect_timeout", |config| {
                config.connect_timeout = Duration::ZERO;
            }),
            ("probe_interval", |config| config.probe_interval = Duration::ZERO),
            ("probe_timeout", |config| config.probe_timeout = Duration::ZERO),
        ] {
            let mut config = EtcdConfig::default();
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
