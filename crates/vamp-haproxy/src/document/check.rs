//! Finding problems.

use super::line::{content, section_kind};
use super::token::{column, spaces};
use super::{
    Branch, Document, Line, LineKind, Piece, Prefix, Problem, ProblemKind, SectionKind, Severity, Token,
};

/// HAProxy reads so many words of a line.
const MOST_WORDS: usize = 64;

impl Document {
    /// What is wrong with the configuration as a text, in the order of lines. Empty for whatever HAProxy accepts, but for what is
    /// [doubtful](Severity::Doubtful). Whether HAProxy knows the keywords, and what it makes of their arguments, only HAProxy can tell:
    /// [`check`](crate::check).
    ///
    /// The text is read each time.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut checker = Checker::default();
        self.lines().for_each(|line| checker.line(line));
        for (line, column, _) in &checker.open {
            checker.problems.push(Problem {
                line: *line,
                column: *column,
                kind: ProblemKind::UnclosedIf,
                severity: Severity::Refused,
            });
        }
        if let Some(last) = self.lines().next_back() {
            checker.last(last, self.is_cut());
        }
        checker
            .problems
            .sort_by_key(|problem| (problem.line, problem.column));
        checker.problems
    }
}

#[derive(Default)]
struct Checker {
    problems: Vec<Problem>,
    in_section: bool,
    /// The `.if`s that are open: line, column, and whether their `.else` was there.
    open: Vec<(usize, usize, bool)>,
}

impl Checker {
    fn line(&mut self, line: Line<'_>) {
        let text = line.text();
        if self.in_section && is_ordinary(text) {
            return;
        }
        let mut words = line.words();
        let mut count = 0;
        let mut end = 0;
        // HAProxy stops at the first of a line.
        let mut fault = None;
        for word in words.by_ref() {
            count += 1;
            end = word.span().end;
            if count == MOST_WORDS + 1 {
                self.refused(line, word.span().start, ProblemKind::TooManyWords);
            }
            fault = fault.or_else(|| word.fault());
            if end == text.len() && word.ends_with_backslash() {
                self.add(
                    line,
                    text.len() - 1,
                    ProblemKind::Continuation,
                    Severity::Doubtful,
                );
            }
        }
        if let Some((fault, at)) = fault {
            self.refused(line, at, fault.into());
        }
        let position = words.position();
        // After white space HAProxy sees one more word, which is empty.
        if count == MOST_WORDS && end < position {
            self.refused(line, position, ProblemKind::TooManyWords);
        }
        self.tail(line, position);
        if count > 0 {
            self.meaning(line);
        } else if line.kind() == LineKind::Scope && !text.contains(']') {
            self.refused(line, line.indentation().len(), ProblemKind::InvalidScope);
        }
    }

    /// What stands behind the words, or within a comment.
    fn tail(&mut self, line: Line<'_>, position: usize) {
        let text = line.text();
        if let Some(at) = memchr::memchr(0, text.as_bytes()) {
            self.refused(line, at, ProblemKind::Nul);
        }
        let tail = text.get(position..).unwrap_or_default();
        let unread = tail.trim_start_matches(|character: char| character.is_ascii_whitespace());
        if tail.starts_with('\r') && !unread.is_empty() && !unread.starts_with(['#', '\0']) {
            let at = text.len() - unread.len();
            self.add(line, at, ProblemKind::CarriageReturn, Severity::Doubtful);
        }
    }

    fn meaning(&mut self, line: Line<'_>) {
        let at = line.indentation().len();
        match line.kind() {
            LineKind::Condition(branch) => self.branch(line, branch, at),
            LineKind::Message(_) => {
                if let Some(second) = line.words().nth(2).filter(is_something) {
                    self.unless_left_out(line, second.span().start, ProblemKind::UnexpectedWord);
                }
            }
            LineKind::Section(kind) => {
                self.in_section = true;
                self.section(line, kind, at);
            }
            LineKind::Keyword => self.keyword(line, at),
            LineKind::Blank | LineKind::Comment | LineKind::Scope => {}
        }
    }

