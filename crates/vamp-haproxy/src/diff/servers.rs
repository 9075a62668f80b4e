//! The servers of a backend: what of them changes without a reload.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::abilities::{Algorithm, SERVERS_COME_AND_GO, Treatment, treatment};
use super::compare::Findings;
use super::lines::{Reading, base_name, differences};
use super::reason::{Reason, ReasonKind};
use super::{Command, DiffOptions, ServerMode};
use crate::document::Line;
use crate::document::view::{Balance, Cookie, DefaultServer, Parameters, Server};

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
    name: String,
    /// Parameters of `default-server` lines and then its own: the last of each name counts.
    settings: Vec<Setting>,
}

#[derive(Debug, Clone)]
struct Setting {
    name: String,
    /// As it is written, when the parameter has one.
    value: Option<String>,
    reading: Reading,
}

impl<'d> Backend<'d> {
    /// Of the lines of its section, and those of the `defaults` that hold for it.
    pub(super) fn new(lines: &[Line<'d>], defaults: &[Line<'d>]) -> Self {
        let mut given: Vec<Setting> = Vec::new();
        for line in defaults.iter().filter_map(|line| DefaultServer::of(*line)) {
            given.extend(settings(line.parameters()));
        }
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
                    name: server.name().text().into_owned(),
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
        let lines = || lines.iter().rev().chain(defaults.iter().rev());
        let balance = lines().find_map(|line| Balance::of(*line));
        backend.algorithm = Algorithm::of(balance.map(|balance| balance.algorithm().text()).as_deref());
        backend.sets_cookies = lines().any(|line| Cookie::of(*line).is_some());
        backend
    }

    fn has_twins(&self) -> bool {
        let names: HashMap<&str, ()> = self
            .servers
            .iter()
            .map(|entry| (entry.name.as_str(), ()))
            .collect();
        names.len() < self.servers.len()
    }

    fn lines(&self) -> Vec<Line<'d>> {
        self.servers.iter().map(|entry| entry.server.line()).collect()
    }
}

fn settings(parameters: Parameters<'_>) -> impl Iterator<Item = Setting> {
    parameters.map(|parameter| Setting {
        name: parameter.name().text().into_owned(),
        value: parameter.value().map(|value| value.written().to_owned()),
        reading: Reading::of_parameter(parameter),
    })
}

impl Entry<'_> {
    /// The last setting of a name, or of its opposite.
    fn last(&self, name: &str) -> Option<&Setting> {
        self.settings
            .iter()
            .rfind(|setting| base_name(&setting.name) == name)
    }

    /// What commands do not change, by its name.
    fn fixed(&self, sets_cookies: bool) -> HashMap<&str, &Reading> {
        let is_resolved = self.address().is_none() && !self.is_socket();
        let counts = |name: &str| match name {
            "weight" | "enabled" | "disabled" => false,
            // Without a cookie to set it leads nowhere.
            "cookie" => sets_cookies,
            "init-addr" => is_resolved,
            _ => true,
        };
        self.settings
            .iter()
            .map(|setting| (base_name(&setting.name), &setting.reading))
            .filter(|(name, _)| counts(name))
            .collect()
    }

    /// None where it is no number.
    fn weight(&self) -> Option<u16> {
        match self.last("weight") {
            Some(setting) => setting.value.as_ref()?.parse().ok(),
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
        let mut left: HashMap<&str, &Entry<'_>> = running
            .servers
            .iter()
            .map(|entry| (entry.name.as_str(), entry))
            .collect();
        let mut stayed = Vec::new();
        for new in &wanted.servers {
            match left.remove(new.name.as_str()) {
                Some(old) => {
                    self.changed(old, new, findings);
                    stayed.push((old, new));
                }
                None => self.added(new, options, findings),
            }
        }
        let gone = running
            .servers
            .iter()
            .filter(|entry| left.contains_key(entry.name.as_str()));
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
            server: new.name.clone(),
            weight,
            address,
            mode,
        });
    }

    /// The new weight of a server, if it is another.
    fn weight(&self, old: &Entry<'_>, new: &Entry<'_>) -> Result<Option<u16>, String> {
        let written = |entry: &Entry<'_>| entry.last("weight").and_then(|setting| setting.value.clone());
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
            _ if written(old) == written(new) => Ok(None),
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
        let is_on = |name| new.last(name).is_some_and(|setting| setting.name == name);
        findings.commands.added.push(Command::AddServer {
            backend: self.backend.clone(),
            server: new.name.clone(),
            address,
            parameters: parameters.join(" "),
            is_checked: is_on("check"),
            has_agent: is_on("agent-check"),
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
                .value
                .as_ref()
                .is_some_and(|value| value.contains(['"', '\'', '\\', '$']))
            {
                return Err(format!("the value of '{}' is quoted", setting.name));
            }
            words.push(setting.name.clone());
            words.extend(setting.value.clone());
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
            server: old.name.clone(),
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
