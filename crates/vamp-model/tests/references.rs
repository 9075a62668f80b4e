//! References: what they name is put in their place, and names in place of what is written out.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use vamp_model::{
    AnyArtifact, ArtifactMap, Artifacts, Blueprint, Breed, Escalation, Format, FromText, Gateway, Kind,
    NoArtifacts, Route, Scale, Sla, StoredCondition, UnresolvedReference, UnresolvedReferences, Workflow,
    code, expand_references, only_references, read, to_json,
};

fn yaml<T: FromText>(text: &str) -> T {
    read(text, Format::Yaml).unwrap_or_else(|problems| panic!("{problems}\nin\n{text}"))
}

/// What is stored in these tests.
fn stored() -> ArtifactMap {
    let breeds = [
        "{name: shop:1, deployable: acme/shop, dependencies: {cart: cart:1, log: 'log:*'}}",
        "{name: cart:1, deployable: acme/cart, ports: {web: 80}, dependencies: {db: db:9, cache: {name: cache:2, deployable: c, dependencies: {db: db:9}}}}",
        "{name: db:9, deployable: acme/db, ports: {sql: 5432/tcp}}",
        "{name: egg, deployable: e, dependencies: {a: {name: nest, deployable: n, dependencies: {b: hen}}}}",
        "{name: hen, deployable: h, dependencies: {egg: egg}}",
        "{name: lost, deployable: l, dependencies: {a: nowhere, b: db:9, c: gone}}",
    ];
    let escalations = [
        "{name: grow, type: scale_instances, minimum: 1, maximum: 4, scale_by: 1}",
        "{name: both, type: to_one, escalations: [grow, {to_all: [grow, {type: page}]}]}",
        "{name: round, type: to_all, escalations: [{type: to_one, escalations: [round]}]}",
    ];
    let slas = [
        "{name: fast, type: response_time_sliding_window, threshold: {upper: 9, lower: 1}, window: {interval: 60, cooldown: 60}, escalations: both}",
        "{name: calm, type: escalation_only, escalations: [nowhere]}",
        "{name: own, type: watch, level: 3, escalations: grow}",
    ];
    let routes = [
        "{name: slow, weight: 0%, condition: {reference: mobile}, rewrites: [short, {path: a if b}]}",
        "{name: blind, condition: {reference: nothing}}",
    ];
    let mut stored = ArtifactMap::new();
    stored.extend(breeds.map(|text| yaml::<Breed>(text).into()));
    stored.extend(escalations.map(|text| yaml::<Escalation>(text).into()));
    stored.extend(slas.map(|text| yaml::<Sla>(text).into()));
    stored.extend(routes.map(|text| yaml::<Route>(text).into()));
    stored.insert(yaml::<Scale>("{name: small, metadata: {of: us}, cpu: 1, memory: 128Ki}").into());
    stored.insert(yaml::<StoredCondition>("{name: mobile, condition: user-agent = Phone}").into());
    stored.insert(yaml::<vamp_model::Rewrite>("{name: short, path: /s if path_beg /short}").into());
    stored.insert_name(Kind::Breed, "unread");
    stored
}

fn expanded<T: FromText + vamp_model::Referring + PartialEq + std::fmt::Debug>(text: &str) -> T {
    let artifact: T = yaml(text);
    expand_references(&artifact, &stored()).unwrap_or_else(|unresolved| panic!("{unresolved}\nin\n{text}"))
}

/// What a reference leads to, with no reference left in it.
fn refused<T: FromText + vamp_model::Referring + std::fmt::Debug>(text: &str) -> UnresolvedReferences {
    expand_references(&yaml::<T>(text), &stored()).unwrap_err()
}

const CART: &str = "{name: cart:1, deployable: acme/cart, ports: {web: 80}, dependencies: {db: {name: db:9, deployable: acme/db, ports: {sql: 5432/tcp}}, \
     cache: {name: cache:2, deployable: c, dependencies: {db: {name: db:9, deployable: acme/db, ports: {sql: 5432/tcp}}}}}}";

#[test]
fn a_breed_takes_in_the_breeds_that_it_needs_and_those_that_they_need() {
    let shop: Breed =
        expanded("{name: shop:1, deployable: acme/shop, dependencies: {cart: cart:1, log: 'log:*'}}");
    let text =
        format!("{{name: shop:1, deployable: acme/shop, dependencies: {{cart: {CART}, log: 'log:*'}}}}");
    assert_eq!(shop, yaml(&text), "a name that stands for several breeds stays");
}

