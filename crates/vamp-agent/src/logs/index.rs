//! The name of an index, with the day in it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// An index for each day, or one for all: `vamp-vga-%{+yyyy-MM-dd}`, `logstash-%{+YYYY.MM.dd}`, `vamp-{yyyy-MM-dd}`, `lines`.
///
/// The day is that of the line, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexName {
    before: String,
    date: String,
    after: String,
}

impl IndexName {
    /// What agents of old had behind Filebeat: `vamp-vga-%{+yyyy-MM-dd}`, with the namespace before the day when there is one.
    #[must_use]
    pub fn of_agents(namespace: &str) -> Self {
        let before = match namespace {
            "" => "vamp-vga-".to_owned(),
            _ => format!("vamp-vga-{namespace}-"),
        };
        Self {
            before,
            date: "yyyy-MM-dd".to_owned(),
            after: String::new(),
        }
    }

    /// Reads a name; `None` when it is none: names of indices have small letters, no white space, none of `\/*?"<>|,#:`, do not begin with
    /// `-`, `_` or `+`, and are not longer than 200 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (before, rest) = text.split_once(['%', '{']).unwrap_or((text, ""));
        let has_date = before.len() < text.len();
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let rest = rest.strip_prefix('+').unwrap_or(rest);
        let (date, after) = if has_date { rest.split_once('}')? } else { ("", "") };
        let is_plain = |part: &str| {
            let forbidden = |c: char| {
                c.is_uppercase() || c.is_whitespace() || c.is_control() || r#"\/*?"<>|,#:%{}"#.contains(c)
            };
            !part.contains(forbidden)
        };
        let is_date = |c: char| "yYMd.-_".contains(c);
        let valid = is_plain(before)
            && is_plain(after)
            && date.chars().all(is_date)
            && (!has_date || !date.is_empty())
            && !before.is_empty()
            && !before.starts_with(['-', '_', '+', '.'])
            && text.len() <= 200;
        valid.then(|| Self {
            before: before.to_owned(),
            date: date.to_owned(),
            after: after.to_owned(),
        })
    }

    /// The index of a line.
    #[must_use]
    pub fn at(&self, milliseconds: i64) -> String {
        let at = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
        let date = TimeZone::UTC.to_datetime(at).date();
        let day = self
            .date
            .replace("yyyy", &format!("{:04}", date.year()))
            .replace("YYYY", &format!("{:04}", date.year()))
            .replace("MM", &format!("{:02}", date.month()))
            .replace("dd", &format!("{:02}", date.day()));
        format!("{}{day}{}", self.before, self.after)
    }

    /// All indices of this name: `vamp-vga-*`.
    #[must_use]
    pub fn pattern(&self) -> String {
        if self.date.is_empty() {
            self.before.clone()
        } else {
            format!("{}*{}", self.before, self.after)
        }
    }

    /// A name for what belongs to all of them: `vamp-vga`.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.before.trim_end_matches(['-', '.', '_'])
    }
}

impl std::fmt::Display for IndexName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.date.is_empty() {
            return f.write_str(&self.before);
        }
        write!(f, "{}%{{+{}}}{}", self.before, self.date, self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_day_of_the_line() {
        // 2026-11-23T23:30:00Z
        let at = 1_795_476_600_000;
        for (name, expected, pattern) in [
            ("vamp-vga-%{+yyyy-MM-dd}", "vamp-vga-2026-11-23", "vamp-vga-*"),
            ("logstash-%{+YYYY.MM.dd}", "logstash-2026.11.23", "logstash-*"),
            ("vamp-{yyyy-MM-dd}", "vamp-2026-11-23", "vamp-*"),
            ("lines", "lines", "lines"),
        ] {
            let name = IndexName::parse(name).unwrap();
            // S06-117: the daily index of Logstash has the day in UTC.
            assert_eq!(
                (name.at(at).as_str(), name.pattern().as_str()),
                (expected, pattern)
            );
        }
        assert_eq!(IndexName::of_agents("").at(at), "vamp-vga-2026-11-23");
        // S06-118: the namespace stands before the day.
        assert_eq!(IndexName::of_agents("shop").at(at), "vamp-vga-shop-2026-11-23");
        assert_eq!(
            IndexName::of_agents("shop").to_string(),
            "vamp-vga-shop-%{+yyyy-MM-dd}"
        );
    }

    #[test]
    fn what_is_no_name_is_none() {
        for text in [
            "",
            "Lines",
            "a b",
            "_all",
            "a/b",
            "a*",
            "%{+yyyy}",
            "a-%{+yyyy",
            "a-%{+hh}",
            "a-{}",
        ] {
            assert_eq!(IndexName::parse(text), None, "{text}");
        }
    }
}
