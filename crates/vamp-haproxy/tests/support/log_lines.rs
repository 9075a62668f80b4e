//! Log lines as HAProxy writes them: the format of the crate with the values of one request in it.

use proptest::prelude::*;
use proptest::sample::select;
use vamp_haproxy::base::{http_log_format, tcp_log_format};

/// The values of one request, as texts, by the names that `log-format` knows them by.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    pub(crate) http: bool,
    pub(crate) values: Vec<(&'static str, String)>,
}

impl Values {
    /// A plain request.
    pub(crate) fn http() -> Self {
        Self::of(
            true,
            "ci 192.0.2.7|cp 55604|t 23/Nov/2026:06:18:09.450|ft shop|b pool|s one|Tq 0|Tw 0|Tc 1|Tr 20|Tt 25|ST 200|B 302|\
             CC -|CS -|tsc ----|ac 5|fc 4|bc 3|sc 2|rc 0|sq 0|bq 0|hr |hs |r GET / HTTP/1.1",
        )
    }

    /// A plain connection.
    pub(crate) fn tcp() -> Self {
        Self::of(
            false,
            "ci 192.0.2.7|cp 55604|t 23/Nov/2026:06:18:09.450|ft shop|b pool|s one|Tw 0|Tc 1|Tt 25|B 302|ts --|ac 5|fc 4|bc 3|sc 2|\
             rc 0|sq 0|bq 0",
        )
    }

    fn of(http: bool, values: &'static str) -> Self {
        let pairs = values.split('|').map(|pair| pair.split_once(' ').unwrap());
        Self {
            http,
            values: pairs.map(|(name, value)| (name, value.to_owned())).collect(),
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts alike, without a & at each"
    )]
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        let slot = self.values.iter_mut().find(|(known, _)| *known == name);
        slot.unwrap().1 = value.to_string();
        self
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        let value = self.values.iter().find(|(known, _)| *known == name);
        &value.unwrap().1
    }

    /// The line without syslog's header.
    pub(crate) fn line(&self) -> String {
        let format = if self.http {
            http_log_format()
        } else {
            tcp_log_format()
        };
        let mut line = String::new();
        let mut rest = format;
        while let Some((before, after)) = rest.split_once('%') {
            line.push_str(before);
            let (quoted, after) = match after.strip_prefix("{+Q}") {
                Some(after) => (true, after),
                None => (false, after),
            };
            let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap();
            let value = encoded(self.get(&after[..end]));
            line.push_str(&if quoted { format!("\"{value}\"") } else { value });
            rest = &after[end..];
        }
        line + rest
    }

    pub(crate) fn datagram(&self) -> String {
        format!("<134>Nov 23 06:18:09 haproxy[4484]: {}\n", self.line())
    }
}

/// What HAProxy makes of a text: quotes, `#` and what is not printable become codes, backslashes stay.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'"' && byte != b'#' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("#{byte:02X}")),
        }
    }
    encoded
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![Just(-1_i64), 0_i64..100, 0_i64..=i64::from(u32::MAX)]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9_.:-]{1,40}~?", Just("<NOSRV>".to_owned())]
}

/// Two backslashes, one before a slash and one before a `u` are left out: they are escapes of JSON.
fn target() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "/a", "/", "?x=", "\"", "#", "é", "\u{1}", "\\n", "\\x", "\\\"", "{", "}", ",", ":", "%20", "\u{7f}",
        "tail",
    ]);
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| "/".to_owned() + &pieces.concat())
}

pub(crate) fn values() -> impl Strategy<Value = Values> {
    let texts = (
        name(),
        name(),
        name(),
        target(),
        "[CSPLRIDUKcs-][RQCHDLT-]",
        "[NIDVEOU-][NIUPRD-]",
        any::<bool>(),
    );
    let times = (
        time(),
        time(),
        time(),
        time(),
        time(),
        prop_oneof![Just(-1_i64), 100_i64..600],
    );
    let counts = (
        any::<u32>(),
        any::<u32>(),
        0_u64..1 << 50,
        any::<u32>(),
        any::<bool>(),
        any::<u16>(),
    );
    (texts, times, counts).prop_map(|(texts, times, counts)| {
        let (frontend, backend, server, target, ends, cookies, http) = texts;
        let (request, queue, connect, response, total, status) = times;
        let (queued, connections, bytes, retries, redispatched, port) = counts;
        let plus = if redispatched { "+" } else { "" };
        let mut values = if http { Values::http() } else { Values::tcp() };
        if http {
            let tsc = format!("{ends}{cookies}");
            values = values
                .with("Tq", request)
                .with("Tr", response)
                .with("ST", status)
                .with("tsc", tsc);
            values = values.with("r", format!("GET {target} HTTP/1.1"));
        } else {
            values = values.with("ts", ends);
        }
        values
            .with("ft", frontend)
            .with("b", backend)
            .with("s", server)
            .with("Tw", queue)
            .with("Tc", connect)
            .with("Tt", total)
            .with("B", bytes)
            .with("cp", port)
            .with("fc", connections)
            .with("bq", queued)
            .with("rc", format!("{plus}{retries}"))
    })
}
