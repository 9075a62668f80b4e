use super::super::block::{Block, FIELD, Field, Presence};
use super::super::types::Type;
use super::common::{IMPORT, KIND, METADATA, NAME};
use crate::Kind;

pub(super) static TEMPLATE: Block = Block {
    name: "template",
    title: "template",
    kind: Some(Kind::Template),
    meaning: "A part of documents that others import.",
    fields: &[
        Field {
            example: "defaults",
            ..NAME
        },
        Field {
            example: "templates",
            ..KIND
        },
        METADATA,
        IMPORT,
        Field {
            name: "definition",
            aliases: &["def"],
            value: Type::Data,
            presence: Presence::Default("{}"),
            meaning: "What is merged into a document that imports the template.",
            since: Some("0.9.4"),
            example: "{dialects: {docker: {}}}",
            ..FIELD
        },
    ],
    others: None,
    forms: &[],
    page: "template.md#templates",
};
