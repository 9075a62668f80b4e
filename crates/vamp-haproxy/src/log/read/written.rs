//! The record exactly as our formats make HAProxy write it.

use std::borrow::Cow;

use super::cursor::{Cursor, Run};
use crate::log::{Connections, HttpRecord, LogRecord, RequestLine, Termination};

/// The record, or `None` when anything is not just as HAProxy would write it, a backslash included.
#[inline]
pub(super) fn record(text: &str) -> Option<LogRecord<'_>> {
    let line = &mut Cursor::new(text);
    line.literal(r#"{"ci":""#)?;
    let client = string(line)?;
    line.literal(r#","cp":"#)?;
    let client_port = line.number()?.reached().ok()?;
    line.literal(r#","t":""#)?;
    let accept_date = string(line)?;
    line.literal(r#","ft":""#)?;
    let frontend = string(line)?;
    line.literal(r#","b":""#)?;
    let backend = string(line)?;
    line.literal(r#","s":""#)?;
    let server = string(line)?;

    let is_http = line.literal(r#","Tq":"#).is_some();
    let request_time = if is_http {
        line.number()?.reached().ok()?
    } else {
        None
    };
    line.literal(r#","Tw":"#)?;
    let queue_time = line.number()?.reached().ok()?;
    line.literal(r#","Tc":"#)?;
    let connect_time = line.number()?.reached().ok()?;
    let response_time = if is_http {
        line.literal(r#","Tr":"#)?;
        line.number()?.reached().ok()?
    } else {
        None
    };
    line.literal(r#","Tt":"#)?;
    let total_time = line.number()?;
    let status = if is_http {
        line.literal(r#","ST":"#)?;
        line.number()?.reached().ok()?
    } else {
        None
    };
    line.literal(r#","B":"#)?;
    let bytes_sent = line.number()?;

    let cookies = if is_http {
        line.literal(r#","CC":""#)?;
        let request = string(line)?;
        line.literal(r#","CS":""#)?;
        let response = string(line)?;
        line.literal(r#","tsc":""#)?;
        Some((request, response))
    } else {
        line.literal(r#","ts":""#)?;
        None
    };
    let termination = Termination::read(string(line)?)?;

    line.literal(r#","ac":"#)?;
    let process = line.number()?.count().ok()?;
    line.literal(r#","fc":"#)?;
    let of_frontend = line.number()?.count().ok()?;
    line.literal(r#","bc":"#)?;
    let of_backend = line.number()?.count().ok()?;
    line.literal(r#","sc":"#)?;
    let of_server = line.number()?.count().ok()?;
    line.literal(r#","rc":"#)?;
    let retries = line.number()?;
    line.literal(r#","sq":"#)?;
    let server_queue = line.number()?.count().ok()?;
    line.literal(r#","bq":"#)?;
    let backend_queue = line.number()?.count().ok()?;

    let http = match cookies {
        Some((request_cookie, response_cookie)) => {
            line.literal(r#","hr":""#)?;
            let request_headers = string(line)?;
            line.literal(r#","hs":""#)?;
            let response_headers = string(line)?;
            line.literal(r#","r":""#)?;
            let request = string(line)?;
            Some(HttpRecord {
                request_time,
                response_time,
                status,
                request_cookie: Cow::Borrowed(request_cookie),
                response_cookie: Cow::Borrowed(response_cookie),
                request_headers: Cow::Borrowed(request_headers),
                response_headers: Cow::Borrowed(response_headers),
                request: RequestLine::new(request),
            })
        }
        None => None,
    };
    line.literal("}")?;
    line.at_end().then_some(())?;
    Some(LogRecord {
        client: Cow::Borrowed(client),
        client_port,
        accept_date: Cow::Borrowed(accept_date),
        frontend: Cow::Borrowed(frontend),
        backend: Cow::Borrowed(backend),
        server: Cow::Borrowed(server),
        queue_time,
        connect_time,
        total_time: total_time.reached().ok()?,
        bytes_sent: bytes_sent.count().ok()?,
        termination,
        connections: Connections {
            process,
            frontend: of_frontend,
            backend: of_backend,
            server: of_server,
        },
        retries: retries.count().ok()?,
        redispatched: retries.plus,
        unfinished: total_time.plus || bytes_sent.plus,
        server_queue,
        backend_queue,
        http,
    })
}

/// What stands before the closing quote, which is stepped over.
#[inline(always)]
fn string<'a>(line: &mut Cursor<'a>) -> Option<&'a str> {
    let (text, Run::Quote) = line.run() else {
        return None;
    };
    line.skip();
    Some(text)
}
