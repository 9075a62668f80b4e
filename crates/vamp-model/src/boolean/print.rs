use std::fmt;

use super::Expression;

/// As it is read again: with the parentheses that the shape of the formula needs and no others.
impl<T: fmt::Display> fmt::Display for Expression<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(left, right) => {
                write!(f, "{left} or ")?;
                enclosed(f, right, matches!(**right, Self::Or(..)))
            }
            Self::And(left, right) => {
                enclosed(f, left, matches!(**left, Self::Or(..)))?;
                f.write_str(" and ")?;
                enclosed(f, right, matches!(**right, Self::And(..) | Self::Or(..)))
            }
            Self::Not(inner) => {
                f.write_str("not ")?;
                let is_single = matches!(**inner, Self::Leaf(_) | Self::True | Self::False);
                enclosed(f, inner, !is_single)
            }
            Self::True => f.write_str("true"),
            Self::False => f.write_str("false"),
            Self::Leaf(leaf) => leaf.fmt(f),
        }
    }
}

fn enclosed<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    expression: &Expression<T>,
    enclose: bool,
) -> fmt::Result {
    if enclose {
        write!(f, "({expression})")
    } else {
        fmt::Display::fmt(expression, f)
    }
}
