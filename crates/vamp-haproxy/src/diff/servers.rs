//! The servers of a backend: what of them changes without a reload.

use std::collections::HashMap;

use super::addition::parameters;
use super::backend::{Backend, Traits};
use super::compare::Findings;
use super::entry::Entry;
use super::lines::{Reading, differences};
use super::reason::{Reason, ReasonKind};
use super::{Command, DiffOptions, ServerMode, Version};
use crate::document::Line;
use crate::document::view::{DefaultServer, Server};

/// The first version whose servers come and go without a word on experiments, and with checks.
const SERVERS_COME_AND_GO: Version = Version::new(2, 5);

/// A backend before and after.
pub(super) struct Pair<'d> {
    pub(super) backend: String,
    pub(super) running: Backend<'d>,
    pub(super) wanted: Backend<'d>,
}

/// A server before and after.
type Stayed<'e, 'd> = (&'e Entry<'d>, &'e Entry<'d>);

/// The server that a line says to follow: its name, or that of its backend before it.
pub(super) fn tracked(line: Line<'_>) -> Option<String> {
    let parameters = match Server::of(line) {
        Some(server) => server.parameters(),
        None => DefaultServer::of(line)?.parameters(),
    };
    let mut tracks = parameters.filter(|parameter| parameter.name().is("track"));
    Some(tracks.next()?.value()?.text().into_owned())
}