#[test]
fn a_blueprint_takes_in_everything_that_it_refers_to() {
    let blueprint: Blueprint = expanded(
        "
name: b
gateways:
  9050: {routes: {cart/web: slow}}
clusters:
  cart:
    services:
    - breed: cart:1
      scale: small
    - breed: {name: inline, deployable: i, dependencies: {db: db:9}}
      scale: {cpu: 1, memory: 1MB}
    gateways:
      web: {routes: {'cart:1': {condition: {reference: mobile}}, inline: slow}}
    sla: fast
  db:
    services: 'db:9'
    sla: {reference: own, escalations: [both]}
  other:
    services: {breed: {name: x, deployable: x}}
    sla: {type: any, escalations: grow}
  cache:
    services: {breed: {name: cache:2, deployable: c, dependencies: {db: db:9}}}
",
    );
    let grow = "{type: scale_instances, minimum: 1, maximum: 4, scale_by: 1}";
    let both = format!("{{type: to_one, escalations: [{grow}, {{to_all: [{grow}, {{type: page}}]}}]}}");
    let slow = "{weight: 0%, condition: user-agent = Phone, rewrites: [{path: /s if path_beg /short}, {path: a if b}]}";
    let expected = format!(
        "
name: b
gateways:
  9050: {{routes: {{cart/web: {slow}}}}}
clusters:
  cart:
    services:
    - breed: {CART}
      scale: {{metadata: {{of: us}}, cpu: 1, memory: 128Ki}}
    - breed: {{name: inline, deployable: i, dependencies: {{db: {{name: 'db:9', deployable: acme/db, ports: {{sql: 5432/tcp}}}}}}}}
      scale: {{cpu: 1, memory: 1MB}}
    gateways:
      web: {{routes: {{'cart:1': {{condition: user-agent = Phone}}, inline: {slow}}}}}
    sla: {{type: response_time_sliding_window, threshold: {{upper: 9, lower: 1}}, window: {{interval: 60, cooldown: 60}}, escalations: {both}}}
  db:
    services: {{breed: {{name: 'db:9', deployable: acme/db, ports: {{sql: 5432/tcp}}}}}}
    sla: {{type: watch, level: 3, escalations: {both}}}
  other:
    services: {{breed: {{name: x, deployable: x}}}}
    sla: {{type: any, escalations: {grow}}}
  cache:
    services: {{breed: {{name: cache:2, deployable: c, dependencies: {{db: {{name: 'db:9', deployable: acme/db, ports: {{sql: 5432/tcp}}}}}}}}}}
"
    );
    assert_eq!(blueprint, yaml(&expected));
}

