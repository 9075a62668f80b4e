//! What belongs together in a configuration: sections, and the `defaults` that hold for each.

use super::lines::has_meaning;
use crate::Document;
use crate::document::{Line, LineKind, Section, SectionKind};

/// A document by its sections.
pub(super) struct Layout<'d> {
    document: &'d Document,
    /// All but `global` and `defaults`.
    pub(super) sections: Vec<Part<'d>>,
    pub(super) defaults: Vec<Defaults<'d>>,
    global: Vec<Section<'d>>,
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
        if !section.header().text().contains("from") {
            return None;
        }
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
            || self.document.contains(".LINE")
            || (self.document.contains(".if") && self.has_conditional_sections())
    }

    /// Whether there are sections within conditional blocks.
    fn has_conditional_sections(&self) -> bool {
        let blocks = self.document.conditional_blocks();
        let outermost = blocks.iter().filter(|block| block.depth == 0);
        outermost.into_iter().any(|block| {
            let first = block.branches.first().map_or(0, |branch| branch.line);
            let section = |line| self.document.line(line).and_then(|line| line.section());
            let of = |line| section(line).map(|section| section.header().number());
            block.end.is_none_or(|end| of(first) != of(end))
        })
    }
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
