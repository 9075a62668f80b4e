//! Time as stores keep it: whole microseconds.

use jiff::Timestamp;

/// The time that is so many microseconds after 1970.
pub(crate) fn from_microseconds(microseconds: i64) -> Result<Timestamp, jiff::Error> {
    // `Timestamp::from_microsecond` refuses the last second of the year 9999.
    let nanoseconds = microseconds.rem_euclid(1_000_000) * 1000;
    Timestamp::new(
        microseconds.div_euclid(1_000_000),
        i32::try_from(nanoseconds).unwrap_or_default(),
    )
}

/// The time, rounded down to a whole microsecond.
pub(crate) fn whole_microseconds(at: Timestamp) -> Timestamp {
    from_microseconds(microseconds_down(at)).unwrap_or(at)
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
