//! What the agent needs of the process, and which settings would take it away.

use std::fmt;

use crate::document::{Line, Prefix};

/// Why a setting is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Need {
    /// `daemon`
    Foreground,
    /// `master-worker`, `nbproc`, `pidfile`
    CommandLine,
    /// `hard-stop-after`, `mworker-max-reloads`, `grace`, `close-spread-time infinite`
    OldWorkers,
    /// `chroot`, `user`, `uid`
    GatewaySockets,
    /// `unix-bind`
    UnixBind,
    /// `stats maxconn`, `stats timeout`
    CommandSockets,
    /// `resetenv`, and changes of variables that begin with `HAPROXY_`
    Environment,
    /// `quiet`
    Messages,
    /// `zero-warning`
    Warnings,
    /// `no log`
    Log,
    /// A second `log` to the target of ours.
    LogOnce,
    /// `option idle-close-on-response` turned off.
    IdleClose,
}

impl Need {
    /// The reason, and what to do, as the end of a sentence.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Foreground => {
                "the agent watches the process that it starts, and that one would end at once; remove the line"
            }
            Self::CommandLine => {
                "the agent says on the command line how HAProxy runs, as one master with workers; remove the line"
            }
            Self::OldWorkers => {
                "the agent bounds how long and how many old workers live after reloads; remove the line, and choose the limits in the base"
            }
            Self::GatewaySockets => {
                "the proxies of a gateway reach each other over sockets, which HAProxy would not find or not be allowed to open; remove the \
                 line, and start the agent as the user that HAProxy is to run as"
            }
            Self::UnixBind => {
                "it would hold for the sockets between the proxies of a gateway, too, which HAProxy would not find or not be allowed to \
                 open; remove the line, and say it in the 'bind' lines of your own"
            }
            Self::CommandSockets => {
                "the agent gives its commands over such sockets, within their limits; remove the line"
            }
            Self::Environment => {
                "HAProxy keeps the list of its old workers in variables that begin with 'HAPROXY_', and the agent could not bound them any \
                 more; remove the line, or unset other variables by name"
            }
            Self::Messages => "the agent tells what HAProxy says when it starts; remove the line",
            Self::Warnings => {
                "HAProxy warns of options that a gateway in TCP has no use for, and would not start; remove the line"
            }
            Self::Log => {
                "the agent counts requests by their log lines; remove the line, and add further targets with 'log'"
            }
            Self::LogOnce => {
                "the agent would count each request twice; remove the line, or log to another target"
            }
            Self::IdleClose => {
                "without it, clients lose requests at each reload of the agent; remove the line, or say it in a proxy of your own"
            }
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

/// What speaks against a line of the user's `global`.
pub(super) fn against_global(line: Line<'_>) -> Option<Need> {
    let keyword = line.keyword()?;
    let is_off = keyword.prefix.is_some();
    let argument = |text: &str| line.arguments().any(|argument| argument.is(text));
    match &*keyword.token.text() {
        "daemon" => Some(Need::Foreground),
        "master-worker" | "nbproc" | "pidfile" => Some(Need::CommandLine),
        "hard-stop-after" | "mworker-max-reloads" | "grace" => Some(Need::OldWorkers),
        "close-spread-time" if argument("infinite") => Some(Need::OldWorkers),
        "chroot" | "user" | "uid" => Some(Need::GatewaySockets),
        "unix-bind" => Some(Need::UnixBind),
        "stats" if is_limit_of_commands(line) => Some(Need::CommandSockets),
        "resetenv" => Some(Need::Environment),
        "setenv" | "presetenv" if names_haproxy(line, 1) => Some(Need::Environment),
        "unsetenv" if names_haproxy(line, usize::MAX) => Some(Need::Environment),
        "quiet" if keyword.prefix != Some(Prefix::No) => Some(Need::Messages),
        "zero-warning" => Some(Need::Warnings),
        "log" if is_off => Some(Need::Log),
        _ => None,
    }
}

/// Whether a `stats` line of `global` limits how many give commands, or how long they may take.
fn is_limit_of_commands(line: Line<'_>) -> bool {
    let first = line.arguments().next();
    first.is_some_and(|first| first.is("maxconn") || first.is("timeout"))
}

/// What speaks against a line of the user's unnamed `defaults`.
pub(super) fn against_defaults(line: Line<'_>) -> Option<Need> {
    let keyword = line.keyword()?;
    let is_off = keyword.prefix.is_some();
    let first = line.arguments().next();
    if keyword.token.is("log") && is_off {
        return Some(Need::Log);
    }
    let is_idle_close = || first.is_some_and(|name| name.is("idle-close-on-response"));
    (keyword.token.is("option") && is_off && is_idle_close()).then_some(Need::IdleClose)
}

/// The target of a `log` line that names one.
pub(super) fn log_target(line: Line<'_>) -> Option<String> {
    let keyword = line.keyword()?;
    let is_log = keyword.prefix.is_none() && keyword.token.is("log");
    let target = line
        .arguments()
        .next()
        .filter(|target| is_log && !target.is("global"))?;
    let text = target.text();
    let (_, address) = text.split_once('@').unwrap_or(("", &text));
    // The port of syslog, where none is said.
    let has_port = address.starts_with('/') || address.contains(':');
    Some(if has_port {
        address.to_owned()
    } else {
        format!("{address}:514")
    })
}

/// Whether one of the first arguments is a variable of HAProxy's own, or may be.
fn names_haproxy(line: Line<'_>, arguments: usize) -> bool {
    line.arguments()
        .take(arguments)
        .any(|name| name.has_variables() || name.text().starts_with("HAPROXY_"))
}
