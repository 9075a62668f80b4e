//! A section of the base with what the user says in his.

use super::body::{Node, Reading};
use super::conflict::Conflict;
use super::parts::Part;
use super::place::{BASE, Files};
use super::setting;
use super::sheet::Sheet;
use super::weave::{Woven, weave};
use crate::document::{Line, SectionKind};

/// A section of the base with what is put into it.
pub(super) struct Merging<'d> {
    pub(super) kind: SectionKind,
    /// As it stands in the base, if it does.
    pub(super) part: Option<Part<'d>>,
    pub(super) woven: Woven<'d>,
}

/// How the two sections are read.
pub(super) const GLOBAL: fn(Line<'_>) -> Option<String> = setting::of_global;
pub(super) const DEFAULTS: fn(Line<'_>) -> Option<String> = setting::of_defaults;

impl<'d> Merging<'d> {
    /// The last section of a kind in the base, with what the user says.
    pub(super) fn of(
        files: &'d Files<'_>,
        kind: SectionKind,
        setting: fn(Line<'_>) -> Option<String>,
        own: Vec<Node<'d>>,
        conflicts: &mut Vec<Conflict>,
    ) -> Self {
        let section = files.base.sections_of(kind).next_back();
        let part = match section.map(Part::of) {
            Some(Ok(part)) => Some(part),
            Some(Err(block)) => {
                conflicts.extend(section.map(|section| Conflict::Conditional {
                    section: kind,
                    place: files.place_of(BASE, section.header()),
                    block: files.place_of(BASE, block),
                }));
                None
            }
            None => None,
        };
        let ours = part.as_ref().map(|part| read(part, BASE, setting, |_| true));
        let woven = weave(ours.unwrap_or_default(), own);
        Self { kind, part, woven }
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'d>> {
        self.part.iter().flat_map(|part| part.body.iter().copied())
    }

    /// Our line that says the same setting as another.
    pub(super) fn same_as(&self, line: Line<'_>) -> Option<Line<'d>> {
        let setting = match self.kind {
            SectionKind::Global => GLOBAL,
            _ => DEFAULTS,
        };
        let wanted = setting(line)?;
        self.lines().find(|ours| setting(*ours).as_ref() == Some(&wanted))
    }

    pub(super) fn contains(&self, line: Line<'_>) -> bool {
        self.part
            .as_ref()
            .is_some_and(|part| part.contains(line.number()))
    }

    pub(super) fn begins_at(&self, line: Line<'_>) -> bool {
        self.part
            .as_ref()
            .is_some_and(|part| part.header.number() == line.number())
    }

    /// The section; without a header in the base one of nobody, if there is anything in it.
    pub(super) fn write(&self, sheet: &mut Sheet, header: Option<Line<'_>>) {
        match header {
            Some(header) => sheet.line(BASE, header),
            None if self.woven.own.is_empty() => return,
            None => sheet.push(&[self.kind.as_str(), "\n"].concat(), None),
        }
        sheet.nodes(&self.woven.ours);
        sheet.nodes(&self.woven.own);
    }
}

pub(super) fn read<'d>(
    part: &Part<'d>,
    file: usize,
    setting: fn(Line<'_>) -> Option<String>,
    keeps: fn(Line<'_>) -> bool,
) -> Vec<Node<'d>> {
    let reading = Reading { file, setting, keeps };
    reading.read(part.body.iter().copied())
}
