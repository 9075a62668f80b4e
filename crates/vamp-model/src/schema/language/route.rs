use super::super::block::{Block, FIELD, Field, Place, Presence, form};
use super::super::types::Type;
use super::common::{DOCUMENT_NAME, IMPORT, KIND, LOOKUP_NAME, METADATA};
use crate::Kind;

pub(super) static CONDITION: Block = Block {
    name: "condition",
    title: "condition",
    kind: Some(Kind::Condition),
    meaning: "Which requests take a route, whatever its weight.",
    fields: &[
        Field {
            example: "firefox",
            ..DOCUMENT_NAME
        },
        Field {
            example: "conditions",
            ..KIND
        },
        METADATA,
        IMPORT,
        Field {
            name: "condition",
            value: Type::Condition,
            presence: Presence::Required,
            meaning: "Which requests are meant. What is no condition of Vamp's is taken as one ACL \
                expression of HAProxy; between angle brackets it always is.",
            example: "User-Agent contains Firefox",
            ..FIELD
        },
    ],
    others: None,
    forms: &[
        form(
            "User-Agent contains Firefox",
            "{condition: User-Agent contains Firefox}",
        ),
        form("''", "no condition"),
        form("{ref: firefox}", "{reference: firefox}"),
    ],
    page: "condition.md#fields",
};

pub(super) static REWRITE: Block = Block {
    name: "rewrite",
    title: "rewrite",
    kind: Some(Kind::Rewrite),
    meaning: "A request's path is replaced by another one on its way along a route.",
    fields: &[
        Field {
            example: "to-v2",
            ..DOCUMENT_NAME
        },
        Field {
            example: "rewrites",
            ..KIND
        },
        Field {
            meaning: "Accepted, and not kept.",
            place: Place::Document,
            ..METADATA
        },
        IMPORT,
        Field {
            name: "path",
            presence: Presence::Required,
            meaning: "The new path and when it is taken, in HAProxy's words: `PATH if CONDITION`. The last \
                `if` counts.",
            example: "/v2%[path] if { path_beg /api }",
            ..FIELD
        },
    ],
    others: None,
    forms: &[
        form("to-v2", "{reference: to-v2}"),
        form("{ref: to-v2}", "{reference: to-v2}"),
    ],
    page: "rewrite.md#fields",
};

pub(super) static ROUTE: Block = Block {
    name: "route",
    title: "route",
    kind: Some(Kind::Route),
    meaning: "One way on from a gateway. Its path is the key under which it stands, or from which a stored \
        route is referred to.",
    fields: &[
        Field {
            example: "canary",
            ..DOCUMENT_NAME
        },
        Field {
            example: "routes",
            ..KIND
        },
        METADATA,
        LOOKUP_NAME,
        IMPORT,
        Field {
            name: "selector",
            value: Type::Selector,
            meaning: "Which instances of the container platform the route leads to. The path has one segment \
                then.",
            since: Some("0.9.6"),
            example: "name(web) and port_index(0)",
            ..FIELD
        },
        Field {
            name: "weight",
            value: Type::Percentage,
            unit: Some("percent"),
            meaning: "The share of the traffic that no condition has taken. The weights of a gateway are \
                100% in total, or 0%; what is left is shared out among the routes without one when the \
                gateway is stored.",
            example: "100%",
            ..FIELD
        },
        Field {
            name: "balance",
            presence: Presence::Default("default"),
            meaning: "How the route's targets share its traffic: an algorithm of HAProxy's. By default it is \
                `roundrobin` at http ports and `leastconn` at tcp ports.",
            example: "roundrobin",
            ..FIELD
        },
        Field {
            name: "condition",
            value: Type::Reference(&CONDITION),
            meaning: "Which requests take the route whatever its weight.",
            example: "User-Agent contains Firefox",
            ..FIELD
        },
        Field {
            name: "condition_strength",
            value: Type::Percentage,
            unit: Some("percent"),
            meaning: "The share of the requests meeting the condition that take the route; the others are \
                shared out by weight. When the gateway is stored it becomes 100% beside a condition, else \
                0%.",
            example: "100%",
            ..FIELD
        },
        Field {
            name: "rewrites",
            value: Type::List(&Type::Reference(&REWRITE)),
            presence: Presence::Default("[]"),
            meaning: "How requests are changed on this way, in order.",
            forms: &[
                form("to-v2", "[to-v2]"),
                form("{path: /b if TRUE}", "[{path: /b if TRUE}]"),
            ],
            example: "[to-v2]",
            ..FIELD
        },
        Field {
            name: "targets",
            value: Type::List(&Type::Block(&TARGET)),
            presence: Presence::Computed,
            meaning: "Where the route leads now. What is posted is ignored.",
            example: "[]",
            ..FIELD
        },
    ],
    others: None,
    forms: &[
        form("canary", "{reference: canary}"),
        form("{ref: canary}", "{reference: canary}"),
        form("{}", "a route with defaults"),
    ],
    page: "route.md#fields",
};

static TARGET: Block = Block {
    name: "target",
    title: "target",
    kind: None,
    meaning: "An instance, another gateway, or an address outside.",
    fields: &[
        Field {
            name: "name",
            presence: Presence::Computed,
            meaning: "The name of the instance, or the path of the gateway.",
            example: "web-1",
            ..FIELD
        },
        Field {
            name: "host",
            presence: Presence::Computed,
            meaning: "Where the instance is reached; absent for another gateway.",
            example: "10.0.0.5",
            ..FIELD
        },
        Field {
            name: "port",
            value: Type::Integer,
            presence: Presence::Computed,
            meaning: "The port there.",
            example: "31000",
            ..FIELD
        },
        Field {
            presence: Presence::Computed,
            meaning: "Always empty.",
            example: "{}",
            ..METADATA
        },
        Field {
            name: "url",
            presence: Presence::Computed,
            meaning: "The address outside, which stands alone.",
            example: "example.org:8080",
            ..FIELD
        },
    ],
    others: None,
    forms: &[],
    page: "route.md#targets",
};
