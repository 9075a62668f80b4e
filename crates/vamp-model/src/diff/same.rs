//! When two values are no difference.

use serde_json::Value;

/// Whether two values are written alike: order of keys, sorts of numbers and the sign of zero included.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((key, value), (other_key, other_value))| {
                        key == other_key && is_same(value, other_value)
                    })
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Number(number), Value::Number(other)) if number.is_f64() => {
            // `-0.0` and `0.0` are equal to each other, but not the same text.
            number == other && number.to_string() == other.to_string()
        }
        _ => one == other,
    }
}
