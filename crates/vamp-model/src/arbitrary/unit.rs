//! Values with a unit.

use proptest::option;
use proptest::prelude::*;

use crate::{DayPart, Memory, Percentage, Period, Quantity, Seconds, TimePart};

/// Percentages from 0 % to 100 %.
pub fn percentage() -> impl Strategy<Value = Percentage> {
    (0_u8..=100).prop_filter_map("at most 100", Percentage::new)
}

/// Amounts of memory of every size, most of them finer than they print.
pub fn memory() -> impl Strategy<Value = Memory> {
    let megabytes = prop_oneof![any::<f64>(), 0.0..1e6];
    megabytes.prop_filter_map("not an amount", |megabytes| Memory::new(megabytes.abs()).ok())
}

/// Quantities of every size, negative ones too.
pub fn quantity() -> impl Strategy<Value = Quantity> {
    let cores = prop_oneof![any::<f64>(), -64.0..64.0];
    cores.prop_filter_map("not a quantity", |cores| Quantity::new(cores).ok())
}

/// Times that can be read: at most 2147483647 seconds.
pub fn seconds() -> impl Strategy<Value = Seconds> {
    (0_u32..=2_147_483_647).prop_map(Seconds::new)
}

/// Periods with at least one part, of every length and both directions.
pub fn period() -> impl Strategy<Value = Period> {
    let number = || prop_oneof![-3..40, any::<i32>()];
    let days =
        (number(), number(), number()).prop_map(|(years, months, days)| DayPart { years, months, days });
    let seconds = prop_oneof![-100_i64..100_000, any::<i64>()];
    let nanoseconds = prop_oneof![Just(0), Just(500_000_000), 0_u32..1_000_000_000];
    let time = (seconds, nanoseconds).prop_filter_map("a whole second", |(seconds, nanoseconds)| {
        TimePart::new(seconds, nanoseconds)
    });
    (option::of(days), option::of(time)).prop_filter_map("neither part", |(days, time)| {
        (days.is_some() || time.is_some()).then(|| Period::new(days, time))
    })
}
