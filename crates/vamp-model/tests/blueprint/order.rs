//! Which of several problems of a blueprint is the first one.

use vamp_model::{Blueprint, Format, code, read};

/// A part of a blueprint that has one problem: a cluster or a piece at the top.
struct Part {
    clusters: &'static str,
    top: &'static str,
    code: &'static str,
}

const fn cluster(clusters: &'static str, code: &'static str) -> Part {
    Part {
        clusters,
        top: "",
        code,
    }
}

const fn top(top: &'static str, code: &'static str) -> Part {
    Part {
        clusters: "",
        top,
        code,
    }
}

/// In the order in which reading and then checking meet them. Each cluster stands for itself.
const PARTS: [Part; 29] = [
    // The clusters, one after the other: the order of these is that of the text.
    cluster("a1: {services: x1, sla: {}}", code::MISSING_PATH_VALUE),
    cluster("a2: {services: {breed: {name: x2}}}", code::MISSING_PATH_VALUE),
    cluster("a3: {services: {breed: x3, env: x}}", code::UNEXPECTED_TYPE),
    cluster(
        "a4: {services: {breed: x4, scale: {cpu: 1}}}",
        code::MISSING_PATH_VALUE,
    ),
    cluster(
        "a5: {services: {breed: x5, arguments: x}}",
        code::INVALID_ARGUMENT,
    ),
    cluster(
        "a6: {services: {breed: x6, health_checks: x}}",
        code::UNEXPECTED_TYPE,
    ),
    cluster("a7: {services: {breed: x7, health: x}}", code::UNEXPECTED_TYPE),
    cluster("a8: {services: x8, metadata: x}", code::UNSUPPORTED_METADATA),
    cluster(
        "a9: {services: x9, gateways: {web: {sticky: x}}}",
        code::ILLEGAL_GATEWAY_STICKY_VALUE,
    ),
    cluster("b0: {services: y0, health_checks: [x]}", code::UNEXPECTED_TYPE),
    top("environment_variables: {a.A: [1]}", code::MALFORMED_TRAIT),
    top("name: a/b", code::ILLEGAL_NAME),
    top("metadata: x", code::UNSUPPORTED_METADATA),
    top(
        "gateways: {80: {routes: {ok/web: {weight: 50%}}}}",
        code::GATEWAY_ROUTE_WEIGHT,
    ),
    // From here on everything has been read.
    cluster("b/1: y1", code::ILLEGAL_NAME),
    top("gateways: {81: nope/web}", code::UNRESOLVED_GATEWAY_PORT),
    top(
        "environment_variables: {nope.A: 1}",
        code::UNRESOLVED_ENVIRONMENT_VARIABLE,
    ),
    top("environment_variables: {ok.A: 5$}", code::PARSER),
    cluster(
        "b2: {services: y2, gateways: {web: {routes: {z: {}}}}}",
        code::UNRESOLVED_SERVICE_ROUTE,
    ),
    cluster(
        "b3: {services: [y3, z3, q3], gateways: {web: {routes: {y3: {weight: 60%}, z3: {weight: 60%}, q3: stored}}}}",
        code::ROUTE_WEIGHT,
    ),
    cluster(
        "b4: {services: {breed: {name: y4, deployable: x, ports: {web: 80/tcp}}}, gateways: {web: {sticky: route}}}",
        code::STICKY_PORT_TYPE,
    ),
    cluster(
        "b5: {services: {breed: {name: y5, deployable: x, ports: {web: 80/tcp}}}, gateways: {web: {routes: {y5: {condition: '< x >'}}}}}",
        code::CONDITION_PORT_TYPE,
    ),
    top(
        "gateways: {82: ok/web, 82/tcp: ok/web}",
        code::DUPLICATE_GATEWAY_PORT,
    ),
    cluster(
        "b6: {services: {breed: {name: y6, deployable: x, ports: {web: 80}}}, gateways: {nope: {}}}",
        code::UNRESOLVED_GATEWAY_PORT,
    ),
    cluster(
        "b7: {services: {breed: {name: y7, deployable: x, ports: {web: 80, adm: 81}}}, gateways: {sticky: route}}",
        code::ILLEGAL_ANONYMOUS_ROUTING_PORT_MAPPING,
    ),
    cluster(
        "b8: {services: {breed: y8, arguments: [privileged: x]}}",
        code::INVALID_ARGUMENT_VALUE,
    ),
    cluster("b9: [y9, y9]", code::NON_UNIQUE_BLUEPRINT_BREED_REFERENCE),
    cluster(
        "c0: {breed: {name: z0, deployable: x}, env: {A: 1}}",
        code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
    ),
    cluster(
        "c1: {breed: {name: z1, deployable: x, dependencies: {d: nope}}}",
        code::UNRESOLVED_BREED_DEPENDENCY,
    ),
];

