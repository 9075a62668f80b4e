//! The breeds of a blueprint and what they need of one another.

use vamp_model::code;

use super::{all_refused, blueprint, refused};

#[test]
fn breeds_find_what_they_need_in_the_blueprint() {
    let text = |dependency: &str| {
        format!(
            "{{name: bp, clusters: {{c: [{{breed: {{name: web, deployable: x, dependencies: {{db: {dependency}}}}}}}], d: {{breed: {{name: 'redis:3', deployable: y}}}}}}}}"
        )
    };
    // S01-123: what the breed needs runs in another cluster.
    blueprint(&text("redis:3"));
    blueprint(&text("{breed: {ref: redis:3}}"));
    blueprint(&text("{name: redis:3, deployable: z}"));
    // The end of a name may be left open.
    blueprint(&text("'redis:*'"));
    // S01-122: nothing needs to be said of breeds that are only named.
    blueprint("{name: bp, clusters: {c: b1, d: b2}}");
    all_refused(&[
        // S01-124: it runs nowhere; the message has the breed, the alias and what is needed.
        (
            text("pg:9"),
            code::UNRESOLVED_BREED_DEPENDENCY,
            "'web' and dependency 'db -> pg:9'",
        ),
        (
            text("'redis:4*'"),
            code::UNRESOLVED_BREED_DEPENDENCY,
            "'db -> redis:4*'",
        ),
    ]);
}

#[test]
fn a_breed_never_needs_itself() {
    // An unknown port comes later, as everything that is wrong with the blueprint as a whole does.
    let text = |dependencies: &str| {
        format!(
            "{{name: bp, gateways: {{80: c/nope}}, clusters: {{c: {{breed: {{name: web, deployable: x, dependencies: {dependencies}}}}}}}}}"
        )
    };
    let direct = refused(&text("{self: web}"));
    // S01-125: a breed that needs itself is told with its name, before the gateway's unknown port.
    assert_eq!(direct.code, code::RECURSIVE_DEPENDENCIES);
    assert!(direct.message.contains("'web'"), "{direct}");
    let indirect = refused(&text(
        "{db: {name: db, deployable: y, dependencies: {back: web}}}",
    ));
    // S01-126: the breed in between closes the circle, and is the one that is told.
    assert_eq!(indirect.code, code::RECURSIVE_DEPENDENCIES);
    assert!(indirect.message.contains("'db'"), "{indirect}");
    // Breeds that name one another are deployed together.
    blueprint(
        "{name: bp, clusters: {c: {breed: {name: a, deployable: x, dependencies: {b: b}}}, d: {breed: {name: b, deployable: x, dependencies: {a: a}}}}}",
    );
}

#[test]
fn a_breed_serves_once_in_a_blueprint() {
    let services = |services: &str| format!("{{name: bp, clusters: {services}}}");
    all_refused(&[
        // S01-120: a breed in two clusters; the message has its name.
        (
            services("{c: b, d: b}"),
            code::NON_UNIQUE_BLUEPRINT_BREED_REFERENCE,
            "'b'",
        ),
        // S01-121: a breed twice in one.
        (
            services("{c: [b, {name: b, deployable: x}]}"),
            code::NON_UNIQUE_BLUEPRINT_BREED_REFERENCE,
            "'b'",
        ),
        // S01-130: an argument of a service with a value that it cannot have; the message has both.
        (
            services("{c: {breed: b, arguments: {privileged: abcd}}}"),
            code::INVALID_ARGUMENT_VALUE,
            "privileged has an invalid value: abcd",
        ),
    ]);
}
