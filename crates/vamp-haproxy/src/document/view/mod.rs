//! What lines mean: binds, servers, ACLs, rules and settings of a section, read where they stand.
//!
//! Each value borrows from the document and knows its [`Line`]. Lines with `no` or `default` before the keyword are among
//! the options only. Lines within conditional blocks are not marked: see
//! [`conditional_blocks`](super::Document::conditional_blocks).
//!
//! ```
//! use vamp_haproxy::{Document, document::SectionKind};
//!
//! let document = Document::parse("backend shop\n balance random(2)\n server v1 10.0.0.1:80 check weight 30\n");
//! let shop = document.section(SectionKind::Backend, "shop").unwrap();
//! assert_eq!(shop.balance().unwrap().algorithm().text(), "random(2)");
//! let server = shop.servers().next().unwrap();
//! assert_eq!((server.line().number(), server.weight(), server.is_checked()), (3, Some(30), true));
//! ```

mod parameters;
mod proxy;
mod rules;
mod settings;
mod values;

pub use parameters::{Parameter, Parameters};
pub use proxy::{Bind, DefaultServer, Server};
pub use rules::{Acl, Condition, DefaultBackend, HttpRequest, UseBackend};
pub use settings::{Balance, Cookie, Setting, Timeout};

use super::{Line, Section};

impl<'d> Section<'d> {
    /// Its `bind` lines.
    pub fn binds(&self) -> impl Iterator<Item = Bind<'d>> + use<'d> {
        self.lines().filter_map(Bind::of)
    }

    /// Its `server` lines.
    pub fn servers(&self) -> impl Iterator<Item = Server<'d>> + use<'d> {
        self.lines().filter_map(Server::of)
    }

    /// Its `default-server` lines.
    pub fn default_servers(&self) -> impl Iterator<Item = DefaultServer<'d>> + use<'d> {
        self.lines().filter_map(DefaultServer::of)
    }

    /// Its `acl` lines.
    pub fn acls(&self) -> impl Iterator<Item = Acl<'d>> + use<'d> {
        self.lines().filter_map(Acl::of)
    }

    /// Its `use_backend` lines, in the order in which HAProxy tries them.
    pub fn use_backends(&self) -> impl Iterator<Item = UseBackend<'d>> + use<'d> {
        self.lines().filter_map(UseBackend::of)
    }

    /// Its `default_backend`: the last counts.
    #[must_use]
    pub fn default_backend(&self) -> Option<DefaultBackend<'d>> {
        self.lines().rev().find_map(DefaultBackend::of)
    }

    /// Its `http-request` rules, in the order in which HAProxy carries them out.
    pub fn http_requests(&self) -> impl Iterator<Item = HttpRequest<'d>> + use<'d> {
        self.lines().filter_map(HttpRequest::of)
    }

    /// Its `cookie`: the last counts.
    #[must_use]
    pub fn cookie(&self) -> Option<Cookie<'d>> {
        self.lines().rev().find_map(Cookie::of)
    }

    /// Its `balance`: the last counts.
    #[must_use]
    pub fn balance(&self) -> Option<Balance<'d>> {
        self.lines().rev().find_map(Balance::of)
    }

    /// Its `option` lines, those that turn one off among them.
    pub fn options(&self) -> impl Iterator<Item = Setting<'d>> + use<'d> {
        self.lines().filter_map(Setting::of)
    }

    /// Its `timeout` lines.
    pub fn timeouts(&self) -> impl Iterator<Item = Timeout<'d>> + use<'d> {
        self.lines().filter_map(Timeout::of)
    }
}

/// The line, when it has this keyword without a prefix and at least so many arguments.
fn with_keyword<'d>(line: Line<'d>, keyword: &str, arguments: usize) -> Option<Line<'d>> {
    let found = line.keyword()?;
    let is_it = found.prefix.is_none() && found.token.is(keyword);
    (is_it && (arguments == 0 || line.arguments().nth(arguments - 1).is_some())).then_some(line)
}

/// The text from one argument of a line to its last word, as it is written.
fn from_argument(line: Line<'_>, argument: usize) -> &str {
    let mut arguments = line.arguments().skip(argument);
    let Some(first) = arguments.next() else {
        return "";
    };
    let last = arguments.last().unwrap_or(first);
    line.text()
        .get(first.span().start..last.span().end)
        .unwrap_or_default()
}
