//! A backend: its servers, and what decides what may be done with them.

use std::borrow::Cow;

use super::entry::{Entry, Setting, settings};
use super::sections::is_conditional;
use crate::document::view::{Balance, Cookie, DefaultServer, Server, Setting as OptionLine};
use crate::document::{Line, Prefix};

/// The lines of a backend by what they are.
pub(super) struct Backend<'d> {
    pub(super) servers: Vec<Entry<'d>>,
    pub(super) others: Vec<Line<'d>>,
    pub(super) traits: Traits<'d>,
}

/// What the `defaults` that hold for a backend say about its servers.
#[derive(Debug, Clone, Default)]
pub(super) struct Inherited<'d> {
    settings: Vec<Setting<'d>>,
    traits: Traits<'d>,
    /// Whether some of it depends on conditions.
    pub(super) is_conditional: bool,
}

/// What holds for all servers of a backend. `None` where nothing is said.
#[derive(Debug, Clone, Default)]
pub(super) struct Traits<'d> {
    /// The first word of `balance`.
    algorithm: Option<Cow<'d, str>>,
    sets_cookies: bool,
    has_external_checks: Option<bool>,
    uses_all_backups: Option<bool>,
    is_transparent: Option<bool>,
    is_disabled: Option<bool>,
}

impl<'d> Inherited<'d> {
    /// From the lines of `defaults`.
    pub(super) fn from(defaults: &[Line<'d>]) -> Self {
        let given = defaults.iter().copied().filter_map(DefaultServer::of);
        Self {
            settings: given.flat_map(|line| settings(line.parameters())).collect(),
            traits: Traits::from(defaults),
            is_conditional: is_conditional(defaults),
        }
    }
}

impl<'d> Traits<'d> {
    /// What lines say: the last of each counts.
    fn from(lines: &[Line<'d>]) -> Self {
        let mut traits = Self::default();
        for line in lines {
            if let Some(balance) = Balance::of(*line) {
                traits.algorithm = Some(balance.algorithm().text());
            } else if Cookie::of(*line).is_some() {
                traits.sets_cookies = true;
            } else if let Some(option) = OptionLine::of(*line) {
                let is_on = Some(option.prefix().is_none());
                match &*option.name().text() {
                    "external-check" => traits.has_external_checks = is_on,
                    "allbackups" => traits.uses_all_backups = is_on,
                    "transparent" | "http_proxy" => traits.is_transparent = is_on,
                    _ => {}
                }
            } else if line.is("disabled") || line.is("enabled") {
                let is_no = line
                    .keyword()
                    .is_some_and(|found| found.prefix == Some(Prefix::No));
                traits.is_disabled = Some(line.is("disabled") != is_no);
            }
        }
        traits
    }

    fn or(self, inherited: &Self) -> Self {
        Self {
            algorithm: self.algorithm.or_else(|| inherited.algorithm.clone()),
            sets_cookies: self.sets_cookies || inherited.sets_cookies,
            has_external_checks: self.has_external_checks.or(inherited.has_external_checks),
            uses_all_backups: self.uses_all_backups.or(inherited.uses_all_backups),
            is_transparent: self.is_transparent.or(inherited.is_transparent),
            is_disabled: self.is_disabled.or(inherited.is_disabled),
        }
    }

    /// The word after `balance`; without one it is `roundrobin`.
    pub(super) fn algorithm(&self) -> &str {
        self.algorithm.as_deref().unwrap_or("roundrobin")
    }

    /// Whether servers take a new weight at any time, come and go, and stand in any order (section 4.2 of the configuration manual,
    /// `balance`). With `first` they come and go, too, but one that is added takes the first number that is free, which is its place in
    /// the order.
    pub(super) fn is_dynamic(&self) -> bool {
        let algorithm = self.algorithm();
        let name = algorithm.split_once('(').map_or(algorithm, |(name, _)| name);
        matches!(name, "roundrobin" | "leastconn" | "random")
    }

    pub(super) fn sets_cookies(&self) -> bool {
        self.sets_cookies
    }

    pub(super) fn has_external_checks(&self) -> bool {
        self.has_external_checks == Some(true)
    }

    /// Whether all backups serve when nobody else does, and not only the first.
    pub(super) fn uses_all_backups(&self) -> bool {
        self.uses_all_backups == Some(true)
    }

    /// Whether HAProxy has no use for the servers, and adds none.
    pub(super) fn is_without_servers(&self) -> bool {
        self.is_transparent == Some(true) || self.is_disabled == Some(true)
    }
}

impl<'d> Backend<'d> {
    /// Of the lines of its section, and what it inherits.
    pub(super) fn new(lines: &[Line<'d>], inherited: &Inherited<'d>) -> Self {
        let mut given = inherited.settings.clone();
        let mut backend = Self {
            servers: Vec::new(),
            others: Vec::new(),
            traits: Traits::default(),
        };
        for line in lines {
            if let Some(server) = Server::of(*line) {
                let mut of_it = given.clone();
                of_it.extend(settings(server.parameters()));
                backend.servers.push(Entry {
                    server,
                    name: server.name().text(),
                    settings: of_it,
                });
                continue;
            }
            if let Some(line) = DefaultServer::of(*line) {
                given.extend(settings(line.parameters()));
            }
            backend.others.push(*line);
        }
        backend.traits = Traits::from(&backend.others).or(&inherited.traits);
        backend
    }

    /// Whether two servers have the same name: HAProxy refuses such a backend.
    pub(super) fn has_twins(&self) -> bool {
        let mut names: Vec<&str> = self.servers.iter().map(|entry| &*entry.name).collect();
        names.sort_unstable();
        names
            .windows(2)
            .any(|pair| matches!(pair, [one, other] if one == other))
    }

    pub(super) fn server_lines(&self) -> Vec<Line<'d>> {
        self.servers.iter().map(|entry| entry.server.line()).collect()
    }

    /// Whether a line sends requests to a server by its name.
    pub(super) fn names(&self, server: &str) -> bool {
        let named = |line: &Line<'_>| {
            line.is("use-server") && line.arguments().next().is_some_and(|name| name.is(server))
        };
        self.others.iter().any(named)
    }
}
