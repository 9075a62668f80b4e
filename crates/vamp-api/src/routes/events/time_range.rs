//! Ranges of time, absolute or relative to now.

use std::ops::Bound;

use jiff::civil::{Date, DateTime, DateTimeRound};
use jiff::tz::Offset;
use jiff::{RoundMode, Span, Timestamp, ToSpan as _, Unit};
use serde_json::Value;
use vamp_engine::TimeRange;
use vamp_model::{ValuePath, code};

use super::fields::{problem, unexpected_type, unreadable_moment};
use crate::http::Failure;

const BOTH: &str =
    "Event query time range is not valid, both 'lt' and 'lte' or 'gt' and 'gte' are not allowed.";

/// The range that an object with `lt`, `lte`, `gt` and `gte` says; everything where there is none.
pub(super) fn parse(range: Option<&Value>, now: Timestamp) -> Result<TimeRange, Failure> {
    let Some(range) = range else {
        return Ok(TimeRange::default());
    };
    let Value::Object(fields) = range else {
        return Err(unexpected_type("timestamp"));
    };
    let known = ["lt", "lte", "gt", "gte"];
    if let Some((key, value)) = fields.iter().find(|(key, _)| !known.contains(&key.as_str())) {
        let unused = serde_json::json!({ "timestamp": { key: value } });
        let path = ValuePath::new().key("timestamp").key(key).to_string();
        let message = format!("Unexpected in DSL: {unused}");
        return Err(problem(code::UNEXPECTED_ELEMENT, &path, message));
    }
    let bound = |open: &str, closed: &str| match (fields.get(open), fields.get(closed)) {
        (Some(_), Some(_)) => Err(problem("EventQueryTimeError", "timestamp", BOTH.to_owned())),
        (Some(value), None) => moment(value, now).map(Bound::Excluded),
        (None, Some(value)) => moment(value, now).map(Bound::Included),
        (None, None) => Ok(Bound::Unbounded),
    };
    Ok(TimeRange {
        from: bound("gt", "gte")?,
        to: bound("lt", "lte")?,
    })
}

fn moment(value: &Value, now: Timestamp) -> Result<Timestamp, Failure> {
    let text = value.as_str().ok_or_else(|| unexpected_type("timestamp"))?;
    let found = match text.strip_prefix("now") {
        Some(rest) => relative(rest, now),
        None => absolute(text),
    };
    found.ok_or_else(|| unreadable_moment("timestamp", text))
}

/// A timestamp with offset, or a day of UTC.
fn absolute(text: &str) -> Option<Timestamp> {
    let day = |text: &str| {
        let date: Date = text.parse().ok()?;
        Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
    };
    let is_day = text.len() == "2031-04-05".len();
    text.parse().ok().or_else(|| day(text).filter(|_| is_day))
}

/// What follows `now`: `-10m`, `+1d-2h`, `-1d/d`.
fn relative(mut rest: &str, now: Timestamp) -> Option<Timestamp> {
    let mut moment = Offset::UTC.to_datetime(now);
    while let Some(sign) = rest.chars().next() {
        rest = &rest[sign.len_utf8()..];
        if sign == '/' {
            let (unit, after) = first(rest)?;
            moment = rounded(moment, unit)?;
            rest = after;
            continue;
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        let (unit, after) = first(&rest[digits..])?;
        let span = span(unit, count)?;
        moment = match sign {
            '+' => moment.checked_add(span).ok()?,
            '-' => moment.checked_sub(span).ok()?,
            _ => return None,
        };
        rest = after;
    }
    Offset::UTC.to_timestamp(moment).ok()
}

fn first(text: &str) -> Option<(char, &str)> {
    let unit = text.chars().next()?;
    Some((unit, &text[unit.len_utf8()..]))
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

/// The beginning of the unit that the moment is in; weeks begin on Monday.
fn rounded(moment: DateTime, unit: char) -> Option<DateTime> {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_absolute_or_reckoned_from_now_and_rounded_down() {
        let now: Timestamp = "2031-04-09T06:07:08.912Z".parse().unwrap();
        for (text, wanted) in [
            ("2031-04-05T06:07:08.912Z", Some("2031-04-05T06:07:08.912Z")),
            ("2031-04-05T08:07:08+02:00", Some("2031-04-05T06:07:08Z")),
            ("2031-04-05", Some("2031-04-05T00:00:00Z")),
            ("now", Some("2031-04-09T06:07:08.912Z")),
            ("now-10m", Some("2031-04-09T05:57:08.912Z")),
            ("now+1h-30s", Some("2031-04-09T07:06:38.912Z")),
            ("now-2d", Some("2031-04-07T06:07:08.912Z")),
            ("now-1w", Some("2031-04-02T06:07:08.912Z")),
            ("now-1M", Some("2031-03-09T06:07:08.912Z")),
            ("now-1y", Some("2030-04-09T06:07:08.912Z")),
            ("now/s", Some("2031-04-09T06:07:08Z")),
            ("now-1d/d", Some("2031-04-08T00:00:00Z")),
            ("now/H", Some("2031-04-09T06:00:00Z")),
            ("now/w", Some("2031-04-07T00:00:00Z")),
            ("now/M", Some("2031-04-01T00:00:00Z")),
            ("now/y", Some("2031-01-01T00:00:00Z")),
            ("now-", None),
            ("now-m", None),
            ("now-10", None),
            ("now-10q", None),
            ("now*2m", None),
            ("now-99999999999999999999y", None),
            ("now-9223372036854775807y", None),
            ("2031-04-05T06:07:08", None),
            ("yesterday", None),
        ] {
            let found = moment(&json!(text), now).ok();
            let wanted = wanted.map(|wanted| wanted.parse().unwrap());
            assert_eq!(found, wanted, "{text}");
        }
    }

    #[test]
    fn a_range_has_one_bound_on_each_side() {
        let now = Timestamp::UNIX_EPOCH;
        let range = json!({"gt": "now-1m", "lte": "now"});
        let range = parse(Some(&range), now).unwrap();
        assert_eq!(range.to, Bound::Included(now));
        assert!(matches!(range.from, Bound::Excluded(from) if from < now));
        assert_eq!(parse(None, now).unwrap(), TimeRange::default());
        for wrong in [
            json!({"lt": "now", "lte": "now"}),
            json!({"gt": "now", "gte": "now"}),
            json!({"before": "now"}),
            json!({"lt": 7}),
            json!("now"),
        ] {
            assert!(parse(Some(&wrong), now).is_err(), "{wrong}");
        }
    }
}
