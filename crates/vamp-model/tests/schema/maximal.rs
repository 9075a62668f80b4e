//! Documents that have every field, made from the description alone.

use serde_json::{Map, Value};
use vamp_model::schema::{Block, Field, Place, Type};
use vamp_model::{Format, read_value};

/// A block with every field that may stand in it.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// The block's type, where it has several.
    pub(crate) variant: &'static str,
    pub(crate) value: Value,
}

/// Which fields are left out, by the names of block and field.
pub(crate) type LeftOut = [(&'static str, &'static str)];

/// A document of a block for each of its types.
pub(crate) fn samples(block: &'static Block, left_out: &LeftOut) -> Vec<Sample> {
    let variants = variants(block);
    let sample = |variant: &&'static str| Sample {
        variant,
        value: Value::Object(
            Maker {
                left_out,
                around: Vec::new(),
            }
            .block(block, variant),
        ),
    };
    variants.iter().map(sample).collect()
}

/// The types of a block; one without a name where it has none.
fn variants(block: &Block) -> Vec<&'static str> {
    let mut variants: Vec<&'static str> = Vec::new();
    for variant in block.fields.iter().flat_map(|field| field.with_type) {
        if !variants.contains(variant) {
            variants.push(variant);
        }
    }
    if variants.is_empty() { vec![""] } else { variants }
}

struct Maker<'l> {
    left_out: &'l LeftOut,
    /// The blocks around, from outside.
    around: Vec<&'static Block>,
}

impl Maker<'_> {
    fn block(&mut self, block: &'static Block, variant: &str) -> Map<String, Value> {
        let is_document = self.around.is_empty();
        self.around.push(block);
        let mut map = Map::new();
        for field in block.fields {
            let is_there = field.with_type.is_empty() || field.with_type.contains(&variant);
            let is_left_out = self.left_out.contains(&(block.name, field.name));
            if !is_there || is_left_out || (field.place == Place::Document && !is_document) {
                continue;
            }
            let value = match (field.name, variant) {
                ("type", "any other") => Value::from("custom"),
                ("type", variant) if !variant.is_empty() => Value::from(variant),
                _ => self.field(field),
            };
            map.insert(field.name.to_owned(), value);
        }
        self.around.pop();
        map
    }

    fn field(&mut self, field: &'static Field) -> Value {
        match field.value.block() {
            // A block inside itself is told by its example, which ends.
            Some(block) if !self.around.iter().any(|around| std::ptr::eq(*around, block)) => {
                self.value(&field.value)
            }
            _ => example(field),
        }
    }

    fn value(&mut self, value: &Type) -> Value {
        match value {
            Type::Block(block) | Type::Reference(block) => {
                let variant = variants(block)[0];
                Value::Object(self.block(block, variant))
            }
            Type::Mapping { key, value } => Value::Object(
                [(key.example.to_owned(), self.value(value))]
                    .into_iter()
                    .collect(),
            ),
            Type::List(value) => Value::Array(vec![self.value(value)]),
            scalar => panic!("{scalar} is no block"),
        }
    }
}

pub(crate) fn example(field: &Field) -> Value {
    read_value(field.example, Format::Yaml).unwrap_or_else(|problems| panic!("{}: {problems}", field.example))
}
