//! Events and questions for them.

use std::ops::Bound;

use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::optional;
use crate::{Aggregator, Event, EventQuery, TimeRange};

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        optional(&mut map, "id", self.id.as_ref())?;
        optional(&mut map, "version", self.version.as_ref())?;
        map.serialize_entry("tags", &self.tags)?;
        let value = self.value.as_ref().filter(|value| !value.is_null());
        optional(&mut map, "value", value)?;
        optional(&mut map, "timestamp", self.timestamp.as_ref())?;
        map.serialize_entry("type", &self.kind)?;
        optional(&mut map, "digest", self.digest.as_ref())?;
        map.end()
    }
}

impl Serialize for EventQuery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("tags", &self.tags)?;
        optional(&mut map, "type", self.kind.as_ref())?;
        optional(
            &mut map,
            "timestamp",
            Some(&self.time).filter(|time| !time.is_unbounded()),
        )?;
        optional(&mut map, "aggregator", self.aggregator.as_ref())?;
        map.end()
    }
}

impl Serialize for TimeRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (bound, excluded, included) in [(&self.to, "lt", "lte"), (&self.from, "gt", "gte")] {
            match bound {
                Bound::Excluded(time) => map.serialize_entry(excluded, time)?,
                Bound::Included(time) => map.serialize_entry(included, time)?,
                Bound::Unbounded => {}
            }
        }
        map.end()
    }
}

impl Serialize for Aggregator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &self.kind)?;
        optional(&mut map, "field", self.field.as_ref())?;
        map.end()
    }
}
