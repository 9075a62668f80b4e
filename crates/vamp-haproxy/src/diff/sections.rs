//! What belongs together in a configuration: sections, and the `defaults` that hold for each.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::lines::has_meaning;
use crate::Document;
use crate::document::{Branch, ConditionalBlock, Line, LineKind, Piece, Section, SectionKind, Variable};

/// A document by its sections.
pub(super) struct Layout<'d> {
    document: &'d Document,
    pub(super) parts: Vec<Part<'d>>,
    defaults: Vec<Defaults<'d>>,
    from: Finder<'static>,
}

/// A section, and which `defaults` hold for it.
#[derive(Clone, Copy)]
pub(super) struct Part<'d> {
    pub(super) section: Section<'d>,
    /// The index of the section; none for those that take nothing from `defaults`, and for proxies without.
    pub(super) defaults: Option<usize>,
}

/// What a section is known by.
pub(super) type Key<'d> = (SectionKind, Option<Cow<'d, str>>);

struct Defaults<'d> {
    section: Section<'d>,
    /// The one that it takes its own from.
    from: Option<usize>,
}

impl<'d> Part<'d> {
    pub(super) fn key(&self) -> Key<'d> {
        (self.section.kind(), self.section.name().map(|name| name.text()))
    }

    /// Whether it says what holds for others, which is compared with them.
    pub(super) fn is_for_others(&self) -> bool {
        matches!(self.section.kind(), SectionKind::Global | SectionKind::Defaults)
    }

    pub(super) fn has_servers(&self) -> bool {
        matches!(self.section.kind(), SectionKind::Backend | SectionKind::Listen)
    }
}

impl<'d> Layout<'d> {
    pub(super) fn of(document: &'d Document) -> Self {
        let mut layout = Self {
            document,
            parts: Vec::new(),
            defaults: Vec::new(),
            from: Finder::new("from"),
        };
        for section in document.sections() {
            let defaults = match section.kind() {
                SectionKind::Defaults => {
                    let from = layout.named_in(section);
                    layout.defaults.push(Defaults { section, from });
                    None
                }
                SectionKind::Frontend | SectionKind::Backend | SectionKind::Listen => {
                    let last = layout.defaults.len().checked_sub(1);
                    layout.named_in(section).or(last)
                }
                _ => None,
            };
            layout.parts.push(Part { section, defaults });
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
        let globals = self
            .parts
            .iter()
            .filter(|part| part.section.kind() == SectionKind::Global);
        globals.flat_map(|part| meaningful(part.section)).collect()
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

    /// The lines in which these characters stand.
    pub(super) fn lines_with(&self, characters: &str) -> Vec<Line<'d>> {
        self.document.lines_with(characters)
    }

    /// The lines that depend on their own number: those that name the variable `.LINE`.
    pub(super) fn numbered(&self) -> Vec<Line<'d>> {
        let names_it = |line: &Line<'_>| {
            let pieces = line.words().flat_map(|word| word.pieces().collect::<Vec<_>>());
            pieces
                .into_iter()
                .any(|piece| matches!(piece, Piece::Variable(Variable { name: ".LINE", .. })))
        };
        let lines = self.document.lines_with(".LINE").into_iter();
        lines.filter(names_it).collect()
    }

    /// Whether a `global` stands behind other sections, which are read without what it says.
    pub(super) fn has_late_global(&self) -> bool {
        let globals = self
            .parts
            .iter()
            .skip_while(|part| part.section.kind() == SectionKind::Global);
        globals
            .into_iter()
            .any(|part| part.section.kind() == SectionKind::Global)
    }

    /// Whether HAProxy might read something else if the sections stood in another order.
    pub(super) fn is_ordered(&self) -> bool {
        let changes_environment = |line: Line<'_>| {
            ["setenv", "presetenv", "unsetenv", "resetenv"]
                .iter()
                .any(|keyword| line.is(keyword))
        };
        let conditions = || self.document.lines_with(".if").into_iter();
        self.has_late_global()
            || self.global().into_iter().any(changes_environment)
            || conditions().any(is_across_sections)
    }

    /// The lines of conditional blocks in which sections begin.
    pub(super) fn blocks_of_sections(&self) -> Vec<ConditionalBlock> {
        let mut blocks = self.document.conditional_blocks();
        blocks.retain(|block| {
            let first = block.branches.first().map_or(0, |branch| branch.line);
            self.document.line(first).is_some_and(is_across_sections)
        });
        blocks
    }
}

/// Whether a conditional block begins with this line, in a section or before the first, and goes on behind it.
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
