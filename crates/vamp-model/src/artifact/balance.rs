use std::fmt;
use std::str::FromStr;

/// How a route's targets share its traffic: an algorithm of HAProxy's `balance` with its arguments, in one line.
///
/// Any text without control characters is kept; whether HAProxy has such an algorithm tells [`Balance::is_known`]. These are
/// known: `roundrobin`, `static-rr`, `leastconn`, `first`, `source`, `uri [whole] [len N] [depth N] [path-only]`,
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

    /// Whether HAProxy has the algorithm, and every character means itself in its configuration. Any other text can make a
    /// whole configuration invalid.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let words: Vec<&str> = self.0.split(' ').filter(|word| !word.is_empty()).collect();
        self.0.chars().all(is_safe) && is_known(&words)
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde_core::Serialize for Balance {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A text is empty, or could break out of its line in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is not one line such as roundrobin, leastconn, source or hdr(NAME)", .0.escape_debug())]
pub struct InvalidBalance(pub String);

impl FromStr for Balance {
    type Err = InvalidBalance;

    fn from_str(text: &str) -> Result<Self, InvalidBalance> {
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err(InvalidBalance(text.to_owned()));
        }
        Ok(Self(text.trim().to_owned()))
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

    fn balance(text: &str) -> Balance {
        text.parse().unwrap()
    }

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
            assert!(balance(text).is_known(), "{text}");
            assert_eq!(balance(text).to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_kept_and_told_from_them() {
        let unknown = [
            "custom",
            "roundrobin 3",
            "uri len x",
            "uri len",
            "hdr()",
            "hdr(a",
            "random(0)",
            "hash",
            "url_param",
            "source # comment",
            "hash src \"",
            "hash src,$x",
        ];
        for text in unknown {
            assert!(!balance(text).is_known(), "{text}");
            assert_eq!(balance(text).as_str(), text);
        }
    }

    #[test]
    fn what_would_break_out_of_its_line_is_refused() {
        for text in ["", "  ", "source\nbind :80", "hdr(a\tb)", "a\u{0}"] {
            assert!(text.parse::<Balance>().is_err(), "{text:?}");
        }
    }
}
