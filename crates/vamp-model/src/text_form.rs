//! How serde reads types that are written as text.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde_core::de::{Deserializer, Error, Unexpected, Visitor};

/// Reads a value from its text. Of a wrong one the error says `expected`, what would be right.
pub(crate) fn deserialize<'de, T, D>(deserializer: D, expected: &'static str) -> Result<T, D::Error>
where
    T: FromStr,
    D: Deserializer<'de>,
{
    deserializer.deserialize_str(TextForm {
        expected,
        value: PhantomData,
    })
}

struct TextForm<T> {
    expected: &'static str,
    value: PhantomData<T>,
}

impl<T: FromStr> Visitor<'_> for TextForm<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse()
            .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}
