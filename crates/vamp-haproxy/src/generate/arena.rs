//! Where the words of all gateways are while a configuration is made.

use bumpalo::Bump;
use bumpalo::collections::String;

use crate::text::{Text, Word};

/// Words and texts in a few large pieces of memory that are freed together. A gateway has some forty of them, one behind the other in the
/// order in which they are written later.
#[derive(Default)]
pub(super) struct Arena(Bump);

impl Arena {
    /// The word that the pieces are together.
    pub(super) fn word<const N: usize>(&self, pieces: [&str; N]) -> Word<'_> {
        Word::trusted(self.joined(pieces))
    }

    /// The text that the pieces are together.
    pub(super) fn text<const N: usize>(&self, pieces: [&str; N]) -> Text<'_> {
        Text::trusted(self.joined(pieces))
    }

    fn joined<const N: usize>(&self, pieces: [&str; N]) -> &str {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        let mut joined = String::with_capacity_in(length, &self.0);
        for piece in pieces {
            joined.push_str(piece);
        }
        joined.into_bump_str()
    }
}
