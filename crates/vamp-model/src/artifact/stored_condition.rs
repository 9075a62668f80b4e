use super::{Metadata, Reference};
use crate::{Condition, Name};

/// A condition as an artifact: stored under a name, or written out in a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCondition {
    /// The name of a stored condition; absent inside routes.
    pub name: Option<Name>,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// What it says.
    pub condition: Condition,
}

impl From<Condition> for StoredCondition {
    fn from(condition: Condition) -> Self {
        Self {
            name: None,
            metadata: Metadata::new(),
            condition,
        }
    }
}

impl From<Condition> for Reference<StoredCondition> {
    fn from(condition: Condition) -> Self {
        Self::Inline(condition.into())
    }
}