    fn branch(&mut self, line: Line<'_>, branch: Branch, at: usize) {
        if matches!(branch, Branch::Else | Branch::EndIf)
            && let Some(second) = line.words().nth(1).filter(is_something)
        {
            self.refused(line, second.span().start, ProblemKind::UnexpectedWord);
        }
        let kind = match (branch, self.open.last_mut()) {
            (Branch::If, _) => {
                self.open.push((line.number(), column(line.text(), at), false));
                return;
            }
            (_, None) => ProblemKind::LoneBranch,
            (Branch::ElseIf | Branch::Else, Some((.., true))) => ProblemKind::AfterElse,
            (Branch::Else, Some((.., seen))) => {
                *seen = true;
                return;
            }
            (Branch::ElseIf, _) => return,
            (Branch::EndIf, _) => {
                self.open.pop();
                return;
            }
        };
        self.refused(line, at, kind);
    }

    fn section(&mut self, line: Line<'_>, kind: SectionKind, at: usize) {
        match line.arguments().next() {
            None if kind.needs_name() => self.unless_left_out(line, at, ProblemKind::MissingName),
            Some(name) if name.is("") && kind.needs_name() => {
                self.unless_left_out(line, name.span().start, ProblemKind::MissingName);
            }
            Some(name) if has_checked_name(kind) && !name.has_variables() && !is_name(&name.text()) => {
                self.unless_left_out(line, name.span().start, ProblemKind::InvalidName);
            }
            _ => {}
        }
    }

    fn keyword(&mut self, line: Line<'_>, at: usize) {
        let Some(first) = line.words().next() else {
            return;
        };
        if line.number() == 1 && first.text().starts_with('\u{feff}') {
            self.refused(line, at, ProblemKind::ByteOrderMark);
            // The section that it hides has lines that nobody has to be told about.
            self.in_section = true;
        } else if first.text().starts_with('.') && !first.has_variables() {
            self.unless_left_out(line, at, ProblemKind::UnknownDirective);
        } else if Prefix::of(first).is_some() && line.keyword().is_none() {
            self.unless_left_out(line, at, ProblemKind::MissingKeyword);
        } else if !self.in_section && self.open.is_empty() && !first.has_variables() {
            self.refused(line, at, ProblemKind::OutsideSection);
        }
    }

    fn last(&mut self, last: Line<'_>, is_cut: bool) {
        if is_cut {
            self.refused(last, 0, ProblemKind::TooLong);
        }
        if !last.written().ends_with('\n') {
            self.refused(last, content(last.written()).len(), ProblemKind::MissingLineFeed);
        }
    }

    fn refused(&mut self, line: Line<'_>, at: usize, kind: ProblemKind) {
        self.add(line, at, kind, Severity::Refused);
    }

    /// What HAProxy does not look at where a condition leaves it out.
    fn unless_left_out(&mut self, line: Line<'_>, at: usize, kind: ProblemKind) {
        let severity = if self.open.is_empty() {
            Severity::Refused
        } else {
            Severity::Doubtful
        };
        self.add(line, at, kind, severity);
    }

    fn add(&mut self, line: Line<'_>, at: usize, kind: ProblemKind, severity: Severity) {
        self.problems.push(Problem {
            line: line.number(),
            column: column(line.text(), at),
            kind,
            severity,
        });
    }
}

/// Whether a line within a section certainly has no problem. True of most, and quicker to see than to look at each word.
fn is_ordinary(text: &str) -> bool {
    let bytes = text.as_bytes();
    let first = bytes.get(spaces(bytes));
    // With white space between them so many words are longer.
    bytes.len() < 2 * MOST_WORDS - 1
        && !matches!(first, Some(b'.' | b'[' | b'n' | b'd'))
        && memchr::memchr3(b'"', b'\'', b'\\', bytes).is_none()
        && memchr::memchr2(b'\r', 0, bytes).is_none()
        && section_kind(text).is_none()
}

/// Whether a word is certainly there for HAProxy, which does not see empty ones.
fn is_something(word: &Token<'_>) -> bool {
    word.pieces()
        .take_while(|piece| *piece != Piece::Escaped(0))
        .any(|piece| !matches!(piece, Piece::Variable(_)))
}

/// Whether HAProxy looks at the characters of such a section's name.
fn has_checked_name(kind: SectionKind) -> bool {
    matches!(
        kind,
        SectionKind::Frontend | SectionKind::Backend | SectionKind::Listen
    )
}

/// Whether HAProxy takes a text as the name of a proxy.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':'))
}
