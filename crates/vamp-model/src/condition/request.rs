use super::{Leaf, browser};
use crate::boolean::Truth;

/// A sample request: its headers in order.
///
/// Tests compare as HAProxy does with the ACLs that Vamp writes:
///
/// | test | holds where |
/// |---|---|
/// | `host == v` | `v` is the whole `Host` header, port included, upper and lower case told apart |
/// | `user-agent == v` | a `User-Agent` header contains `v`, upper and lower case told apart; for a [well-known browser](super::browser), in any case, all of its texts |
/// | `has cookie n` | there is a cookie `n` whose value is not empty; upper and lower case of names are told apart |
/// | `cookie n has v` | a cookie `n` contains `v` |
/// | `has header n` | there is a header `n`, even an empty one; names of headers are the same in upper and lower case |
/// | `header n has v` | a line of header `n` contains `v`; the whole line is looked at, commas included |
/// | `< … >` | not known |
///
/// An empty `v` is contained in nothing: HAProxy takes it for no text to look for. Where the `Host` header has commas, each
/// part of it counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    headers: Vec<(String, String)>,
}

impl Request {
    /// A request without any header.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more header. There may be several of one name.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With one more `Host` header, such as `shop.example.org:8080`.
    #[must_use]
    pub fn host(self, host: impl Into<String>) -> Self {
        self.header("Host", host)
    }

    /// With one more `User-Agent` header.
    #[must_use]
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        self.header("User-Agent", user_agent)
    }

    /// With one more cookie, which is one more `Cookie` header.
    #[must_use]
    pub fn cookie(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.header("Cookie", [name.as_ref(), "=", value.as_ref()].concat())
    }

    /// Whether the request passes one test.
    #[must_use]
    pub fn meets(&self, leaf: &Leaf) -> Truth {
        let contains = |line: &str, text: &str| !text.is_empty() && line.contains(text);
        let user_agent = |text: &str| self.lines("User-Agent").any(|line| contains(line, text));
        let holds = match leaf {
            Leaf::Host(host) => {
                let mut hosts = self.lines("Host").flat_map(|line| line.split(','));
                !host.is_empty() && hosts.any(|one| one.trim() == host)
            }
            Leaf::UserAgent(text) => match browser(text) {
                Some(texts) => texts.iter().all(|text| user_agent(text)),
                None => user_agent(text),
            },
            Leaf::Cookie(name) => self.cookies(name).next().is_some(),
            Leaf::Header(name) => self.lines(name).next().is_some(),
            Leaf::CookieContains(name, text) => self.cookies(name).any(|value| contains(value, text)),
            Leaf::HeaderContains(name, text) => self.lines(name).any(|line| contains(line, text)),
            Leaf::Value(_) => return Truth::Unknown,
        };
        holds.into()
    }

    /// The values of the headers of a name, without blanks around them.
    fn lines<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// The values of the cookies of a name that are not empty.
    fn cookies<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.lines("Cookie")
            .flat_map(cookies)
            .filter(move |(known, value)| *known == name && !value.is_empty())
            .map(|(_, value)| value)
    }
}

/// The cookies of a header, between `;` or `,` that do not stand in quotes.
fn cookies(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut is_quoted = false;
    let ends = move |c: char| {
        is_quoted ^= c == '"';
        !is_quoted && matches!(c, ';' | ',')
    };
    line.split(ends)
        .filter_map(|cookie| cookie.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
}
