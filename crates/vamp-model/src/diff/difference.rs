//! One difference, for people and for programs.

use std::fmt;

use serde_core::de::Error as _;
use serde_core::ser::{SerializeMap, Serializer};
use serde_core::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::ValuePath;
use crate::json_fields::JsonFields;
use crate::write::inline;

/// A place at which two artifacts differ, and how.
///
/// Prints as `path: old → new`, `+ path: value`, `- path: value` or `path: order a, b → b, a`. As JSON it is a mapping of `path`,
/// `change` (`replaced`, `added`, `removed` or `reordered`), and `old` and `new` as far as there are such.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The value concerned: in the old artifact where it is removed, else in the new one.
    pub path: ValuePath,
    /// What has become of it.
    pub change: Change,
}

/// What has become of a value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// Another value stands at the same place.
    Replaced {
        /// What stood there.
        old: Value,
        /// What stands there now.
        new: Value,
    },
    /// A key or element that was not there.
    Added {
        /// What stands there now.
        new: Value,
        /// The key of the old mapping before which it stands; at the end where absent, and always absent for elements of lists.
        before: Option<String>,
    },
    /// A key or element that is there no longer.
    Removed {
        /// What stood there.
        old: Value,
    },
    /// A mapping whose keys stand in another order; those that are added or removed are left out.
    Reordered {
        /// The keys as they stood.
        old: Vec<String>,
        /// The same keys as they stand now.
        new: Vec<String>,
    },
}

impl Difference {
    /// The value that was there: absent where one is added, and a list of keys where only their order is another.
    #[must_use]
    pub fn old_value(&self) -> Option<Value> {
        match &self.change {
            Change::Replaced { old, .. } | Change::Removed { old } => Some(old.clone()),
            Change::Reordered { old, .. } => Some(Value::from(old.as_slice())),
            Change::Added { .. } => None,
        }
    }

    /// The value that is there now: absent where one is removed, and a list of keys where only their order is another.
    #[must_use]
    pub fn new_value(&self) -> Option<Value> {
        match &self.change {
            Change::Replaced { new, .. } | Change::Added { new, .. } => Some(new.clone()),
            Change::Reordered { new, .. } => Some(Value::from(new.as_slice())),
            Change::Removed { .. } => None,
        }
    }
}

impl Change {
    const fn word(&self) -> &'static str {
        match self {
            Self::Replaced { .. } => "replaced",
            Self::Added { .. } => "added",
            Self::Removed { .. } => "removed",
            Self::Reordered { .. } => "reordered",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self.path.segments() {
            [] => "(all)".to_owned(),
            _ => self.path.to_string(),
        };
        match &self.change {
            Change::Replaced { old, new } => write!(f, "{path}: {} → {}", inline(old), inline(new)),
            Change::Added { new, before: None } => write!(f, "+ {path}: {}", inline(new)),
            Change::Added {
                new,
                before: Some(before),
            } => write!(f, "+ {path}: {} (before {before})", inline(new)),
            Change::Removed { old } => write!(f, "- {path}: {}", inline(old)),
            Change::Reordered { old, new } => {
                write!(f, "{path}: order {} → {}", old.join(", "), new.join(", "))
            }
        }
    }
}

impl Serialize for Difference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", &self.path.to_string())?;
        map.serialize_entry("change", self.change.word())?;
        match &self.change {
            Change::Replaced { old, new } => {
                map.serialize_entry("old", old)?;
                map.serialize_entry("new", new)?;
            }
            Change::Added { new, before } => {
                map.serialize_entry("new", new)?;
                if let Some(before) = before {
                    map.serialize_entry("before", before)?;
                }
            }
            Change::Removed { old } => map.serialize_entry("old", old)?,
            Change::Reordered { old, new } => {
                map.serialize_entry("old", old)?;
                map.serialize_entry("new", new)?;
            }
        }
        map.end()
    }
}

/// The fields of the JSON form, of which `change` says which ones there are.
const FIELDS: [&str; 5] = ["path", "change", "old", "new", "before"];

impl<'de> Deserialize<'de> for Difference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = JsonFields::of(deserializer)?;
        let path: String = fields.required("path")?;
        let path = path.parse().map_err(D::Error::custom)?;
        let change: String = fields.required("change")?;
        let (old, new) = (fields.optional("old")?, fields.optional("new")?);
        let before = fields.optional::<Option<String>>("before")?.flatten();
        fields.finish(&FIELDS)?;
        let change = match (change.as_str(), old, new, before) {
            ("replaced", Some(old), Some(new), None) => Change::Replaced { old, new },
            ("added", None, Some(new), before) => Change::Added { new, before },
            ("removed", Some(old), None, None) => Change::Removed { old },
            ("reordered", Some(old), Some(new), None) => Change::Reordered {
                old: Vec::deserialize(old).map_err(D::Error::custom)?,
                new: Vec::deserialize(new).map_err(D::Error::custom)?,
            },
            ("replaced" | "added" | "removed" | "reordered", ..) => {
                return Err(D::Error::custom(format!(
                    "a change '{change}' has other values than those given"
                )));
            }
            _ => {
                let message = "a change is one of replaced, added, removed, reordered";
                return Err(D::Error::custom(message));
            }
        };
        Ok(Self { path, change })
    }
}
