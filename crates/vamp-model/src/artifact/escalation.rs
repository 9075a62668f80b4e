use super::{Metadata, Reference};
use crate::Name;

/// Something that is done when an SLA is not held.
#[derive(Debug, Clone, PartialEq)]
pub struct Escalation {
    /// The name of a stored escalation; absent inside SLAs and groups.
    pub name: Option<Name>,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// What is done.
    pub kind: EscalationKind,
}

/// What an escalation does.
#[derive(Debug, Clone, PartialEq)]
pub enum EscalationKind {
    /// `to_all`: each of the escalations is run.
    ToAll(Vec<Reference<Escalation>>),
    /// `to_one`: the first of the escalations that can do something is run.
    ToOne(Vec<Reference<Escalation>>),
    /// `scale_instances`: the number of instances is changed.
    ScaleInstances(Scaling<i32>),
    /// `scale_cpu`: the share of CPU of each instance is changed, in cores.
    ScaleCpu(Scaling<f64>),
    /// `scale_memory`: the memory of each instance is changed, in MB.
    ScaleMemory(Scaling<f64>),
    /// Any other type, with whatever parameters it has.
    Generic {
        /// The type.
        kind: String,
        /// Everything that it says.
        parameters: Metadata,
    },
}

/// How a scale is changed, step by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling<N> {
    /// The lowest value.
    pub minimum: N,
    /// The highest value.
    pub maximum: N,
    /// The step.
    pub scale_by: N,
    /// The cluster whose services are scaled; absent for the cluster of the SLA.
    pub target: Option<String>,
}
