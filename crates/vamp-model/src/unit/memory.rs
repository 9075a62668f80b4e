use super::InvalidUnit;

/// A number of megabytes, zero or more and finite.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Memory(f64);

impl Memory {
    const EXPECTED: &'static str = "an amount of memory such as 64MB or 1GB";

    /// A number of megabytes.
    ///
    /// # Errors
    /// A negative or infinite number, or none at all.
    pub fn new(value: f64) -> Result<Self, InvalidUnit> {
        if value.is_finite() && value >= 0.0 {
            Ok(Self(value))
        } else {
            Err(InvalidUnit {
                found: value.to_string(),
                expected: Self::EXPECTED,
            })
        }
    }

    /// The number of megabytes.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}
