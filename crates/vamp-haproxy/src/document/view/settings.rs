//! Settings of a proxy.

use super::with_keyword;
use crate::document::{Line, Prefix, Token, Words};

/// A `cookie` line: how a session keeps its server.
#[derive(Debug, Clone, Copy)]
pub struct Cookie<'d> {
    line: Line<'d>,
    name: Token<'d>,
}

impl<'d> Cookie<'d> {
    /// The line as a `cookie`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let line = with_keyword(line, "cookie", 1)?;
        let name = line.arguments().next()?;
        Some(Self { line, name })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// The name of the cookie.
    #[must_use]
    pub fn name(&self) -> Token<'d> {
        self.name
    }

    /// `insert`, `indirect`, `nocache` and so on.
    #[must_use]
    pub fn parameters(&self) -> Words<'d> {
        after(self.line, 1)
    }
}

/// A `balance` line: how servers are chosen.
#[derive(Debug, Clone, Copy)]
pub struct Balance<'d> {
    line: Line<'d>,
    algorithm: Token<'d>,
}

impl<'d> Balance<'d> {
    /// The line as a `balance`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let line = with_keyword(line, "balance", 1)?;
        let algorithm = line.arguments().next()?;
        Some(Self { line, algorithm })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// `roundrobin`, `leastconn`, `hdr(Host)` and so on.
    #[must_use]
    pub fn algorithm(&self) -> Token<'d> {
        self.algorithm
    }

    /// What follows the algorithm.
    #[must_use]
    pub fn parameters(&self) -> Words<'d> {
        after(self.line, 1)
    }
}

/// An `option` line.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'d> {
    line: Line<'d>,
    prefix: Option<Prefix>,
    name: Token<'d>,
}

impl<'d> Setting<'d> {
    /// The line as an `option`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let keyword = line.keyword().filter(|keyword| keyword.token.is("option"))?;
        Some(Self {
            line,
            prefix: keyword.prefix,
            name: line.arguments().next()?,
        })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// `no` or `default` before `option`.
    #[must_use]
    pub fn prefix(&self) -> Option<Prefix> {
        self.prefix
    }

    /// What is turned on or off.
    #[must_use]
    pub fn name(&self) -> Token<'d> {
        self.name
    }

    /// What follows the name.
    #[must_use]
    pub fn parameters(&self) -> Words<'d> {
        after(self.line, 1)
    }
}

/// A `timeout` line.
#[derive(Debug, Clone, Copy)]
pub struct Timeout<'d> {
    line: Line<'d>,
    name: Token<'d>,
    value: Token<'d>,
}

impl<'d> Timeout<'d> {
    /// The line as a `timeout`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let line = with_keyword(line, "timeout", 2)?;
        let mut arguments = line.arguments();
        Some(Self {
            line,
            name: arguments.next()?,
            value: arguments.next()?,
        })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// Which: `client`, `connect`, `server` and so on.
    #[must_use]
    pub fn name(&self) -> Token<'d> {
        self.name
    }

    /// How long: a number of milliseconds, or with a unit (manual, 2.5).
    #[must_use]
    pub fn value(&self) -> Token<'d> {
        self.value
    }
}

/// The words of a line after so many arguments.
fn after(line: Line<'_>, arguments: usize) -> Words<'_> {
    let mut words = line.arguments();
    for _ in 0..arguments {
        words.next();
    }
    words
}
