use std::fmt;
use std::str::FromStr;

/// How a route's targets share its traffic: an algorithm of HAProxy's `balance` with its arguments.
///
/// Known are `roundrobin`, `static-rr`, `leastconn`, `first`, `source`, `uri [whole] [len N] [depth N] [path-only]`,
/// `url_param NAME [check_post]`, `hdr(NAME) [use_domain_only]`, `random[(DRAWS)]`, `rdp-cookie[(NAME)]` and
/// `hash EXPRESSION`: section 4.2 of HAProxy's configuration manual, keyword `balance`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Balance(String);

impl Balance {
    /// The words after `balance`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Balance {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A text is no algorithm that HAProxy knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no balance algorithm of HAProxy, such as roundrobin, leastconn, source or hdr(NAME)", .0.escape_debug())]
pub struct InvalidBalance(pub String);

impl FromStr for Balance {
    type Err = InvalidBalance;

    fn from_str(text: &str) -> Result<Self, InvalidBalance> {
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        if text.chars().all(is_safe) && is_known(&words) {
            Ok(Self(text.trim().to_owned()))
        } else {
            Err(InvalidBalance(text.to_owned()))
        }
    }
}

/// Characters that mean nothing but themselves in a configuration file. `#` begins a comment, quotes and backslashes
/// quote, `$` takes in the environment.
fn is_safe(c: char) -> bool {
    !c.is_control() && (c == ' ' || !c.is_whitespace()) && !matches!(c, '#' | '"' | '\'' | '\\' | '$')
}

fn is_known(words: &[&str]) -> bool {
    match words {
        ["roundrobin" | "static-rr" | "leastconn" | "first" | "source" | "random" | "rdp-cookie"] => true,
        ["uri", options @ ..] => are_uri_options(options),
        ["url_param", _] | ["url_param", _, "check_post"] => true,
        ["hash", expression @ ..] => expression.len() == 1,
        [word] | [word, "use_domain_only"] if argument(word, "hdr").is_some_and(|name| !name.is_empty()) => {
            true
        }
        [word] => {
            argument(word, "random").is_some_and(is_positive)
                || argument(word, "rdp-cookie").is_some_and(|name| !name.is_empty())
        }
        _ => false,
    }
}

/// What stands between the brackets of `keyword(…)`.
fn argument<'w>(word: &'w str, keyword: &str) -> Option<&'w str> {
    let inside = word.strip_prefix(keyword)?.strip_prefix('(')?.strip_suffix(')')?;
    (!inside.contains(['(', ')'])).then_some(inside)
}

fn is_positive(number: &str) -> bool {
    number.bytes().all(|b| b.is_ascii_digit()) && number.parse::<u32>().is_ok_and(|number| number > 0)
}

fn are_uri_options(options: &[&str]) -> bool {
    match options {
        [] => true,
        ["whole" | "path-only", rest @ ..] => are_uri_options(rest),
        ["len" | "depth", number, rest @ ..] => is_positive(number) && are_uri_options(rest),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithms_of_haproxy_are_known() {
        let known = [
            "roundrobin",
            "static-rr",
            "leastconn",
            "first",
            "source",
            "uri",
            "uri whole",
            "uri len 10 depth 3 path-only",
            "url_param id",
            "url_param id check_post",
            "hdr(x-user)",
            "hdr(host) use_domain_only",
            "random",
            "random(3)",
            "rdp-cookie",
            "rdp-cookie(mstshash)",
            "hash src",
            "hash hdr(x-user),lower",
        ];
        for text in known {
            assert_eq!(
                text.parse::<Balance>().map(|b| b.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn what_would_break_a_configuration_is_refused() {
        let unknown = [
            "",
            "nothing",
            "roundrobin 3",
            "uri len x",
            "uri len",
            "hdr()",
            "hdr(a",
            "random(0)",
            "hash",
            "url_param",
            "source\nbind :80",
            "source # comment",
            "hash src \"",
            "hdr(a\tb)",
        ];
        for text in unknown {
            assert!(text.parse::<Balance>().is_err(), "{text}");
        }
    }
}
