use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::begin;
use crate::{Kind, Template};

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        begin(&mut map, self.name.as_str(), Kind::Template, &self.metadata)?;
        map.serialize_entry("definition", &self.definition)?;
        map.end()
    }
}
