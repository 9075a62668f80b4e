//! Breeds and scales.

use vamp_model::{Breed, Scale};

use super::{Answer, read_and_written};

pub(crate) fn answer(kind: &str, text: &str) -> Option<Answer> {
    Some(match kind {
        "breed" => read_and_written::<Breed>(text),
        "scale" => read_and_written::<Scale>(text),
        _ => return None,
    })
}
