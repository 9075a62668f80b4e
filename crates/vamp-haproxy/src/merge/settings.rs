//! What `global` and `defaults` say in the end.

use super::branches::Branches;
use super::conflict::Conflict;
use super::merged::{OnlyOwn, Replacement};
use super::merging::{DEFAULTS, GLOBAL, Merging, read};
use super::parts::{Part, Parts};
use super::place::{At, BASE, FIRST_OWN, Files};
use super::sheet::Sheet;
use super::weave::{Woven, weave};
use super::{refused, shared, twice};
use crate::Document;
use crate::document::{Line, LineKind, SectionKind};

/// The sections of settings, ours with the user's.
pub(super) struct Settings<'d> {
    global: Merging<'d>,
    /// Those of the gateways, which stand in the base.
    defaults: Merging<'d>,
    /// Those of the user's proxies, which stand in his file; the file and the line of their header.
    own_defaults: Option<(At, Woven<'d>)>,
    pub(super) replaced: Vec<Replacement>,
    pub(super) only_own: Vec<OnlyOwn>,
}

impl<'d> Settings<'d> {
    pub(super) fn of(
        files: &'d Files<'_>,
        branches: &Branches,
        parts: &[Parts<'d>],
        conflicts: &mut Vec<Conflict>,
    ) -> Self {
        let bodies = || parts.iter().zip(FIRST_OWN..);
        let own_global = bodies()
            .flat_map(|(parts, file)| {
                parts
                    .globals
                    .iter()
                    .flat_map(move |part| read(part, file, GLOBAL, |_| true))
            })
            .collect();
        let mut all = bodies().filter_map(|(parts, file)| Some((parts.defaults.as_ref()?, file)));
        let own = all.next();
        for (part, file) in all {
            conflicts.extend(own.map(|(first, first_file)| Conflict::SecondDefaults {
                place: files.place_of(file, part.header),
                other: files.place_of(first_file, first.header),
            }));
        }
        let own_shared = own.map(|(part, file)| read(part, file, DEFAULTS, shared::is_shared));
        let own_all = own.map(|(part, file)| (part.header, file, read(part, file, DEFAULTS, |_| true)));
        let mut settings = Self {
            global: Merging::of(files, SectionKind::Global, GLOBAL, own_global, conflicts),
            defaults: Merging::of(
                files,
                SectionKind::Defaults,
                DEFAULTS,
                own_shared.unwrap_or_default(),
                conflicts,
            ),
            own_defaults: None,
            replaced: Vec::new(),
            only_own: own
                .map(|(part, file)| only_own(files, part, file))
                .unwrap_or_default(),
        };
        settings.own_defaults = own_all.map(|(header, file, own)| {
            let ours = settings.defaults.part.as_ref();
            let ours = ours
                .map(|part| read(part, BASE, DEFAULTS, is_said))
                .unwrap_or_default();
            let line = header.number();
            (At { file, line }, weave(ours, own))
        });
        refused::refuse(files, parts, [&settings.global, &settings.defaults], conflicts);
        twice::check(files, branches, &settings.global.woven, conflicts);
        settings.tell(files, conflicts);
        settings
    }

    /// Tells what was replaced and what could not be.
    fn tell(&mut self, files: &Files<'_>, conflicts: &mut Vec<Conflict>) {
        // What the user's proxies have in the place of ours and the gateways have not is told as such.
        for woven in [&self.global.woven, &self.defaults.woven] {
            self.replaced
                .extend(woven.replaced.iter().map(|replaced| Replacement {
                    setting: replaced.setting.clone(),
                    own: files.place(replaced.own),
                    ours: files.place(replaced.ours),
                    conditionally: replaced.conditionally,
                }));
        }
        let own_defaults = self.own_defaults.as_ref().map(|(_, woven)| woven);
        for woven in [Some(&self.global.woven), own_defaults].into_iter().flatten() {
            conflicts.extend(woven.ambiguous.iter().map(|ambiguous| Conflict::Ambiguous {
                setting: ambiguous.setting.clone(),
                place: files.place(ambiguous.second),
                other: files.place(ambiguous.first),
            }));
        }
    }

    /// The base with what the user says in its sections.
    pub(super) fn write_base(&self, sheet: &mut Sheet, base: &Document) {
        if self.global.part.is_none() {
            self.global.write(sheet, None);
        }
        for line in base.lines() {
            let merging = [&self.global, &self.defaults]
                .into_iter()
                .find(|merging| merging.contains(line));
            match merging {
                Some(merging) if merging.begins_at(line) => merging.write(sheet, Some(line)),
                Some(_) => {}
                None => sheet.line(BASE, line),
            }
        }
        if self.defaults.part.is_none() {
            self.defaults.write(sheet, None);
        }
    }

    /// A line of the user's `defaults`: all of them with the first.
    pub(super) fn write_own_defaults(&self, sheet: &mut Sheet, file: usize, line: Line<'_>) {
        if let Some((header, woven)) = &self.own_defaults
            && (header.file, header.line) == (file, line.number())
        {
            sheet.line(file, line);
            sheet.nodes(&woven.ours);
            sheet.nodes(&woven.own);
        }
    }
}

/// The settings that the gateways do not get.
fn only_own(files: &Files<'_>, part: &Part<'_>, file: usize) -> Vec<OnlyOwn> {
    let lines = part.body.iter().filter(|line| line.kind() == LineKind::Keyword);
    lines
        .filter(|line| !shared::is_shared(**line))
        .map(|line| OnlyOwn {
            place: files.place_of(file, *line),
            text: refused::words(*line, usize::MAX),
        })
        .collect()
}

fn is_said(line: Line<'_>) -> bool {
    !matches!(line.kind(), LineKind::Blank | LineKind::Comment)
}
