//! Lines as HAProxy reads them, and what is different between two lists of them.

use std::collections::{HashMap, VecDeque};

use super::reason::{Reason, ReasonKind};
use crate::document::view::{Bind, Parameter, Parameters, Server};
use crate::document::{Level, Line, LineKind, Piece, Token};

/// What HAProxy reads in a line: two lines with the same reading mean the same. Words, each ended by a zero, in an order of their own where
/// theirs does not count.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Reading(Vec<u8>);

/// Marks an environment variable within a word; HAProxy takes no such character in a word.
const VARIABLE: u8 = 1;

impl Reading {
    pub(super) fn of(line: Line<'_>) -> Self {
        let mut reading = Self::default();
        if line.kind() == LineKind::Scope {
            reading.text(line.text().trim());
        } else if let Some(server) = Server::of(line) {
            reading.words(line.words().take(2));
            reading.address(server.address());
            reading.parameters(server.parameters());
        } else if let Some(bind) = Bind::of(line) {
            reading.words(line.words().take(1));
            reading.addresses(bind.address());
            reading.parameters(bind.parameters());
        } else if line.is("timeout") || line.is("hard-stop-after") {
            reading.durations(line);
        } else {
            reading.words(line.words());
        }
        reading
    }

    pub(super) fn of_parameter(parameter: Parameter<'_>) -> Self {
        let mut reading = Self::default();
        reading.word(parameter.name());
        if let Some(value) = parameter.value() {
            match milliseconds(value).filter(|_| is_duration(&parameter.name().text())) {
                Some(milliseconds) => reading.text(&milliseconds.to_string()),
                None => reading.word(value),
            }
        }
        reading
    }

    pub(super) fn of_address(address: Token<'_>) -> Self {
        let mut reading = Self::default();
        reading.address(address);
        reading
    }

    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
    }

    fn words<'d>(&mut self, words: impl Iterator<Item = Token<'d>>) {
        words.for_each(|word| self.word(word));
    }

    fn word(&mut self, word: Token<'_>) {
        for piece in word.pieces() {
            match piece {
                Piece::Text(text) => self.0.extend_from_slice(text.as_bytes()),
                Piece::Escaped(byte) => self.0.push(byte),
                Piece::Variable(variable) => {
                    self.0.push(VARIABLE);
                    self.0.extend_from_slice(variable.name.as_bytes());
                    self.0.push(if variable.splits { b'*' } else { b'-' });
                    self.0
                        .extend_from_slice(variable.default.unwrap_or_default().as_bytes());
                    self.0.push(VARIABLE);
                }
            }
        }
        self.0.push(0);
    }

    /// Those that have to do with each other keep their order.
    fn parameters(&mut self, parameters: Parameters<'_>) {
        let mut parameters: Vec<(String, Self)> = parameters
            .map(|parameter| {
                let name = group(&parameter.name().text()).to_owned();
                (name, Self::of_parameter(parameter))
            })
            .collect();
        parameters.sort_by(|(left, _), (right, _)| left.cmp(right));
        for (_, reading) in parameters {
            self.0.extend_from_slice(&reading.0);
        }
    }

    /// Several addresses of a `bind`.
    fn addresses(&mut self, addresses: Token<'_>) {
        if addresses.has_variables() {
            return self.word(addresses);
        }
        for address in addresses.text().split(',') {
            self.text(&plain_bind_address(address));
        }
    }

    fn address(&mut self, address: Token<'_>) {
        if address.has_variables() {
            return self.word(address);
        }
        self.text(plain_address(&address.text()));
    }

    fn durations(&mut self, line: Line<'_>) {
        for word in line.words() {
            match milliseconds(word) {
                Some(milliseconds) => self.text(&milliseconds.to_string()),
                None => self.word(word),
            }
        }
    }
}

/// The name of a parameter without the `no-` that turns it off.
pub(super) fn base_name(name: &str) -> &str {
    name.strip_prefix("no-").unwrap_or(name)
}

/// What a parameter has to do with: those of one group are read in their order, and it counts.
pub(super) fn group(name: &str) -> &str {
    let base = base_name(name);
    if base.starts_with("force-")
        || base.starts_with("sslv3")
        || base.starts_with("tlsv1")
        || base.starts_with("ssl-m")
    {
        // `force-tlsv12` and `ssl-max-ver` say the same thing, and the last is right.
        "versions of TLS"
    } else if base.starts_with("send-proxy") || base == "proxy-v2-options" {
        "the PROXY protocol"
    } else if matches!(base, "crt" | "crt-list" | "default-crt") {
        // The first is for clients that name nobody.
        "certificates"
    } else {
        base
    }
}

/// Whether all parameters of a group count, and not only the last.
pub(super) fn adds_up(group: &str) -> bool {
    matches!(
        group,
        "versions of TLS" | "the PROXY protocol" | "certificates" | "resolve-net" | "source" | "usesrc"
    )
}

