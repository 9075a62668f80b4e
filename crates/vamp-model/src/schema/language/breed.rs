use super::super::block::{Block, FIELD, Field, Place, Presence, form};
use super::super::types::{Key, Type};
use super::common::{ARGUMENTS, HEALTH_CHECKS, IMPORT, KIND, LOOKUP_NAME, METADATA, NAME};
use crate::Kind;

pub(super) static BREED: Block = Block {
    name: "breed",
    title: "breed",
    kind: Some(Kind::Breed),
    meaning: "What runs as a service: an image or a command, the ports on which it listens, the variables \
        that it reads, and the breeds that it needs.",
    fields: &[
        Field {
            meaning: "The name by which others refer to it, often with a version.",
            example: "web:1.0",
            ..NAME
        },
        Field {
            example: "breeds",
            ..KIND
        },
        METADATA,
        Field {
            place: Place::Document,
            ..LOOKUP_NAME
        },
        IMPORT,
        Field {
            name: "deployable",
            value: Type::Block(&DEPLOYABLE),
            presence: Presence::Required,
            meaning: "What is run.",
            forms: &[form("acme/web:1.0", "{definition: acme/web:1.0}")],
            example: "{type: container/docker, definition: acme/web:1.0}",
            ..FIELD
        },
        Field {
            name: "ports",
            value: Type::Mapping {
                key: Key {
                    what: "strict name",
                    example: "http",
                },
                value: &Type::Port,
            },
            presence: Presence::Default("{}"),
            meaning: "The ports on which the service listens, by name. Each needs a value, which may refer \
                to variables and to what dependencies offer.",
            forms: &[form("{http: 8080}", "{http: 8080/http}")],
            example: "{http: 8080/http}",
            ..FIELD
        },
        Field {
            name: "environment_variables",
            aliases: &["env"],
            value: Type::Mapping {
                key: Key {
                    what: "name",
                    example: "TIMEOUT",
                },
                value: &Type::Text,
            },
            presence: Presence::Default("{}"),
            meaning: "The environment variables that the service reads, by name. `name[ALIAS]` gives the \
                container another name than the one that is used in blueprints. One without a value has to \
                be set by a blueprint.",
            example: "{TIMEOUT: 30, 'level[LOG_LEVEL]': info}",
            ..FIELD
        },
        Field {
            name: "constants",
            value: Type::Mapping {
                key: Key {
                    what: "strict name",
                    example: "version",
                },
                value: &Type::Text,
            },
            presence: Presence::Default("{}"),
            meaning: "Values that others may refer to, and that no container sees. Each needs a value.",
            example: "{version: '1.0'}",
            ..FIELD
        },
        ARGUMENTS,
        Field {
            name: "dependencies",
            value: Type::Mapping {
                key: Key {
                    what: "alias",
                    example: "db",
                },
                value: &Type::Reference(&BREED),
            },
            presence: Presence::Default("{}"),
            meaning: "The breeds that have to run in the same deployment, by the alias under which values \
                refer to them. A name that ends in `*` stands for any breed whose name begins like it.",
            forms: &[
                form("{db: 'postgres:9'}", "{db: {reference: 'postgres:9'}}"),
                form("{db: {breed: 'postgres:9'}}", "{db: {reference: 'postgres:9'}}"),
            ],
            example: "{db: 'postgres:9'}",
            ..FIELD
        },
        HEALTH_CHECKS,
    ],
    others: None,
    forms: &[
        form("web:1.0", "{reference: 'web:1.0'}"),
        form("{ref: 'web:1.0'}", "{reference: 'web:1.0'}"),
    ],
    page: "breed.md#fields",
};

pub(super) static DEPLOYABLE: Block = Block {
    name: "deployable",
    title: "deployable",
    kind: None,
    meaning: "An image, a command or a script, and who can run it.",
    fields: &[
        Field {
            name: "type",
            meaning: "Who can run it: `container/docker` (or `docker`), `container/rkt` (or `rkt`), \
                `command` (or `cmd`), `process`, `application/javascript` for scripts of workflows. Without \
                one it is `vamp.model.default-deployable-type`, which is `container/docker` unless it is \
                set.",
            example: "container/docker",
            ..FIELD
        },
        Field {
            name: "definition",
            presence: Presence::Required,
            meaning: "The image, the command line or the script, as the type says.",
            example: "acme/web:1.0",
            ..FIELD
        },
    ],
    others: None,
    forms: &[form("acme/web:1.0", "{definition: acme/web:1.0}")],
    page: "breed.md#deployable",
};
