//! The servers of a backend: what of them changes without a reload.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::SocketAddr;

use super::abilities::{Algorithm, SERVERS_COME_AND_GO, Treatment, treatment};
use super::compare::Findings;
use super::lines::{Reading, base_name, differences};
use super::reason::{Reason, ReasonKind};
use super::{Command, DiffOptions, ServerMode};
use crate::document::Line;
use crate::document::view::{Balance, Cookie, DefaultServer, Parameter, Parameters, Server};

/// HAProxy's weight of a server that says none.
const DEFAULT_WEIGHT: u16 = 1;

/// A backend before and after.
pub(super) struct Pair<'d> {
    pub(super) backend: String,
    pub(super) running: Backend<'d>,
    pub(super) wanted: Backend<'d>,
}

/// The lines of a backend by what they are.
pub(super) struct Backend<'d> {
    servers: Vec<Entry<'d>>,
    others: Vec<Line<'d>>,
    algorithm: Algorithm,
    sets_cookies: bool,
}

/// A server, and what is said for it in other lines.
struct Entry<'d> {
    server: Server<'d>,
    name: Cow<'d, str>,
    /// Parameters of `default-server` lines and then its own: the last of each name counts.
    settings: Vec<Setting<'d>>,
}

#[derive(Debug, Clone)]
struct Setting<'d> {
    name: Cow<'d, str>,
    parameter: Parameter<'d>,
}

impl<'d> Setting<'d> {
    /// Its value as it is written, when it has one.
    fn value(&self) -> Option<&'d str> {
        self.parameter.value().map(|value| value.written())
    }

    /// What is told of: the name of a parameter, or of the one that it turns off.
    fn base_name(&self) -> &str {
        base_name(&self.name)
    }
}

impl PartialEq for Setting<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && (self.value() == other.value()
                || Reading::of_parameter(self.parameter) == Reading::of_parameter(other.parameter))
    }
}

/// What the `defaults` that hold for a backend say about its servers.
#[derive(Debug, Clone, Default)]
pub(super) struct Inherited<'d> {
    settings: Vec<Setting<'d>>,
    algorithm: Option<String>,
    sets_cookies: bool,
}

impl<'d> Inherited<'d> {
    /// From the lines of `defaults`.
    pub(super) fn from(defaults: &[Line<'d>]) -> Self {
        let lines = || defaults.iter().copied();
        let given = lines().filter_map(DefaultServer::of);
        Self {
            settings: given.flat_map(|line| settings(line.parameters())).collect(),
            algorithm: lines().rev().find_map(algorithm),
            sets_cookies: lines().any(|line| Cookie::of(line).is_some()),
        }
    }
}

fn algorithm(line: Line<'_>) -> Option<String> {
    Some(Balance::of(line)?.algorithm().text().into_owned())
}

impl<'d> Backend<'d> {
    /// Of the lines of its section, and what it inherits.
    pub(super) fn new(lines: &[Line<'d>], inherited: &Inherited<'d>) -> Self {
        let mut given = inherited.settings.clone();
        let mut backend = Self {
            servers: Vec::new(),
            others: Vec::new(),
            algorithm: Algorithm::of(None),
            sets_cookies: false,
        };
        for line in lines {
            if let Some(server) = Server::of(*line) {
                let mut settings_of_it = given.clone();
                settings_of_it.extend(settings(server.parameters()));
                backend.servers.push(Entry {
                    server,
                    name: server.name().text(),
                    settings: settings_of_it,
                });
                continue;
            }
            if let Some(line) = DefaultServer::of(*line) {
                given.extend(settings(line.parameters()));
            }
            backend.others.push(*line);
        }
        // The last says it.
        let own = lines.iter().rev().copied().find_map(algorithm);
        backend.algorithm = Algorithm::of(own.as_ref().or(inherited.algorithm.as_ref()).map(String::as_str));
        backend.sets_cookies = inherited.sets_cookies || lines.iter().any(|line| Cookie::of(*line).is_some());
        backend
    }

    fn has_twins(&self) -> bool {
        let mut names: Vec<&str> = self.servers.iter().map(|entry| &*entry.name).collect();
        names.sort_unstable();
        names
            .windows(2)
            .any(|pair| matches!(pair, [one, other] if one == other))
    }

    fn lines(&self) -> Vec<Line<'d>> {
        self.servers.iter().map(|entry| entry.server.line()).collect()
    }
}

fn settings(parameters: Parameters<'_>) -> impl Iterator<Item = Setting<'_>> {
    parameters.map(|parameter| Setting {
        name: parameter.name().text(),
        parameter,
    })
}

impl<'d> Entry<'d> {
    /// The last setting of a name, or of its opposite.
    fn last(&self, name: &str) -> Option<&Setting<'d>> {
        self.settings.iter().rfind(|setting| setting.base_name() == name)
    }

    /// Whether a parameter is given, and not turned off later.
    fn has(&self, name: &str) -> bool {
        self.last(name).is_some_and(|setting| setting.name == name)
    }

    /// What commands do not change, by its name: the last of each.
    fn fixed(&self, sets_cookies: bool) -> Vec<&Setting<'d>> {
        let is_resolved = self.address().is_none() && !self.is_socket();
        let counts = |name: &str| match name {
            "weight" | "enabled" | "disabled" => false,
            // Without a cookie to set it leads nowhere.
            "cookie" => sets_cookies,
            "init-addr" => is_resolved,
            _ => true,
        };
        let counting = self
            .settings
            .iter()
            .rev()
            .filter(|setting| counts(setting.base_name()));
        let mut fixed: Vec<&Setting<'d>> = counting.collect();
        fixed.sort_by_key(|setting| setting.base_name());
        fixed.dedup_by_key(|setting| setting.base_name());
        fixed
    }

