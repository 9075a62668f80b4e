use indexmap::IndexMap;

use super::{
    Argument, Breed, Dialects, Health, HealthCheck, Instance, Metadata, Reference, Scale, Schedule,
    WorkflowStatus,
};
use crate::{Name, lookup};

/// A breed that is run by events, by time, or always.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// The name. No deployment has the same one.
    pub name: Name,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// What runs.
    pub breed: Reference<Breed>,
    /// What it is doing, or shall do.
    pub status: WorkflowStatus,
    /// When it runs.
    pub schedule: Schedule,
    /// Values of the breed's variables, by name.
    pub environment_variables: IndexMap<Name, Option<String>>,
    /// How much of it runs.
    pub scale: Option<Reference<Scale>>,
    /// The container network.
    pub network: Option<String>,
    /// Arguments of the container runtime, after those of the breed.
    pub arguments: Vec<Argument>,
    /// The instances that run: found by the engine, kept when posted back.
    pub instances: Vec<Instance>,
    /// Texts of container platforms.
    pub dialects: Dialects,
    /// Counts of instances: found by the engine, kept in the store, ignored in what users write.
    pub health: Option<Health>,
    /// Health checks in place of the breed's; absent is not the same as none at all.
    pub health_checks: Option<Vec<HealthCheck>>,
}

impl Workflow {
    /// A workflow that is about to start, and nothing else.
    #[must_use]
    pub fn new(name: Name, breed: Reference<Breed>, schedule: Schedule) -> Self {
        Self {
            name,
            metadata: Metadata::new(),
            breed,
            status: WorkflowStatus::default(),
            schedule,
            environment_variables: IndexMap::new(),
            scale: None,
            network: None,
            arguments: Vec::new(),
            instances: Vec::new(),
            dialects: Dialects::new(),
            health: None,
            health_checks: None,
        }
    }

    /// The hashed name by which other programs know the workflow.
    #[must_use]
    pub fn lookup_name(&self) -> String {
        lookup::workflow(self.name.as_str())
    }
}
