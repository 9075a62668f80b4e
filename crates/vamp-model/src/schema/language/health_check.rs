use super::super::block::{Block, FIELD, Field, Presence};
use super::super::types::Type;

pub(super) static HEALTH_CHECK: Block = Block {
    name: "health_check",
    title: "health check",
    kind: None,
    meaning: "A request that a container platform sends to each instance again and again, to tell well ones \
        from ill ones.",
    fields: &[
        Field {
            name: "path",
            presence: Presence::Default("/"),
            meaning: "The path that is asked for.",
            example: "/health",
            ..FIELD
        },
        Field {
            name: "port",
            presence: Presence::Required,
            meaning: "The name of the breed's port that is asked. A cluster's check may ask the ports of any \
                of its services.",
            example: "http",
            ..FIELD
        },
        Field {
            name: "initial_delay",
            value: Type::Time,
            presence: Presence::Required,
            meaning: "How long after its start an instance is left alone.",
            example: "30s",
            ..FIELD
        },
        Field {
            name: "timeout",
            value: Type::Time,
            presence: Presence::Required,
            meaning: "How long an answer may take.",
            example: "5s",
            ..FIELD
        },
        Field {
            name: "interval",
            value: Type::Time,
            presence: Presence::Required,
            meaning: "The time from one check to the next.",
            example: "10s",
            ..FIELD
        },
        Field {
            name: "failures",
            value: Type::Integer,
            presence: Presence::Required,
            unit: Some("checks in a row"),
            meaning: "How many checks may fail before an instance counts as ill; not below 0.",
            example: "3",
            ..FIELD
        },
        Field {
            name: "protocol",
            presence: Presence::Default("HTTP"),
            meaning: "How the platform asks, in its own words: `HTTP`, `HTTPS`, `MESOS_HTTP`.",
            example: "HTTP",
            ..FIELD
        },
    ],
    others: None,
    forms: &[],
    page: "breed.md#health-checks",
};
