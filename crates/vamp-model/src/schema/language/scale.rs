use super::super::block::{Block, FIELD, Field, Presence, form};
use super::super::types::Type;
use super::common::{DOCUMENT_NAME, IMPORT, KIND, METADATA};
use crate::Kind;

pub(super) static SCALE: Block = Block {
    name: "scale",
    title: "scale",
    kind: Some(Kind::Scale),
    meaning: "How much of a service runs: how many instances, with how much processor and memory each.",
    fields: &[
        DOCUMENT_NAME,
        Field {
            example: "scales",
            ..KIND
        },
        METADATA,
        IMPORT,
        Field {
            name: "cpu",
            value: Type::Quantity,
            presence: Presence::Required,
            unit: Some("cores"),
            meaning: "The share of the processor for each instance.",
            forms: &[form("500m", "0.5")],
            example: "0.2",
            ..FIELD
        },
        Field {
            name: "memory",
            value: Type::Memory,
            presence: Presence::Required,
            meaning: "The memory for each instance, with its unit.",
            forms: &[form("1GB", "1000.00MB"), form("64 Mi", "65.54MB")],
            example: "64MB",
            ..FIELD
        },
        Field {
            name: "instances",
            value: Type::Integer,
            presence: Presence::Default("1"),
            meaning: "How many instances run; not below 0.",
            example: "2",
            ..FIELD
        },
    ],
    others: None,
    forms: &[
        form("small", "{reference: small}"),
        form("{ref: small}", "{reference: small}"),
    ],
    page: "scale.md#fields",
};
