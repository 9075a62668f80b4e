//! Values with a unit.

mod decimal;
mod iso_8601;
mod memory;
mod offset_date_time;
mod percentage;
mod period;
mod quantity;
mod seconds;

pub use memory::Memory;
pub use offset_date_time::OffsetDateTime;
pub use percentage::Percentage;
pub use period::{DayPart, Period, TimePart};
pub use quantity::Quantity;
pub use seconds::Seconds;

/// Why a text or number is not a value of the unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{found}' is not {expected}")]
#[non_exhaustive]
pub struct InvalidUnit {
    /// What was given.
    pub found: String,
    /// What would be right, in words: `a percentage from 0% to 100%`.
    pub expected: &'static str,
}
