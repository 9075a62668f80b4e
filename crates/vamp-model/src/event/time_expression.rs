use std::fmt;

use jiff::civil::{DateTime, DateTimeRound};
use jiff::tz::Offset;
use jiff::{RoundMode, Span, Timestamp, ToSpan as _, Unit};

use crate::OffsetDateTime;

/// A moment or a stretch of time in words, such as `now() - 10m`; kept as written.
///
/// It starts from `now` (or `now()`), or from a date: `2031`, `2031-04`, `2031-04-05`, `2031-04-05T06`, `2031-04-05T06:07`,
/// `2031-04-05T06:07:08.912`, in UTC or, behind a time of day, with an offset `Z`, `+02:00`. What a date leaves out makes it a stretch: the
/// year, month, day, hour or minute.
/// Behind `now`, or behind a date and `||`, follow any number of `+1h`, `-10m` and `/d`: added, subtracted, and the whole
/// unit that the moment is in. Units are `y` (years), `M` (months), `w` (weeks from Monday), `d`, `h` or `H`, `m` (minutes) and
/// `s`. Blanks may stand between the parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TimeExpression(String);

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no time: expected one such as 2031-04-05T06:07:08Z, 2031-04-05 or now-10m (units y, M, w, d, h, m, s)"
)]
pub struct InvalidTimeExpression(pub String);

impl TimeExpression {
    /// The text as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The moment that is meant, now being `now`; of a stretch of time its first moment, and the first one behind it.
    ///
    /// # Errors
    /// The text is no time, or one beyond the years from -9999 to 9999.
    pub fn resolve(&self, now: Timestamp) -> Result<(Timestamp, Option<Timestamp>), InvalidTimeExpression> {
        resolve(&self.0, now).ok_or_else(|| InvalidTimeExpression(self.0.clone()))
    }
}

