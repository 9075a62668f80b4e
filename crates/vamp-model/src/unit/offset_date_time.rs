use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::InvalidUnit;
use crate::text_form;

/// A date and time of day with its offset from UTC, written `2031-04-05T06:07:08.912+02:00`.
///
/// Read from ISO 8601: seconds and up to nine digits of their fraction may be left out, the offset may not. It is `Z`, or
/// hours and minutes (`+02:00`, `+0200`, `+02`) up to 18 hours. Written with seconds and with as much of their fraction as there
/// is. Two are equal when both moment and offset are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OffsetDateTime {
    moment: Timestamp,
    offset: Offset,
}

impl OffsetDateTime {
    pub(crate) const EXPECTED: &'static str = "a date and time with offset such as 2031-04-05T06:07:08Z";

    /// A moment, told in UTC.
    #[must_use]
    pub const fn utc(moment: Timestamp) -> Self {
        Self {
            moment,
            offset: Offset::UTC,
        }
    }

    /// The moment, wherever it is told.
    #[must_use]
    pub const fn moment(self) -> Timestamp {
        self.moment
    }

    /// How many seconds the time of day is ahead of UTC; negative where it is behind.
    #[must_use]
    pub const fn offset_seconds(self) -> i32 {
        self.offset.seconds()
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(moment: Timestamp) -> Self {
        Self::utc(moment)
    }
}

impl FromStr for OffsetDateTime {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        parse(text).ok_or_else(|| InvalidUnit {
            found: text.to_owned(),
            expected: Self::EXPECTED,
        })
    }
}

fn parse(text: &str) -> Option<OffsetDateTime> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let offset_start = rest.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = rest.split_at(offset_start);
    let local = DateTime::from_parts(parse_date(date)?, parse_time(clock)?);
    let offset = parse_offset(zone)?;
    let moment = offset.to_timestamp(local).ok()?;
    Some(OffsetDateTime { moment, offset })
}

fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = two_digits(parts.next()?)?;
    let day = two_digits(parts.next()?)?;
    let over = parts.next().is_some();
    Date::new(year, month, day).ok().filter(|_| !over)
}

fn parse_time(text: &str) -> Option<Time> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let mut parts = clock.split(':');
    let hour = two_digits(parts.next()?)?;
    let minute = two_digits(parts.next()?)?;
    let second = parts.next();
    let over = parts.next().is_some() || (second.is_none() && fraction.is_some());
    let second = second.map_or(Some(0), two_digits)?;
    let nanoseconds = fraction.map_or(Some(0), parse_fraction)?;
    Time::new(hour, minute, second, nanoseconds)
        .ok()
        .filter(|_| !over)
}

/// One to nine digits behind the decimal point, as nanoseconds.
fn parse_fraction(text: &str) -> Option<i32> {
    const DIGITS: usize = 9;
    let plain = (1..=DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = format!("{text:0<DIGITS$}");
    if plain { padded.parse().ok() } else { None }
}

fn parse_offset(text: &str) -> Option<Offset> {
    const MOST: i32 = 18 * 3600;
    if matches!(text, "Z" | "z") {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some(parts), _) => parts,
        (None, 4) => digits.split_at_checked(2)?,
        (None, _) => (digits, "00"),
    };
    let minutes = two_digits(minutes).filter(|minutes| *minutes < 60)?;
    let seconds = i32::from(two_digits(hours)?) * 3600 + i32::from(minutes) * 60;
    Offset::from_seconds(sign * seconds)
        .ok()
        .filter(|_| seconds <= MOST)
}

fn two_digits(text: &str) -> Option<i8> {
    i8::try_from(digits(text, 2)?).ok()
}

fn digits(text: &str, length: usize) -> Option<i16> {
    let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

impl fmt::Display for OffsetDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.offset == Offset::UTC {
            return self.moment.fmt(f);
        }
        self.moment.display_with_offset(self.offset).fmt(f)
    }
}

impl serde_core::Serialize for OffsetDateTime {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde_core::Deserialize<'de> for OffsetDateTime {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::deserialize(deserializer, Self::EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_keep_their_offset_and_print_with_seconds() {
        let cases = [
            ("2031-04-05T06:07:08Z", "2031-04-05T06:07:08Z"),
            (
                "2018-01-02T03:04:02.123456+02:00",
                "2018-01-02T03:04:02.123456+02:00",
            ),
            ("2026-11-24T05:21:12.2064031Z", "2026-11-24T05:21:12.2064031Z"),
            ("2031-04-05T06:07:08.500-0130", "2031-04-05T06:07:08.5-01:30"),
            ("2031-04-05T06:07+02", "2031-04-05T06:07:00+02:00"),
            ("2031-04-05t06:07:08z", "2031-04-05T06:07:08Z"),
            ("2031-04-05T06:07:08+00:00", "2031-04-05T06:07:08Z"),
            (
                "2031-04-05T06:07:08.000000001-18:00",
                "2031-04-05T06:07:08.000000001-18:00",
            ),
            ("0001-01-01T00:00:00+18:00", "0001-01-01T00:00:00+18:00"),
        ];
        for (text, expected) in cases {
            let read: OffsetDateTime = text.parse().unwrap();
            assert_eq!(read.to_string(), expected);
            assert_eq!(expected.parse(), Ok(read));
        }
        let read: OffsetDateTime = "2031-04-05T06:07:08+02:00".parse().unwrap();
        assert_eq!(read.offset_seconds(), 7200);
        assert_eq!(
            OffsetDateTime::utc(read.moment()).to_string(),
            "2031-04-05T04:07:08Z"
        );
    }

    #[test]
    fn what_lacks_a_part_or_does_not_exist_is_refused() {
        for text in [
            "",
            "2031-04-05",
            "2031-04-05T06:07:08",
            "2031-04-05 06:07:08Z",
            "2031-04-05T06Z",
            "2031-04-05T06:07.5Z",
            "2031-04-05T06:07:08.Z",
            "2031-04-05T06:07:08.1234567890Z",
            "2031-04-05T06:07:08:09Z",
            "2031-04-05T24:00:00Z",
            "2031-04-05T23:59:60Z",
            "2031-02-29T06:07:08Z",
            "2031-4-5T06:07:08Z",
            "2031-04-05-06T06:07:08Z",
            "2031-04-05T06:07:08+18:01",
            "2031-04-05T06:07:08+02:60",
            "2031-04-05T06:07:08+2",
            "2031-04-05T06:07:08+2é",
            "2031-04-05T06:07:08+02:00:00",
            "2031-04-05T06:07:08ZZ",
            " 2031-04-05T06:07:08Z",
            "1514862245",
            "tomorrow",
        ] {
            assert!(text.parse::<OffsetDateTime>().is_err(), "{text}");
        }
    }
}
