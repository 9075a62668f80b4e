//! Conditional blocks: section 2.4 of the configuration manual.

use super::{Branch, Document, LineKind};

/// A conditional block, from its `.if` to its `.endif`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConditionalBlock {
    /// How many blocks are around it.
    pub depth: usize,
    /// Its `.if`, the `.elif`s and the `.else`, in their order.
    pub branches: Vec<BranchLine>,
    /// The line of its `.endif`, from 1; none when it is missing, and the block goes to the end.
    pub end: Option<usize>,
}

/// A line that begins a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BranchLine {
    /// What it is.
    pub branch: Branch,
    /// The line, from 1.
    pub line: usize,
}

impl ConditionalBlock {
    /// Whether a line, from 1, depends on the block's conditions. Its own lines do not.
    #[must_use]
    pub fn contains(&self, line: usize) -> bool {
        let Some(first) = self.branches.first() else {
            return false;
        };
        first.line < line
            && self.end.is_none_or(|end| line < end)
            && self.branches.iter().all(|branch| branch.line != line)
    }
}

impl Document {
    /// The conditional blocks, in the order of their `.if`s. Branches without an `.if` are in none; they are
    /// [problems](Self::problems).
    #[must_use]
    pub fn conditional_blocks(&self) -> Vec<ConditionalBlock> {
        let mut blocks: Vec<ConditionalBlock> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for line in self.lines() {
            let LineKind::Condition(branch) = line.kind() else {
                continue;
            };
            let found = BranchLine {
                branch,
                line: line.number(),
            };
            if branch == Branch::If {
                open.push(blocks.len());
                blocks.push(ConditionalBlock {
                    depth: open.len() - 1,
                    branches: vec![found],
                    end: None,
                });
                continue;
            }
            let Some(block) = open.last().and_then(|innermost| blocks.get_mut(*innermost)) else {
                continue;
            };
            if branch == Branch::EndIf {
                block.end = Some(found.line);
                open.pop();
            } else {
                block.branches.push(found);
            }
        }
        blocks
    }
}
