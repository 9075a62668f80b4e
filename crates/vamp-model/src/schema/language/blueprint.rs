use super::super::block::{Block, FIELD, Field, Presence, form};
use super::super::types::{Key, Type};
use super::breed::BREED;
use super::common::{ARGUMENTS, DIALECTS, HEALTH_CHECKS, IMPORT, KIND, METADATA, NAME, NETWORK};
use super::gateway::{BLUEPRINT_GATEWAY, CLUSTER_GATEWAY};
use super::scale::SCALE;
use super::sla::SLA;
use crate::Kind;

pub(super) static BLUEPRINT: Block = Block {
    name: "blueprint",
    title: "blueprint",
    kind: Some(Kind::Blueprint),
    meaning: "Clusters of services, the gateways in front of them, and how traffic is shared among the \
        versions of a service.",
    fields: &[
        Field {
            meaning: "The name. A deployment that is made from the blueprint takes it over unless it is \
                given another one.",
            example: "shop:1",
            ..NAME
        },
        Field {
            example: "blueprints",
            ..KIND
        },
        METADATA,
        IMPORT,
        Field {
            name: "gateways",
            value: Type::Mapping {
                key: Key {
                    what: "port",
                    example: "9050",
                },
                value: &Type::Block(&BLUEPRINT_GATEWAY),
            },
            presence: Presence::Default("{}"),
            meaning: "The ports at which traffic enters, by number (`8080`, `8080/tcp`) or, beside a `port` \
                of their own, by label.",
            forms: &[form("{9050: web/http}", "{9050: {routes: {web/http: {}}}}")],
            example: "{9050: web/http}",
            ..FIELD
        },
        Field {
            name: "clusters",
            value: Type::Mapping {
                key: Key {
                    what: "cluster",
                    example: "web",
                },
                value: &Type::Block(&CLUSTER),
            },
            presence: Presence::Required,
            meaning: "The clusters by name. At least one of them has a service.",
            example: "{web: 'web:1.0'}",
            ..FIELD
        },
        Field {
            name: "environment_variables",
            aliases: &["env"],
            value: Type::Mapping {
                key: Key {
                    what: "cluster.VARIABLE",
                    example: "web.TIMEOUT",
                },
                value: &Type::Text,
            },
            presence: Presence::Default("{}"),
            meaning: "Values for every service of a cluster that declares the variable. They go before the \
                breed's values, and those of a service before them.",
            forms: &[form(
                "{web.environment_variables.TIMEOUT: 30}",
                "{web.TIMEOUT: 30}",
            )],
            example: "{web.TIMEOUT: 30}",
            ..FIELD
        },
        DIALECTS,
    ],
    others: None,
    forms: &[],
    page: "blueprint.md#fields",
};

pub(super) static CLUSTER: Block = Block {
    name: "cluster",
    title: "cluster",
    kind: None,
    meaning: "Services that do the same work, usually versions of one another.",
    fields: &[
        METADATA,
        SERVICES,
        CLUSTER_GATEWAYS,
        HEALTH_CHECKS,
        NETWORK,
        CLUSTER_SLA,
        DIALECTS,
    ],
    others: None,
    forms: &[
        form("web:1.0", "{services: [{breed: 'web:1.0'}]}"),
        form(
            "['web:1.0', 'web:2.0']",
            "{services: [{breed: 'web:1.0'}, {breed: 'web:2.0'}]}",
        ),
        form(
            "{breed: 'web:1.0', scale: small, sla: fast}",
            "{services: [{breed: 'web:1.0', scale: small}], sla: fast}",
        ),
    ],
    page: "blueprint.md#clusters",
};

const SERVICES: Field = Field {
    name: "services",
    value: Type::List(&Type::Block(&SERVICE)),
    presence: Presence::Required,
    meaning: "The services in order. Without this key everything but `sla` and `gateways` is the one service.",
    forms: &[
        form("web:1.0", "[{breed: 'web:1.0'}]"),
        form("{breed: 'web:1.0'}", "[{breed: 'web:1.0'}]"),
        form("['web:1.0']", "[{breed: 'web:1.0'}]"),
        form(
            "[{name: 'web:1.0', deployable: acme/web}]",
            "[{breed: {name: 'web:1.0', deployable: acme/web}}]",
        ),
    ],
    example: "[{breed: 'web:1.0'}]",
    ..FIELD
};

