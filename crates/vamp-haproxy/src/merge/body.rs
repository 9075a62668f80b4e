//! What stands in a section, with its conditional blocks as a tree.

use std::borrow::Cow;
use std::iter::Peekable;

use super::place::At;
use crate::document::{Branch as BranchKind, Line, LineKind};

/// HAProxy takes blocks within blocks up to here; what is deeper is not looked into.
const DEEPEST: usize = 32;

/// A line on its way into the result.
#[derive(Debug, Clone)]
pub(super) struct Entry<'d> {
    /// With its end.
    pub(super) text: Cow<'d, str>,
    /// None for a line that nobody wrote.
    pub(super) at: Option<At>,
    /// The setting that it says, if a line of the user's may take its place or it that of ours.
    pub(super) setting: Option<String>,
    /// Whether it means something to HAProxy.
    pub(super) says: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Node<'d> {
    Line(Entry<'d>),
    Block(Block<'d>),
}

/// From `.if` to `.endif`.
#[derive(Debug, Clone)]
pub(super) struct Block<'d> {
    pub(super) branches: Vec<Branch<'d>>,
    pub(super) end: Option<Entry<'d>>,
}

#[derive(Debug, Clone)]
pub(super) struct Branch<'d> {
    pub(super) head: Entry<'d>,
    pub(super) is_else: bool,
    pub(super) nodes: Vec<Node<'d>>,
}

/// How to read the lines of a section.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    pub(super) file: usize,
    /// What a line sets.
    pub(super) setting: fn(Line<'_>) -> Option<String>,
    /// Which lines to take; comments and blank lines are asked for, too, parts of blocks are not.
    pub(super) keeps: fn(Line<'_>) -> bool,
}

impl Reading {
    /// The lines as a tree.
    pub(super) fn read<'d>(self, lines: impl IntoIterator<Item = Line<'d>>) -> Vec<Node<'d>> {
        let mut lines = lines.into_iter().peekable();
        let mut nodes = self.nodes(&mut lines, 0);
        // An `.endif` without `.if` stands for itself; there is none where the problems were looked at.
        while let Some(line) = lines.next() {
            nodes.push(Node::Line(self.entry(line)));
            nodes.extend(self.nodes(&mut lines, 0));
        }
        nodes
    }

    fn nodes<'d>(self, lines: &mut Peekable<impl Iterator<Item = Line<'d>>>, depth: usize) -> Vec<Node<'d>> {
        let mut nodes = Vec::new();
        while let Some(line) = lines.peek().copied() {
            match line.kind() {
                LineKind::Condition(BranchKind::If) if depth < DEEPEST => {
                    lines.next();
                    let block = self.block(line, lines, depth + 1);
                    if block.branches.iter().any(|branch| !branch.nodes.is_empty()) {
                        nodes.push(Node::Block(block));
                    }
                }
                LineKind::Condition(_) if depth < DEEPEST => break,
                _ => {
                    lines.next();
                    if (self.keeps)(line) {
                        nodes.push(Node::Line(self.entry(line)));
                    }
                }
            }
        }
        nodes
    }

    fn block<'d>(
        self,
        first: Line<'d>,
        lines: &mut Peekable<impl Iterator<Item = Line<'d>>>,
        depth: usize,
    ) -> Block<'d> {
        let mut branches = Vec::new();
        let mut head = first;
        loop {
            branches.push(Branch {
                head: self.entry(head),
                is_else: head.kind() == LineKind::Condition(BranchKind::Else),
                nodes: self.nodes(lines, depth),
            });
            match lines.next() {
                Some(line) if line.kind() != LineKind::Condition(BranchKind::EndIf) => head = line,
                end => {
                    let end = end.map(|line| self.entry(line));
                    return Block { branches, end };
                }
            }
        }
    }

    fn entry(self, line: Line<'_>) -> Entry<'_> {
        let is_keyword = line.kind() == LineKind::Keyword;
        Entry {
            text: Cow::Borrowed(line.written()),
            at: Some(At {
                file: self.file,
                line: line.number(),
            }),
            setting: if is_keyword { (self.setting)(line) } else { None },
            says: !matches!(line.kind(), LineKind::Blank | LineKind::Comment),
        }
    }
}

impl<'d> Node<'d> {
    /// Calls for each line that says a setting.
    pub(super) fn settings<'n>(&'n self, found: &mut impl FnMut(&'n str, Option<At>)) {
        match self {
            Self::Line(entry) => {
                if let Some(setting) = &entry.setting {
                    found(setting, entry.at);
                }
            }
            Self::Block(block) => {
                let nodes = block.branches.iter().flat_map(|branch| &branch.nodes);
                nodes.for_each(|node| node.settings(found));
            }
        }
    }

    /// Where a setting is said first.
    pub(super) fn place_of(&self, setting: &str) -> Option<At> {
        let mut place = None;
        self.settings(&mut |found, at| {
            if found == setting && place.is_none() {
                place = at;
            }
        });
        place
    }

    /// The part of it with the lines that are wanted, in the same blocks; none when nothing that says something is left.
    pub(super) fn only(&self, wanted: &impl Fn(&Entry<'d>) -> bool) -> Option<Self> {
        match self {
            Self::Line(entry) => wanted(entry).then(|| self.clone()),
            Self::Block(block) => {
                let mut block = block.clone();
                for branch in &mut block.branches {
                    branch.nodes = branch.nodes.iter().filter_map(|node| node.only(wanted)).collect();
                }
                let says = block
                    .branches
                    .iter()
                    .flat_map(|branch| &branch.nodes)
                    .any(Self::says);
                says.then_some(Self::Block(block))
            }
        }
    }

    fn says(&self) -> bool {
        match self {
            Self::Line(entry) => entry.says,
            Self::Block(_) => true,
        }
    }

    /// Calls for each line in its order.
    pub(super) fn entries<'n>(&'n self, write: &mut impl FnMut(&'n Entry<'d>)) {
        match self {
            Self::Line(entry) => write(entry),
            Self::Block(block) => {
                for branch in &block.branches {
                    write(&branch.head);
                    branch.nodes.iter().for_each(|node| node.entries(write));
                }
                block.end.iter().for_each(write);
            }
        }
    }
}
