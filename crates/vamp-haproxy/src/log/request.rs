//! `%r`: the request line as HAProxy logs it.

use std::borrow::Cow;

/// The request line as it is logged: at most 1024 bytes of it, with `#XX` in the place of quotes, `#` and what is not printable.
///
/// A request that was not understood is logged as `<BADREQ>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestLine<'a>(Cow<'a, str>);

/// The parts of a request line: RFC 9112, section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RequestParts<'a> {
    /// `GET`, `POST` …
    pub method: &'a str,
    /// What is asked for, as it stands in the line: a path, `*`, `host:port`, or a whole address.
    pub target: &'a str,
    /// `HTTP/1.1`; `None` when the line was too long to be logged whole.
    pub version: Option<&'a str>,
}

impl<'a> RequestLine<'a> {
    /// A request line as it stands in a log.
    #[must_use]
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self(text.into())
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its parts; `None` when it is no request line, such as `<BADREQ>`.
    #[must_use]
    pub fn parts(&self) -> Option<RequestParts<'_>> {
        let (method, rest) = self.0.split_once(' ')?;
        let (target, version) = match rest.rsplit_once(' ') {
            Some((target, version)) if version.starts_with("HTTP/") => (target, Some(version)),
            _ => (rest, None),
        };
        let is_method = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let valid = !method.is_empty() && method.bytes().all(is_method) && !target.is_empty();
        valid.then_some(RequestParts {
            method,
            target,
            version,
        })
    }

    /// The same, independent of what it was read from.
    #[must_use]
    pub fn into_owned(self) -> RequestLine<'static> {
        RequestLine(Cow::Owned(self.0.into_owned()))
    }
}

impl<'a> RequestParts<'a> {
    /// The path without its query, without scheme and host; `None` where the target has none (`*`, `host:port`).
    #[must_use]
    pub fn path(&self) -> Option<&'a str> {
        let after_host = match self.target.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?']) => match rest.find(['/', '?']) {
                Some(at) => rest.get(at..)?,
                None => return Some("/"),
            },
            _ => self.target,
        };
        let path = after_host.split('?').next()?;
        match path {
            "" if after_host.len() < self.target.len() => Some("/"),
            _ => path.starts_with('/').then_some(path),
        }
    }

    /// What follows the first `?`.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.target.split_once('?').map(|(_, query)| query)
    }
}

/// A text of a log with each `#XX` turned back into the byte that it stands for; bytes that make no UTF-8 become `U+FFFD`.
///
/// ```
/// assert_eq!(vamp_haproxy::log::decoded("/q?x=#22#C3#A9#22"), "/q?x=\"é\"");
/// ```
#[must_use]
pub fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('#') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match after {
            [high, low, beyond @ ..] if byte == b'#' => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    rest = beyond;
                }
                _ => bytes.push(byte),
            },
            _ => bytes.push(byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// HAProxy writes the letters large; small ones are no code.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines_have_parts_and_other_texts_have_none() {
        for (line, expected) in [
            (
                "GET /a?b=c HTTP/1.1",
                Some(("GET", Some("/a"), Some("b=c"), Some("HTTP/1.1"))),
            ),
            ("GET / HTTP/2.0", Some(("GET", Some("/"), None, Some("HTTP/2.0")))),
            (
                "GET https://shop.test/a?b HTTP/2.0",
                Some(("GET", Some("/a"), Some("b"), Some("HTTP/2.0"))),
            ),
            (
                "GET https://shop.test?b HTTP/2.0",
                Some(("GET", Some("/"), Some("b"), Some("HTTP/2.0"))),
            ),
            (
                "GET https://shop.test HTTP/2.0",
                Some(("GET", Some("/"), None, Some("HTTP/2.0"))),
            ),
            (
                "GET /to?http://other/ HTTP/1.1",
                Some(("GET", Some("/to"), Some("http://other/"), Some("HTTP/1.1"))),
            ),
            (
                "OPTIONS * HTTP/1.1",
                Some(("OPTIONS", None, None, Some("HTTP/1.1"))),
            ),
            (
                "CONNECT a.test:443 HTTP/1.1",
                Some(("CONNECT", None, None, Some("HTTP/1.1"))),
            ),
            ("GET /cut", Some(("GET", Some("/cut"), None, None))),
            ("<BADREQ>", None),
            ("", None),
            (" /a HTTP/1.1", None),
            ("GET ", None),
        ] {
            let line = RequestLine::new(line);
            let parts = line.parts();
            let seen = parts.map(|parts| (parts.method, parts.path(), parts.query(), parts.version));
            assert_eq!(seen, expected, "{line:?}");
        }
    }

    #[test]
    fn codes_become_the_characters_that_they_stand_for() {
        for (text, expected) in [
            ("/plain", "/plain"),
            ("#22#23", "\"#"),
            ("#C3#A9", "é"),
            ("#FF", "\u{fffd}"),
            ("#", "#"),
            ("#2", "#2"),
            ("#2x", "#2x"),
            ("##22", "#\""),
        ] {
            assert_eq!(decoded(text), expected);
        }
    }
}
