//! Rules of a proxy: tests, and what is done when they hold.

use super::{from_argument, with_keyword};
use crate::document::{Line, Token};

/// An `acl` line: a named test.
#[derive(Debug, Clone, Copy)]
pub struct Acl<'d> {
    line: Line<'d>,
    name: Token<'d>,
}

impl<'d> Acl<'d> {
    /// The line as an `acl`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let line = with_keyword(line, "acl", 2)?;
        let name = line.arguments().next()?;
        Some(Self { line, name })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// Its name. Several lines of one name are one test, which holds when one of them does.
    #[must_use]
    pub fn name(&self) -> Token<'d> {
        self.name
    }

    /// What is tested: criterion, flags and patterns, as they are written.
    #[must_use]
    pub fn definition(&self) -> &'d str {
        from_argument(self.line, 1)
    }
}

/// What follows `if` or `unless`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition<'d> {
    /// `unless` in place of `if`.
    pub unless: bool,
    /// The names of tests and the tests in braces, as they are written.
    pub text: &'d str,
}

/// A `use_backend` line: where a request goes when the condition holds, or always.
#[derive(Debug, Clone, Copy)]
pub struct UseBackend<'d> {
    line: Line<'d>,
    backend: Token<'d>,
}

impl<'d> UseBackend<'d> {
    /// The line as a `use_backend`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let line = with_keyword(line, "use_backend", 1)?;
        let backend = line.arguments().next()?;
        Some(Self { line, backend })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// The backend: a name, or an expression that gives one.
    #[must_use]
    pub fn backend(&self) -> Token<'d> {
        self.backend
    }

    /// When.
    #[must_use]
    pub fn condition(&self) -> Option<Condition<'d>> {
        condition(self.line, 1).map(|(_, condition)| condition)
    }
}

/// The `default_backend` of a proxy: where all other requests go.
#[derive(Debug, Clone, Copy)]
pub struct DefaultBackend<'d> {
    line: Line<'d>,
    backend: Token<'d>,
}

impl<'d> DefaultBackend<'d> {
    /// The line as a `default_backend`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let line = with_keyword(line, "default_backend", 1)?;
        let backend = line.arguments().next()?;
        Some(Self { line, backend })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// The backend.
    #[must_use]
    pub fn backend(&self) -> Token<'d> {
        self.backend
    }
}

/// An `http-request` line: a rule that is carried out on each request.
#[derive(Debug, Clone, Copy)]
pub struct HttpRequest<'d> {
    line: Line<'d>,
    action: Token<'d>,
}

impl<'d> HttpRequest<'d> {
    /// The line as an `http-request`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let line = with_keyword(line, "http-request", 1)?;
        let action = line.arguments().next()?;
        Some(Self { line, action })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// What is done: `set-header`, `deny`, `set-var(txn.x)`.
    #[must_use]
    pub fn action(&self) -> Token<'d> {
        self.action
    }

    /// What belongs to the action, up to the condition.
    pub fn arguments(&self) -> impl Iterator<Item = Token<'d>> + use<'d> {
        let end = condition(self.line, 1).map_or(usize::MAX, |(at, _)| at);
        self.line.arguments().take(end).skip(1)
    }

    /// When. It begins with the first bare `if` or `unless` after the action.
    #[must_use]
    pub fn condition(&self) -> Option<Condition<'d>> {
        condition(self.line, 1).map(|(_, condition)| condition)
    }
}

/// The condition of a line, and which argument it begins with; it does not begin before `first`.
fn condition(line: Line<'_>, first: usize) -> Option<(usize, Condition<'_>)> {
    let (at, word) = line
        .arguments()
        .enumerate()
        .skip(first)
        .find(|(_, word)| matches!(word.written(), "if" | "unless"))?;
    let condition = Condition {
        unless: word.is("unless"),
        text: from_argument(line, at + 1),
    };
    Some((at, condition))
}
