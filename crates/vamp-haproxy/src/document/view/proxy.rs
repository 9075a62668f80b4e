//! Where proxies listen and where they connect to.

use super::{Parameter, Parameters, values, with_keyword};
use crate::document::{Line, Token};

/// A `bind` line: where a frontend listens.
#[derive(Debug, Clone, Copy)]
pub struct Bind<'d> {
    line: Line<'d>,
    address: Token<'d>,
}

impl<'d> Bind<'d> {
    /// The line as a `bind`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let line = with_keyword(line, "bind", 1)?;
        let address = line.arguments().next()?;
        Some(Self { line, address })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// The address, or several with commas between.
    #[must_use]
    pub fn address(&self) -> Token<'d> {
        self.address
    }

    /// What follows the address.
    #[must_use]
    pub fn parameters(&self) -> Parameters<'d> {
        Parameters::of(self.line, 2, values::of_bind)
    }

    /// The last parameter of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Parameter<'d>> {
        last(self.parameters(), name)
    }
}

/// A `server` line: one server of a backend.
#[derive(Debug, Clone, Copy)]
pub struct Server<'d> {
    line: Line<'d>,
    name: Token<'d>,
    address: Token<'d>,
}

impl<'d> Server<'d> {
    /// The line as a `server`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let line = with_keyword(line, "server", 2)?;
        let mut arguments = line.arguments();
        Some(Self {
            line,
            name: arguments.next()?,
            address: arguments.next()?,
        })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Token<'d> {
        self.name
    }

    /// Its address, with the port where there is one.
    #[must_use]
    pub fn address(&self) -> Token<'d> {
        self.address
    }

    /// `weight`, 0 to 256; none when the line says none, or no number.
    #[must_use]
    pub fn weight(&self) -> Option<u16> {
        self.value("weight")?.text().parse().ok()
    }

    /// The value of the cookie that leads to it.
    #[must_use]
    pub fn cookie(&self) -> Option<Token<'d>> {
        self.value("cookie")
    }

    /// Whether the line itself says `check`, and not `no-check` later.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        self.parameters()
            .filter_map(|parameter| match &*parameter.name().text() {
                "check" => Some(true),
                "no-check" => Some(false),
                _ => None,
            })
            .last()
            .unwrap_or(false)
    }

    /// What follows the address.
    #[must_use]
    pub fn parameters(&self) -> Parameters<'d> {
        Parameters::of(self.line, 3, values::of_server)
    }

    /// The last parameter of this name: HAProxy takes the last of several.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Parameter<'d>> {
        last(self.parameters(), name)
    }

    fn value(&self, name: &str) -> Option<Token<'d>> {
        self.parameter(name)?.value()
    }
}

/// A `default-server` line: parameters of the servers that follow.
#[derive(Debug, Clone, Copy)]
pub struct DefaultServer<'d> {
    line: Line<'d>,
}

impl<'d> DefaultServer<'d> {
    /// The line as a `default-server`, if it is one.
    #[must_use]
    pub fn of(line: Line<'d>) -> Option<Self> {
        let line = with_keyword(line, "default-server", 0)?;
        Some(Self { line })
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> Line<'d> {
        self.line
    }

    /// What follows the keyword.
    #[must_use]
    pub fn parameters(&self) -> Parameters<'d> {
        Parameters::of(self.line, 1, values::of_server)
    }
}

fn last<'d>(parameters: Parameters<'d>, name: &str) -> Option<Parameter<'d>> {
    parameters.filter(|parameter| parameter.name().is(name)).last()
}