#[test]
fn slas_escalations_routes_gateways_and_workflows_take_in_what_they_refer_to() {
    let grow = "{type: scale_instances, minimum: 1, maximum: 4, scale_by: 1}";
    let sla: Sla = expanded("{name: s, type: escalation_only, escalations: [{to_one: [grow]}]}");
    assert_eq!(
        sla,
        yaml(&format!(
            "{{name: s, type: escalation_only, escalations: [{{to_one: [{grow}]}}]}}"
        ))
    );
    let group: Escalation = expanded("{name: g, type: to_all, escalations: [grow]}");
    assert_eq!(
        group,
        yaml(&format!("{{name: g, type: to_all, escalations: [{grow}]}}"))
    );
    let route: Route = expanded("{name: r, condition: {reference: mobile}, rewrites: short}");
    assert_eq!(
        route,
        yaml("{name: r, condition: user-agent = Phone, rewrites: [{path: /s if path_beg /short}]}")
    );
    let gateway: Gateway = expanded("{name: g, routes: {a: slow}}");
    let written = to_json(&gateway);
    assert!(
        written.contains(r#""condition":{"condition":"user-agent = Phone"}"#),
        "{written}"
    );
    let workflow: Workflow = expanded("{name: w, breed: db:9, scale: small, schedule: daemon}");
    assert_eq!(
        workflow,
        yaml(
            "{name: w, breed: {name: 'db:9', deployable: acme/db, ports: {sql: 5432/tcp}}, \
             scale: {metadata: {of: us}, cpu: 1, memory: 128Ki}, schedule: daemon}"
        )
    );
}

#[test]
fn what_has_been_expanded_is_accepted_when_it_is_sent_back() {
    let blueprint: Blueprint = expanded(
        "{name: b, clusters: {db: {services: [{breed: db:9, scale: small}], sla: fast, gateways: {sql: {routes: {'db:9': {rewrites: short}}}}}}}",
    );
    let workflow: Workflow = expanded("{name: w, breed: db:9, scale: small, schedule: daemon}");
    let written = to_json(&blueprint);
    assert_eq!(to_json(&yaml::<Blueprint>(&written)), written);
    let written = to_json(&workflow);
    assert_eq!(to_json(&yaml::<Workflow>(&written)), written);
}

#[test]
fn every_reference_that_leads_nowhere_is_told_with_its_place() {
    let cases: [(UnresolvedReferences, &[&str]); 7] = [
        (
            refused::<Breed>("{name: x, deployable: x, dependencies: {l: lost, m: missing}}"),
            &[
                "dependencies.l.dependencies.a: Artifact cannot be found: 'nowhere'.",
                "dependencies.l.dependencies.c: Artifact cannot be found: 'gone'.",
                "dependencies.m: Artifact cannot be found: 'missing'.",
            ],
        ),
        (
            refused::<Blueprint>(
                "{name: b, gateways: {8080: {routes: {c/p: nobody}}}, clusters: {c: {services: [{breed: x, scale: y}, {breed: unread}], \
                 gateways: {p: {routes: {x: blind}}}, sla: calm}}}",
            ),
            &[
                "gateways.8080.routes.c/p: Artifact cannot be found: 'nobody'.",
                "clusters.c.services[0].breed: Artifact cannot be found: 'x'.",
                "clusters.c.services[0].scale: Artifact cannot be found: 'y'.",
                "clusters.c.services[1].breed: The artifact 'unread' could not be looked up.",
                "clusters.c.gateways.p.routes.x.condition: Artifact cannot be found: 'nothing'.",
                "clusters.c.sla.escalations[0]: Artifact cannot be found: 'nowhere'.",
            ],
        ),
        (
            refused::<Blueprint>(
                "{name: b, clusters: {c: {services: db:9, sla: {reference: none, escalations: [gone]}}}}",
            ),
            &[
                "clusters.c.sla: Artifact cannot be found: 'none'.",
                "clusters.c.sla.escalations[0]: Artifact cannot be found: 'gone'.",
            ],
        ),
        (
            refused::<Breed>("{name: hen, deployable: h, dependencies: {egg: egg}}"),
            &[
                "dependencies.egg.dependencies.a.dependencies.b: References lead in a circle: hen -> egg -> nest -> hen.",
            ],
        ),
        (
            refused::<Workflow>("{name: w, schedule: daemon, breed: egg}"),
            &[
                "breed.dependencies.a.dependencies.b.dependencies.egg: References lead in a circle: egg -> nest -> hen -> egg.",
            ],
        ),
        (
            refused::<Escalation>("{name: round, type: to_one, escalations: [round]}"),
            &["escalations[0]: References lead in a circle: round -> round."],
        ),
        (
            refused::<Sla>("{name: s, type: escalation_only, escalations: round}"),
            &["escalations[0].escalations[0].escalations[0]: References lead in a circle: round -> round."],
        ),
    ];
    for (unresolved, expected) in cases {
        assert_eq!(unresolved.to_string().lines().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn programs_see_what_is_wrong_with_a_reference_by_its_code() {
    let first = |unresolved: &UnresolvedReferences| unresolved.first().clone();
    let absent = first(&refused::<Workflow>("{name: w, schedule: daemon, breed: none}"));
    assert_eq!(absent.code(), code::ARTIFACT_NOT_FOUND);
    assert!(
        matches!(&absent, UnresolvedReference::NotFound { kind: Kind::Breed, name, .. } if name == "none")
    );
    let circle = first(&refused::<Workflow>("{name: w, schedule: daemon, breed: egg}"));
    assert_eq!(circle.code(), code::RECURSIVE_DEPENDENCIES);
    let nobody_knows = yaml::<Workflow>("{name: w, schedule: daemon, breed: none}");
    let unknown = first(&expand_references(&nobody_knows, &NoArtifacts).unwrap_err());
    assert!(matches!(
        unknown,
        UnresolvedReference::Unknown {
            kind: Kind::Breed,
            ..
        }
    ));
}

/// Breeds each of which needs the next one under so many aliases.
fn row_of_breeds(length: usize, aliases: usize) -> ArtifactMap {
    let breed = |number: usize| {
        let dependencies: Vec<String> = (0..aliases)
            .filter(|_| number + 1 < length)
            .map(|alias| format!("a{alias}: n{}", number + 1))
            .collect();
        let text = format!(
            "{{name: n{number}, deployable: d, dependencies: {{{}}}}}",
            dependencies.join(", ")
        );
        AnyArtifact::from(yaml::<Breed>(&text))
    };
    (0..length).map(breed).collect()
}

#[test]
fn what_grows_beyond_all_bounds_is_refused_once() {
    let first: Breed = yaml("{name: x, deployable: d, dependencies: {a: n0}}");
    assert!(expand_references(&first, &row_of_breeds(20, 1)).is_ok());
    assert!(expand_references(&first, &row_of_breeds(12, 2)).is_ok());
    for (length, aliases) in [(21, 1), (20, 2)] {
        let unresolved = expand_references(&first, &row_of_breeds(length, aliases)).unwrap_err();
        let codes: Vec<&str> = unresolved.iter().map(UnresolvedReference::code).collect();
        assert_eq!(codes, [code::LIMIT], "{unresolved}");
    }
}

#[test]
fn breeds_that_are_written_out_become_references() {
    let blueprint: Blueprint = yaml(&format!(
        "{{name: b, clusters: {{cart: {{services: [{{breed: {CART}, scale: {{cpu: 1, memory: 1MB}}}}]}}, db: 'db:9', cache: 'cache:2'}}}}"
    ));
    let short = "{name: b, clusters: {cart: {services: [{breed: 'cart:1', scale: {cpu: 1, memory: 1MB}}]}, db: 'db:9', cache: 'cache:2'}}";
    assert_eq!(only_references(&blueprint), yaml(short), "scales stay");
    assert_eq!(
        only_references(&yaml::<Breed>(CART)),
        yaml(
            "{name: cart:1, deployable: acme/cart, ports: {web: 80}, dependencies: {db: 'db:9', cache: 'cache:2'}}"
        )
    );
    let (breeds, stored) = blueprint.clone().split();
    assert_eq!(breeds, [yaml::<Breed>(CART)], "with what is written out in them");
    assert_eq!(stored, yaml(short));
    assert_eq!(
        blueprint.inline_breeds().collect::<Vec<_>>(),
        breeds.iter().collect::<Vec<_>>()
    );
    let workflow: Workflow = yaml("{name: w, schedule: daemon, breed: {name: x, deployable: x}}");
    assert_eq!(only_references(&workflow), workflow);
    let any = AnyArtifact::from(blueprint);
    assert_eq!(only_references(&any), AnyArtifact::from(stored));
}

#[test]
fn artifacts_of_any_kind_are_expanded_as_themselves() {
    let artifacts: [AnyArtifact; 7] = [
        yaml::<Breed>("{name: x, deployable: x, dependencies: {db: db:9}}").into(),
        yaml::<Blueprint>("{name: b, clusters: {db: db:9}}").into(),
        yaml::<Gateway>("{name: g, routes: {a: slow}}").into(),
        yaml::<Sla>("{name: s, type: escalation_only, escalations: grow}").into(),
        yaml::<Escalation>("{name: g, type: to_all, escalations: [grow]}").into(),
        yaml::<Route>("{name: r, rewrites: short}").into(),
        yaml::<Workflow>("{name: w, breed: db:9, schedule: daemon}").into(),
    ];
    for artifact in artifacts {
        let kind = artifact.kind();
        let expanded = expand_references(&artifact, &stored()).unwrap();
        assert_ne!(expanded, artifact, "{kind}");
        assert_eq!(
            expand_references(&expanded, &NoArtifacts).unwrap(),
            expanded,
            "{kind}"
        );
    }
    let scale = AnyArtifact::from(yaml::<Scale>("{name: s, cpu: 1, memory: 1MB}"));
    assert_eq!(expand_references(&scale, &NoArtifacts).unwrap(), scale);
    assert!(matches!(
        stored().find(Kind::Scale, "s"),
        vamp_model::Found::Absent
    ));
}
