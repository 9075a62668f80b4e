//! What belongs together in a configuration: sections, and the `defaults` that hold for each.

use memchr::memmem::Finder;

use super::lines::has_meaning;
use crate::Document;
use crate::document::{Branch, Line, LineKind, Section, SectionKind};

/// A document by its sections.
pub(super) struct Layout<'d> {
    document: &'d Document,
    /// All but `global` and `defaults`.
    pub(super) sections: Vec<Part<'d>>,
    pub(super) defaults: Vec<Defaults<'d>>,
    global: Vec<Section<'d>>,
    from: Finder<'static>,
}

/// A section, and which `defaults` hold for it.
#[derive(Clone, Copy)]
pub(super) struct Part<'d> {
    pub(super) section: Section<'d>,
    /// The index of the section; none for those that take nothing from `defaults`, and for proxies without.
    pub(super) defaults: Option<usize>,
}

pub(super) struct Defaults<'d> {
    section: Section<'d>,
    /// The one that it takes its own from.
    from: Option<usize>,
}

impl<'d> Layout<'d> {
    pub(super) fn of(document: &'d Document) -> Self {
        let mut layout = Self {
            document,
            sections: Vec::new(),
            defaults: Vec::new(),
            global: Vec::new(),
            from: Finder::new("from"),
        };
        for section in document.sections() {
            match section.kind() {
                SectionKind::Global => layout.global.push(section),
                SectionKind::Defaults => {
                    let from = layout.named_in(section);
                    layout.defaults.push(Defaults { section, from });
                }
                SectionKind::Frontend | SectionKind::Backend | SectionKind::Listen => {
                    let last = layout.defaults.len().checked_sub(1);
                    let defaults = layout.named_in(section).or(last);
                    layout.sections.push(Part { section, defaults });
                }
                _ => layout.sections.push(Part {
                    section,
                    defaults: None,
                }),
            }
        }
        layout
    }

    /// The `defaults` that a section names with `from`.
    fn named_in(&self, section: Section<'_>) -> Option<usize> {
        // Most do not, and their words need not be read.
        self.from.find(section.header().text().as_bytes())?;
        let name = section.from()?.text();
        self.defaults
            .iter()
            .rposition(|defaults| defaults.section.is_named(&name))
    }

    /// What stands before the first section.
    pub(super) fn preamble(&self) -> Vec<Line<'d>> {
        let outside = |line: &Line<'_>| line.section().is_none();
        self.document
            .lines()
            .take_while(outside)
            .filter(has_meaning)
            .collect()
    }

    /// The lines of all `global` sections.
    pub(super) fn global(&self) -> Vec<Line<'d>> {
        self.global
            .iter()
            .flat_map(|section| meaningful(*section))
            .collect()
    }

    /// All that some `defaults` say, those that they name before their own.
    pub(super) fn defaults(&self, index: Option<usize>) -> Vec<Line<'d>> {
        let mut chain = Vec::new();
        let mut next = index;
        // A section names one before it, so that the chain has an end.
        while let Some(defaults) = next.and_then(|index| self.defaults.get(index)) {
            chain.push(defaults.section);
            next = defaults.from;
        }
        chain.into_iter().rev().flat_map(meaningful).collect()
    }

    /// All lines that count, in their order.
    pub(super) fn in_order(&self) -> Vec<Line<'d>> {
        self.document.lines().filter(has_meaning).collect()
    }

    /// Whether HAProxy might read something else if its sections or lines stood elsewhere.
    pub(super) fn is_ordered(&self) -> bool {
        let changes_environment = |line: Line<'_>| {
            ["setenv", "presetenv", "unsetenv", "resetenv"]
                .iter()
                .any(|keyword| line.is(keyword))
        };
        self.global().into_iter().any(changes_environment)
            || !self.document.lines_with(".LINE").is_empty()
            || self
                .document
                .lines_with(".if")
                .into_iter()
                .any(is_across_sections)
    }
}

/// Whether a line is in a section, or before the first, in which a conditional block begins that goes on behind it.
fn is_across_sections(line: Line<'_>) -> bool {
    if line.kind() != LineKind::Condition(Branch::If) {
        return false;
    }
    let Some(section) = line.section() else {
        return true;
    };
    let open = section.lines().try_fold(0_usize, |open, line| match line.kind() {
        LineKind::Condition(Branch::If) => Some(open + 1),
        LineKind::Condition(Branch::EndIf) => open.checked_sub(1),
        _ => Some(open),
    });
    open != Some(0)
}

/// The lines of a section that count.
pub(super) fn meaningful(section: Section<'_>) -> impl Iterator<Item = Line<'_>> {
    section.lines().filter(has_meaning)
}

/// Whether lines of a section depend on conditions.
pub(super) fn is_conditional(lines: &[Line<'_>]) -> bool {
    lines
        .iter()
        .any(|line| matches!(line.kind(), LineKind::Condition(_)))
}
