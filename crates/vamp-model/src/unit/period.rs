use std::fmt;
use std::str::FromStr;

use super::{InvalidUnit, iso_8601};
use crate::text_form;

/// A time between two runs of a workflow, as ISO 8601 writes it: `P1D`, `PT90M`, `P1Y2M3DT4H5M6S`.
///
/// It has a part of days and a part of time, or one of them. Weeks are read as days; the part of time prints in hours,
/// minutes and seconds. Neither is turned into the other nor into months, which are not all of one length: `P13M`,
/// `PT36H` and `P0D` print as they are. Numbers may have a sign.
///
/// A text without anything is the period without any part. It alone is not printed as it was read, but as `PT1S`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    days: Option<DayPart>,
    time: Option<TimePart>,
}

/// The part of a [`Period`] that a calendar counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct DayPart {
    /// Years.
    pub years: i32,
    /// Months.
    pub months: i32,
    /// Days, weeks included.
    pub days: i32,
}

/// The part of a [`Period`] that a clock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TimePart {
    seconds: i64,
    nanoseconds: u32,
}

impl TimePart {
    /// Seconds, and billionths of a second that are added to them. `None` from a whole second of those on.
    ///
    /// Half a second backwards is `(-1, 500_000_000)`.
    #[must_use]
    pub const fn new(seconds: i64, nanoseconds: u32) -> Option<Self> {
        if nanoseconds < iso_8601::NANOSECONDS_PER_SECOND {
            Some(Self { seconds, nanoseconds })
        } else {
            None
        }
    }

    /// The whole seconds before or at this time.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Billionths of a second after [`TimePart::seconds`], 0 to 999999999.
    #[must_use]
    pub const fn nanoseconds(self) -> u32 {
        self.nanoseconds
    }
}

impl Period {
    pub(crate) const EXPECTED: &'static str = "a period such as P1D, PT90M or P1DT12H";

    /// A period of these parts.
    #[must_use]
    pub const fn new(days: Option<DayPart>, time: Option<TimePart>) -> Self {
        Self { days, time }
    }

    /// Years, months and days.
    #[must_use]
    pub const fn days(self) -> Option<DayPart> {
        self.days
    }

    /// Hours, minutes and seconds.
    #[must_use]
    pub const fn time(self) -> Option<TimePart> {
        self.time
    }
}

impl FromStr for Period {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        parts(text.trim()).ok_or_else(|| InvalidUnit {
            found: text.to_owned(),
            expected: Self::EXPECTED,
        })
    }
}

fn parts(text: &str) -> Option<Period> {
    if text.is_empty() {
        return Some(Period::new(None, None));
    }
    let start = text.find('P')?;
    let (days, time) = match text.find('T') {
        None => (Some(&text[start..]), None),
        Some(at) if at == start + 1 => (None, Some(&text[at..])),
        // What stands before a `P` counts for nothing in the other cases, but here it is wrong.
        Some(at) => (Some(&text[..at]), Some(&text[at..])),
    };
    let days = match days {
        Some(text) => Some(iso_8601::days(text.strip_prefix('P')?)?),
        None => None,
    };
    let time = match time {
        Some(text) => Some(iso_8601::time(text.strip_prefix('T')?)?),
        None => None,
    };
    Some(Period { days, time })
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days.is_none() && self.time.is_none() {
            return f.write_str("PT1S");
        }
        f.write_str("P")?;
        if let Some(days) = self.days {
            iso_8601::write_days(f, days)?;
        }
        if let Some(time) = self.time {
            iso_8601::write_time(f, time)?;
        }
        Ok(())
    }
}