const CLUSTER_GATEWAYS: Field = Field {
    name: "gateways",
    value: Type::Mapping {
        key: Key {
            what: "port",
            example: "http",
        },
        value: &Type::Block(&CLUSTER_GATEWAY),
    },
    presence: Presence::Default("{}"),
    meaning: "How the services share traffic, by the name of their port. A cluster whose breeds have one \
        port only may leave its name out.",
    forms: &[form(
        "{routes: {'web:1.0': {weight: 100%}}}",
        "{http: {routes: {'web:1.0': {weight: 100%}}}}",
    )],
    example: "{http: {routes: {'web:1.0': {weight: 100%}}}}",
    ..FIELD
};

pub(super) const CLUSTER_SLA: Field = Field {
    name: "sla",
    value: Type::Reference(&SLA),
    meaning: "What is promised of the services, and what is done when it is not held.",
    example: "fast",
    ..FIELD
};

static SERVICE: Block = Block {
    name: "service",
    title: "service",
    kind: None,
    meaning: "One version of a cluster's work.",
    fields: &[
        Field {
            name: "breed",
            value: Type::Reference(&BREED),
            presence: Presence::Required,
            meaning: "What runs. No two services of a blueprint have the same breed.",
            example: "web:1.0",
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
            meaning: "Values of variables that the breed declares. They go before all others.",
            example: "{TIMEOUT: 10}",
            ..FIELD
        },
        Field {
            name: "scale",
            value: Type::Reference(&SCALE),
            meaning: "How much of it runs. A new service without one has `vamp.operation.deployment.scale`; \
                one that runs keeps its scale.",
            example: "{cpu: 0.2, memory: 64MB, instances: 2}",
            ..FIELD
        },
        Field {
            meaning: "Parameters of the container runtime, behind those of the configuration and of the \
                breed; each entry has one key. `privileged` is `true` or `false` and asks for privileged \
                mode.",
            ..ARGUMENTS
        },
        HEALTH_CHECKS,
        NETWORK,
        DIALECTS,
        HEALTH_OF_SERVICE,
    ],
    others: None,
    forms: &[
        form("web:1.0", "{breed: 'web:1.0'}"),
        form(
            "{name: 'web:1.0', deployable: acme/web}",
            "{breed: {name: 'web:1.0', deployable: acme/web}}",
        ),
        form(
            "{ref: 'web:1.0', scale: small}",
            "{breed: 'web:1.0', scale: small}",
        ),
    ],
    page: "blueprint.md#services",
};

pub(super) const HEALTH_OF_SERVICE: Field = Field {
    name: "health",
    value: Type::Block(&HEALTH),
    presence: Presence::Computed,
    meaning: "How many instances there are in which state.",
    example: "{staged: 0, running: 2, healthy: 2, unhealthy: 0}",
    ..FIELD
};

pub(super) static HEALTH: Block = Block {
    name: "health",
    title: "health",
    kind: None,
    meaning: "Counts of a service's instances.",
    fields: &[
        Field {
            name: "staged",
            meaning: "Accepted by the platform, not yet started.",
            example: "0",
            ..COUNT
        },
        Field {
            name: "running",
            meaning: "Started.",
            example: "2",
            ..COUNT
        },
        Field {
            name: "healthy",
            meaning: "Started and well.",
            example: "2",
            ..COUNT
        },
        Field {
            name: "unhealthy",
            meaning: "Started and ill.",
            example: "0",
            ..COUNT
        },
    ],
    others: None,
    forms: &[],
    page: "blueprint.md#health",
};

const COUNT: Field = Field {
    value: Type::Integer,
    presence: Presence::Required,
    ..FIELD
};
