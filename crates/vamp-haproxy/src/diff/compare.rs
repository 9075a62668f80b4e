//! Which sections of two configurations belong together, and what is different in them.

use std::collections::{HashMap, HashSet};

use super::backend::{Backend, Inherited};
use super::lines::differences;
use super::reason::{Reason, ReasonKind};
use super::sections::{Key, Layout, Part, is_conditional, meaningful};
use super::{Change, Command, DiffOptions, files, servers};
use crate::Document;
use crate::document::{ConditionalBlock, Line};

/// What was found on the way.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) reasons: Vec<Reason>,
    pub(super) commands: Commands,
}

/// Commands in the order in which they are carried out: HAProxy answers requests between two of them, and a backend that has servers before and
/// after must have some in between.
#[derive(Default)]
pub(super) struct Commands {
    pub(super) added: Vec<Command>,
    pub(super) raised: Vec<Command>,
    pub(super) files: Vec<Command>,
    pub(super) lowered: Vec<Command>,
    pub(super) removed: Vec<Command>,
}

impl Findings {
    pub(super) fn into_change(self) -> Change {
        let Self {
            mut reasons,
            commands,
        } = self;
        if !reasons.is_empty() {
            reasons.sort_by_key(Reason::position);
            return Change::Reload(reasons);
        }
        let Commands {
            added,
            raised,
            files,
            lowered,
            removed,
        } = commands;
        let commands: Vec<Command> = [added, raised, files, lowered, removed]
            .into_iter()
            .flatten()
            .collect();
        if commands.is_empty() {
            Change::Nothing
        } else {
            Change::Runtime(commands)
        }
    }
}

pub(super) fn compare(running: &Document, wanted: &Document, options: &DiffOptions<'_>) -> Findings {
    let (running, wanted) = (Layout::of(running), Layout::of(wanted));
    let mut comparison = Comparison {
        running: &running,
        wanted: &wanted,
        options,
        findings: Findings::default(),
        defaults: HashSet::new(),
        inherited: Default::default(),
    };
    // What makes the order count and is in what runs alone is a difference in any case, but for the place of a `global`.
    if wanted.is_ordered() || running.has_late_global() {
        comparison.in_their_order();
    } else {
        comparison.in_any_order();
    }
    comparison.numbered_lines();
    comparison.references();
    files::compare(&wanted, options, &mut comparison.findings);
    comparison.findings
}

struct Comparison<'c, 'd> {
    running: &'c Layout<'d>,
    wanted: &'c Layout<'d>,
    options: &'c DiffOptions<'c>,
    findings: Findings,
    /// Those `defaults` that were compared.
    defaults: HashSet<(Option<usize>, Option<usize>)>,
    /// What backends inherit, of what runs and of what is wanted.
    inherited: (InheritedBy<'d>, InheritedBy<'d>),
}

/// What the backends of a configuration inherit from its `defaults`, which mostly many share.
#[derive(Default)]
struct InheritedBy<'d>(HashMap<Option<usize>, Inherited<'d>>);

impl<'d> InheritedBy<'d> {
    fn of(&mut self, layout: &Layout<'d>, defaults: Option<usize>) -> &Inherited<'d> {
        let read = || Inherited::from(&layout.defaults(defaults));
        self.0.entry(defaults).or_insert_with(read)
    }
}

/// What a first line says after the name, without the `defaults` that it names: those are compared by what they say.
fn after_name(part: Part<'_>) -> Vec<String> {
    let named = if part.section.from().is_some() { 2 } else { 0 };
    let words = part.section.header().arguments().skip(1 + named);
    words.map(|word| word.text().into_owned()).collect()
}

impl<'d> Comparison<'_, 'd> {
    fn in_any_order(&mut self) {
        let (running, wanted) = (self.running, self.wanted);
        let reasons = &mut self.findings.reasons;
        differences(&running.preamble(), &wanted.preamble(), reasons);
        differences(&running.global(), &wanted.global(), reasons);

        let own = |layout: &Layout<'d>| -> Vec<Part<'d>> {
            let parts = layout.parts.iter().copied();
            parts.filter(|part| !part.is_for_others()).collect()
        };
        let (old_parts, new_parts) = (own(running), own(wanted));
        let (mut olds, mut news) = (&old_parts[..], &new_parts[..]);
        // Mostly the same stands at the same place.
        while let ([old, old_rest @ ..], [new, new_rest @ ..]) = (olds, news) {
            if !old.section.is_written_like(&new.section) && old.key() != new.key() {
                break;
            }
            self.pair(*old, *new);
            (olds, news) = (old_rest, new_rest);
        }
        while let ([old_rest @ .., old], [new_rest @ .., new]) = (olds, news) {
            if !old.section.is_written_like(&new.section) && old.key() != new.key() {
                break;
            }
            self.pair(*old, *new);
            (olds, news) = (old_rest, new_rest);
        }
        self.by_name(olds, news);
    }