impl serde_core::Serialize for Period {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde_core::Deserialize<'de> for Period {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::deserialize(deserializer, Self::EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_print_with_weeks_as_days_and_their_time_in_hours_minutes_and_seconds() {
        let cases = [
            ("P1Y2M3DT4H5M6S", "P1Y2M3DT4H5M6S"),
            (" P1D ", "P1D"),
            ("PT90M", "PT1H30M"),
            ("PT36H", "PT36H"),
            ("P13M", "P13M"),
            ("P0D", "P0D"),
            ("PT0S", "PT0S"),
            ("P1DT36H", "P1DT36H"),
            ("P1DT0S", "P1DT0S"),
            ("P0DT1H", "P0DT1H"),
            ("P1W2D", "P9D"),
            ("P2W", "P14D"),
            ("PT90.5S", "PT1M30.5S"),
            ("PT90,5S", "PT1M30.5S"),
            ("PT1.S", "PT1S"),
            ("PT0.000000001S", "PT0.000000001S"),
            ("PT3600S", "PT1H"),
            ("P1y2m3w4dT5h6m7s", "P1Y2M25DT5H6M7S"),
        ];
        for (text, printed) in cases {
            let period: Period = text.parse().expect(text);
            assert_eq!(period.to_string(), printed, "{text}");
            assert_eq!(printed.parse(), Ok(period), "{text}");
        }
        assert_eq!(Period::new(None, None).to_string(), "PT1S");
    }

    #[test]
    fn a_period_has_the_parts_that_its_text_has() {
        let days = Some(DayPart {
            years: 1,
            months: 2,
            days: 24,
        });
        let time = TimePart::new(4 * 3600 + 5 * 60 + 6, 500_000_000);
        let cases = [
            ("", None, None),
            (" ", None, None),
            ("P1Y2M3W3D", days, None),
            ("PT4H5M6.5S", None, time),
            ("P1Y2M3W3DT4H5M6.5S", days, time),
        ];
        for (text, days, time) in cases {
            let period: Period = text.parse().expect(text);
            // S01-196: no text, no part; a part of days, one of time, or both where both are written.
            assert_eq!((period.days(), period.time()), (days, time), "{text}");
        }
    }

    #[test]
    fn a_sign_belongs_to_its_number_and_one_before_the_period_is_lost() {
        let cases = [
            ("P-1D", "P-1D"),
            ("P+1D", "P1D"),
            ("-P1D", "P1D"),
            ("P1Y-1M", "P1Y-1M"),
            ("PT-0.5S", "PT-0.5S"),
            ("PT-1M-0.5S", "PT-1M-0.5S"),
            ("PT1H-30M", "PT30M"),
            ("PT-1.25S", "PT-1.25S"),
        ];
        for (text, printed) in cases {
            assert_eq!(
                text.parse::<Period>().map(|period| period.to_string()).as_deref(),
                Ok(printed),
                "{text}"
            );
        }
        let backwards: Period = "PT-0.5S".parse().unwrap();
        assert_eq!(backwards.time(), TimePart::new(-1, 500_000_000));
    }

    #[test]
    fn text_before_a_period_of_one_part_counts_for_nothing() {
        assert_eq!("R5/P1D".parse::<Period>(), "P1D".parse());
        assert_eq!("R5/PT1H".parse::<Period>(), "PT1H".parse());
        assert!("R5/P1DT1H".parse::<Period>().is_err());
        assert!("-P1DT1H".parse::<Period>().is_err());
    }

    #[test]
    fn other_texts_are_no_periods() {
        let cases = [
            "every day",
            "P",
            "PT",
            "P1DT",
            "P1H",
            "P1.5D",
            "PT0.5H",
            "p1d",
            "1D",
            "P1",
            "PD",
            "P1DD",
            "P1D2Y",
            "P1D1W",
            "PT1D",
            "PT1S1M",
            "P1DT1H1D",
            "PT1.5.5S",
            "PT.5S",
            "PT1,S5",
            "PT1.0000000001S",
            "P--1D",
            "P1D ,",
            "P 1D",
            "P1dt1h",
            "TP",
            "T",
            "P1٣D",
            "P2147483648D",
            "P306783379W",
            "P306783378W2D",
            "PT9223372036854775808S",
            "PT2562047788015216H",
        ];
        for text in cases {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_longest_periods_are_read_and_printed() {
        for text in [
            "P-2147483648Y2147483647M-2147483648D",
            "PT2562047788015215H30M7.999999999S",
            "PT-2562047788015215H-30M-8S",
        ] {
            let period: Period = text.parse().expect(text);
            assert_eq!(period.to_string(), text);
        }
        let least = Period::new(None, TimePart::new(i64::MIN, 1));
        assert_eq!(least.to_string(), "PT-2562047788015215H-30M-7.999999999S");
        assert_eq!(least.to_string().parse(), Ok(least));
    }
}
