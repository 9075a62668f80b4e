//! What has to happen for HAProxy to go from one configuration to another: nothing, commands to the running worker, or a reload.
//!
//! ```
//! use vamp_haproxy::{Document, diff::{Change, diff}};
//!
//! let running = Document::parse("backend shop\n  server v1 10.0.0.1:80 weight 90\n  server v2 10.0.0.2:80 weight 10\n");
//! let mut wanted = running.clone();
//! wanted.set_server_weight("shop", "v1", 50)?;
//! wanted.set_server_weight("shop", "v2", 50)?;
//! let Change::Runtime(commands) = diff(&running, &wanted) else { panic!() };
//! let commands: Vec<String> = commands.iter().map(ToString::to_string).collect();
//! // The weight that is raised comes first: a backend never has none in between.
//! assert_eq!(commands, ["set server shop/v2 weight 50", "set server shop/v1 weight 50"]);
//!
//! // Spelling, comments and the order of sections mean nothing to HAProxy.
//! let spelled = "# two\nbackend 'shop'\n\tserver v1 10.0.0.1:80 weight 90 # old\n\tserver v2  10.0.0.2:80 weight 10\n";
//! assert_eq!(diff(&running, &Document::parse(spelled)), Change::Nothing);
//!
//! let Change::Reload(reasons) = diff(&running, &Document::parse("backend shop\n  balance source\n")) else { panic!() };
//! assert_eq!(reasons[0].to_string(), "line 2: 'balance source' is new");
//! # Ok::<(), vamp_haproxy::document::EditError>(())
//! ```
//!
//! # What is compared
//!
//! Words as HAProxy reads them: quotes, escapes, indentation, comments and blank lines do not count, nor do units of time limits, nor the
//! order of parameters of a `server` or `bind` that have nothing to do with each other, nor that of sections. A proxy is compared together
//! with what its `defaults` say. Where the order of sections does mean something to HAProxy — sections in a conditional block, `setenv` in
//! `global`, a `global` behind other sections — all sections have to be there in the same order, or the two are compared line by line.
//!
//! # What needs no reload
//!
//! | change | where |
//! |---|---|
//! | weight of a server | `balance roundrobin`, `leastconn`, `random`; without an agent that says it |
//! | `disabled` of a server | without such an agent, and without `on-marked-down shutdown-sessions` |
//! | its address and port | where both addresses are numbers; it counts as alive at the new one until its checks fail |
//! | a server more, a server less | as for weights, with HAProxy 2.5 and newer, no `cookie` in the backend, parameters that HAProxy takes at run time, and checks that it makes as it would after a start |
//! | entries of a map or of an ACL's file, a certificate | [`DiffOptions::files`] |
//!
//! Sections with conditional blocks in them, or in the `defaults` that hold for them, are compared line by line, and a difference in them is
//! a reload.
//!
//! Two things are as they are meant and not as after a start: a server with `slowstart` that comes, or comes back, gets its part slowly, and the
//! addresses of clients that a stick table has sent to a server that goes are sent elsewhere.

mod addition;
mod apply;
mod backend;
mod command;
mod compare;
mod entry;
mod files;
mod lines;
mod options;
mod patterns;
mod reason;
mod sections;
mod servers;

#[cfg(feature = "runtime")]
pub(crate) use command::word;
pub use command::{Command, PatternKind, PatternUpdate, Pem, ServerMode};
pub use options::{ChangedFile, DiffOptions, InvalidVersion, Version};
pub use reason::{Place, Reason, ReasonKind};

use crate::Document;

/// What has to happen for HAProxy to go from one configuration to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Nothing: the two mean the same.
    Nothing,
    /// These steps of the running worker, in this order. At most one for each server and each file that has changed; some take several
    /// commands of HAProxy's.
    Runtime(Vec<Command>),
    /// A reload, for these reasons: all that were found, in the order of the lines.
    Reload(Vec<Reason>),
}

/// Finds the cheapest way from a configuration that runs to one that is wanted, for HAProxy 2.6 and with all files as they are:
/// [`diff_with`] the default options.
#[must_use]
pub fn diff(running: &Document, wanted: &Document) -> Change {
    diff_with(running, wanted, &DiffOptions::default())
}

/// Finds the cheapest way from a configuration that runs to one that is wanted.
///
/// What is alike costs a comparison of bytes; only sections that differ are read. The commands suppose that HAProxy is as `running` says.
/// Applying them ([`Document::apply`], or a `RuntimeClient` of feature `runtime`) leads to what `wanted` means.
#[must_use]
pub fn diff_with(running: &Document, wanted: &Document, options: &DiffOptions<'_>) -> Change {
    compare::compare(running, wanted, options).into_change()
}
