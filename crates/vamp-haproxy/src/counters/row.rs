use std::borrow::Cow;
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::{Counts, Status, csv};

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKind {
    /// A frontend as a whole.
    Frontend,
    /// A backend as a whole.
    Backend,
    /// One server of a backend.
    Server,
    /// One socket of a frontend: only with `option socket-stats`.
    Listener,
}

/// One row of `show stat`.
///
/// Names of the fields are those of section 9.1 of HAProxy's management guide in words; what has no field is found by [`Self::get`]. Numbers that
/// HAProxy leaves out for this kind of row are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The proxy: column `pxname`.
    pub proxy: Box<str>,
    /// `FRONTEND`, `BACKEND`, or the name of a server or socket: column `svname`.
    pub name: Box<str>,
    /// What the row is about.
    pub kind: RowKind,
    /// The status; its words are column `status`.
    pub status: Status,
    /// What is counted.
    pub counts: Counts,
    /// Sessions now: `scur`.
    pub current_sessions: Option<u64>,
    /// The most sessions at once: `smax`.
    pub most_sessions: Option<u64>,
    /// As many sessions as there may be: `slim`.
    pub session_limit: Option<u64>,
    /// Requests in the queue now: `qcur`.
    pub queue: Option<u64>,
    /// The weight in effect, 0–256 for a server: `weight`.
    pub weight: Option<u32>,
    /// The weight that was set, without slow start: `uweight`.
    pub user_weight: Option<u32>,
    /// Active servers of a backend, 0 or 1 of a server: `act`.
    pub active: Option<u32>,
    /// Backup servers of a backend, 0 or 1 of a server: `bck`.
    pub backup: Option<u32>,
    /// Since the last change between up and down: `lastchg`.
    pub since_change: Option<Duration>,
    /// What the last check came to, such as `L7OK`, without the `* ` of one that is running: `check_status`.
    pub check_status: Option<Box<str>>,
    /// The status or code that the last check saw: `check_code`.
    pub check_code: Option<i64>,
    /// How long the last check took: `check_duration`.
    pub check_duration: Option<Duration>,
    /// Sessions in the last second: `rate`.
    pub session_rate: Option<u64>,
    /// HTTP requests in the last second: `req_rate`.
    pub request_rate: Option<u64>,
    /// Mean time in the queue of the last 1024 requests: `qtime`.
    pub queue_time: Option<Duration>,
    /// Mean time to connect of the last 1024 requests: `ctime`.
    pub connect_time: Option<Duration>,
    /// Mean time to the answer of the last 1024 requests: `rtime`.
    pub response_time: Option<Duration>,
    /// Mean total time of the last 1024 requests: `ttime`.
    pub total_time: Option<Duration>,
    /// `address:port`, with brackets for IPv6, or `unix`; not told to users of low level: `addr`.
    pub address: Option<Box<str>>,
    /// A server's cookie, or the name of a backend's: `cookie`.
    pub cookie: Option<Box<str>>,
    line: Box<str>,
    columns: Arc<Columns>,
}

/// Where which column is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns(HashMap<Box<str>, usize>);

impl Columns {
    pub(super) fn read(header: &str) -> Self {
        let named = csv::fields(header)
            .enumerate()
            .filter(|(_, name)| !name.is_empty());
        Self(named.map(|(place, name)| (name.as_ref().into(), place)).collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.keys().map(|name| &**name).collect();
        names.sort_unstable_by_key(|name| self.0.get(*name));
        names
    }
}

/// The fields of one line by the names of their columns.
struct Fields<'a> {
    columns: &'a Columns,
    fields: Vec<Cow<'a, str>>,
}

impl Fields<'_> {
    /// A field that is not empty.
    fn text(&self, column: &str) -> Option<&str> {
        let field = self.fields.get(*self.columns.0.get(column)?)?;
        (!field.is_empty()).then_some(field)
    }

    fn number<T: FromStr>(&self, column: &str) -> Option<T> {
        self.text(column)?.parse().ok()
    }

    fn milliseconds(&self, column: &str) -> Option<Duration> {
        self.number(column).map(Duration::from_millis)
    }

    fn owned(&self, column: &str) -> Option<Box<str>> {
        self.text(column).map(Into::into)
    }
}

impl Row {
    /// A line below its header; `None` when it names no proxy or nothing of a proxy.
    pub(super) fn read(line: &str, columns: &Arc<Columns>) -> Option<Self> {
        let fields = Fields {
            columns,
            fields: csv::fields(line).collect(),
        };
        let name = fields.text("svname")?;
        let check_status = fields.text("check_status");
        Some(Self {
            proxy: fields.owned("pxname")?,
            kind: RowKind::read(fields.number("type"), name),
            name: name.into(),
            status: Status::read(fields.text("status").unwrap_or_default()),
            counts: Counts::from_columns(|column| fields.number(column)),
            current_sessions: fields.number("scur"),
            most_sessions: fields.number("smax"),
            session_limit: fields.number("slim"),
            queue: fields.number("qcur"),
            weight: fields.number("weight"),
            user_weight: fields.number("uweight"),
            active: fields.number("act"),
            backup: fields.number("bck"),
            since_change: fields.number("lastchg").map(Duration::from_secs),
            check_status: check_status.map(|status| status.trim_start_matches("* ").into()),
            check_code: fields.number("check_code"),
            check_duration: fields.milliseconds("check_duration"),
            session_rate: fields.number("rate"),
            request_rate: fields.number("req_rate"),
            queue_time: fields.milliseconds("qtime"),
            connect_time: fields.milliseconds("ctime"),
            response_time: fields.milliseconds("rtime"),
            total_time: fields.milliseconds("ttime"),
            address: fields.owned("addr"),
            cookie: fields.owned("cookie"),
            line: line.into(),
            columns: Arc::clone(columns),
        })
    }

    /// What stands in the column of this name, of whatever version of HAProxy; `None` where there is no such column or nothing in it.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<Cow<'_, str>> {
        let field = csv::fields(&self.line).nth(*self.columns.0.get(column)?)?;
        (!field.is_empty()).then_some(field)
    }

    /// Whether the server, or the backend with at least one active server, takes new sessions.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let has_server = self.kind != RowKind::Backend || self.active != Some(0);
        self.status.takes_traffic() && has_server
    }
}

impl RowKind {
    fn read(code: Option<u8>, name: &str) -> Self {
        match (code, name) {
            (Some(0), _) | (None, "FRONTEND") => Self::Frontend,
            (Some(1), _) | (None, "BACKEND") => Self::Backend,
            (Some(3), _) => Self::Listener,
            _ => Self::Server,
        }
    }
}