impl Pair<'_> {
    pub(super) fn compare(&self, options: &DiffOptions<'_>, findings: &mut Findings) {
        let (running, wanted) = (&self.running, &self.wanted);
        differences(&running.others, &wanted.others, &mut findings.reasons);
        if running.has_twins() || wanted.has_twins() {
            // Nobody knows which is meant.
            differences(
                &running.server_lines(),
                &wanted.server_lines(),
                &mut findings.reasons,
            );
            return;
        }
        // Mostly the same servers stand in the same order.
        let is_same = |(old, new): &Stayed<'_, '_>| old.name == new.name;
        let pairs = running.servers.iter().zip(&wanted.servers);
        let mut stayed: Vec<Stayed<'_, '_>> = pairs.take_while(is_same).collect();
        let olds = running.servers.get(stayed.len()..).unwrap_or_default();
        let news = wanted.servers.get(stayed.len()..).unwrap_or_default();
        let mut left: HashMap<&str, &Entry<'_>> = olds.iter().map(|entry| (&*entry.name, entry)).collect();
        let mut added = Vec::new();
        for new in news {
            match left.remove(&*new.name) {
                Some(old) => stayed.push((old, new)),
                None => added.push(new),
            }
        }
        for (old, new) in &stayed {
            self.changed(old, new, findings);
        }
        for new in added {
            self.added(new, &stayed, options, findings);
        }
        let gone = olds.iter().filter(|entry| left.contains_key(&*entry.name));
        gone.for_each(|old| self.removed(old, options, findings));
        self.moved(&stayed, findings);
    }

    fn changed(&self, old: &Entry<'_>, new: &Entry<'_>, findings: &mut Findings) {
        match self.change(old, new) {
            Ok(None) => {}
            Ok(Some((command, is_lowered))) => {
                let commands = &mut findings.commands;
                let commands = if is_lowered {
                    &mut commands.lowered
                } else {
                    &mut commands.raised
                };
                commands.push(command);
            }
            Err(because) => {
                let kind = ReasonKind::Server { because };
                let reason = Reason::new(kind, Some(old.line()), Some(new.line()));
                findings.reasons.push(reason);
            }
        }
    }

    /// The command for what has changed, and whether it leaves the backend with less than before; or what is in the way.
    fn change(&self, old: &Entry<'_>, new: &Entry<'_>) -> Result<Option<(Command, bool)>, String> {
        self.is_fixed_alike(old, new)?;
        let same_address =
            Reading::of_address(old.server.address()) == Reading::of_address(new.server.address());
        let address = match (same_address, old.address(), new.address()) {
            (true, ..) => None,
            (false, Some(old), Some(new)) => (old != new).then_some(new),
            _ => return Err("addresses change without a reload only where both are numbers".to_owned()),
        };
        let weight = self.weight(old, new)?;
        let mode = (old.mode() != new.mode()).then(|| new.mode());
        if mode.is_some() {
            old.state_is_bound()?;
        }
        if address.is_none() && weight.is_none() && mode.is_none() {
            return Ok(None);
        }
        // Who comes back comes first, whatever its weight.
        let is_lowered = match mode {
            Some(ServerMode::Maintenance) => true,
            Some(ServerMode::Ready) => false,
            None => weight.is_some() && new.weight() < old.weight(),
        };
        let command = Command::ChangeServer {
            backend: self.backend.clone(),
            server: new.name.clone().into_owned(),
            weight,
            address,
            is_checked: new.has("check") && !new.has("track"),
            mode,
        };
        Ok(Some((command, is_lowered)))
    }

    fn is_fixed_alike(&self, old: &Entry<'_>, new: &Entry<'_>) -> Result<(), String> {
        let sets_cookies = self.running.traits.sets_cookies() || self.wanted.traits.sets_cookies();
        let (olds, news) = (old.fixed(sets_cookies), new.fixed(sets_cookies));
        if olds == news {
            return Ok(());
        }
        let of_one = news.iter().filter(|new| !olds.contains(new));
        let of_other = olds.iter().filter(|old| !news.contains(old));
        let mut names: Vec<String> = of_one
            .chain(of_other)
            .map(|setting| format!("'{}'", setting.name))
            .collect();
        names.sort();
        names.dedup();
        Err(match names.as_slice() {
            [] => "its parameters stand in another order, which counts".to_owned(),
            [name] => format!("{name} changes with a reload only"),
            names => format!("{} change with a reload only", names.join(", ")),
        })
    }

    /// The new weight of a server, if it is another.
    fn weight(&self, old: &Entry<'_>, new: &Entry<'_>) -> Result<Option<u16>, String> {
        match (old.weight(), new.weight()) {
            (Some(old), Some(new)) if old == new => Ok(None),
            (Some(_), Some(weight)) => {
                if old.has("agent-check") {
                    return Err("its agent says its weight and its state".to_owned());
                }
                // Both sides are looked at: what runs has to take the command, and what is wanted has to be reached by it.
                match self.fixed() {
                    Some(traits) => Err(format!(
                        "with 'balance {}' a weight changes with a reload only",
                        traits.algorithm()
                    )),
                    None => Ok(Some(weight)),
                }
            }
            _ if old.has_same_weight_as(new) => Ok(None),
            _ => Err("a weight is not a number from 0 to 256".to_owned()),
        }
    }

    fn added(
        &self,
        new: &Entry<'_>,
        stayed: &[Stayed<'_, '_>],
        options: &DiffOptions<'_>,
        findings: &mut Findings,
    ) {
        match self.addition(new, stayed, options) {
            Ok(command) => findings.commands.added.push(command),
            Err(because) => findings.reasons.push(new.not_added(because)),
        }
    }

    fn addition(
        &self,
        new: &Entry<'_>,
        stayed: &[Stayed<'_, '_>],
        options: &DiffOptions<'_>,
    ) -> Result<Command, String> {
        self.come_and_go(options)?;
        let traits = &self.wanted.traits;
        if traits.sets_cookies() {
            return Err("a server that is added has no cookie, and the backend sets cookies".to_owned());
        }
        if traits.has_external_checks() && new.has("check") {
            return Err("HAProxy cannot check a server that is added with a program".to_owned());
        }
        let is_before =
            |(_, other): &Stayed<'_, '_>| other.has("backup") && new.line().number() < other.line().number();
        if new.has("backup") && !traits.uses_all_backups() && stayed.iter().any(is_before) {
            return Err("a backup that is added comes after the others".to_owned());
        }
        let address = match new.address() {
            Some(address) => address.to_string(),
            None if new.is_socket() => new.server.address().text().into_owned(),
            None => {
                let because =
                    "its address is no number, and HAProxy resolves no name of a server that is added";
                return Err(because.to_owned());
            }
        };
        Ok(Command::AddServer {
            backend: self.backend.clone(),
            server: new.name.clone().into_owned(),
            address,
            parameters: parameters(new)?.join(" "),
            is_checked: new.has("check"),
            has_agent: new.has("agent-check"),
            mode: new.mode(),
        })
    }

    fn removed(&self, old: &Entry<'_>, options: &DiffOptions<'_>, findings: &mut Findings) {
        match self.removal(old, options) {
            Ok(command) => findings.commands.removed.push(command),
            Err(because) => findings.reasons.push(old.not_removed(because)),
        }
    }

    fn removal(&self, old: &Entry<'_>, options: &DiffOptions<'_>) -> Result<Command, String> {
        self.come_and_go(options)?;
        old.state_is_bound()?;
        if self.running.names(&old.name) {
            return Err("'use-server' names it".to_owned());
        }
        Ok(Command::RemoveServer {
            backend: self.backend.clone(),
            server: old.name.clone().into_owned(),
        })
    }

    /// Whether servers can come and go here.
    fn come_and_go(&self, options: &DiffOptions<'_>) -> Result<(), String> {
        if options.version < SERVERS_COME_AND_GO {
            return Err(format!(
                "servers come and go with a reload only before HAProxy {SERVERS_COME_AND_GO}, and {} runs",
                options.version
            ));
        }
        if let Some(traits) = self.fixed() {
            return Err(format!(
                "with 'balance {}' servers come and go with a reload only",
                traits.algorithm()
            ));
        }
        if self.wanted.traits.is_without_servers() {
            return Err("HAProxy has no use for servers here, and adds none".to_owned());
        }
        Ok(())
    }

    /// The side whose servers are not chosen anew for each request.
    fn fixed(&self) -> Option<&Traits<'_>> {
        [&self.running.traits, &self.wanted.traits]
            .into_iter()
            .find(|traits| !traits.is_dynamic())
    }

    /// Tells about the first server that stands elsewhere, where the order counts: the first backup alone serves when nobody else does.
    fn moved(&self, stayed: &[Stayed<'_, '_>], findings: &mut Findings) {
        let all_count = self.fixed().is_some();
        let backups_count = !self.wanted.traits.uses_all_backups();
        let counts = |(_, new): &&Stayed<'_, '_>| all_count || (backups_count && new.has("backup"));
        let counting: Vec<&Stayed<'_, '_>> = stayed.iter().filter(counts).collect();
        let out_of_order = counting.windows(2).find_map(|pair| match pair {
            [(before, _), (old, new)] if before.line().number() > old.line().number() => Some((old, new)),
            _ => None,
        });
        findings.reasons.extend(
            out_of_order.map(|(old, new)| Reason::new(ReasonKind::Moved, Some(old.line()), Some(new.line()))),
        );
    }
}
