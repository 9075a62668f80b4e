use super::Metadata;
use crate::{Memory, Name, Quantity};

/// How much of a service runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// Absent for a scale written inside a service.
    pub name: Option<Name>,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// Cores for each instance.
    pub cpu: Quantity,
    /// Memory for each instance.
    pub memory: Memory,
    /// How many instances.
    pub instances: u32,
}