impl From<String> for TimeExpression {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for TimeExpression {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for TimeExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde_core::Serialize for TimeExpression {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde_core::Deserialize<'de> for TimeExpression {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// From a moment, to the first one behind it where it is a stretch; in UTC.
#[derive(Clone, Copy)]
struct Stretch {
    start: DateTime,
    end: Option<DateTime>,
}

fn resolve(text: &str, now: Timestamp) -> Option<(Timestamp, Option<Timestamp>)> {
    let text = text.trim();
    let (anchor, mut rest) = match text.strip_prefix("now") {
        Some(rest) => {
            let start = Offset::UTC.to_datetime(now);
            (
                Stretch { start, end: None },
                rest.strip_prefix("()").unwrap_or(rest),
            )
        }
        None => {
            let (date, rest) = text.split_once("||").unwrap_or((text, ""));
            (date_stretch(date)?, rest)
        }
    };
    let mut stretch = anchor;
    loop {
        rest = rest.trim_start();
        let Some(operator) = rest.chars().next() else {
            break;
        };
        (stretch, rest) = step(stretch, operator, rest.get(1..)?)?;
    }
    let timestamp = |time| Offset::UTC.to_timestamp(time).ok();
    let end = match stretch.end {
        Some(end) => Some(timestamp(end)?),
        None => None,
    };
    Some((timestamp(stretch.start)?, end))
}

/// `+1h`, `-10m` or `/d`, and what follows.
fn step(stretch: Stretch, operator: char, rest: &str) -> Option<(Stretch, &str)> {
    let rest = rest.trim_start();
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit_and_rest) = rest.split_at(digits);
    let unit = unit_and_rest.chars().next()?;
    let after = &unit_and_rest[unit.len_utf8()..];
    let moved = match operator {
        '/' if number.is_empty() => whole_unit(stretch, unit)?,
        '+' | '-' => {
            let span = span(unit, number.parse().ok()?)?;
            let shift = |time: DateTime| {
                let shifted = if operator == '+' {
                    time.checked_add(span)
                } else {
                    time.checked_sub(span)
                };
                shifted.ok()
            };
            Stretch {
                start: shift(stretch.start)?,
                end: match stretch.end {
                    Some(end) => Some(shift(end)?),
                    None => None,
                },
            }
        }
        _ => return None,
    };
    Some((moved, after))
}

fn span(unit: char, count: i64) -> Option<Span> {
    let span = Span::new();
    match unit {
        'y' => span.try_years(count),
        'M' => span.try_months(count),
        'w' => span.try_weeks(count),
        'd' => span.try_days(count),
        'h' | 'H' => span.try_hours(count),
        'm' => span.try_minutes(count),
        's' => span.try_seconds(count),
        _ => return None,
    }
    .ok()
}

/// From the beginning of the unit that the start is in to the end of the one that the end is in.
fn whole_unit(stretch: Stretch, unit: char) -> Option<Stretch> {
    let last = match stretch.end {
        Some(end) => end.checked_sub(1.nanosecond()).ok()?,
        None => stretch.start,
    };
    Some(Stretch {
        start: beginning(stretch.start, unit)?,
        end: Some(beginning(last, unit)?.checked_add(span(unit, 1)?).ok()?),
    })
}

/// The beginning of the unit that the moment is in; weeks begin on Monday.
fn beginning(moment: DateTime, unit: char) -> Option<DateTime> {
    let down = |unit| {
        let round = DateTimeRound::new().smallest(unit).mode(RoundMode::Trunc);
        moment.round(round).ok()
    };
    match unit {
        's' => down(Unit::Second),
        'm' => down(Unit::Minute),
        'h' | 'H' => down(Unit::Hour),
        'd' => down(Unit::Day),
        'w' => {
            let since_monday = i64::from(moment.weekday().to_monday_zero_offset());
            down(Unit::Day)?.checked_sub(since_monday.days()).ok()
        }
        'M' => Some(down(Unit::Day)?.first_of_month()),
        'y' => Some(down(Unit::Day)?.first_of_year()),
        _ => None,
    }
}

/// A date with as much of it as is given: a complete time of day is a moment, all else a stretch.
fn date_stretch(text: &str) -> Option<Stretch> {
    let (date, clock) = match text.trim().split_once(['T', 't']) {
        Some((date, clock)) => (date, Some(clock)),
        None => (text.trim(), None),
    };
    let (date, date_unit) = match date.len() {
        4 if clock.is_none() => (format!("{date}-01-01"), 'y'),
        7 if clock.is_none() => (format!("{date}-01"), 'M'),
        _ => (date.to_owned(), 'd'),
    };
    let clock = clock.unwrap_or("00:00");
    let (clock, zone) = clock.split_at(clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len()));
    let zone = if zone.is_empty() { "Z" } else { zone };
    let (clock, unit) = match clock.matches(':').count() {
        0 => (format!("{clock}:00"), Some('h')),
        1 => (clock.to_owned(), Some('m')),
        _ => (clock.to_owned(), None),
    };
    let unit = if text.contains(['T', 't']) {
        unit
    } else {
        Some(date_unit)
    };
    let start: OffsetDateTime = format!("{date}T{clock}{zone}").parse().ok()?;
    let start = Offset::UTC.to_datetime(start.moment());
    let end = match unit {
        Some(unit) => Some(start.checked_add(span(unit, 1)?).ok()?),
        None => None,
    };
    Some(Stretch { start, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> Option<(String, Option<String>)> {
        let now = "2031-04-09T06:07:08.912Z".parse().unwrap();
        let (start, end) = TimeExpression::from(text).resolve(now).ok()?;
        Some((start.to_string(), end.map(|end| end.to_string())))
    }

    #[test]
    fn times_are_reckoned_from_now_or_from_a_date() {
        let moments = [
            ("now", "2031-04-09T06:07:08.912Z"),
            ("now()", "2031-04-09T06:07:08.912Z"),
            ("now-10m", "2031-04-09T05:57:08.912Z"),
            ("now() - 10m", "2031-04-09T05:57:08.912Z"),
            (" now +1h -30s ", "2031-04-09T07:06:38.912Z"),
            ("now-2d", "2031-04-07T06:07:08.912Z"),
            ("now-1w", "2031-04-02T06:07:08.912Z"),
            ("now-1M", "2031-03-09T06:07:08.912Z"),
            ("now-1y", "2030-04-09T06:07:08.912Z"),
            ("now-1H", "2031-04-09T05:07:08.912Z"),
            ("2031-04-05T06:07:08.912Z", "2031-04-05T06:07:08.912Z"),
            ("2031-04-05T08:07:08+02:00", "2031-04-05T06:07:08Z"),
            ("2031-04-05T06:07:08", "2031-04-05T06:07:08Z"),
            ("2031-04-05T06:07:08Z||+32s", "2031-04-05T06:07:40Z"),
        ];
        for (text, expected) in moments {
            assert_eq!(resolved(text), Some((expected.to_owned(), None)), "{text}");
        }
    }

    #[test]
    fn an_incomplete_date_and_a_rounded_time_are_stretches() {
        let stretches = [
            ("2031", "2031-01-01T00:00:00Z", "2032-01-01T00:00:00Z"),
            ("2031-02", "2031-02-01T00:00:00Z", "2031-03-01T00:00:00Z"),
            ("2031-04-05", "2031-04-05T00:00:00Z", "2031-04-06T00:00:00Z"),
            ("2031-04-05T06", "2031-04-05T06:00:00Z", "2031-04-05T07:00:00Z"),
            (
                "2031-04-05T06+02:00",
                "2031-04-05T04:00:00Z",
                "2031-04-05T05:00:00Z",
            ),
            (
                "2031-04-05T06:07Z",
                "2031-04-05T06:07:00Z",
                "2031-04-05T06:08:00Z",
            ),
            ("now/s", "2031-04-09T06:07:08Z", "2031-04-09T06:07:09Z"),
            ("now/m", "2031-04-09T06:07:00Z", "2031-04-09T06:08:00Z"),
            ("now/H", "2031-04-09T06:00:00Z", "2031-04-09T07:00:00Z"),
            ("now-1d/d", "2031-04-08T00:00:00Z", "2031-04-09T00:00:00Z"),
            ("now/w", "2031-04-07T00:00:00Z", "2031-04-14T00:00:00Z"),
            ("now/M", "2031-04-01T00:00:00Z", "2031-05-01T00:00:00Z"),
            ("now / y", "2031-01-01T00:00:00Z", "2032-01-01T00:00:00Z"),
            ("now/d+1h", "2031-04-09T01:00:00Z", "2031-04-10T01:00:00Z"),
            ("now/d/M", "2031-04-01T00:00:00Z", "2031-05-01T00:00:00Z"),
            ("2031-04-30||/M", "2031-04-01T00:00:00Z", "2031-05-01T00:00:00Z"),
        ];
        for (text, start, end) in stretches {
            let expected = (start.to_owned(), Some(end.to_owned()));
            assert_eq!(resolved(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_when_it_is_resolved() {
        for text in [
            "",
            "yesterday",
            "nowhere",
            "now-",
            "now-m",
            "now-10",
            "now-10q",
            "now - 10 m",
            "now*2m",
            "now/2d",
            "now/é",
            "nowé",
            "now-99999999999999999999y",
            "now-9223372036854775807y",
            "now+20000y",
            "2031-04-05+1d",
            "2031T06:07:08Z",
            "2031-13",
            "2031-04-05T",
            "1514862245",
            "1514862245000",
        ] {
            assert_eq!(resolved(text), None, "{text}");
        }
        let refused = TimeExpression::from("yesterday")
            .resolve(Timestamp::UNIX_EPOCH)
            .unwrap_err();
        assert!(refused.to_string().starts_with("'yesterday' is no time: "));
    }
}
