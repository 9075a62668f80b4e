//! Kinds on the command line.

use vamp_model::Kind;

use crate::display::similar;

/// The kind that a word names, in singular or plural.
pub(super) fn kind(word: &str) -> Result<Kind, String> {
    Kind::parse(&word.to_lowercase()).ok_or_else(|| {
        let known = Kind::ALL.map(Kind::singular);
        match similar(word, known.iter().copied()) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("kinds are {}", known.join(", ")),
        }
    })
}
