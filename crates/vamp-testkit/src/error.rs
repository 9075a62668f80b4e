//! The one error of this crate.

use std::{io, path::PathBuf, time::Duration};

/// Why a server could not be started, a port not be leased, or a state did not come.
///
/// A test can do nothing about any of these but fail: no variant is worth a retry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program is not installed.
    #[error("{program} is not installed (Debian package: {package})")]
    NotInstalled {
        /// The program's file name.
        program: String,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// A server that Debian lacks has not been built.
    #[error("{reason}")]
    NotPrepared {
        /// The program's file name.
        program: String,
        /// Why it is not there; begins with `no Go` where nothing on this machine can build it.
        reason: String,
    },
    /// A program of this workspace has not been built.
    #[error("{program} is not built: looked for {}", searched.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    NotBuilt {
        /// The program's file name.
        program: String,
        /// Every path that was looked at.
        searched: Vec<PathBuf>,
    },
    /// Every port of the range is leased or in use.
    #[error("no free port between {first} and {last}")]
    NoFreePort {
        /// The first port of the range.
        first: u16,
        /// The last port of the range.
        last: u16,
    },
    /// A server ended, or did not become ready in time.
    #[error("{server} {what}; the end of its log:\n{log}")]
    Server {
        /// The server's name.
        server: &'static str,
        /// What happened.
        what: String,
        /// The last lines of its log.
        log: String,
    },
    /// A state that was waited for did not come within the limit.
    #[error("the awaited state did not come within {0:?}")]
    TimedOut(Duration),
    /// The load client was pointed at an address off this machine.
    #[error("load is sent to loopback addresses only, not to {0}")]
    NotLoopback(std::net::SocketAddr),
    /// The load client was given a host or a path that cannot stand in a request.
    #[error("cannot ask the host {host:?} for the path {path:?}")]
    InvalidRequest {
        /// The `Host` header.
        host: String,
        /// The path.
        path: String,
    },
    /// A certificate could not be made.
    #[cfg(feature = "certificates")]
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// The operating system refused something.
    #[error("cannot {operation} {}", subject.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// The file, directory or program it was tried on.
        subject: PathBuf,
        /// What the operating system answered.
        source: io::Error,
    },
}

impl Error {
    /// A shorthand for `map_err`.
    pub(crate) fn io(operation: &'static str, subject: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let subject = subject.into();
        move |source| Self::Io {
            operation,
            subject,
            source,
        }
    }
}
