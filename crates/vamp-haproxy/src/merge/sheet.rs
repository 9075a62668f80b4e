//! The merged text while it is written, and where its lines are from.

use super::body::{Entry, Node};
use super::place::At;
use crate::document::Line;

#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) text: String,
    pub(super) origins: Origins,
}

/// Where the lines of a text are from.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins {
    runs: Vec<Run>,
    lines: usize,
}

/// Lines that stand one after the other in the text and where they are from.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// The first in the text, from 1.
    line: usize,
    /// The first where it is from; none for lines that nobody wrote.
    at: Option<At>,
}

impl Sheet {
    /// A line with its end.
    pub(super) fn push(&mut self, text: &str, at: Option<At>) {
        self.text.push_str(text);
        self.origins.push(at);
    }

    pub(super) fn line(&mut self, file: usize, line: Line<'_>) {
        let at = At {
            file,
            line: line.number(),
        };
        self.push(line.written(), Some(at));
    }

    pub(super) fn nodes(&mut self, nodes: &[Node<'_>]) {
        let mut write = |entry: &Entry<'_>| self.push(&entry.text, entry.at);
        nodes.iter().for_each(|node| node.entries(&mut write));
    }
}

impl Origins {
    fn push(&mut self, at: Option<At>) {
        self.lines += 1;
        let line = self.lines;
        let goes_on = match self.runs.last() {
            Some(run) => run.origin(line) == at,
            None => false,
        };
        if !goes_on {
            self.runs.push(Run { line, at });
        }
    }

    /// Where a line, from 1, is from.
    pub(super) fn of(&self, line: usize) -> Option<At> {
        if line > self.lines {
            return None;
        }
        let after = self.runs.partition_point(|run| run.line <= line);
        self.runs.get(after.checked_sub(1)?)?.origin(line)
    }
}

impl Run {
    fn origin(&self, line: usize) -> Option<At> {
        let at = self.at?;
        Some(At {
            line: at.line + (line - self.line),
            ..at
        })
    }
}