fn is_duration(name: &str) -> bool {
    matches!(
        name,
        "inter" | "fastinter" | "downinter" | "agent-inter" | "slowstart"
    )
}

/// `ipv4@`, `ipv6@` and `unix@` say what is seen without them, too.
fn plain_address(address: &str) -> &str {
    if let Some(path) = address.strip_prefix("unix@").filter(|path| path.starts_with('/')) {
        return path;
    }
    let is_number = |rest: &&str| rest.parse::<std::net::SocketAddr>().is_ok();
    let rest = address
        .strip_prefix("ipv4@")
        .or_else(|| address.strip_prefix("ipv6@"));
    rest.filter(is_number).unwrap_or(address)
}

/// `:80` and `*:80` are all IPv4 addresses.
fn plain_bind_address(address: &str) -> String {
    let address = address.strip_prefix("ipv4@").unwrap_or(address);
    let any = address.strip_prefix('*').unwrap_or(address);
    match any.strip_prefix(':') {
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
            format!("0.0.0.0:{port}")
        }
        _ => plain_address(address).to_owned(),
    }
}

/// A duration in milliseconds: section 2.5 of the configuration manual.
fn milliseconds(word: Token<'_>) -> Option<u64> {
    let text = word.text();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok()?;
    let factor = match unit {
        "" | "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

/// Whether HAProxy does anything because of a line.
pub(super) fn has_meaning(line: &Line<'_>) -> bool {
    !matches!(
        line.kind(),
        LineKind::Blank | LineKind::Comment | LineKind::Message(Level::Diag | Level::Notice | Level::Warning)
    )
}

pub(super) fn are_alike(running: Line<'_>, wanted: Line<'_>) -> bool {
    running.text() == wanted.text() || Reading::of(running) == Reading::of(wanted)
}

/// What is different between two lists whose order counts.
pub(super) fn differences(running: &[Line<'_>], wanted: &[Line<'_>], reasons: &mut Vec<Reason>) {
    let alike = |(running, wanted): &(&Line<'_>, &Line<'_>)| are_alike(**running, **wanted);
    let start = running.iter().zip(wanted).take_while(alike).count();
    let rest = |lines: &[Line<'_>]| lines.len() - start;
    let end = running
        .iter()
        .rev()
        .zip(wanted.iter().rev())
        .take(rest(running).min(rest(wanted)))
        .take_while(alike)
        .count();
    let middle = |lines: &'_ [Line<'_>]| start..lines.len() - end;
    let running = running.get(middle(running)).unwrap_or_default();
    let wanted = wanted.get(middle(wanted)).unwrap_or_default();
    tell(running, wanted, reasons);
}

/// Tells about the lines that only one of the two has; when there are none, about the first that stands elsewhere.
fn tell<'d>(running: &[Line<'d>], wanted: &[Line<'d>], reasons: &mut Vec<Reason>) {
    let mut left: HashMap<Reading, VecDeque<Line<'d>>> = HashMap::new();
    for line in running {
        left.entry(Reading::of(*line)).or_default().push_back(*line);
    }
    let mut news = Vec::new();
    for line in wanted {
        let same = left.get_mut(&Reading::of(*line)).and_then(VecDeque::pop_front);
        if same.is_none() {
            news.push(*line);
        }
    }
    let mut olds: Vec<Line<'d>> = left.into_values().flatten().collect();
    olds.sort_by_key(Line::number);
    if news.is_empty() && olds.is_empty() {
        let first = running
            .iter()
            .zip(wanted)
            .find(|(running, wanted)| !are_alike(**running, **wanted));
        if let Some((_, wanted)) = first {
            let before = running.iter().find(|running| are_alike(**running, *wanted));
            reasons.push(Reason::new(ReasonKind::Moved, before.copied(), Some(*wanted)));
        }
        return;
    }
    // A line with the same keyword is taken for the one before.
    let mut olds: VecDeque<(Option<String>, Line<'d>)> =
        olds.into_iter().map(|line| (subject(line), line)).collect();
    for line in news {
        let subject = subject(line);
        let old = olds.iter().position(|(old, _)| *old == subject);
        match old.and_then(|at| olds.remove(at)) {
            Some((_, old)) => reasons.push(Reason::new(ReasonKind::Replaced, Some(old), Some(line))),
            None => reasons.push(Reason::added(line)),
        }
    }
    reasons.extend(olds.into_iter().map(|(_, line)| Reason::removed(line)));
}

/// What a line is about: its keyword, and of those that stand many times the word after it.
fn subject(line: Line<'_>) -> Option<String> {
    let keyword = line.keyword()?.token.text().into_owned();
    let many = matches!(
        &*keyword,
        "acl" | "option" | "server" | "stats" | "timeout" | "use_backend"
    );
    let first = line.arguments().next().filter(|_| many);
    Some(match first {
        Some(first) => format!("{keyword} {}", first.text()),
        None => keyword,
    })
}