    /// None where it is no number.
    fn weight(&self) -> Option<u16> {
        match self.last("weight") {
            Some(setting) => setting.value()?.parse().ok(),
            None => Some(DEFAULT_WEIGHT),
        }
    }

    fn mode(&self) -> ServerMode {
        let said = self
            .settings
            .iter()
            .rfind(|setting| matches!(&*setting.name, "enabled" | "disabled"));
        match said {
            Some(setting) if setting.name == "disabled" => ServerMode::Maintenance,
            _ => ServerMode::Ready,
        }
    }

    /// Its address where it is a number.
    fn address(&self) -> Option<SocketAddr> {
        let address = self.server.address();
        let text = address.text();
        let text = text
            .strip_prefix("ipv4@")
            .or_else(|| text.strip_prefix("ipv6@"))
            .unwrap_or(&text);
        let number = text.parse().ok().or_else(|| {
            // HAProxy takes IPv6 without brackets.
            let (address, port) = text.rsplit_once(':')?;
            Some(SocketAddr::new(address.parse().ok()?, port.parse().ok()?))
        });
        number.filter(|_| !address.has_variables())
    }

    fn is_socket(&self) -> bool {
        let address = self.server.address();
        let text = address.text();
        !address.has_variables() && (text.starts_with("unix@/") || text.starts_with('/'))
    }

    fn reason(&self, because: impl Into<String>) -> ReasonKind {
        ReasonKind::Server {
            because: because.into(),
        }
    }
}

