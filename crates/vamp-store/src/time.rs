//! Time as stores keep it: whole microseconds.

use jiff::Timestamp;

/// The time, rounded down to a whole microsecond.
pub(crate) fn whole_microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(microseconds_down(at)).unwrap_or(at)
}

/// Microseconds since 1970, rounded down.
pub(crate) fn microseconds_down(at: Timestamp) -> i64 {
    narrow(at.as_nanosecond().div_euclid(1000))
}

/// Microseconds since 1970, rounded up.
pub(crate) fn microseconds_up(at: Timestamp) -> i64 {
    narrow(-(-at.as_nanosecond()).div_euclid(1000))
}

/// Every time that there is fits: the years -9999 to 9999.
fn narrow(microseconds: i128) -> i64 {
    i64::try_from(microseconds).unwrap_or(if microseconds < 0 { i64::MIN } else { i64::MAX })
}