    /// Where the order of the sections counts: they are compared one by one when it is the same, and else line by line.
    fn in_their_order(&mut self) {
        let (running, wanted) = (self.running, self.wanted);
        let keys = |layout: &Layout<'d>| -> Vec<Key<'d>> { layout.parts.iter().map(Part::key).collect() };
        let reasons = &mut self.findings.reasons;
        if keys(running) != keys(wanted) {
            differences(&running.in_order(), &wanted.in_order(), reasons);
            return;
        }
        differences(&running.preamble(), &wanted.preamble(), reasons);
        let blocks = (running.blocks_of_sections(), wanted.blocks_of_sections());
        let depends = |blocks: &[ConditionalBlock], part: &Part<'d>| {
            let line = part.section.header().number();
            blocks.iter().any(|block| block.contains(line))
        };
        for (old, new) in running.parts.iter().zip(&wanted.parts) {
            if old.is_for_others() || depends(&blocks.0, old) || depends(&blocks.1, new) {
                let lines = |part: &Part<'d>| -> Vec<Line<'d>> {
                    std::iter::once(part.section.header())
                        .chain(meaningful(part.section))
                        .collect()
                };
                differences(&lines(old), &lines(new), &mut self.findings.reasons);
            } else {
                self.pair(*old, *new);
            }
        }
    }

    fn numbered_lines(&mut self) {
        let (olds, news) = (self.running.numbered(), self.wanted.numbered());
        let moved = olds
            .iter()
            .zip(&news)
            .filter(|(old, new)| old.number() != new.number());
        let moved = moved.map(|(old, new)| Reason::new(ReasonKind::Moved, Some(*old), Some(*new)));
        self.findings.reasons.extend(moved);
    }

    /// Sections that stand elsewhere, are new or gone.
    fn by_name(&mut self, olds: &[Part<'d>], news: &[Part<'d>]) {
        let mut left: HashMap<Key<'d>, Vec<Part<'d>>> = HashMap::new();
        // The first of several with one name is taken from the end.
        for old in olds.iter().rev() {
            left.entry(old.key()).or_default().push(*old);
        }
        for new in news {
            match left.get_mut(&new.key()).and_then(Vec::pop) {
                Some(old) => self.pair(old, *new),
                None => self.findings.reasons.push(Reason::added(new.section.header())),
            }
        }
        let gone = left.into_values().flatten();
        let gone = gone.map(|old| Reason::removed(old.section.header()));
        self.findings.reasons.extend(gone);
    }

    fn pair(&mut self, old: Part<'d>, new: Part<'d>) {
        self.compare_defaults(old.defaults, new.defaults);
        if old.section.is_written_like(&new.section) {
            return;
        }
        if after_name(old) != after_name(new) {
            let (old, new) = (Some(old.section.header()), Some(new.section.header()));
            self.findings
                .reasons
                .push(Reason::new(ReasonKind::Replaced, old, new));
        }
        let olds: Vec<Line<'d>> = meaningful(old.section).collect();
        let news: Vec<Line<'d>> = meaningful(new.section).collect();
        let (running, wanted) = (self.running, self.wanted);
        let old_inherited = self.inherited.0.of(running, old.defaults);
        let new_inherited = self.inherited.1.of(wanted, new.defaults);
        let depends = is_conditional(&olds)
            || is_conditional(&news)
            || old_inherited.is_conditional
            || new_inherited.is_conditional;
        if !new.has_servers() || depends {
            differences(&olds, &news, &mut self.findings.reasons);
            return;
        }
        let pair = servers::Pair {
            backend: new
                .section
                .name()
                .map(|name| name.text().into_owned())
                .unwrap_or_default(),
            running: Backend::new(&olds, old_inherited),
            wanted: Backend::new(&news, new_inherited),
        };
        pair.compare(self.options, &mut self.findings);
    }

    /// A server that goes, and that lines of others name, is not deleted by HAProxy.
    fn references(&mut self) {
        if self.findings.commands.removed.is_empty() {
            return;
        }
        for line in self.wanted.lines_with("track") {
            let Some(tracked) = servers::tracked(line) else {
                continue;
            };
            let is_gone = |command: &Command| match command {
                Command::RemoveServer { backend, server } => {
                    tracked == *server || tracked == format!("{backend}/{server}")
                }
                _ => false,
            };
            if self.findings.commands.removed.iter().any(is_gone) {
                let because = "it follows a server that goes".to_owned();
                let reason = Reason::new(ReasonKind::Server { because }, None, Some(line));
                self.findings.reasons.push(reason);
            }
        }
    }

    /// What holds for many proxies is told once.
    fn compare_defaults(&mut self, old: Option<usize>, new: Option<usize>) {
        if self.defaults.insert((old, new)) {
            let (olds, news) = (self.running.defaults(old), self.wanted.defaults(new));
            differences(&olds, &news, &mut self.findings.reasons);
        }
    }
}
