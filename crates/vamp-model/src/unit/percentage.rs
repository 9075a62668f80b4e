use std::fmt;
use std::str::FromStr;

use super::InvalidUnit;
use crate::text_form;

/// A whole percentage from 0 to 100, written `70%`: the weight of a route, the strength of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percentage(u8);

impl Percentage {
    /// 0 %.
    pub const ZERO: Self = Self(0);
    /// 100 %.
    pub const FULL: Self = Self(100);

    pub(crate) const EXPECTED: &'static str = "a percentage from 0% to 100%";

    /// The percentage of a number from 0 to 100, nothing for a larger one.
    #[must_use]
    pub const fn new(value: u8) -> Option<Self> {
        if value <= 100 { Some(Self(value)) } else { None }
    }

    /// The number of percents, 0 to 100.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl FromStr for Percentage {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        let invalid = || InvalidUnit {
            found: text.to_owned(),
            expected: Self::EXPECTED,
        };
        let digits = text.trim().strip_suffix('%').ok_or_else(invalid)?.trim_end();
        let plain = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let value: u16 = if plain {
            digits.parse().map_err(|_| invalid())?
        } else {
            return Err(invalid());
        };
        u8::try_from(value).ok().and_then(Self::new).ok_or_else(invalid)
    }
}

impl serde_core::Serialize for Percentage {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde_core::Deserialize<'de> for Percentage {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::deserialize(deserializer, Self::EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_whole_numbers_with_a_percent_sign() {
        let read = |text: &str| text.parse::<Percentage>().map(Percentage::value).ok();
        for (text, expected) in [("0 %", 0), (" 50 %", 50), ("100%", 100), ("007%", 7)] {
            // S01-207: a whole number up to 100 and the sign, with blanks around the number.
            assert_eq!(read(text), Some(expected), "{text}");
        }
        for text in [
            "x", "-50", "1.5", "100", "101%", "-1%", "1.5%", "+5%", "0050%", "%", "", "5%%", "5 0%", "٣%",
        ] {
            // S01-207: anything else is refused, also a number alone.
            assert_eq!(read(text), None, "{text}");
        }
    }
}
