//! How serde reads types that are written as a mapping of fields.

use std::marker::PhantomData;

use serde_core::de::{Deserialize, DeserializeOwned, Deserializer, Error};
use serde_json::{Map, Value};

/// A mapping that is being read, field by field.
pub(crate) struct JsonFields<E> {
    fields: Map<String, Value>,
    error: PhantomData<E>,
}

impl<E: Error> JsonFields<E> {
    pub(crate) fn of<'de, D: Deserializer<'de, Error = E>>(deserializer: D) -> Result<Self, E> {
        Ok(Self {
            fields: Map::deserialize(deserializer)?,
            error: PhantomData,
        })
    }

    /// The value of a field that must be there.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, E> {
        self.optional(name)?.ok_or_else(|| E::missing_field(name))
    }

    /// The value of a field that may be absent.
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>, E> {
        let value = self.fields.remove(name).map(T::deserialize).transpose();
        value.map_err(|error| E::custom(format_args!("{name}: {error}")))
    }

    /// Refuses a field that nobody asked for; `known` are those there may be.
    pub(crate) fn finish(self, known: &'static [&'static str]) -> Result<(), E> {
        match self.fields.keys().next() {
            Some(name) => Err(E::unknown_field(name, known)),
            None => Ok(()),
        }
    }
}
