use super::super::block::{Block, FIELD, Field, Presence, form};
use super::super::types::Type;
use super::common::KIND;

pub(super) static EVENT: Block = Block {
    name: "event",
    title: "event",
    kind: None,
    meaning: "Something that happened, found again by its tags.",
    fields: &[
        Field {
            name: "version",
            meaning: "The version of the event's form; events of Vamp's own have `1.0`.",
            since: Some("1.1"),
            example: "'1.0'",
            ..FIELD
        },
        Field {
            name: "tags",
            value: Type::List(&Type::Text),
            presence: Presence::Required,
            meaning: "What the event is about; at least one. A tag with a colon is also found by what stands \
                before it.",
            forms: &[form("gateways:web", "[gateways:web]")],
            example: "[gateways:web, metrics]",
            ..FIELD
        },
        Field {
            name: "value",
            value: Type::Anything,
            meaning: "What is told.",
            example: "{mean: 120}",
            ..FIELD
        },
        Field {
            name: "timestamp",
            value: Type::Timestamp,
            presence: Presence::Default("now"),
            meaning: "When it happened.",
            example: "'2030-01-01T00:00:00Z'",
            ..FIELD
        },
        Field {
            name: "type",
            presence: Presence::Default("event"),
            meaning: "The sort of event: letters, digits, `_` and `-`.",
            example: "event",
            ..FIELD
        },
        Field {
            meaning: "Ignored.",
            example: "event",
            ..KIND
        },
    ],
    others: None,
    forms: &[],
    page: "event.md#events",
};

pub(super) static EVENT_QUERY: Block = Block {
    name: "event_query",
    title: "event query",
    kind: None,
    meaning: "Which events are wanted, and what is made of them.",
    fields: &[
        Field {
            name: "tags",
            value: Type::List(&Type::Text),
            presence: Presence::Required,
            meaning: "Tags that an event must have, all of them. An empty list finds events with any tags.",
            forms: &[form("metrics", "[metrics]")],
            example: "[metrics]",
            ..FIELD
        },
        Field {
            name: "type",
            meaning: "The sort of event; any where it is absent.",
            example: "event",
            ..FIELD
        },
        Field {
            name: "timestamp",
            value: Type::Block(&TIME_RANGE),
            meaning: "When they happened.",
            example: "{gte: now() - 10m}",
            ..FIELD
        },
        Field {
            name: "aggregator",
            value: Type::Block(&AGGREGATOR),
            meaning: "The one number that is wanted in place of the events.",
            example: "{type: average, field: metrics}",
            ..FIELD
        },
        Field {
            meaning: "Ignored.",
            example: "event",
            ..KIND
        },
    ],
    others: None,
    forms: &[],
    page: "event.md#questions-for-events",
};

static TIME_RANGE: Block = Block {
    name: "time_range",
    title: "range of time",
    kind: None,
    meaning: "A range of time, open where a side is absent. Each side has one bound at most.",
    fields: &[
        Field {
            name: "lt",
            meaning: "Before this moment.",
            example: "now()",
            ..FIELD
        },
        Field {
            name: "lte",
            meaning: "At this moment or before.",
            example: "'2030-01-01T00:00:00Z'",
            ..FIELD
        },
        Field {
            name: "gt",
            meaning: "After this moment.",
            example: "now() - 10m",
            ..FIELD
        },
        Field {
            name: "gte",
            meaning: "At this moment or after.",
            example: "now() - 10m",
            ..FIELD
        },
    ],
    others: None,
    forms: &[],
    page: "event.md#questions-for-events",
};

static AGGREGATOR: Block = Block {
    name: "aggregator",
    title: "aggregator",
    kind: None,
    meaning: "What is computed from events.",
    fields: &[
        Field {
            name: "type",
            presence: Presence::Required,
            meaning: "What is computed; in any case.",
            values: &["min", "max", "average", "sum", "count"],
            example: "average",
            ..FIELD
        },
        Field {
            name: "field",
            meaning: "What it is made of: a field of the event, parts joined by dots.",
            presence: Presence::Default("value"),
            example: "metrics",
            ..FIELD
        },
    ],
    others: None,
    forms: &[],
    page: "event.md#questions-for-events",
};