impl Pair<'_> {
    pub(super) fn compare(&self, options: &DiffOptions<'_>, findings: &mut Findings) {
        let (running, wanted) = (&self.running, &self.wanted);
        differences(&running.others, &wanted.others, &mut findings.reasons);
        if running.has_twins() || wanted.has_twins() {
            // HAProxy refuses such a backend; nobody knows which is meant.
            differences(&running.lines(), &wanted.lines(), &mut findings.reasons);
            return;
        }
        // Mostly the same servers stand in the same order.
        let is_same = |(old, new): &(&Entry<'_>, &Entry<'_>)| old.name == new.name;
        let pairs = running.servers.iter().zip(&wanted.servers);
        let mut stayed: Vec<(&Entry<'_>, &Entry<'_>)> = pairs.take_while(is_same).collect();
        let olds = running.servers.get(stayed.len()..).unwrap_or_default();
        let news = wanted.servers.get(stayed.len()..).unwrap_or_default();
        let mut left: HashMap<&str, &Entry<'_>> = olds.iter().map(|entry| (&*entry.name, entry)).collect();
        for new in news {
            match left.remove(&*new.name) {
                Some(old) => stayed.push((old, new)),
                None => self.added(new, options, findings),
            }
        }
        for (old, new) in &stayed {
            self.changed(old, new, findings);
        }
        let gone = olds.iter().filter(|entry| left.contains_key(&*entry.name));
        gone.for_each(|old| self.removed(old, options, findings));
        if !wanted.algorithm.is_dynamic() {
            moved(&stayed, findings);
        }
    }

    fn changed(&self, old: &Entry<'_>, new: &Entry<'_>, findings: &mut Findings) {
        let lines = (Some(old.server.line()), Some(new.server.line()));
        let reload = |kind| Reason::new(kind, lines.0, lines.1);
        let sets_cookies = self.running.sets_cookies || self.wanted.sets_cookies;
        if old.fixed(sets_cookies) != new.fixed(sets_cookies) {
            findings.reasons.push(reload(ReasonKind::Replaced));
            return;
        }
        let same_address =
            Reading::of_address(old.server.address()) == Reading::of_address(new.server.address());
        let address = match (same_address, old.address(), new.address()) {
            (true, ..) => None,
            (false, Some(old), Some(new)) => (old != new).then_some(new),
            _ => {
                let because = "addresses change without a reload only where both are numbers";
                findings.reasons.push(reload(new.reason(because)));
                return;
            }
        };
        let weight = match self.weight(old, new) {
            Ok(weight) => weight,
            Err(because) => {
                findings.reasons.push(reload(new.reason(because)));
                return;
            }
        };
        let mode = (old.mode() != new.mode()).then(|| new.mode());
        if address.is_none() && weight.is_none() && mode.is_none() {
            return;
        }
        let is_lowered =
            mode == Some(ServerMode::Maintenance) || (weight.is_some() && new.weight() < old.weight());
        let commands = if is_lowered {
            &mut findings.commands.lowered
        } else {
            &mut findings.commands.raised
        };
        commands.push(Command::ChangeServer {
            backend: self.backend.clone(),
            server: new.name.clone().into_owned(),
            weight,
            address,
            is_checked: new.has("check") && !new.has("track"),
            mode,
        });
    }

    /// The new weight of a server, if it is another.
    fn weight(&self, old: &Entry<'_>, new: &Entry<'_>) -> Result<Option<u16>, String> {
        match (old.weight(), new.weight()) {
            (Some(old), Some(new)) if old == new => Ok(None),
            (Some(_), Some(weight)) => {
                // Both sides are looked at: what runs has to take the command, and what is wanted has to be reached by it.
                let fixed = [&self.running.algorithm, &self.wanted.algorithm]
                    .into_iter()
                    .find(|algorithm| !algorithm.is_dynamic());
                match fixed {
                    Some(algorithm) => Err(format!(
                        "with 'balance {}' a weight changes with a reload only",
                        algorithm.as_str()
                    )),
                    None => Ok(Some(weight)),
                }
            }
            _ if old.last("weight") == new.last("weight") => Ok(None),
            _ => Err("a weight is not a number".to_owned()),
        }
    }

    fn added(&self, new: &Entry<'_>, options: &DiffOptions<'_>, findings: &mut Findings) {
        let parameters = match self.parameters(new, options) {
            Ok(parameters) => parameters,
            Err(because) => {
                let reason = Reason::new(new.reason(because), None, Some(new.server.line()));
                findings.reasons.push(reason);
                return;
            }
        };
        let address = match new.address() {
            Some(address) => address.to_string(),
            None => new.server.address().text().into_owned(),
        };
        findings.commands.added.push(Command::AddServer {
            backend: self.backend.clone(),
            server: new.name.clone().into_owned(),
            address,
            parameters: parameters.join(" "),
            is_checked: new.has("check"),
            has_agent: new.has("agent-check"),
            mode: new.mode(),
        });
    }

    /// The parameters with which a server can be added, or what is in the way.
    fn parameters(&self, new: &Entry<'_>, options: &DiffOptions<'_>) -> Result<Vec<String>, String> {
        self.come_and_go(options)?;
        if self.wanted.sets_cookies {
            return Err("a server that is added has no cookie, and the backend sets cookies".to_owned());
        }
        if new.address().is_none() && !new.is_socket() {
            return Err("the name of a server that is added is not resolved".to_owned());
        }
        let mut words = Vec::new();
        for setting in &new.settings {
            match treatment(&setting.name) {
                Treatment::LeftOut => continue,
                Treatment::Given => {}
                Treatment::Refused => {
                    return Err(format!(
                        "'{}' is refused for a server that is added",
                        setting.name
                    ));
                }
            }
            if setting
                .value()
                .is_some_and(|value| value.contains(['"', '\'', '\\', '$']))
            {
                return Err(format!("the value of '{}' is quoted", setting.name));
            }
            words.push(setting.name.clone().into_owned());
            words.extend(setting.value().map(str::to_owned));
        }
        Ok(words)
    }

    fn removed(&self, old: &Entry<'_>, options: &DiffOptions<'_>, findings: &mut Findings) {
        if let Err(because) = self.come_and_go(options) {
            let reason = Reason::new(old.reason(because), Some(old.server.line()), None);
            findings.reasons.push(reason);
            return;
        }
        findings.commands.removed.push(Command::RemoveServer {
            backend: self.backend.clone(),
            server: old.name.clone().into_owned(),
        });
    }

    /// Whether servers can come and go here.
    fn come_and_go(&self, options: &DiffOptions<'_>) -> Result<(), String> {
        if options.version < SERVERS_COME_AND_GO {
            return Err(format!(
                "servers come and go with a reload only before HAProxy {SERVERS_COME_AND_GO}, and {} runs",
                options.version
            ));
        }
        let fixed = [&self.running.algorithm, &self.wanted.algorithm]
            .into_iter()
            .find(|algorithm| !algorithm.is_dynamic());
        match fixed {
            Some(algorithm) => Err(format!(
                "with 'balance {}' servers come and go with a reload only",
                algorithm.as_str()
            )),
            None => Ok(()),
        }
    }
}

/// Tells about the first server that stands elsewhere among those that stayed.
fn moved(stayed: &[(&Entry<'_>, &Entry<'_>)], findings: &mut Findings) {
    let order = stayed.iter().map(|(old, _)| old.server.line().number());
    if order.is_sorted() {
        return;
    }
    let out_of_order = stayed.windows(2).find_map(|pair| match pair {
        [(before, _), (old, new)] if before.server.line().number() > old.server.line().number() => {
            Some((old, new))
        }
        _ => None,
    });
    findings.reasons.extend(out_of_order.map(|(old, new)| {
        Reason::new(
            ReasonKind::Moved,
            Some(old.server.line()),
            Some(new.server.line()),
        )
    }));
}
