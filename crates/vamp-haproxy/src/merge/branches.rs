//! Which lines HAProxy never reads both of.

use super::place::{At, Files};
use crate::document::ConditionalBlock;

/// The conditional blocks of all files.
pub(super) struct Branches {
    files: Vec<Vec<ConditionalBlock>>,
}

impl Branches {
    pub(super) fn of(files: &Files<'_>) -> Self {
        let blocks = files.all().map(|(_, document)| document.conditional_blocks());
        Self {
            files: blocks.collect(),
        }
    }

    /// Whether two lines stand in different branches of one block.
    pub(super) fn exclude(&self, one: At, other: At) -> bool {
        one.file == other.file
            && self.files.get(one.file).is_some_and(|blocks| {
                blocks
                    .iter()
                    .any(|block| match (branch(block, one), branch(block, other)) {
                        (Some(one), Some(other)) => one != other,
                        _ => false,
                    })
            })
    }
}

/// In which branch of a block a line stands.
fn branch(block: &ConditionalBlock, at: At) -> Option<usize> {
    let before = block.branches.iter().filter(|branch| branch.line < at.line);
    block.contains(at.line).then(|| before.count())
}
