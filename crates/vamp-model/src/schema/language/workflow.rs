use super::super::block::{Block, FIELD, Field, Presence, form};
use super::super::types::{Key, Type};
use super::blueprint::HEALTH_OF_SERVICE;
use super::breed::BREED;
use super::common::{ARGUMENTS, DIALECTS, HEALTH_CHECKS, IMPORT, KIND, LOOKUP_NAME, METADATA, NAME, NETWORK};
use super::scale::SCALE;
use crate::Kind;

pub(super) static WORKFLOW: Block = Block {
    name: "workflow",
    title: "workflow",
    kind: Some(Kind::Workflow),
    meaning: "A breed, often a script, that runs always, at times, or when something happens.",
    fields: &[
        Field {
            example: "canary",
            ..NAME
        },
        Field {
            example: "workflows",
            ..KIND
        },
        METADATA,
        LOOKUP_NAME,
        IMPORT,
        Field {
            name: "breed",
            value: Type::Reference(&BREED),
            presence: Presence::Required,
            meaning: "What runs.",
            example: "canary:1.0",
            ..FIELD
        },
        Field {
            name: "status",
            presence: Presence::Default("starting"),
            meaning: "What is wanted, or how far it is; in any case.",
            values: &[
                "starting",
                "running",
                "stopping",
                "suspending",
                "suspended",
                "restarting",
            ],
            example: "running",
            ..FIELD
        },
        Field {
            name: "schedule",
            value: Type::Block(&SCHEDULE),
            presence: Presence::Required,
            meaning: "When it runs.",
            forms: &[
                form("daemon", "always"),
                form("{event: archive}", "{event: {tags: [archive]}}"),
                form("{time: PT10M}", "{time: {period: PT10M}}"),
            ],
            example: "{time: {period: PT10M}}",
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
            meaning: "Values of variables that the breed declares. They go before the breed's.",
            example: "{TIMEOUT: 10}",
            ..FIELD
        },
        Field {
            name: "scale",
            value: Type::Reference(&SCALE),
            meaning: "How much of it runs. Without one it is `vamp.workflow-driver.workflow.scale`.",
            example: "{cpu: 0.1, memory: 64MB}",
            ..FIELD
        },
        NETWORK,
        Field {
            meaning: "Parameters of the container runtime; of several with the same key the last counts, \
                those of the workflow behind those of the breed.",
            ..ARGUMENTS
        },
        Field {
            name: "instances",
            value: Type::List(&Type::Block(&INSTANCE)),
            presence: Presence::Computed,
            meaning: "The instances that run.",
            example: "[]",
            ..FIELD
        },
        DIALECTS,
        Field {
            value: Type::Data,
            meaning: "How many instances there are in which state. It is ignored when it is posted.",
            ..HEALTH_OF_SERVICE
        },
        HEALTH_CHECKS,
    ],
    others: None,
    forms: &[],
    page: "workflow.md#workflows",
};

static SCHEDULE: Block = Block {
    name: "schedule",
    title: "schedule",
    kind: None,
    meaning: "When a workflow runs. Where both are given, `time` counts.",
    fields: &[
        Field {
            name: "event",
            value: Type::Block(&EVENT_SCHEDULE),
            meaning: "It runs when an event has all of these tags.",
            forms: &[
                form("archive", "{tags: [archive]}"),
                form("[archive, breeds]", "{tags: [archive, breeds]}"),
            ],
            example: "{tags: [archive]}",
            ..FIELD
        },
        Field {
            name: "time",
            value: Type::Block(&TIME_SCHEDULE),
            meaning: "It runs again and again.",
            forms: &[form("PT10M", "{period: PT10M}")],
            example: "{period: PT10M}",
            ..FIELD
        },
    ],
    others: None,
    forms: &[form("daemon", "always")],
    page: "workflow.md#schedules",
};

static EVENT_SCHEDULE: Block = Block {
    name: "event_schedule",
    title: "schedule by events",
    kind: None,
    meaning: "Which events start a workflow.",
    fields: &[Field {
        name: "tags",
        value: Type::List(&Type::Text),
        presence: Presence::Default("[]"),
        meaning: "Tags that the event has to have, all of them.",
        forms: &[form("archive", "[archive]")],
        example: "[archive]",
        ..FIELD
    }],
    others: None,
    forms: &[form("archive", "{tags: [archive]}")],
    page: "workflow.md#schedules",
};

static TIME_SCHEDULE: Block = Block {
    name: "time_schedule",
    title: "schedule by time",
    kind: None,
    meaning: "How often a workflow is started.",
    fields: &[
        Field {
            name: "period",
            value: Type::Period,
            presence: Presence::Required,
            meaning: "The time from one start to the next.",
            example: "PT10M",
            ..FIELD
        },
        Field {
            name: "repeat",
            value: Type::Integer,
            meaning: "How often it is started again; for ever where it is absent.",
            example: "10",
            ..FIELD
        },
        Field {
            name: "start",
            value: Type::Timestamp,
            presence: Presence::Default("now"),
            meaning: "When it is started first.",
            example: "2030-01-01T00:00:00Z",
            ..FIELD
        },
    ],
    others: None,
    forms: &[form("PT10M", "{period: PT10M}")],
    page: "workflow.md#schedules",
};

pub(super) static INSTANCE: Block = Block {
    name: "instance",
    title: "instance",
    kind: None,
    meaning: "One running copy.",
    fields: &[
        Field {
            name: "name",
            presence: Presence::Required,
            meaning: "The name, unique on the platform.",
            example: "web-1",
            ..FIELD
        },
        Field {
            name: "host",
            presence: Presence::Required,
            meaning: "Where it is reached.",
            example: "10.0.0.5",
            ..FIELD
        },
        Field {
            name: "ports",
            value: Type::Mapping {
                key: Key {
                    what: "name of the breed's port",
                    example: "http",
                },
                value: &Type::Integer,
            },
            presence: Presence::Default("{}"),
            meaning: "The ports on its host.",
            example: "{http: 31000}",
            ..FIELD
        },
        Field {
            name: "deployed",
            value: Type::Boolean,
            presence: Presence::Required,
            meaning: "Whether the platform regards it as started and ready.",
            example: "true",
            ..FIELD
        },
        Field {
            meaning: "Accepted, and not used.",
            example: "{}",
            ..METADATA
        },
    ],
    others: None,
    forms: &[],
    page: "deployment.md#instances",
};
