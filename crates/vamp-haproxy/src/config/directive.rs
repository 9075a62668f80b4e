use super::Server;
use crate::text::{Text, Word};

/// A line of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Directive {
    /// `mode`: what the proxy speaks.
    Mode(Mode),
    /// `bind`: where a frontend listens.
    Bind {
        /// `address:port`, or `unix@` and the path of a socket.
        address: Word,
        /// Whether connections begin with a header of the PROXY protocol.
        accept_proxy: bool,
    },
    /// `option`: a feature that is turned on.
    Option(Word),
    /// `log-format`: the form of a log line, quoted.
    LogFormat(Text),
    /// `acl`: a named test of a request.
    Acl {
        /// The name.
        name: Word,
        /// What is tested.
        definition: Text,
    },
    /// `use_backend`: where a request goes when a condition holds, or always.
    UseBackend {
        /// The backend.
        backend: Word,
        /// Names of tests, after `if`.
        condition: Option<Text>,
    },
    /// `default_backend`: where all other requests go.
    DefaultBackend(Word),
    /// `balance`: how servers are chosen.
    Balance(Text),
    /// `http-request`: a rule that is carried out on each request.
    HttpRequest(Text),
    /// `server`: one server of a backend.
    Server(Box<Server>),
    /// Any other keyword, with what follows it.
    Other {
        /// The keyword.
        keyword: Word,
        /// What follows after one blank.
        arguments: Option<Text>,
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

impl Directive {
    /// A keyword of this crate with its arguments.
    pub(crate) fn other(keyword: &'static str, arguments: &str) -> Self {
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
