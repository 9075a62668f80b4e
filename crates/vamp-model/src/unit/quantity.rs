use super::InvalidUnit;

/// A number of processor cores, zero or more and finite.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Quantity(f64);

impl Quantity {
    const EXPECTED: &'static str = "a quantity of cores such as 0.5 or 500m";

    /// A number of processor cores.
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

    /// The number of processor cores.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}
