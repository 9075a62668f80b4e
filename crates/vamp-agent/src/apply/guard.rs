//! Which values are believed.

use std::fmt;

/// What the guard looks at in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sized {
    /// SHA-256 of the value.
    pub(crate) hash: String,
    /// Number of its backends.
    pub(crate) backends: usize,
}

/// Why a value is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It has no text.
    Empty,
    /// It is not there any more.
    Absent,
    /// It drops more backends than is believed without a sign.
    Shrinks {
        /// Backends of what is served, or was believed before.
        from: usize,
        /// Backends of the value that is held back.
        to: usize,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("held back: the configuration in the store is empty"),
            Self::Absent => formatter.write_str("held back: the configuration in the store is gone"),
            Self::Shrinks { from, to } => write!(
                formatter,
                "held back: it has {to} backends where {from} are served, and nothing says that this is meant"
            ),
        }
    }
}

/// Whether a value may be applied after these: what is served, and the one that was believed last, which may have failed to run.
///
/// `largest_shrink` is the share of backends, 0 to 1, that a value may drop without naming in `shrink_meant_from` the
/// hash of one of these.
pub(crate) fn believe<'a>(
    before: impl Iterator<Item = &'a Sized> + Clone,
    value: &str,
    backends: usize,
    shrink_meant_from: &[String],
    largest_shrink: f64,
) -> Result<(), Doubt> {
    if value.trim().is_empty() {
        return Err(Doubt::Empty);
    }
    let meant = before
        .clone()
        .any(|before| shrink_meant_from.contains(&before.hash));
    let most = before.map(|before| before.backends).max().unwrap_or(0);
    let lost = most.saturating_sub(backends);
    if meant || as_share(lost, most) <= largest_shrink {
        Ok(())
    } else {
        Err(Doubt::Shrinks {
            from: most,
            to: backends,
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of backends are far below 2^52"
)]
fn as_share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Number of backend sections of a configuration text.
pub(crate) fn count_backends(text: &str) -> usize {
    let begins_backend = |line: &&str| {
        let after = line.trim_ascii_start().strip_prefix("backend");
        after.is_some_and(|after| {
            after.is_empty() || after.starts_with(|next: char| next.is_ascii_whitespace())
        })
    };
    text.lines().filter(begins_backend).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(backends: usize) -> Sized {
        Sized {
            hash: "aa".to_owned(),
            backends,
        }
    }

    #[test]
    fn half_is_believed_and_more_than_half_is_not() {
        let ten = [before(10)];
        assert_eq!(believe(ten.iter(), "x", 5, &[], 0.5), Ok(()));
        assert_eq!(
            believe(ten.iter(), "x", 4, &[], 0.5),
            Err(Doubt::Shrinks { from: 10, to: 4 })
        );
    }

    #[test]
    fn a_value_that_does_not_run_is_not_what_is_served() {
        let invalid = Sized {
            hash: "bb".to_owned(),
            backends: 5,
        };
        let both = [before(10), invalid];
        assert_eq!(
            believe(both.iter(), "x", 3, &[], 0.5),
            Err(Doubt::Shrinks { from: 10, to: 3 })
        );
        assert_eq!(believe(both.iter(), "x", 3, &["bb".to_owned()], 0.5), Ok(()));
    }

    #[test]
    fn a_shrink_that_names_what_runs_is_believed() {
        let ten = [before(10)];
        assert_eq!(believe(ten.iter(), "x", 0, &["aa".to_owned()], 0.5), Ok(()));
        assert!(believe(ten.iter(), "x", 0, &["bb".to_owned()], 0.5).is_err());
    }

    #[test]
    fn an_empty_value_is_never_believed() {
        assert_eq!(believe([].iter(), " \n", 0, &[], 1.0), Err(Doubt::Empty));
        assert_eq!(
            believe([before(1)].iter(), "", 0, &["aa".to_owned()], 1.0),
            Err(Doubt::Empty)
        );
    }

    #[test]
    fn the_first_value_is_believed() {
        assert_eq!(believe([].iter(), "x", 0, &[], 0.5), Ok(()));
    }

    #[test]
    fn backends_are_counted_by_their_section_lines() {
        assert_eq!(
            count_backends(
                "frontend a\n  default_backend b\nbackend b\n  mode tcp\n\tbackend\tc\nbackends\n"
            ),
            2
        );
    }
}
