use super::super::block::{Block, FIELD, Field, Presence, form};
use super::super::types::{Key, Type};
use super::blueprint::{CLUSTER_SLA, HEALTH_OF_SERVICE};
use super::breed::BREED;
use super::common::{ARGUMENTS, DIALECTS, HEALTH_CHECKS, IMPORT, KIND, LOOKUP_NAME, METADATA, NAME, NETWORK};
use super::gateway::{BLUEPRINT_GATEWAY, DEPLOYED, PORT, ROUTES, SELECTOR, SERVICE, STICKY, VIRTUAL_HOSTS};
use super::route::ROUTE;
use super::scale::SCALE;
use super::workflow::INSTANCE;
use crate::Kind;

pub(super) static DEPLOYMENT: Block = Block {
    name: "deployment",
    title: "deployment",
    kind: Some(Kind::Deployment),
    meaning: "A blueprint that runs: what is wanted, and what is known of how far it has come.",
    fields: &[
        Field {
            example: "shop",
            ..NAME
        },
        Field {
            example: "deployments",
            ..KIND
        },
        METADATA,
        LOOKUP_NAME,
        IMPORT,
        Field {
            name: "clusters",
            value: Type::Mapping {
                key: Key {
                    what: "cluster",
                    example: "web",
                },
                value: &Type::Block(&DEPLOYMENT_CLUSTER),
            },
            presence: Presence::Default("{}"),
            meaning: "The clusters by name. There are no short forms here.",
            example: "{}",
            ..FIELD
        },
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
            meaning: "Gateways `deployment/port` that were made with it, by the name of their port. They are \
                artifacts of their own, and are not shown here.",
            example: "{9050: web/http}",
            ..FIELD
        },
        Field {
            name: "ports",
            value: Type::Mapping {
                key: Key {
                    what: "cluster.port",
                    example: "web.http",
                },
                value: &Type::Text,
            },
            presence: Presence::Computed,
            meaning: "The ports that the internal gateways were given.",
            forms: &[form("{web.ports.http: '40000'}", "{web.http: '40000'}")],
            example: "{web.http: '40000'}",
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
            meaning: "Values for every service of a cluster that declares the variable.",
            forms: &[form(
                "[{name: web.environment_variables.TIMEOUT, value: '30'}]",
                "{web.TIMEOUT: '30'}",
            )],
            example: "{web.TIMEOUT: '30'}",
            ..FIELD
        },
        Field {
            name: "hosts",
            value: Type::Mapping {
                key: Key {
                    what: "cluster",
                    example: "web",
                },
                value: &Type::Text,
            },
            presence: Presence::Computed,
            meaning: "Where the internal gateways of a cluster are reached.",
            example: "{web: 10.0.0.1}",
            ..FIELD
        },
        DIALECTS,
    ],
    others: None,
    forms: &[],
    page: "deployment.md#fields",
};

static DEPLOYMENT_CLUSTER: Block = Block {
    name: "deployment_cluster",
    title: "cluster of a deployment",
    kind: None,
    meaning: "The services of a cluster that run.",
    fields: &[
        METADATA,
        Field {
            name: "services",
            value: Type::List(&Type::Block(&DEPLOYMENT_SERVICE)),
            presence: Presence::Default("[]"),
            meaning: "The services, old ones first.",
            example: "[]",
            ..FIELD
        },
        Field {
            name: "gateways",
            value: Type::Mapping {
                key: Key {
                    what: "port",
                    example: "http",
                },
                value: &Type::Block(&DEPLOYMENT_GATEWAY),
            },
            presence: Presence::Computed,
            meaning: "The internal gateways `deployment/cluster/port`, by the name of their port.",
            example: "{}",
            ..FIELD
        },
        HEALTH_CHECKS,
        NETWORK,
        CLUSTER_SLA,
        DIALECTS,
    ],
    others: None,
    forms: &[],
    page: "deployment.md#clusters",
};

