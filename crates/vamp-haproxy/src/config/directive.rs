use std::borrow::Cow;

use super::Server;
use crate::text::{Text, Word};

/// A line of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Directive<'t> {
    /// `mode`: what the proxy speaks.
    Mode(Mode),
    /// `bind`: where a frontend listens.
    Bind {
        /// `address:port`, or `unix@` and the path of a socket.
        address: Word<'t>,
        /// Whether connections begin with a header of the PROXY protocol.
        accept_proxy: bool,
    },
    /// `option`: a feature that is turned on.
    Option(Word<'t>),
    /// `log-format`: the form of a log line, quoted.
    LogFormat(Text<'t>),
    /// `acl`: a named test of a request.
    Acl {
        /// The name.
        name: Word<'t>,
        /// What is tested.
        definition: Text<'t>,
    },
    /// `use_backend`: where a request goes when a condition holds, or always.
    UseBackend {
        /// The backend.
        backend: Word<'t>,
        /// Names of tests, after `if`.
        condition: Option<Text<'t>>,
    },
    /// `default_backend`: where all other requests go.
    DefaultBackend(Word<'t>),
    /// `balance`: how servers are chosen.
    Balance(Text<'t>),
    /// `http-request`: a rule that is carried out on each request.
    HttpRequest(Text<'t>),
    /// `server`: one server of a backend.
    Server(Server<'t>),
    /// Any other keyword, with what follows it.
    Other {
        /// The keyword.
        keyword: Word<'t>,
        /// What follows after one blank.
        arguments: Option<Text<'t>>,
    },
}

/// What a proxy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// HTTP.
    Http,
    /// Any protocol over TCP.
    Tcp,
}

impl<'t> Directive<'t> {
    /// A keyword of this crate with its arguments.
    pub(crate) fn other(keyword: &'static str, arguments: impl Into<Cow<'t, str>>) -> Self {
        Self::Other {
            keyword: Word::trusted(keyword),
            arguments: Some(Text::trusted(arguments)),
        }
    }

    /// A keyword of this crate that stands alone.
    pub(crate) fn flag(keyword: &'static str) -> Self {
        Self::Other {
            keyword: Word::trusted(keyword),
            arguments: None,
        }
    }
}
