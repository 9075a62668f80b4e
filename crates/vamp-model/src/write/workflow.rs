//! Workflows and their schedules.

use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::dialects::Dialects;
use super::{begin, optional};
use crate::{Kind, OffsetDateTime, Period, Schedule, Workflow};

impl Serialize for Workflow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        begin(&mut map, self.name.as_str(), Kind::Workflow, &self.metadata)?;
        map.serialize_entry("breed", &self.breed)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("schedule", &self.schedule)?;
        let variables = &self.environment_variables;
        optional(
            &mut map,
            "environment_variables",
            unless(variables.is_empty(), variables),
        )?;
        optional(&mut map, "scale", self.scale.as_ref())?;
        optional(&mut map, "network", self.network.as_ref())?;
        optional(
            &mut map,
            "arguments",
            unless(self.arguments.is_empty(), &self.arguments),
        )?;
        optional(
            &mut map,
            "instances",
            unless(self.instances.is_empty(), &self.instances),
        )?;
        optional(
            &mut map,
            "dialects",
            unless(self.dialects.is_empty(), &Dialects(&self.dialects)),
        )?;
        optional(&mut map, "health", self.health.as_ref())?;
        optional(&mut map, "health_checks", self.health_checks.as_ref())?;
        map.end()
    }
}

fn unless<T>(is_empty: bool, value: &T) -> Option<&T> {
    (!is_empty).then_some(value)
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Daemon => serializer.serialize_str("daemon"),
            Self::Event { tags } => {
                let event = indexmap::IndexMap::from([("tags", tags)]);
                serializer.collect_map([("event", event)])
            }
            Self::Time {
                period,
                repeat,
                start,
            } => {
                let (period, repeat, start) = (period, repeat.as_ref(), start.as_ref());
                serializer.collect_map([(
                    "time",
                    Time {
                        period,
                        repeat,
                        start,
                    },
                )])
            }
        }
    }
}

struct Time<'s> {
    period: &'s Period,
    repeat: Option<&'s i32>,
    start: Option<&'s OffsetDateTime>,
}

impl Serialize for Time<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("period", self.period)?;
        optional(&mut map, "repeat", self.repeat)?;
        optional(&mut map, "start", self.start)?;
        map.end()
    }
}