static DEPLOYMENT_GATEWAY: Block = Block {
    name: "deployment_gateway",
    title: "internal gateway",
    kind: None,
    meaning: "A gateway between the services of a cluster and whoever asks them, as it is shown in a \
        deployment.",
    fields: &[
        Field {
            name: "name",
            value: Type::GatewayName,
            meaning: "`deployment/cluster/port`.",
            example: "shop/web/http",
            ..FIELD
        },
        Field {
            example: "gateways",
            ..KIND
        },
        METADATA,
        LOOKUP_NAME,
        SERVICE,
        DEPLOYED,
        Field {
            example: "40000/http",
            ..PORT
        },
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
            meaning: "Where the traffic goes, by the name of a service's breed or the whole path.",
            ..ROUTES
        },
    ],
    others: None,
    forms: &[],
    page: "deployment.md#internal-gateways",
};

static DEPLOYMENT_SERVICE: Block = Block {
    name: "deployment_service",
    title: "service of a deployment",
    kind: None,
    meaning: "A service that runs.",
    fields: &[
        Field {
            name: "status",
            value: Type::Block(&STATUS),
            presence: Presence::Required,
            meaning: "What is wanted of it, and how far it is.",
            example: "{intention: Deployment, since: '2030-01-01T00:00:00Z', phase: {name: Done, since: '2030-01-01T00:00:00Z'}}",
            ..FIELD
        },
        Field {
            name: "breed",
            value: Type::Block(&BREED),
            presence: Presence::Required,
            meaning: "What runs, written out.",
            example: "{name: 'web:1.0', deployable: acme/web:1.0}",
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
            meaning: "The values that its containers see, with references filled in.",
            example: "{TIMEOUT: '10'}",
            ..FIELD
        },
        Field {
            name: "scale",
            value: Type::Block(&SCALE),
            meaning: "How much of it runs, written out.",
            example: "{cpu: 0.2, memory: 64MB, instances: 2}",
            ..FIELD
        },
        Field {
            name: "instances",
            value: Type::List(&Type::Block(&INSTANCE)),
            presence: Presence::Computed,
            meaning: "The instances that run.",
            example: "[]",
            ..FIELD
        },
        Field {
            meaning: "Parameters of the container runtime that are in force, those of configuration and \
                breed included.",
            forms: &[],
            ..ARGUMENTS
        },
        HEALTH_CHECKS,
        NETWORK,
        Field {
            name: "dependencies",
            value: Type::Mapping {
                key: Key {
                    what: "alias",
                    example: "db",
                },
                value: &Type::Text,
            },
            presence: Presence::Computed,
            meaning: "The clusters that fulfil the dependencies of the breed, by alias.",
            example: "{db: db}",
            ..FIELD
        },
        DIALECTS,
        HEALTH_OF_SERVICE,
    ],
    others: None,
    forms: &[],
    page: "deployment.md#services",
};

static STATUS: Block = Block {
    name: "status",
    title: "status",
    kind: None,
    meaning: "What is wanted of a service, and how far it is.",
    fields: &[
        Field {
            name: "intention",
            presence: Presence::Required,
            meaning: "Whether it shall run or go.",
            values: &["Deployment", "Undeployment"],
            example: "Deployment",
            ..FIELD
        },
        Field {
            name: "since",
            value: Type::Timestamp,
            presence: Presence::Required,
            meaning: "Since when that is wanted.",
            example: "'2030-01-01T00:00:00Z'",
            ..FIELD
        },
        Field {
            name: "phase",
            value: Type::Block(&PHASE),
            presence: Presence::Required,
            meaning: "How far it is.",
            example: "{name: Done, since: '2030-01-01T00:00:00Z'}",
            ..FIELD
        },
    ],
    others: None,
    forms: &[],
    page: "deployment.md#status",
};

static PHASE: Block = Block {
    name: "phase",
    title: "phase",
    kind: None,
    meaning: "How far a service is.",
    fields: &[
        Field {
            name: "name",
            presence: Presence::Required,
            meaning: "Nothing done yet, at work, as it shall be, or in vain.",
            values: &["Initiated", "Updating", "Done", "Failed"],
            example: "Failed",
            ..FIELD
        },
        Field {
            name: "since",
            value: Type::Timestamp,
            presence: Presence::Required,
            meaning: "Since when it is that far.",
            example: "'2030-01-01T00:00:00Z'",
            ..FIELD
        },
        Field {
            name: "notification",
            meaning: "Why it failed; beside `Failed` only.",
            example: "no such image",
            ..FIELD
        },
    ],
    others: None,
    forms: &[],
    page: "deployment.md#status",
};
