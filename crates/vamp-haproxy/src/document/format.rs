//! One layout for every configuration.

use std::collections::BTreeSet;

use super::{Document, Line, LineKind};

/// Before what stands in a section.
const INDENTATION: &str = "  ";

impl Document {
    /// The configuration in the usual layout: sections at the beginning of the line with one empty line before them, what they hold
    /// two blanks further in, one blank between words, and line feeds at the ends of lines.
    ///
    /// Words, quotes and comments stay as they are written, and the order of lines, too, so that it means the same to HAProxy. Lines
    /// with [problems](Document::problems) are not touched. The layout of what has it already is the same again.
    ///
    /// ```
    /// use vamp_haproxy::Document;
    ///
    /// let document = Document::parse("global\n\tmaxconn   100 # all\n# a shop\nbackend shop\n server a 10.0.0.1:80\n");
    /// let text = "global\n  maxconn 100 # all\n\n# a shop\nbackend shop\n  server a 10.0.0.1:80\n";
    /// assert_eq!(document.formatted(), text);
    /// ```
    #[must_use]
    pub fn formatted(&self) -> String {
        let untouched: BTreeSet<usize> = self.problems().iter().map(|problem| problem.line).collect();
        let mut text = String::with_capacity(self.lines().map(|line| line.text().len() + 2).sum());
        // Blank lines and comments wait for what follows: before a section they belong to it.
        let mut waiting: Vec<Line<'_>> = Vec::new();
        let mut inside = false;
        for line in self.lines() {
            let is_waiting = is_empty(&line) || line.kind() == LineKind::Comment;
            if is_waiting && !untouched.contains(&line.number()) {
                waiting.push(line);
                continue;
            }
            let begins_section = matches!(line.kind(), LineKind::Section(_) | LineKind::Scope);
            push_waiting(&mut text, &waiting, inside && !begins_section, begins_section);
            waiting.clear();
            inside |= begins_section;
            if untouched.contains(&line.number()) {
                text.push_str(line.text());
                text.push('\n');
            } else {
                push_line(&mut text, &line, inside && !begins_section);
            }
        }
        push_waiting(&mut text, &waiting, inside, false);
        // No empty line at the end.
        let length = text.trim_end_matches('\n').len();
        text.truncate(length + usize::from(length > 0));
        text
    }
}

/// What stands between two lines: comments, and no more than one empty line at a time. A section has one before it and its comments.
fn push_waiting(text: &mut String, waiting: &[Line<'_>], indented: bool, before_section: bool) {
    let last_blank = waiting.iter().rposition(|line| is_empty(line));
    for (position, line) in waiting.iter().enumerate() {
        if is_empty(line) {
            push_blank(text);
            continue;
        }
        // What is set apart from the section that follows belongs to the one before.
        let of_section = before_section && last_blank.is_none_or(|blank| blank < position);
        if of_section && last_blank.is_none() && position == 0 {
            push_blank(text);
        }
        push_line(
            text,
            line,
            indented || before_section && !of_section && !text.is_empty(),
        );
    }
    if before_section && waiting.last().is_none_or(|line| is_empty(line)) {
        push_blank(text);
    }
}

/// An empty first word is nothing to HAProxy, either, but somebody wrote it.
fn is_empty(line: &Line<'_>) -> bool {
    line.text().trim().is_empty()
}

/// An empty line, unless there is one, or nothing at all.
fn push_blank(text: &mut String) {
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
}

fn push_line(text: &mut String, line: &Line<'_>, indented: bool) {
    if indented {
        text.push_str(INDENTATION);
    }
    if line.kind() == LineKind::Scope {
        text.push_str(line.text().trim());
    } else {
        let start = text.len();
        let words = line.words().map(|word| word.written());
        for part in words.chain(line.comment().map(str::trim_end)) {
            if text.len() > start {
                text.push(' ');
            }
            text.push_str(part);
        }
    }
    text.push('\n');
}
