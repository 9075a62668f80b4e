//! SLAs and escalations.

use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::{begin, optional};
use crate::{
    Escalation, EscalationKind, Kind, Metadata, Name, Reference, Scaling, Sla, SlaKind, SlaReference,
};

/// `name`, `kind` and `metadata` of an artifact that may have no name; without one, only metadata that say something.
fn begin_named<M: SerializeMap>(
    map: &mut M,
    name: Option<&Name>,
    kind: Kind,
    metadata: &Metadata,
) -> Result<(), M::Error> {
    match name {
        Some(name) => begin(map, name.as_str(), kind, metadata),
        None if metadata.is_empty() => Ok(()),
        None => map.serialize_entry("metadata", metadata),
    }
}

impl Serialize for Sla {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        begin_named(&mut map, self.name.as_ref(), Kind::Sla, &self.metadata)?;
        map.serialize_entry("type", self.kind.as_str())?;
        match &self.kind {
            SlaKind::ResponseTimeSlidingWindow {
                upper,
                lower,
                interval,
                cooldown,
            } => {
                map.serialize_entry(
                    "window",
                    &Pair([("interval", *interval), ("cooldown", *cooldown)]),
                )?;
                map.serialize_entry("threshold", &Pair([("upper", *upper), ("lower", *lower)]))?;
            }
            SlaKind::EscalationOnly => {}
            SlaKind::Generic { parameters, .. } => map.serialize_entry("parameters", parameters)?,
        }
        map.serialize_entry("escalations", &self.escalations)?;
        map.end()
    }
}

/// A mapping of two numbers.
struct Pair([(&'static str, i32); 2]);

impl Serialize for Pair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0)
    }
}

impl SlaKind {
    /// The word under `type`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ResponseTimeSlidingWindow { .. } => "response_time_sliding_window",
            Self::EscalationOnly => "escalation_only",
            Self::Generic { kind, .. } => kind,
        }
    }
}

impl Serialize for SlaReference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named { name, escalations } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("reference", name)?;
                map.serialize_entry("escalations", escalations)?;
                map.end()
            }
            Self::Inline(sla) => sla.serialize(serializer),
        }
    }
}

impl Serialize for Escalation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        begin_named(&mut map, self.name.as_ref(), Kind::Escalation, &self.metadata)?;
        map.serialize_entry("type", self.kind.as_str())?;
        match &self.kind {
            EscalationKind::ToAll(escalations) | EscalationKind::ToOne(escalations) => {
                map.serialize_entry::<_, [Reference<Escalation>]>("escalations", escalations)?;
            }
            EscalationKind::ScaleInstances(scaling) => write_scaling(&mut map, scaling)?,
            EscalationKind::ScaleCpu(scaling) | EscalationKind::ScaleMemory(scaling) => {
                write_scaling(&mut map, scaling)?;
            }
            EscalationKind::Generic { parameters, .. } => map.serialize_entry("parameters", parameters)?,
        }
        map.end()
    }
}

fn write_scaling<M: SerializeMap, N: Serialize>(map: &mut M, scaling: &Scaling<N>) -> Result<(), M::Error> {
    optional(map, "target", scaling.target.as_ref())?;
    map.serialize_entry("minimum", &scaling.minimum)?;
    map.serialize_entry("maximum", &scaling.maximum)?;
    map.serialize_entry("scale_by", &scaling.scale_by)
}

impl EscalationKind {
    /// The word under `type`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ToAll(_) => "to_all",
            Self::ToOne(_) => "to_one",
            Self::ScaleInstances(_) => "scale_instances",
            Self::ScaleCpu(_) => "scale_cpu",
            Self::ScaleMemory(_) => "scale_memory",
            Self::Generic { kind, .. } => kind,
        }
    }
}
