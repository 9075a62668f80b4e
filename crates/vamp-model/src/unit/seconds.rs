use std::fmt;
use std::str::FromStr;

use super::InvalidUnit;
use crate::text_form;

/// A whole number of seconds, written `30s`.
///
/// Read from a number followed at once by a unit in lower case: `s`, `sec`, `second`, `seconds`, `m`, `min`, `minute`,
/// `minutes`, `h`, `hrs`, `hour` or `hours`. There are at most [`Seconds::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(u32);

impl Seconds {
    /// The longest time that can be written: 2147483647 seconds, some 68 years.
    pub const MAX: Self = Self(i32::MAX.unsigned_abs());

    /// So many seconds; more than [`Self::MAX`] are that.
    #[must_use]
    pub const fn new(seconds: u32) -> Self {
        if seconds > Self::MAX.0 {
            Self::MAX
        } else {
            Self(seconds)
        }
    }

    /// The number of seconds.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    pub(crate) const EXPECTED: &'static str = "a time such as 30s, 5m or 1h";
}

impl FromStr for Seconds {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        let invalid = || InvalidUnit {
            found: text.to_owned(),
            expected: Self::EXPECTED,
        };
        let unit_start = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(invalid)?;
        let (number, unit) = text.split_at(unit_start);
        let factor = match unit {
            "s" | "sec" | "second" | "seconds" => 1,
            "m" | "min" | "minute" | "minutes" => 60,
            "h" | "hrs" | "hour" | "hours" => 3600,
            _ => return Err(invalid()),
        };
        let number: i32 = number.parse().map_err(|_| invalid())?;
        let seconds = number.checked_mul(factor).ok_or_else(invalid)?;
        u32::try_from(seconds).map(Self).map_err(|_| invalid())
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

impl serde_core::Serialize for Seconds {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde_core::Deserialize<'de> for Seconds {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::deserialize(deserializer, Self::EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_can_be_printed_and_read_again() {
        for seconds in [0, 1, Seconds::MAX.get(), u32::MAX] {
            let time = Seconds::new(seconds);
            assert_eq!(time.to_string().parse(), Ok(time));
            assert_eq!(time.get(), seconds.min(Seconds::MAX.get()));
        }
    }

    #[test]
    fn times_are_read_with_their_unit() {
        let cases = [
            ("20s", 20),
            ("1sec", 1),
            ("1second", 1),
            ("2seconds", 2),
            ("20m", 1200),
            ("1min", 60),
            ("1minute", 60),
            ("5minutes", 300),
            ("1h", 3600),
            ("2hrs", 7200),
            ("1hour", 3600),
            ("4hours", 14400),
            ("007s", 7),
        ];
        for (text, expected) in cases {
            // S01-213: seconds, minutes and hours in all their spellings.
            assert_eq!(text.parse(), Ok(Seconds(expected)), "{text}");
        }
    }

    #[test]
    fn times_without_unit_with_blanks_or_too_long_are_refused() {
        for text in [
            "",
            "30",
            "s",
            "30 s",
            "-1s",
            "1S",
            "1d",
            "1.5s",
            "2147483648s",
            "2147483647m",
        ] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }
}
