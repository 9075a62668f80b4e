use std::fmt;
use std::str::FromStr;

use serde_core::de::{Error, Unexpected};

use super::{InvalidUnit, decimal};

/// A finite number of processor cores.
///
/// Read from numbers and from texts such as `0.5`, `1e-1` or `500m` (thousandths). The language takes negative numbers,
/// as it always has; whoever runs something has to refuse them. Prints at least two decimals (`0.20`) and never fewer
/// than needed to keep the value; in JSON it is a number.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Quantity(f64);

impl Quantity {
    pub(crate) const EXPECTED: &'static str = "a quantity of cores such as 0.5 or 500m";

    /// A number of processor cores.
    ///
    /// # Errors
    /// An infinite number, or none at all.
    pub fn new(value: f64) -> Result<Self, InvalidUnit> {
        if value.is_finite() {
            // Zero has no sign.
            Ok(Self(value + 0.0))
        } else {
            Err(invalid(&value.to_string()))
        }
    }

    /// The number of processor cores.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

fn invalid(found: &str) -> InvalidUnit {
    InvalidUnit {
        found: found.to_owned(),
        expected: Quantity::EXPECTED,
    }
}

impl FromStr for Quantity {
    type Err = InvalidUnit;

    fn from_str(text: &str) -> Result<Self, InvalidUnit> {
        let trimmed = text.trim();
        let (number, divisor) = match trimmed.strip_suffix('m') {
            Some(number) => (number.trim_end(), 1000.0),
            None => (trimmed, 1.0),
        };
        // Rust also reads `inf` and `nan`, which are no quantities.
        let only_number_characters = number
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'e' | b'E'));
        if !only_number_characters {
            return Err(invalid(text));
        }
        let value: f64 = number.parse().map_err(|_| invalid(text))?;
        Self::new(value / divisor).map_err(|_| invalid(text))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal::at_least_two_decimals(self.0))
    }
}

impl serde_core::Serialize for Quantity {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl<'de> serde_core::Deserialize<'de> for Quantity {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrText)
    }
}

/// A quantity is a number or a text.
struct NumberOrText;

impl serde_core::de::Visitor<'_> for NumberOrText {
    type Value = Quantity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Quantity::EXPECTED)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Quantity, E> {
        Quantity::new(number).map_err(|_| E::invalid_value(Unexpected::Float(number), &self))
    }

    // No whole number of cores is so large that a float cannot tell it.
    fn visit_u64<E: Error>(self, number: u64) -> Result<Quantity, E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Quantity, E> {
        self.visit_f64(number as f64)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Quantity, E> {
        text.parse()
            .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_decimal_numbers_or_thousandths() {
        let cases = [
            ("128", 128.0),
            ("-128.5", -128.5),
            (" 0.1 ", 0.1),
            (".1", 0.1),
            ("-0.1 ", -0.1),
            ("-.1 ", -0.1),
            (" 1m ", 0.001),
            ("1e3", 1000.0),
            ("500 m", 0.5),
        ];
        for (text, expected) in cases {
            // S01-212: signs, a missing leading digit, blanks and the suffix m are read.
            assert_eq!(
                text.parse::<Quantity>().map(Quantity::value),
                Ok(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn other_texts_are_no_quantities() {
        for text in [
            "", "m", ".", "e3", "two", "1M", "0x10", "NaN", "Infinity", "inf", "-inf", "1f", "1d", "1,5",
            "1 0", "- 1", "1mm", "1e999", "-1e999",
        ] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_quantity_prints_two_decimals_or_as_many_as_it_has() {
        let cases = [
            ("0.2", "0.20"),
            ("1", "1.00"),
            ("126m", "0.126"),
            ("5m", "0.005"),
            ("1m", "0.001"),
            ("-0.5", "-0.50"),
            ("-0", "0.00"),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Quantity>().unwrap().to_string(), expected);
        }
    }
}
