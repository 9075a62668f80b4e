use super::super::block::{Block, FIELD, Field, Presence, form};
use super::super::types::{Key, Type};
use super::common::{IMPORT, KIND, LOOKUP_NAME, METADATA};
use super::route::ROUTE;
use crate::Kind;

pub(super) static GATEWAY: Block = Block {
    name: "gateway",
    title: "gateway",
    kind: Some(Kind::Gateway),
    meaning: "An entry for traffic, and how it is shared out among routes.",
    fields: &[
        Field {
            name: "name",
            value: Type::GatewayName,
            presence: Presence::Required,
            meaning: "The name. One segment is a gateway of its own, `deployment/port` one that a deployment \
                made, `deployment/cluster/port` an internal one.",
            example: "shop/9050",
            ..FIELD
        },
        Field {
            example: "gateways",
            ..KIND
        },
        METADATA,
        LOOKUP_NAME,
        IMPORT,
        INTERNAL,
        SERVICE,
        DEPLOYED,
        PORT,
        STICKY,
        VIRTUAL_HOSTS,
        SELECTOR,
        Field {
            meaning: "Where the traffic goes, by path: another gateway (one segment), `deployment/port`, \
                `deployment/cluster/port`, the instances of one service (`deployment/cluster/breed/port`), \
                or an address outside (`[host:port]`).",
            forms: &[
                form("web/http", "{web/http: {}}"),
                form(
                    "[web/http, api/http: {weight: 20%}]",
                    "{web/http: {}, api/http: {weight: 20%}}",
                ),
                form("{web/http: canary}", "{web/http: {reference: canary}}"),
            ],
            ..ROUTES
        },
        PROXY,
    ],
    others: None,
    forms: &[],
    page: "gateway.md#fields",
};

pub(super) static BLUEPRINT_GATEWAY: Block = Block {
    name: "blueprint_gateway",
    title: "gateway of a blueprint",
    kind: None,
    meaning: "A port at which traffic enters a deployment. It becomes the gateway `deployment/port`.",
    fields: &[
        METADATA,
        Field {
            example: "gateways",
            ..KIND
        },
        INTERNAL,
        SERVICE,
        DEPLOYED,
        Field {
            meaning: "Where it listens. With it, the key above is only a label; without it, the key is the \
                port.",
            ..PORT
        },
        STICKY,
        VIRTUAL_HOSTS,
        SELECTOR,
        Field {
            meaning: "Where the traffic goes: `cluster/port` of the same blueprint.",
            forms: &[form("web/http", "{web/http: {}}")],
            ..ROUTES
        },
        PROXY,
    ],
    others: None,
    forms: &[form("web/http", "{routes: web/http}")],
    page: "blueprint.md#gateways-of-a-blueprint",
};

pub(super) static CLUSTER_GATEWAY: Block = Block {
    name: "cluster_gateway",
    title: "gateway of a cluster",
    kind: None,
    meaning: "How a cluster's services share the traffic of one port. It becomes the internal gateway \
        `deployment/cluster/port`; the port is given by Vamp.",
    fields: &[
        METADATA,
        Field {
            example: "gateways",
            ..KIND
        },
        SERVICE,
        DEPLOYED,
        STICKY,
        VIRTUAL_HOSTS,
        SELECTOR,
        Field {
            value: Type::Mapping {
                key: Key {
                    what: "breed",
                    example: "web:1.0",
                },
                value: &Type::Reference(&ROUTE),
            },
            meaning: "Where the traffic goes, by the name of a service's breed.",
            forms: &[form("{'web:1.0': canary}", "{'web:1.0': {reference: canary}}")],
            example: "{'web:1.0': {weight: 100%}}",
            ..ROUTES
        },
    ],
    others: None,
    forms: &[],
    page: "blueprint.md#gateways-of-a-cluster",
};

pub(super) const INTERNAL: Field = Field {
    name: "internal",
    value: Type::Boolean,
    presence: Presence::Computed,
    meaning: "Whether it is an internal gateway. It follows from the name, and is ignored when it is posted.",
    example: "false",
    ..FIELD
};

pub(super) const SERVICE: Field = Field {
    name: "service",
    value: Type::Block(&GATEWAY_SERVICE),
    presence: Presence::Computed,
    meaning: "Where the gateway can be reached, as far as the platform tells.",
    example: "{host: 10.0.0.1, port: 9050}",
    ..FIELD
};

pub(super) const DEPLOYED: Field = Field {
    name: "deployed",
    value: Type::Boolean,
    presence: Presence::Computed,
    meaning: "Whether it is part of the configuration that the agents were given.",
    example: "true",
    ..FIELD
};

pub(super) const PORT: Field = Field {
    name: "port",
    value: Type::Port,
    meaning: "Where it listens. Without one, a port is given from `vamp.operation.gateway.port-range`.",
    example: "9050/http",
    ..FIELD
};

pub(super) const STICKY: Field = Field {
    name: "sticky",
    presence: Presence::Default("none"),
    meaning: "What a client stays at once it has been there; only at http ports.",
    values: &["route", "instance", "none"],
    example: "route",
    ..FIELD
};

pub(super) const VIRTUAL_HOSTS: Field = Field {
    name: "virtual_hosts",
    value: Type::List(&Type::Text),
    presence: Presence::Default("[]"),
    meaning: "Host names under which the gateway is reached at the port that all virtual hosts share.",
    forms: &[form("shop.example.org", "[shop.example.org]")],
    example: "[shop.example.org]",
    ..FIELD
};

pub(super) const SELECTOR: Field = Field {
    name: "selector",
    value: Type::Selector,
    meaning: "Which instances of the container platform the gateway leads to. Routes are made from the \
        groups that it captures.",
    since: Some("0.9.6"),
    example: "name(web-(.*))",
    ..FIELD
};

pub(super) const ROUTES: Field = Field {
    name: "routes",
    value: Type::Mapping {
        key: Key {
            what: "path",
            example: "web/http",
        },
        value: &Type::Reference(&ROUTE),
    },
    presence: Presence::Default("{}"),
    meaning: "Where the traffic goes, by path.",
    example: "{web/http: {weight: 100%}}",
    ..FIELD
};

pub(super) const PROXY: Field = Field {
    name: "proxy",
    presence: Presence::Computed,
    meaning: "What other programs note about the gateway. It is ignored.",
    example: "''",
    ..FIELD
};

pub(super) static GATEWAY_SERVICE: Block = Block {
    name: "gateway_service",
    title: "address of a gateway",
    kind: None,
    meaning: "Where a gateway can be reached.",
    fields: &[
        Field {
            name: "host",
            presence: Presence::Required,
            meaning: "The host.",
            example: "10.0.0.1",
            ..FIELD
        },
        Field {
            name: "port",
            value: Type::Port,
            presence: Presence::Required,
            meaning: "The port there.",
            example: "9050/http",
            ..FIELD
        },
    ],
    others: None,
    forms: &[],
    page: "gateway.md#service",
};
