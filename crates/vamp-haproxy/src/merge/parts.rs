//! What a file of the user is cut into: its `global`, its unnamed `defaults`, and all the rest.

use super::conflict::Conflict;
use super::place::{At, Files};
use crate::Document;
use crate::document::{Branch, ConditionalBlock, Line, LineKind, Section, SectionKind};

/// The parts of a file that are more than put beside ours.
#[derive(Default)]
pub(super) struct Parts<'d> {
    pub(super) globals: Vec<Part<'d>>,
    pub(super) defaults: Option<Part<'d>>,
}

/// The part of a section that belongs to it. Comments and blank lines at its end belong to what follows.
pub(super) struct Part<'d> {
    pub(super) header: Line<'d>,
    pub(super) body: Vec<Line<'d>>,
}

impl<'d> Part<'d> {
    /// The part of a section; an error, the first line of a conditional block that says something here and ends elsewhere.
    pub(super) fn of(section: Section<'d>) -> Result<Self, Line<'d>> {
        let mut open: Vec<Line<'d>> = Vec::new();
        let mut says_in_open = false;
        let mut length = 0;
        for (position, line) in section.lines().enumerate() {
            match line.kind() {
                LineKind::Blank | LineKind::Comment => continue,
                LineKind::Condition(Branch::If) => {
                    says_in_open &= !open.is_empty();
                    open.push(line);
                }
                LineKind::Condition(Branch::EndIf) => drop(open.pop()),
                LineKind::Condition(_) => {}
                _ => says_in_open = true,
            }
            if open.is_empty() {
                length = position + 1;
            }
        }
        match open.first() {
            Some(line) if says_in_open => Err(*line),
            _ => Ok(Self {
                header: section.header(),
                body: section.lines().take(length).collect(),
            }),
        }
    }

    pub(super) fn contains(&self, line: usize) -> bool {
        let first = self.header.number();
        (first..=first + self.body.len()).contains(&line)
    }
}

impl<'d> Parts<'d> {
    pub(super) fn of(
        file: usize,
        document: &'d Document,
        files: &Files<'_>,
        conflicts: &mut Vec<Conflict>,
    ) -> Self {
        let mut parts = Self::default();
        let blocks = document.conditional_blocks();
        for section in document.sections().filter(|section| is_merged(*section)) {
            let header = section.header();
            let place = |line: Line<'_>| {
                files.place(At {
                    file,
                    line: line.number(),
                })
            };
            if let Some(block) = around(&blocks, header) {
                conflicts.push(Conflict::Conditional {
                    section: section.kind(),
                    place: place(header),
                    block: files.place(At { file, line: block }),
                });
                continue;
            }
            match Part::of(section) {
                Ok(part) if section.kind() == SectionKind::Global => parts.globals.push(part),
                Ok(part) => match &parts.defaults {
                    None => parts.defaults = Some(part),
                    Some(first) => conflicts.push(Conflict::SecondDefaults {
                        place: place(header),
                        other: place(first.header),
                    }),
                },
                Err(block) => conflicts.push(Conflict::Conditional {
                    section: section.kind(),
                    place: place(header),
                    block: place(block),
                }),
            }
        }
        parts
    }
}

impl Parts<'_> {
    pub(super) fn is_in_global(&self, line: usize) -> bool {
        self.globals.iter().any(|part| part.contains(line))
    }

    pub(super) fn is_in_defaults(&self, line: usize) -> bool {
        self.defaults.as_ref().is_some_and(|part| part.contains(line))
    }

    /// Whether nothing is left of a file without its `global`.
    pub(super) fn leaves_nothing(&self, document: &Document) -> bool {
        document
            .lines()
            .all(|line| self.is_in_global(line.number()) || line.kind() == LineKind::Blank)
    }
}

/// `global`, and `defaults` without a name. One that takes its settings from another stands for itself.
fn is_merged(section: Section<'_>) -> bool {
    match section.kind() {
        SectionKind::Global => true,
        SectionKind::Defaults => section.name().is_none(),
        _ => false,
    }
}

/// The first line of the block that a line stands in.
fn around(blocks: &[ConditionalBlock], line: Line<'_>) -> Option<usize> {
    let block = blocks.iter().find(|block| block.contains(line.number()))?;
    block.branches.first().map(|branch| branch.line)
}
