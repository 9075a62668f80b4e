//! A server with all that is said for it.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::ServerMode;
use super::lines::{Reading, adds_up, base_name, group};
use super::reason::{Reason, ReasonKind};
use crate::document::Line;
use crate::document::view::{Parameter, Parameters, Server};

/// HAProxy's weight of a server that says none.
const DEFAULT_WEIGHT: u16 = 1;

/// A server, and what is said for it in other lines.
pub(super) struct Entry<'d> {
    pub(super) server: Server<'d>,
    pub(super) name: Cow<'d, str>,
    /// Parameters of `default-server` lines and then its own: the last of each name counts.
    pub(super) settings: Vec<Setting<'d>>,
}

/// A parameter.
#[derive(Debug, Clone)]
pub(super) struct Setting<'d> {
    pub(super) name: Cow<'d, str>,
    parameter: Parameter<'d>,
}

impl<'d> Setting<'d> {
    /// Its value as it is written, when it has one.
    pub(super) fn value(&self) -> Option<&'d str> {
        self.parameter.value().map(|value| value.written())
    }

    pub(super) fn group(&self) -> &str {
        group(&self.name)
    }
}

impl PartialEq for Setting<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && (self.value() == other.value()
                || Reading::of_parameter(self.parameter) == Reading::of_parameter(other.parameter))
    }
}

pub(super) fn settings(parameters: Parameters<'_>) -> impl Iterator<Item = Setting<'_>> {
    parameters.map(|parameter| Setting {
        name: parameter.name().text(),
        parameter,
    })
}

impl<'d> Entry<'d> {
    pub(super) fn line(&self) -> Line<'d> {
        self.server.line()
    }

    /// The last setting of a name, or of its opposite.
    fn last(&self, name: &str) -> Option<&Setting<'d>> {
        self.settings
            .iter()
            .rfind(|setting| base_name(&setting.name) == name)
    }

    /// Whether a parameter is given, and not turned off later.
    pub(super) fn has(&self, name: &str) -> bool {
        self.last(name).is_some_and(|setting| setting.name == name)
    }

    /// Whether a parameter has this value.
    pub(super) fn says(&self, name: &str, value: &str) -> bool {
        self.last(name)
            .is_some_and(|setting| setting.name == name && setting.value() == Some(value))
    }

    /// What counts, by what it has to do with: of most groups the last.
    pub(super) fn effective(&self) -> Vec<&Setting<'d>> {
        let mut effective: Vec<&Setting<'d>> = self.settings.iter().collect();
        effective.sort_by_key(|setting| setting.group());
        let mut kept: Vec<&Setting<'d>> = Vec::with_capacity(effective.len());
        for setting in effective {
            let replaces = kept
                .last()
                .is_some_and(|last| last.group() == setting.group() && !adds_up(setting.group()));
            if replaces {
                kept.pop();
            }
            kept.push(setting);
        }
        kept
    }

    /// What commands do not change.
    pub(super) fn fixed(&self, sets_cookies: bool) -> Vec<&Setting<'d>> {
        let has_number = self.address().is_some() || self.is_socket();
        let mut fixed = self.effective();
        fixed.retain(|setting| match &*setting.name {
            "weight" | "enabled" | "disabled" => false,
            // Without a cookie to set it leads nowhere.
            "cookie" => sets_cookies,
            name => !(has_number && is_of_resolution(name)),
        });
        fixed
    }

    /// None where it is no number that HAProxy takes.
    pub(super) fn weight(&self) -> Option<u16> {
        match self.last("weight") {
            Some(setting) => {
                let weight = setting.value()?.parse().ok();
                weight.filter(|weight| *weight <= crate::config::Server::MAX_WEIGHT)
            }
            None => Some(DEFAULT_WEIGHT),
        }
    }

    pub(super) fn has_same_weight_as(&self, other: &Self) -> bool {
        self.last("weight") == other.last("weight")
    }

    pub(super) fn mode(&self) -> ServerMode {
        let said = self
            .settings
            .iter()
            .rfind(|setting| matches!(&*setting.name, "enabled" | "disabled"));
        match said {
            Some(setting) if setting.name == "disabled" => ServerMode::Maintenance,
            _ => ServerMode::Ready,
        }
    }

    /// Its address where it is a number, with the number of a port.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        let address = self.server.address();
        if address.has_variables() {
            return None;
        }
        let text = address.text();
        let text = text.strip_prefix("ipv4@").or_else(|| text.strip_prefix("ipv6@"));
        let written = address.text();
        let (ip, port) = text.unwrap_or(&written).rsplit_once(':')?;
        // A port with a sign is relative to that of the client, and 0 is that of the client.
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|port| is_number && *port > 0)?;
        // HAProxy takes IPv6 with and without brackets.
        let ip = ip
            .strip_prefix('[')
            .and_then(|ip| ip.strip_suffix(']'))
            .unwrap_or(ip);
        Some(SocketAddr::new(ip.parse::<IpAddr>().ok()?, port))
    }

    pub(super) fn is_socket(&self) -> bool {
        let address = self.server.address();
        let text = address.text();
        !address.has_variables() && (text.starts_with("unix@/") || text.starts_with('/'))
    }

    /// What is in the way of changing its state.
    pub(super) fn state_is_bound(&self) -> Result<(), String> {
        if self.has("agent-check") {
            return Err("its agent says its weight and its state".to_owned());
        }
        if self.says("on-marked-down", "shutdown-sessions") {
            return Err("'on-marked-down shutdown-sessions' would cut its requests short".to_owned());
        }
        Ok(())
    }

    /// It is gone, and something is in the way of taking it out at run time.
    pub(super) fn not_removed(&self, because: String) -> Reason {
        Reason::new(ReasonKind::Server { because }, Some(self.line()), None)
    }

    /// It is new, and something is in the way of adding it at run time.
    pub(super) fn not_added(&self, because: String) -> Reason {
        Reason::new(ReasonKind::Server { because }, None, Some(self.line()))
    }
}

/// Whether a parameter says how a name becomes an address.
pub(super) fn is_of_resolution(parameter: &str) -> bool {
    parameter == "init-addr" || parameter == "resolvers" || parameter.starts_with("resolve-")
}
