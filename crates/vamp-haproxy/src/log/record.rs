use std::borrow::Cow;

use super::{AcceptDate, RequestLine, Termination};

/// What HAProxy logs when a request, or a TCP connection, is over: section 8.2.4 of its configuration manual.
///
/// Times are in milliseconds; `None` is HAProxy's −1: it did not come to that. Numbers of connections are those at the end of the session; HAProxy
/// counts the session itself. Texts borrow from the line.
///
/// HAProxy never escapes a backslash. `\\`, `\"`, `\/` and `\uXXXX` are read as JSON means them, for lines that went through other programs;
/// any other backslash is kept, because HAProxy writes control characters as `#XX`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogRecord<'a> {
    /// `ci`: the client's address, the original one behind our own hops; `unix` for a unix socket.
    pub client: Cow<'a, str>,
    /// `cp`: the client's port.
    pub client_port: Option<u32>,
    /// `t`: when the connection was accepted, in HAProxy's local time; see [`Self::accepted_at`].
    pub accept_date: Cow<'a, str>,
    /// `ft`: the frontend; see [`Self::frontend_name`].
    pub frontend: Cow<'a, str>,
    /// `b`: the backend; the frontend again when none was chosen.
    pub backend: Cow<'a, str>,
    /// `s`: the server; `<NOSRV>` when none was chosen.
    pub server: Cow<'a, str>,
    /// `Tw`: in the queues.
    pub queue_time: Option<u32>,
    /// `Tc`: until the server was connected, retries included.
    pub connect_time: Option<u32>,
    /// `Tt`: from accepting to the end.
    pub total_time: Option<u32>,
    /// `B`: bytes to the client.
    pub bytes_sent: u64,
    /// `tsc`, `ts`: how it ended.
    pub termination: Termination,
    /// `ac`, `fc`, `bc`, `sc`: who else was there.
    pub connections: Connections,
    /// `rc`: how often connecting was tried again.
    pub retries: u32,
    /// Whether `rc` had the `+` which says that the last try went to another server.
    pub redispatched: bool,
    /// Whether `Tt` or `B` had the `+` of `option logasap`: the line was written before the end, and both are those of that moment.
    pub unfinished: bool,
    /// `sq`: sessions before this one in the queue of the server.
    pub server_queue: u32,
    /// `bq`: sessions before this one in the queue of the backend.
    pub backend_queue: u32,
    /// What only HTTP has.
    pub http: Option<HttpRecord<'a>>,
}

/// The part of a record that only HTTP frontends write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRecord<'a> {
    /// `Tq`: until the request was there, handshake and idle time included.
    pub request_time: Option<u32>,
    /// `Tr`: until the head of the server's answer was there.
    pub response_time: Option<u32>,
    /// `ST`: the status that the client got.
    pub status: Option<u16>,
    /// `CC`: the client's captured cookie; `-` when none is captured.
    pub request_cookie: Cow<'a, str>,
    /// `CS`: the server's captured cookie; `-` when none is captured.
    pub response_cookie: Cow<'a, str>,
    /// `hr`: captured headers of the request.
    pub request_headers: Cow<'a, str>,
    /// `hs`: captured headers of the answer.
    pub response_headers: Cow<'a, str>,
    /// `r`: the request line.
    pub request: RequestLine<'a>,
}

/// Connections at once when a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Connections {
    /// `ac`: of the process.
    pub process: u32,
    /// `fc`: of the frontend.
    pub frontend: u32,
    /// `bc`: of the backend.
    pub backend: u32,
    /// `sc`: of the server.
    pub server: u32,
}

impl LogRecord<'_> {
    /// The frontend's name without the `~` that HAProxy's `%ft` adds to that of an encrypted one.
    #[must_use]
    pub fn frontend_name(&self) -> &str {
        self.frontend.strip_suffix('~').unwrap_or(&self.frontend)
    }

    /// The server; `None` when none was chosen.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        // `<STATS>` and other names in such brackets are HAProxy's own services.
        (!self.server.starts_with('<')).then_some(&*self.server)
    }

    /// The status that the client got; `None` for TCP, and when there was none.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.http.as_ref()?.status
    }

    /// When the connection was accepted, in milliseconds since 1970-01-01 00:00 UTC, where HAProxy's local time is so many seconds ahead of UTC;
    /// `None` when the date has another form than HAProxy's `%t`.
    #[must_use]
    pub fn accepted_at(&self, seconds_ahead_of_utc: i32) -> Option<i64> {
        Some(AcceptDate::read(&self.accept_date)?.unix_milliseconds(seconds_ahead_of_utc))
    }

    /// The same record, independent of what it was read from.
    #[must_use]
    pub fn into_owned(self) -> LogRecord<'static> {
        LogRecord {
            client: owned(self.client),
            client_port: self.client_port,
            accept_date: owned(self.accept_date),
            frontend: owned(self.frontend),
            backend: owned(self.backend),
            server: owned(self.server),
            queue_time: self.queue_time,
            connect_time: self.connect_time,
            total_time: self.total_time,
            bytes_sent: self.bytes_sent,
            termination: self.termination,
            connections: self.connections,
            retries: self.retries,
            redispatched: self.redispatched,
            unfinished: self.unfinished,
            server_queue: self.server_queue,
            backend_queue: self.backend_queue,
            http: self.http.map(HttpRecord::into_owned),
        }
    }
}

impl HttpRecord<'_> {
    fn into_owned(self) -> HttpRecord<'static> {
        HttpRecord {
            request_time: self.request_time,
            response_time: self.response_time,
            status: self.status,
            request_cookie: owned(self.request_cookie),
            response_cookie: owned(self.response_cookie),
            request_headers: owned(self.request_headers),
            response_headers: owned(self.response_headers),
            request: self.request.into_owned(),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}
