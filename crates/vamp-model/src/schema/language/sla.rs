use super::super::block::{Block, FIELD, Field, Presence, form};
use super::super::types::Type;
use super::common::{DOCUMENT_NAME, IMPORT, KIND, METADATA};
use crate::Kind;

const SLIDING_WINDOW: &str = "response_time_sliding_window";
/// Generic SLAs and escalations are open.
const OTHERS: Option<&str> = Some("parameters of a type that is none of Vamp's own");
const OTHER_TYPES: &[&str] = &["any other"];

pub(super) static SLA: Block = Block {
    name: "sla",
    title: "SLA",
    kind: Some(Kind::Sla),
    meaning: "What is promised of a cluster's services, and what is done when it is not held.",
    fields: &[
        Field {
            example: "fast",
            ..DOCUMENT_NAME
        },
        Field {
            example: "slas",
            ..KIND
        },
        METADATA,
        IMPORT,
        Field {
            name: "type",
            presence: Presence::Required,
            meaning: "What is promised: `response_time_sliding_window`, that the mean response time stays \
                between two limits; `escalation_only`, nothing, while others run the escalations; any other \
                type, what its parameters say to whoever knows it.",
            example: SLIDING_WINDOW,
            ..FIELD
        },
        Field {
            name: "window",
            value: Type::Block(&WINDOW),
            presence: Presence::Required,
            meaning: "How long response times are observed before something is done, and how long nothing \
                more is done afterwards.",
            with_type: &[SLIDING_WINDOW],
            example: "{interval: 60, cooldown: 30}",
            ..FIELD
        },
        Field {
            name: "threshold",
            value: Type::Block(&THRESHOLD),
            presence: Presence::Required,
            meaning: "The limits between which the response time shall stay.",
            with_type: &[SLIDING_WINDOW],
            example: "{upper: 1000, lower: 100}",
            ..FIELD
        },
        Field {
            name: "parameters",
            value: Type::Data,
            presence: Presence::Default("{}"),
            meaning: "What the type takes. Parameters may also stand beside `type`.",
            with_type: OTHER_TYPES,
            example: "{limit: 3}",
            ..FIELD
        },
        Field {
            name: "escalations",
            value: Type::List(&Type::Reference(&ESCALATION)),
            presence: Presence::Default("[]"),
            meaning: "What is done, in order. Two or more become one group of type `to_all`.",
            forms: &[form("more", "[more]")],
            example: "[more]",
            ..FIELD
        },
    ],
    others: OTHERS,
    forms: &[
        form("fast", "{reference: fast}"),
        form(
            "{type: custom, limit: 3}",
            "{type: custom, parameters: {limit: 3}}",
        ),
        form(
            "{ref: fast, escalations: [more]}",
            "the SLA `fast` with other escalations",
        ),
    ],
    page: "sla.md#fields",
};

static WINDOW: Block = Block {
    name: "window",
    title: "window",
    kind: None,
    meaning: "The time over which an SLA looks back.",
    fields: &[
        Field {
            name: "interval",
            value: Type::Integer,
            presence: Presence::Required,
            unit: Some("seconds"),
            meaning: "The length of the window of which response times are taken.",
            example: "60",
            ..FIELD
        },
        Field {
            name: "cooldown",
            value: Type::Integer,
            presence: Presence::Required,
            unit: Some("seconds"),
            meaning: "How long nothing is done after something was done.",
            example: "30",
            ..FIELD
        },
    ],
    others: None,
    forms: &[],
    page: "sla.md#window",
};

static THRESHOLD: Block = Block {
    name: "threshold",
    title: "threshold",
    kind: None,
    meaning: "The limits of an SLA.",
    fields: &[
        Field {
            name: "upper",
            value: Type::Integer,
            presence: Presence::Required,
            unit: Some("milliseconds"),
            meaning: "Above it, the escalations scale up.",
            example: "1000",
            ..FIELD
        },
        Field {
            name: "lower",
            value: Type::Integer,
            presence: Presence::Required,
            unit: Some("milliseconds"),
            meaning: "Below it, the escalations scale down.",
            example: "100",
            ..FIELD
        },
    ],
    others: None,
    forms: &[],
    page: "sla.md#threshold",
};

const GROUPS: &[&str] = &["to_all", "to_one"];
const SCALING: &[&str] = &["scale_instances", "scale_cpu", "scale_memory"];

pub(super) static ESCALATION: Block = Block {
    name: "escalation",
    title: "escalation",
    kind: Some(Kind::Escalation),
    meaning: "Something that is done when an SLA is not held: a scale is changed, or other escalations are \
        run.",
    fields: &[
        Field {
            example: "more",
            ..DOCUMENT_NAME
        },
        Field {
            example: "escalations",
            ..KIND
        },
        METADATA,
        IMPORT,
        Field {
            name: "type",
            presence: Presence::Required,
            meaning: "What is done: `to_all` runs all of a group, `to_one` the first of a group that can do \
                something; `scale_instances`, `scale_cpu` and `scale_memory` change a scale; any other type \
                is for whoever knows it.",
            example: "scale_instances",
            ..FIELD
        },
        Field {
            name: "escalations",
            value: Type::List(&Type::Reference(&ESCALATION)),
            presence: Presence::Required,
            meaning: "The escalations of the group.",
            with_type: GROUPS,
            example: "[more]",
            ..FIELD
        },
        Field {
            name: "target",
            meaning: "The cluster whose services are scaled. Without one it is the cluster of the SLA.",
            with_type: SCALING,
            example: "web",
            ..FIELD
        },
        Field {
            name: "minimum",
            value: Type::Number,
            presence: Presence::Required,
            unit: Some("instances, cores or MB, as the type says"),
            meaning: "What the scale does not fall below; a whole number for instances.",
            with_type: SCALING,
            example: "1",
            ..FIELD
        },
        Field {
            name: "maximum",
            value: Type::Number,
            presence: Presence::Required,
            unit: Some("instances, cores or MB, as the type says"),
            meaning: "What the scale does not rise above; a whole number for instances.",
            with_type: SCALING,
            example: "4",
            ..FIELD
        },
        Field {
            name: "scale_by",
            value: Type::Number,
            presence: Presence::Required,
            unit: Some("instances, cores or MB, as the type says"),
            meaning: "How much is added or taken away each time; a whole number for instances.",
            with_type: SCALING,
            example: "1",
            ..FIELD
        },
        Field {
            name: "parameters",
            value: Type::Data,
            presence: Presence::Default("{}"),
            meaning: "What the type takes. Parameters may also stand beside `type`.",
            with_type: OTHER_TYPES,
            example: "{limit: 3}",
            ..FIELD
        },
    ],
    others: OTHERS,
    forms: &[
        form("more", "{reference: more}"),
        form(
            "{type: custom, limit: 3}",
            "{type: custom, parameters: {limit: 3}}",
        ),
        form(
            "{to_one: [more, less]}",
            "{type: to_one, escalations: [more, less]}",
        ),
        form(
            "{to_all: {escalations: [more]}}",
            "{type: to_all, escalations: [more]}",
        ),
    ],
    page: "escalation.md#fields",
};
