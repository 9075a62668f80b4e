use serde_core::Serialize;
use serde_core::ser::{SerializeMap, Serializer};

use super::Type;
use crate::Kind;

/// A mapping of the language: an artifact of a kind, or a part of one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Block {
    /// What paths call it: `breed`, `health_check`.
    pub name: &'static str,
    /// What people call it: `breed`, `health check`.
    pub title: &'static str,
    /// The kind of which it is the artifact; absent for parts of artifacts and for what is no artifact.
    pub kind: Option<Kind>,
    /// What it is for.
    pub meaning: &'static str,
    /// Its fields, in the order in which they are printed.
    pub fields: &'static [Field],
    /// What keys that are no fields are taken for; absent where they are refused.
    pub others: Option<&'static str>,
    /// Other ways to write it.
    pub forms: &'static [Form],
    /// Where the reference tells more: a page below `docs/src/reference`, and a heading on it.
    pub page: &'static str,
}

/// A field of a block.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// Other spellings of the key. Beside the key itself they are refused.
    pub aliases: &'static [&'static str],
    /// What may stand there.
    pub value: Type,
    /// Whether it has to be there, and what is meant where it is not.
    pub presence: Presence,
    /// What a number counts.
    pub unit: Option<&'static str>,
    /// What it is for.
    pub meaning: &'static str,
    /// The only values that are allowed; any value of the type where there are none.
    pub values: &'static [&'static str],
    /// Other ways to write the value.
    pub forms: &'static [Form],
    /// Values of the field `type` beside it with which it goes; all where there are none.
    pub with_type: &'static [&'static str],
    /// Where the block has to stand for the field to be allowed.
    pub place: Place,
    /// The release of the original in which it came, where that was after 0.9.0.
    pub since: Option<&'static str>,
    /// A value, as YAML on one line.
    pub example: &'static str,
}

/// Whether a field has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Presence {
    /// Without it the block is refused.
    Required,
    /// It may be left out, and nothing is meant then.
    Optional,
    /// It may be left out, and this is meant then.
    Default(&'static str),
    /// Vamp finds the value and shows it; what is posted back is accepted.
    Computed,
}

/// Where a block has to stand for one of its fields to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// Everywhere.
    Everywhere,
    /// In a document of its own.
    Document,
}

/// Another way to write something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Form {
    /// What is written.
    pub written: &'static str,
    /// What is meant.
    pub means: &'static str,
}

/// What most fields have, for those that say only what is different.
pub(super) const FIELD: Field = Field {
    name: "",
    aliases: &[],
    value: Type::Text,
    presence: Presence::Optional,
    unit: None,
    meaning: "",
    values: &[],
    forms: &[],
    with_type: &[],
    place: Place::Everywhere,
    since: None,
    example: "",
};

/// `written` and what it means.
pub(super) const fn form(written: &'static str, means: &'static str) -> Form {
    Form { written, means }
}

impl Block {
    /// The field of that name or alias.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.has_name(name))
    }

    /// All keys that it may have, aliases included.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.fields.iter().flat_map(Field::names)
    }
}

impl Field {
    /// Its key, then its aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    fn has_name(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.name)?;
        list(&mut map, "aliases", self.aliases)?;
        map.serialize_entry("type", &self.value)?;
        map.serialize_entry("required", &(self.presence == Presence::Required))?;
        if let Presence::Default(default) = self.presence {
            map.serialize_entry("default", default)?;
        }
        if self.presence == Presence::Computed {
            map.serialize_entry("computed", &true)?;
        }
        if let Some(unit) = self.unit {
            map.serialize_entry("unit", unit)?;
        }
        map.serialize_entry("meaning", self.meaning)?;
        list(&mut map, "values", self.values)?;
        list(&mut map, "forms", self.forms)?;
        list(&mut map, "with_type", self.with_type)?;
        if self.place == Place::Document {
            map.serialize_entry("only_in_documents", &true)?;
        }
        if let Some(since) = self.since {
            map.serialize_entry("since", since)?;
        }
        map.serialize_entry("example", self.example)?;
        map.end()
    }
}

/// An entry that is left out when there is nothing in it.
fn list<M: SerializeMap, T: Serialize>(map: &mut M, key: &'static str, values: &[T]) -> Result<(), M::Error> {
    if values.is_empty() {
        Ok(())
    } else {
        map.serialize_entry(key, values)
    }
}

impl Serialize for Form {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("written", self.written)?;
        map.serialize_entry("means", self.means)?;
        map.end()
    }
}

impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.name)?;
        map.serialize_entry("title", self.title)?;
        if let Some(kind) = self.kind {
            map.serialize_entry("kind", kind.plural())?;
        }
        map.serialize_entry("meaning", self.meaning)?;
        map.serialize_entry("fields", self.fields)?;
        if let Some(others) = self.others {
            map.serialize_entry("others", others)?;
        }
        list(&mut map, "forms", self.forms)?;
        map.end()
    }
}
