use std::fmt;
use std::str::FromStr;

use super::{InvalidUnit, decimal};
use crate::text_form;

/// A number of megabytes, zero or more and finite.
///
/// Read from texts such as `64MB`, `.5 GB`, `128Mi`, `100K`; a unit is needed. `K`, `M` and `G`, alone or followed by
/// `B`, go by thousands; `Ki` is 1/1024 MB, `Mi` 1.024 MB and `Gi` 1024 MB. Letters may be of any case.
///
/// Printed with exactly two decimals, as `64.00MB`: what is finer than 0.01 MB is rounded. [`Memory::exact`] rounds
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Memory(f64);

impl Memory {
    pub(crate) const EXPECTED: &'static str = "an amount of memory such as 64MB or 1GB";

    /// A number of megabytes.
    ///
    /// # Errors
    /// A negative or infinite number, or none at all.
    pub fn new(value: f64) -> Result<Self, InvalidUnit> {
        if value.is_finite() && value >= 0.0 {
            // Zero has no sign.
            Ok(Self(value + 0.0))
        } else {
            Err(invalid(&value.to_string()))
        }
    }

    /// The number of megabytes.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }

    /// The text that reads back as the same amount: two decimals, or as many as it takes (`0.125MB`).
    #[must_use]
    pub fn exact(self) -> String {
        format!("{}MB", decimal::at_least_two_decimals(self.0))
    }
}

fn invalid(found: &str) -> InvalidUnit {
    InvalidUnit {
        found: found.to_owned(),
        expected: Memory::EXPECTED,
    }
}

/// `digits [ "." [digits] ]` or `"." digits`.
fn is_plain_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}

impl FromStr for Memory {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        let trimmed = text.trim();
        let unit_start = trimmed
            .find(|c: char| c.is_ascii_alphabetic())
            .ok_or_else(|| invalid(text))?;
        let (number, unit) = trimmed.split_at(unit_start);
        let number = number.trim_end();
        if !is_plain_number(number) {
            return Err(invalid(text));
        }
        // Thousands only move the point, so that no digit is disturbed: 1.005G is 1005M, not 1004.9999999999999M.
        let thousands = |exponent: i8| format!("{number}e{exponent}").parse::<f64>();
        let number = || number.parse::<f64>();
        let mut letters = unit
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_lowercase());
        let unit = [letters.next(), letters.next(), letters.next()];
        let megabytes = match unit {
            [Some('k'), None | Some('b'), None] => thousands(-3),
            [Some('k'), Some('i'), None] => number().map(|number| number / 1024.0),
            [Some('m'), None | Some('b'), None] => number(),
            [Some('m'), Some('i'), None] => thousands(-3).map(|number| number * 1024.0),
            [Some('g'), None | Some('b'), None] => thousands(3),
            [Some('g'), Some('i'), None] => number().map(|number| number * 1024.0),
            _ => return Err(invalid(text)),
        };
        let megabytes = megabytes.map_err(|_| invalid(text))?;
        Self::new(megabytes).map_err(|_| invalid(text))
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}MB", decimal::two_decimals(self.0))
    }
}

impl serde_core::Serialize for Memory {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde_core::Deserialize<'de> for Memory {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::deserialize(deserializer, Self::EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_memory_are_read_with_a_unit() {
        let cases = [
            ("128mb", 128.0),
            (" 128 mb ", 128.0),
            (".1m", 0.1),
            ("10.1Mb", 10.1),
            ("64.MB", 64.0),
            (".1gb", 100.0),
            ("1GB", 1000.0),
            ("1.5G", 1500.0),
            ("2 G b", 2000.0),
            ("2Gi", 2048.0),
        ];
        for (text, expected) in cases {
            // S01-208: blanks, any case and a missing digit on either side of the point are accepted; G counts a thousand M.
            assert_eq!(text.parse::<Memory>().map(Memory::value), Ok(expected), "{text}");
        }
        for text in ["128 Mi", "128 mi"] {
            // S01-209: Mi is 1.024 MB in any case.
            assert_eq!(text.parse::<Memory>().map(Memory::value), Ok(131.072), "{text}");
        }
    }

    #[test]
    fn memory_prints_two_decimals_rounded_half_up() {
        for (text, value) in [("128Ki ", 0.125), ("128KB ", 0.128)] {
            let memory: Memory = text.parse().unwrap();
            // S01-210: Ki and KB keep their value and print it rounded half up.
            assert_eq!(memory.value(), value);
            assert_eq!(memory.to_string(), "0.13MB");
        }
        assert_eq!(Memory::new(64.0).unwrap().to_string(), "64.00MB");
    }

    #[test]
    fn the_exact_text_of_memory_loses_nothing() {
        let cases = [
            ("64MB", "64.00MB"),
            ("128Ki", "0.125MB"),
            ("1.005G", "1005.00MB"),
            ("1.001M", "1.001MB"),
            ("0.1Mi", "0.1024MB"),
            ("0.0K", "0.00MB"),
        ];
        for (text, exact) in cases {
            let memory: Memory = text.parse().unwrap();
            assert_eq!(memory.exact(), exact, "{text}");
            assert_eq!(exact.parse(), Ok(memory), "{text}");
        }
    }

    #[test]
    fn numbers_below_zero_and_beyond_all_bounds_are_no_amounts_of_memory() {
        for value in [-1.0, -f64::MIN_POSITIVE, f64::INFINITY, f64::NAN] {
            assert!(Memory::new(value).is_err(), "{value}");
        }
        let refused = format!("{}G", "9".repeat(310)).parse::<Memory>().unwrap_err();
        assert!(
            refused.found.ends_with("9G"),
            "what was written is told, not what came of it"
        );
        assert_eq!(Memory::new(-0.0).unwrap().to_string(), "0.00MB");
    }

    #[test]
    fn texts_without_a_known_unit_are_no_amounts_of_memory() {
        let cases = [
            "1", "-1", "1Tb", ".", "", "MB", ".MB", "-1MB", "1e3M", "1fM", "128|", "1 2M", "1. 2M", "1M1",
            "1Mib", "1,5M", "٣M",
        ];
        for text in cases {
            // S01-211: a bare number, a negative one, T and a lone point are refused.
            assert!(text.parse::<Memory>().is_err(), "{text}");
        }
    }
}
