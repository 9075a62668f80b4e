use super::{Escalation, Metadata, Reference};
use crate::Name;

/// What is promised of a cluster's services, and what is done when it is not held.
#[derive(Debug, Clone, PartialEq)]
pub struct Sla {
    /// The name of a stored SLA; absent inside clusters.
    pub name: Option<Name>,
    /// Free-form data of the user.
    pub metadata: Metadata,
    /// What is promised.
    pub kind: SlaKind,
    /// What is done; of several, the reader makes one group that does all of them.
    pub escalations: Vec<Reference<Escalation>>,
}

/// What an SLA promises.
#[derive(Debug, Clone, PartialEq)]
pub enum SlaKind {
    /// `response_time_sliding_window`: the response time over a window stays between two limits.
    ResponseTimeSlidingWindow {
        /// Above this many milliseconds, the escalations run upwards.
        upper: i32,
        /// Below this many milliseconds, they run downwards.
        lower: i32,
        /// Length of the window, in seconds.
        interval: i32,
        /// How long nothing more is done afterwards, in seconds.
        cooldown: i32,
    },
    /// `escalation_only`: nothing by itself; the escalations are run by others.
    EscalationOnly,
    /// Any other type, with whatever parameters it has.
    Generic {
        /// The type.
        kind: String,
        /// Everything that it says.
        parameters: Metadata,
    },
}

/// An SLA of a cluster: by name, or written out.
#[derive(Debug, Clone, PartialEq)]
pub enum SlaReference {
    /// The name of a stored SLA, with escalations of its own.
    Named {
        /// The name.
        name: Name,
        /// Escalations in place of those of the stored one.
        escalations: Vec<Reference<Escalation>>,
    },
    /// An SLA written out, without a name.
    Inline(Sla),
}

impl SlaReference {
    /// The escalations that stand here.
    #[must_use]
    pub fn escalations(&self) -> &[Reference<Escalation>] {
        match self {
            Self::Named { escalations, .. } => escalations,
            Self::Inline(sla) => &sla.escalations,
        }
    }
}
