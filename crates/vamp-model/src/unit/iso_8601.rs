//! The two parts of a period in ISO 8601.

use std::fmt;

use super::{DayPart, TimePart};

pub(super) const NANOSECONDS_PER_SECOND: u32 = 1_000_000_000;

/// Reads `1Y2M3W4D`: at least one number, each at most once and in this order.
pub(super) fn days(text: &str) -> Option<DayPart> {
    let [years, months, weeks, days] = numbers(text, ['Y', 'M', 'W', 'D'])?;
    let whole = |number: Option<Number<'_>>| match number {
        None => Some(0),
        Some(number) if number.fraction.is_some() => None,
        Some(number) => i32::try_from(number.whole).ok(),
    };
    Some(DayPart {
        years: whole(years)?,
        months: whole(months)?,
        days: whole(weeks)?.checked_mul(7)?.checked_add(whole(days)?)?,
    })
}

/// Reads `4H5M6.7S`, as [`days`] does. Only seconds may have a fraction.
pub(super) fn time(text: &str) -> Option<TimePart> {
    let [hours, minutes, seconds] = numbers(text, ['H', 'M', 'S'])?;
    let mut total = 0;
    for (number, seconds) in [(hours, 3600), (minutes, 60)] {
        let Some(number) = number else { continue };
        if number.fraction.is_some() {
            return None;
        }
        total += i128::from(number.whole) * seconds;
    }
    let mut nanoseconds = 0;
    if let Some(number) = seconds {
        total += i128::from(number.whole);
        nanoseconds = number.nanoseconds()?;
    }
    let total = total * i128::from(NANOSECONDS_PER_SECOND) + i128::from(nanoseconds);
    let per_second = i128::from(NANOSECONDS_PER_SECOND);
    TimePart::new(
        i64::try_from(total.div_euclid(per_second)).ok()?,
        u32::try_from(total.rem_euclid(per_second)).ok()?,
    )
}

#[derive(Clone, Copy)]
struct Number<'t> {
    is_negative: bool,
    /// With its sign.
    whole: i64,
    /// The digits behind the point, where there is one.
    fraction: Option<&'t str>,
}

impl Number<'_> {
    /// The fraction in billionths, with the sign of the number.
    fn nanoseconds(self) -> Option<i64> {
        let digits = self.fraction.unwrap_or("");
        if digits.len() > 9 {
            return None;
        }
        let nanoseconds = format!("{digits:0<9}").parse::<i64>().ok()?;
        Some(if self.is_negative {
            -nanoseconds
        } else {
            nanoseconds
        })
    }
}

/// One number for each designator that is given. The text must hold nothing else.
fn numbers<const N: usize>(text: &str, designators: [char; N]) -> Option<[Option<Number<'_>>; N]> {
    let mut numbers = [None; N];
    let mut rest = text;
    let mut designator = 0;
    while !rest.is_empty() {
        let (number, behind) = number(rest)?;
        let found = behind.chars().next()?;
        let at = designators[designator..]
            .iter()
            .position(|known| known.eq_ignore_ascii_case(&found))?;
        numbers[designator + at] = Some(number);
        designator += at + 1;
        rest = &behind[found.len_utf8()..];
    }
    (designator > 0).then_some(numbers)
}

/// A number with an optional sign and fraction, and what follows it.
fn number(text: &str) -> Option<(Number<'_>, &str)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let behind = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    if behind.len() == unsigned.len() {
        return None;
    }
    // Its sign goes along: the least number has no positive counterpart.
    let whole = text[..text.len() - behind.len()].parse().ok()?;
    let is_negative = text.starts_with('-');
    let (fraction, behind) = match behind.strip_prefix(['.', ',']) {
        None => (None, behind),
        Some(digits) => {
            let behind = digits.trim_start_matches(|c: char| c.is_ascii_digit());
            (Some(&digits[..digits.len() - behind.len()]), behind)
        }
    };
    let number = Number {
        is_negative,
        whole,
        fraction,
    };
    Some((number, behind))
}

/// Writes `1Y2M3D`, and `0D` for none at all.
pub(super) fn write_days(f: &mut fmt::Formatter<'_>, part: DayPart) -> fmt::Result {
    let DayPart { years, months, days } = part;
    if (years, months, days) == (0, 0, 0) {
        return f.write_str("0D");
    }
    for (number, designator) in [(years, 'Y'), (months, 'M'), (days, 'D')] {
        if number != 0 {
            write!(f, "{number}{designator}")?;
        }
    }
    Ok(())
}

/// Writes `T4H5M6.7S`, and `T0S` for none at all.
pub(super) fn write_time(f: &mut fmt::Formatter<'_>, part: TimePart) -> fmt::Result {
    let total =
        i128::from(part.seconds()) * i128::from(NANOSECONDS_PER_SECOND) + i128::from(part.nanoseconds());
    let sign = if total < 0 { "-" } else { "" };
    let total = total.unsigned_abs();
    let per_second = u128::from(NANOSECONDS_PER_SECOND);
    let (seconds, nanoseconds) = (total / per_second, total % per_second);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    f.write_str("T")?;
    if hours > 0 {
        write!(f, "{sign}{hours}H")?;
    }
    if minutes > 0 {
        write!(f, "{sign}{minutes}M")?;
    }
    if nanoseconds > 0 {
        let fraction = format!("{nanoseconds:09}");
        write!(f, "{sign}{seconds}.{}S", fraction.trim_end_matches('0'))?;
    } else if seconds > 0 || total == 0 {
        write!(f, "{sign}{seconds}S")?;
    }
    Ok(())
}
