//! Names that two sections have, and backends that nobody has.

use std::collections::HashMap;

use super::branches::Branches;
use super::conflict::Conflict;
use super::nearest::nearest;
use super::place::{At, FIRST_OWN, Files, GATEWAYS};
use crate::document::view::{DefaultBackend, UseBackend};
use crate::document::{Section, SectionKind, Token};

/// The sections that have a name, by what the name is unique among.
pub(super) struct Names<'d> {
    sections: HashMap<(SectionKind, String), Vec<(At, Section<'d>)>>,
}

impl<'d> Names<'d> {
    /// Collects the names, and tells of those that one section too many has.
    pub(super) fn of(files: &'d Files<'_>, branches: &Branches, conflicts: &mut Vec<Conflict>) -> Self {
        let mut names = Self {
            sections: HashMap::new(),
        };
        for (file, document) in files.all() {
            for section in document.sections() {
                if let Some(name) = name_of(section) {
                    let at = At {
                        file,
                        line: section.header().number(),
                    };
                    names.add(at, section, &name, (files, branches), conflicts);
                }
            }
        }
        names
    }

    fn add(
        &mut self,
        at: At,
        section: Section<'d>,
        name: &str,
        (files, branches): (&Files<'_>, &Branches),
        conflicts: &mut Vec<Conflict>,
    ) {
        let mut clash: Option<(At, Section<'d>)> = None;
        let is_other =
            |(other, _): &&(At, Section<'d>)| at.file >= FIRST_OWN && !branches.exclude(at, *other);
        for space in spaces(section.kind()) {
            let others = self.sections.entry((*space, name.to_owned())).or_default();
            clash = clash.or_else(|| others.iter().find(is_other).copied());
            others.push((at, section));
        }
        for space in spaces_beside(section.kind()) {
            let others = self.get(*space, name);
            clash = clash.or_else(|| others.iter().find(is_other).copied());
        }
        if let Some((other, other_section)) = clash {
            conflicts.push(Conflict::Name {
                kind: section.kind(),
                name: name.to_owned(),
                place: files.place(at),
                other_kind: other_section.kind(),
                other: files.place(other),
            });
        }
    }

    /// Tells of the backends that proxies of the user lead to and that are not there.
    pub(super) fn check_references(&self, files: &Files<'_>, conflicts: &mut Vec<Conflict>) {
        for (file, document) in files.own() {
            for line in document.lines() {
                let to = UseBackend::of(line)
                    .map(|rule| rule.backend())
                    .or_else(|| DefaultBackend::of(line).map(|rule| rule.backend()));
                let Some(name) = to.and_then(known_name) else {
                    continue;
                };
                if self.get(SectionKind::Backend, &name).is_empty() {
                    let of_gateway = |(at, _): &&(At, _)| at.file == GATEWAYS;
                    let frontends = self.get(SectionKind::Frontend, &name);
                    let frontend = frontends.iter().find(of_gateway);
                    conflicts.push(Conflict::UnknownBackend {
                        place: files.place(At {
                            file,
                            line: line.number(),
                        }),
                        frontend: frontend.map(|(at, _)| files.place(*at)),
                        nearest: nearest(&name, self.backends()),
                        name,
                    });
                }
            }
        }
    }

    /// The names of all backends.
    fn backends(&self) -> impl Iterator<Item = &str> {
        let spaces = self.sections.keys();
        spaces
            .filter(|(space, _)| *space == SectionKind::Backend)
            .map(|(_, name)| name.as_str())
    }

    fn get(&self, space: SectionKind, name: &str) -> &[(At, Section<'d>)] {
        let found = self.sections.get(&(space, name.to_owned()));
        found.map_or(&[], Vec::as_slice)
    }
}

/// What a section's name is unique among.
fn spaces(kind: SectionKind) -> &'static [SectionKind] {
    use SectionKind::{
        Acme, Backend, Cache, CrtStore, Defaults, FcgiApp, Frontend, Global, HttpErrors, Listen, LogForward,
        LogProfile, Mailers, NamespaceList, Peers, Program, Resolvers, Ring, Traces, Userlist,
    };
    match kind {
        Global | Traces | NamespaceList => &[],
        Defaults => &[Defaults],
        Frontend => &[Frontend],
        Backend => &[Backend],
        Listen => &[Frontend, Backend],
        Userlist => &[Userlist],
        Peers => &[Peers],
        Resolvers => &[Resolvers],
        Mailers => &[Mailers],
        Cache => &[Cache],
        Program => &[Program],
        Ring => &[Ring],
        HttpErrors => &[HttpErrors],
        LogForward => &[LogForward],
        LogProfile => &[LogProfile],
        FcgiApp => &[FcgiApp],
        CrtStore => &[CrtStore],
        Acme => &[Acme],
    }
}

/// Where else a section's name must not be, without being there itself: HAProxy finds receivers of logs and proxies by one name.
fn spaces_beside(kind: SectionKind) -> &'static [SectionKind] {
    match kind {
        SectionKind::LogForward => &[SectionKind::Frontend, SectionKind::Backend],
        SectionKind::Frontend | SectionKind::Backend | SectionKind::Listen => &[SectionKind::LogForward],
        _ => &[],
    }
}

fn name_of(section: Section<'_>) -> Option<String> {
    // `defaults from other` has no name.
    let is_from = section.kind() == SectionKind::Defaults && section.is_named("from");
    section
        .name()
        .filter(|name| !is_from && !name.has_variables())
        .map(|name| name.text().into_owned())
}

/// The name of a backend that is the same for every request and in every environment.
fn known_name(token: Token<'_>) -> Option<String> {
    let text = token.text();
    (!token.has_variables() && !text.contains('%')).then(|| text.into_owned())
}
