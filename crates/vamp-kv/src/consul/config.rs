//! The settings.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result, TlsConfig, settings};

/// What a request needs beside its value: the names of the keys, and the words between them.
pub(super) const OVERHEAD: usize = 8 * 1024;

/// How to reach Consul. In files, times are written like `3s` or `500ms`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ConsulConfig {
    /// Addresses of agents or servers, `http://host:port` or `https://host:port`, with a path where there is one before `/v1`;
    /// without a scheme, `http`. They are tried in turn, and the one that answers is kept. Default: `http://127.0.0.1:8500`.
    pub addresses: Vec<String>,
    /// The access token. It needs `key:write` on the keys, and `session:write` on the node of the agent for leases. Never shown and
    /// never written to a file. Default: none.
    #[serde(skip_serializing)]
    pub token: Option<String>,
    /// The data center whose keys are meant. Default: that of the agent that is asked.
    pub datacenter: Option<String>,
    /// Whom to trust and as whom to come at `https` addresses; refused where there is none. Default: the authorities of the
    /// system, and no certificate of this client.
    pub tls: TlsConfig,
    /// Time limit of one call, over all addresses: 3 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub call_timeout: Duration,
    /// Time limit of a connection: 2 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub connect_timeout: Duration,
    /// Time between two probes of the server of a watch: 2 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub probe_interval: Duration,
    /// How long the answer to a probe may take before the server counts as gone: 2 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub probe_timeout: Duration,
    /// The largest request that the servers take, in bytes: 512 KiB, Consul's own default for `limits.txn_max_req_len`. Three
    /// quarters of it are left for a value, less a little for the rest of the request.
    pub max_request: usize,
}

impl Default for ConsulConfig {
    fn default() -> Self {
        Self {
            addresses: vec!["http://127.0.0.1:8500".to_owned()],
            token: None,
            datacenter: None,
            tls: TlsConfig::default(),
            call_timeout: Duration::from_secs(3),
            connect_timeout: Duration::from_secs(2),
            probe_interval: Duration::from_secs(2),
            probe_timeout: Duration::from_secs(2),
            max_request: 512 * 1024,
        }
    }
}

impl ConsulConfig {
    /// The defaults with these addresses.
    #[must_use]
    pub fn new(addresses: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            addresses: addresses.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Refuses what cannot work.
    pub(crate) fn check(&self) -> Result<()> {
        let instead = "Consul knows none; the setting for a token is 'token'";
        let times = [
            ("call_timeout", self.call_timeout),
            ("connect_timeout", self.connect_timeout),
            ("probe_interval", self.probe_interval),
            ("probe_timeout", self.probe_timeout),
        ];
        settings::without_users(&self.addresses, instead)
            .and_then(|()| settings::web_addresses(&self.addresses))
            .and_then(|()| settings::not_zero(&times))
            .map_err(|reason| self.wrong().because(reason))
    }

    /// An error about the settings as a whole.
    pub(super) fn wrong(&self) -> Error {
        let addresses = settings::all_shown(&self.addresses).join(",");
        Error::new(ErrorKind::Configuration, "connect to Consul at", addresses)
    }

    /// The largest value: what is left of a request, whose values are written as base64.
    pub(super) fn max_value(&self) -> usize {
        self.max_request.saturating_sub(OVERHEAD) / 4 * 3
    }
}

impl fmt::Debug for ConsulConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsulConfig")
            .field("addresses", &settings::all_shown(&self.addresses))
            .field("token", &self.token.as_ref().map(|_| "***"))
            .field("datacenter", &self.datacenter)
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
        let config: ConsulConfig =
            serde_json::from_str(r#"{"addresses": ["consul:8500"], "token": "t", "call_timeout": "500ms"}"#)
                .unwrap();
        let expected = ConsulConfig {
            token: Some("t".to_owned()),
            call_timeout: Duration::from_millis(500),
            ..ConsulConfig::new(["consul:8500"])
        };
        assert_eq!(config, expected);
        assert!(serde_json::from_str::<ConsulConfig>(r#"{"url": "http://consul:8500"}"#).is_err());
    }

    #[test]
    fn the_token_is_neither_shown_nor_written() {
        let config = ConsulConfig {
            token: Some("secret-token".to_owned()),
            ..ConsulConfig::default()
        };
        let shown = format!("{config:?}");
        assert!(
            shown.contains("***") && !shown.contains("secret-token"),
            "{shown}"
        );
        assert!(!serde_json::to_string(&config).unwrap().contains("secret-token"));
    }

    #[test]
    fn a_value_may_be_three_quarters_of_a_request() {
        assert_eq!(ConsulConfig::default().max_value(), 378 * 1024);
    }

    #[test]
    fn a_user_in_an_address_is_refused_and_not_shown() {
        let config = ConsulConfig::new(["http://ann:secret-word@consul:8500"]);
        let error = config.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(
            error.to_string().ends_with(
                "'***@consul:8500' has a user in it; Consul knows none; the setting for a token is 'token'"
            ),
            "{error}"
        );
        assert!(!format!("{config:?} {error:?}").contains("secret-word"));
        assert!(ConsulConfig::default().check().is_ok());
    }

    #[test]
    fn a_time_of_zero_is_refused_and_named() {
        for (name, set) in [
            (
                "call_timeout",
                (|config| config.call_timeout = Duration::ZERO) as fn(&mut ConsulConfig),
            ),
            ("connect_timeout", |config| {
                config.connect_timeout = Duration::ZERO;
            }),
            ("probe_interval", |config| config.probe_interval = Duration::ZERO),
            ("probe_timeout", |config| config.probe_timeout = Duration::ZERO),
        ] {
            let mut config = ConsulConfig::default();
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
