//! Fields that many blocks share.

use super::super::block::{FIELD, Field, Place, Presence, form};
use super::super::types::{Key, Type};
use super::health_check::HEALTH_CHECK;

pub(super) const NAME: Field = Field {
    name: "name",
    value: Type::Name,
    presence: Presence::Required,
    meaning: "The name by which others refer to it.",
    example: "small",
    ..FIELD
};

/// The name of what has none inside other artifacts.
pub(super) const DOCUMENT_NAME: Field = Field {
    meaning: "The name by which others refer to it. What is written out inside another artifact has none.",
    place: Place::Document,
    ..NAME
};

pub(super) const KIND: Field = Field {
    name: "kind",
    meaning: "The kind, in plural or singular. It is checked where it is given, and required where several \
        documents are sent at once.",
    ..FIELD
};

pub(super) const METADATA: Field = Field {
    name: "metadata",
    value: Type::Data,
    presence: Presence::Default("{}"),
    meaning: "Free-form data of the user. Vamp keeps it and shows it.",
    since: Some("0.9.3"),
    example: "{owner: shop-team}",
    ..FIELD
};

pub(super) const LOOKUP_NAME: Field = Field {
    name: "lookup_name",
    presence: Presence::Computed,
    meaning: "The hashed name by which other programs know it. It is computed from the name, and ignored \
        when it is posted.",
    example: "b745761242ab5566a44b556e62764beed46fa8de",
    ..FIELD
};

pub(super) const IMPORT: Field = Field {
    name: "import",
    value: Type::List(&Type::Text),
    meaning: "Artifacts that are merged into this one from left to right, before its own content: \
        `kind/name`, or the name of a template.",
    forms: &[form("defaults", "[templates/defaults]")],
    place: Place::Document,
    since: Some("0.9.4"),
    example: "[defaults]",
    ..FIELD
};

pub(super) const ARGUMENTS: Field = Field {
    name: "arguments",
    value: Type::List(&Type::Mapping {
        key: Key {
            what: "parameter",
            example: "privileged",
        },
        value: &Type::Text,
    }),
    presence: Presence::Default("[]"),
    meaning: "Parameters of the container runtime, in order; each entry has one key. `privileged` is `true` \
        or `false` and asks for privileged mode.",
    forms: &[form(
        "{privileged: true, memory: 1g}",
        "[{privileged: true}, {memory: 1g}]",
    )],
    example: "[{privileged: true}]",
    ..FIELD
};

pub(super) const HEALTH_CHECKS: Field = Field {
    name: "health_checks",
    value: Type::List(&Type::Block(&HEALTH_CHECK)),
    meaning: "How the platform tells well instances from ill ones. An empty list asks for no checks at all, \
        which is not the same as leaving it out.",
    forms: &[form("{port: http, …}", "[{port: http, …}]")],
    since: Some("0.9.4"),
    example: "[]",
    ..FIELD
};

pub(super) const NETWORK: Field = Field {
    name: "network",
    meaning: "The container network. Where neither service nor cluster names one, it is \
        `vamp.container-driver.network`.",
    example: "BRIDGE",
    ..FIELD
};

pub(super) const DIALECTS: Field = Field {
    name: "dialects",
    aliases: &["dialect"],
    value: Type::Mapping {
        key: Key {
            what: "container platform",
            example: "marathon",
        },
        value: &Type::Anything,
    },
    presence: Presence::Default("{}"),
    meaning: "What a container platform is told in its own words, by platform such as `marathon`, `docker` \
        or `kubernetes`. Of service, cluster and blueprint the nearest that speaks to the platform is used, \
        as a whole.",
    since: Some("0.9.4"),
    example: "{marathon: {labels: {team: shop}}}",
    ..FIELD
};
