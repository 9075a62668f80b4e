//! Printing numbers in decimal, rounded half up on their shortest form.

/// `value` with two decimals, rounded half up on the shortest decimal form that reads back as `value`.
///
/// Rust's `{:.2}` rounds ties of the binary value to even, so that 0.125 would print as `0.12`.
pub(super) fn two_decimals(value: f64) -> String {
    let shortest = value.abs().to_string();
    let (whole, fraction) = shortest.split_once('.').unwrap_or((&shortest, ""));
    let digit = |position: usize| fraction.as_bytes().get(position).copied().unwrap_or(b'0');
    let mut digits: Vec<u8> = whole.bytes().chain([digit(0), digit(1)]).collect();
    if digit(2) >= b'5' {
        increment(&mut digits);
    }
    let decimals = digits.split_off(digits.len() - 2);
    let is_zero = digits.iter().chain(&decimals).all(|&digit| digit == b'0');
    let sign = if value < 0.0 && !is_zero { "-" } else { "" };
    format!(
        "{sign}{}.{}",
        String::from_utf8_lossy(&digits),
        String::from_utf8_lossy(&decimals)
    )
}

/// Like [`two_decimals`], with more decimals where two would lose precision.
pub(super) fn at_least_two_decimals(value: f64) -> String {
    let shortest = value.to_string();
    let decimals = shortest.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if decimals > 2 {
        shortest
    } else {
        two_decimals(value)
    }
}

/// Adds one to a number written in ASCII digits.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_rounded_half_up_on_the_shortest_form() {
        let cases = [
            (0.125, "0.13"),
            (0.128, "0.13"),
            (0.115, "0.12"),
            (9.999, "10.00"),
            (99.995, "100.00"),
            (64.0, "64.00"),
            (0.0, "0.00"),
            (0.001, "0.00"),
            (-0.001, "0.00"),
            (-1.0, "-1.00"),
            (1e21, "1000000000000000000000.00"),
        ];
        for (value, expected) in cases {
            assert_eq!(two_decimals(value), expected, "{value}");
        }
    }

    #[test]
    fn no_decimal_is_lost_where_more_than_two_are_needed() {
        let cases = [(0.2, "0.20"), (0.126, "0.126"), (1.0, "1.00"), (0.005, "0.005")];
        for (value, expected) in cases {
            assert_eq!(at_least_two_decimals(value), expected, "{value}");
        }
    }
}