/// What comes last of all, in this order.
const LAST: [Part; 4] = [
    cluster(
        "c2: {services: {breed: {name: z2, deployable: x}, health_checks: {port: p, initial_delay: 1s, timeout: 1s, interval: 1s, failures: 1}}}",
        code::UNRESOLVED_PORT_REFERENCE,
    ),
    cluster(
        "c3: {services: r3, sla: {type: escalation_only, escalations: {type: scale_cpu, minimum: 1, maximum: 1, scale_by: 1, target: nope}}}",
        code::UNRESOLVED_SCALE_ESCALATION_TARGET_CLUSTER,
    ),
    top("kind: breeds", code::INCONSISTENT_ARTIFACT_KIND),
    top("unknown: 1", code::UNEXPECTED_ELEMENT),
];

fn key(part: &Part) -> &str {
    part.top.split(':').next().unwrap()
}

/// A blueprint with both parts, the later one in front wherever the text decides nothing.
fn with(earlier: &Part, later: &Part) -> String {
    let in_text_order = earlier.code_is_structural() && later.code_is_structural();
    let clusters = if in_text_order {
        [earlier.clusters, later.clusters]
    } else {
        [later.clusters, earlier.clusters]
    };
    let clusters: Vec<&str> = clusters.into_iter().filter(|text| !text.is_empty()).collect();
    let mut lines = vec![later.top.to_owned(), earlier.top.to_owned()];
    if ![key(earlier), key(later)].contains(&"name") {
        lines.push("name: bp".to_owned());
    }
    lines.push(format!("clusters: {{ok: ok, {}}}", clusters.join(", ")));
    lines.join("\n")
}

impl Part {
    /// Whether the problem is met while the cluster is read.
    fn code_is_structural(&self) -> bool {
        let position = PARTS.iter().position(|part| std::ptr::eq(part, self));
        !self.clusters.is_empty() && position.is_some_and(|position| position < 10)
    }
}

#[test]
fn parts_are_read_in_their_order_before_they_are_compared() {
    let parts: Vec<&Part> = PARTS.iter().chain(&LAST).collect();
    for (position, earlier) in parts.iter().enumerate() {
        for later in &parts[position + 1..] {
            if !earlier.top.is_empty() && key(earlier) == key(later) {
                continue;
            }
            let text = with(earlier, later);
            let problems = read::<Blueprint>(&text, Format::Yaml).unwrap_err();
            let found: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
            assert_eq!(problems.first().code, earlier.code, "{text}\n{problems}");
            // The other one is told as well, and nothing that follows from them.
            assert!(
                found.contains(&later.code) && found.len() == 2,
                "{text}\n{problems}"
            );
        }
    }
}

#[test]
fn inside_a_cluster_the_order_of_the_language_counts_not_that_of_the_text() {
    // Each of these is wrong, and stands in front of those that are read before it.
    let fields = [
        ("sla: {}", "sla"),
        (
            "services: [{health: x, health_checks: x, arguments: x, scale: [x], env: x, breed: [x]}]",
            "services[0].breed",
        ),
        ("metadata: x", "metadata"),
        ("gateways: x", "gateways"),
        ("health_checks: x", "health_checks"),
    ];
    for first in 0..fields.len() {
        let written: Vec<&str> = fields[first..].iter().rev().map(|(text, _)| *text).collect();
        let services = if first > 1 { ", services: b" } else { "" };
        let text = format!(
            "{{name: bp, clusters: {{c: {{{}{services}}}}}}}",
            written.join(", ")
        );
        let problems = read::<Blueprint>(&text, Format::Yaml).unwrap_err();
        assert_eq!(
            problems.first().path,
            format!("clusters.c.{}", fields[first].1),
            "{text}\n{problems}"
        );
    }
    let service = [
        "breed: [x]",
        "env: x",
        "scale: [x]",
        "arguments: x",
        "health_checks: x",
        "health: x",
    ];
    for first in 0..service.len() {
        let written: Vec<&str> = service[first..].iter().rev().copied().collect();
        let breed = if first > 0 { ", breed: b" } else { "" };
        let text = format!(
            "{{name: bp, clusters: {{c: [{{{}{breed}}}]}}}}",
            written.join(", ")
        );
        let problems = read::<Blueprint>(&text, Format::Yaml).unwrap_err();
        let field = service[first].split(':').next().unwrap();
        assert_eq!(
            problems.first().path,
            format!("clusters.c[0].{field}"),
            "{text}\n{problems}"
        );
    }
}
