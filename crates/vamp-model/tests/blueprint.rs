//! Blueprints in all their forms, and what must fit together in them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use vamp_model::{
    Blueprint, Format, Memory, PortKind, Problem, Quantity, Reference, Service, code, read, to_json,
};

fn blueprint(text: &str) -> Blueprint {
    read(text, Format::Yaml).unwrap()
}

/// A blueprint of one cluster `c`, written in block style.
fn of_cluster(cluster: &str) -> Blueprint {
    blueprint(&format!("{{name: bp, clusters: {{c: {cluster}}}}}"))
}

fn refused(text: &str) -> Problem {
    read::<Blueprint>(text, Format::Yaml).unwrap_err().first().clone()
}

fn breed_of(service: &Service) -> &str {
    match &service.breed {
        Reference::Named(name) => name.as_str(),
        Reference::Inline(breed) => breed.name.as_str(),
    }
}

fn breeds(blueprint: &Blueprint) -> Vec<&str> {
    blueprint.clusters["c"].services.iter().map(breed_of).collect()
}

#[test]
fn a_service_names_its_breed_in_many_ways() {
    let long = of_cluster("{services: [{breed: {ref: b}}]}");
    // S01-055: one cluster, one service, a reference, nothing else.
    assert_eq!((long.clusters.len(), breeds(&long)), (1, vec!["b"]));
    assert!(matches!(
        long.clusters["c"].services[0].breed,
        Reference::Named(_)
    ));
    let same = [
        // S01-069: a list of texts.
        "{services: [b]}",
        // S01-070: one text.
        "{services: b}",
        // S01-071: the cluster itself.
        "b",
        // S01-073: one mapping.
        "{services: {breed: b}}",
        "{services: [{breed: {reference: b}}]}",
        "{services: [{ref: b}]}",
        "{breed: b}",
        "[b]",
    ];
    for cluster in same {
        assert_eq!(of_cluster(cluster), long, "{cluster}");
    }
}

#[test]
fn a_breed_may_be_written_out() {
    let long = of_cluster("{services: [{breed: {name: b, deployable: x}}]}");
    assert!(matches!(
        long.clusters["c"].services[0].breed,
        Reference::Inline(_)
    ));
    let same = [
        // S01-072: one service, not in a list.
        "{services: {breed: {name: b, deployable: x}}}",
        "{services: [{name: b, deployable: x}]}",
        "[{name: b, deployable: x}]",
    ];
    for cluster in same {
        assert_eq!(of_cluster(cluster), long, "{cluster}");
    }
}

#[test]
fn a_scale_is_written_out_or_named() {
    let scale = |text: &str| {
        of_cluster(&format!("{{breed: b, scale: {text}}}")).clusters["c"].services[0]
            .scale
            .clone()
            .unwrap()
    };
    // S01-061: an anonymous scale of 0.2 cores, 120 MB and two instances.
    let Reference::Inline(inline) = scale("{cpu: 0.2, memory: 120 M, instances: 2}") else {
        panic!("not written out")
    };
    assert_eq!((inline.name, inline.instances), (None, 2));
    assert_eq!(
        (inline.cpu, inline.memory),
        (Quantity::new(0.2).unwrap(), Memory::new(120.0).unwrap())
    );
    // S01-062: a name in both forms.
    assert_eq!(scale("large"), Reference::Named("large".parse().unwrap()));
    assert_eq!(scale("{reference: large}"), scale("large"));
}

#[test]
fn a_cluster_may_be_its_only_service() {
    let written = "breed: {name: b, deployable: x}, scale: {cpu: 1, memory: .5GB}";
    let service = |blueprint: &Blueprint| blueprint.clusters["c"].services[0].clone();
    // S01-075: breed and scale of one mapping under `services`.
    let one = of_cluster(&format!("{{services: {{{written}}}}}"));
    assert_eq!(breeds(&one), ["b"]);
    let Some(Reference::Inline(scale)) = service(&one).scale else {
        panic!("no scale")
    };
    // S01-074: half a gigabyte in a list element is 500 MB.
    let Some(Reference::Inline(in_list)) =
        service(&of_cluster(&format!("{{services: [{{{written}}}]}}"))).scale
    else {
        panic!("no scale")
    };
    assert_eq!((scale.memory.value(), in_list.memory.value()), (500.0, 500.0));
    assert_eq!(of_cluster(&format!("{{{written}}}")), one);
    // S01-077: the same with references.
    let named = of_cluster("{breed: b, scale: large}");
    assert_eq!(breeds(&named), ["b"]);
    assert_eq!(
        service(&named).scale,
        Some(Reference::Named("large".parse().unwrap()))
    );
    // S01-078: a list of services in place of the cluster.
    assert_eq!(breeds(&of_cluster("[{breed: b1}, b2]")), ["b1", "b2"]);
}

#[test]
fn services_set_variables() {
    let service =
        of_cluster("{breed: b, env: {'HEAP[test]': 1g, OTHER: 2}}").clusters["c"].services[0].clone();
    let values: Vec<(&str, Option<&str>)> = service
        .environment_variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()))
        .collect();
    // S01-082: an alias is dropped here. S01-083: nothing is checked against a breed that is only named.
    assert_eq!(values, [("HEAP", Some("1g")), ("OTHER", Some("2"))]);
}

#[test]
fn an_inline_breed_keeps_names_with_dots_and_values_with_braces() {
    let read = of_cluster(
        "[{breed: {name: b, deployable: x, env: {spring.profiles.active: '{{ .Env.PROFILE }}'}}}]",
    );
    let breed = read.clusters["c"].services[0].breed.inline().unwrap();
    // S01-133: neither the dots nor the braces mean anything.
    assert_eq!(
        breed.environment_variables["spring.profiles.active"]
            .value
            .as_deref(),
        Some("{{ .Env.PROFILE }}")
    );
    assert!(to_json(&read).contains(r#""spring.profiles.active":"{{ .Env.PROFILE }}""#));
}

const INLINE: &str =
    "clusters: {c: {services: [{breed: {name: b, deployable: x, ports: {web: 80}, env: {A: ~}}}]}}";

#[test]
fn gateways_lead_to_the_ports_of_clusters() {
    let gateways = |text: &str| blueprint(&format!("{{name: bp, gateways: {text}, {INLINE}}}")).gateways;
    // S01-088: the key is the port, the text the one route. S01-091: the breed has that port.
    let short = gateways("{8080: c/web}");
    assert_eq!(short["8080"].port.to_string(), "8080");
    let (path, route) = short["8080"].gateway.routes.get_index(0).unwrap();
    assert_eq!(
        (path.segments(), route.inline().unwrap().weight),
        (&["c".to_owned(), "web".to_owned()][..], None)
    );
    // S01-089: types of ports in keys; their names are the numbers.
    let typed = gateways("{8081: c/web, 8082/tcp: c/web, 8083/http: c/web}");
    let names: Vec<&str> = typed.keys().map(String::as_str).collect();
    assert_eq!(names, ["8081", "8082", "8083"]);
    let kinds: Vec<PortKind> = typed.values().map(|gateway| gateway.port.kind()).collect();
    assert_eq!(kinds, [PortKind::Http, PortKind::Tcp, PortKind::Http]);
    // S01-109: a label beside an explicit port.
    let labelled = gateways("{web: {port: 8080/http, routes: c/web}}");
    assert_eq!(labelled["web"].port.to_string(), "8080/http");
    let unassigned = gateways("{web: c/web, other: c/web}");
    assert!(unassigned.values().all(|gateway| !gateway.port.is_assigned()));
    // S01-105: paths and mappings in one list; weights of a half, a half and none.
    let mixed = "{name: bp, gateways: {80: {routes: [c/web: {weight: 50%}, c/adm: {weight: 50 %}, c/raw]}}, clusters: {c: b}}";
    assert_eq!(blueprint(mixed).gateways["80"].gateway.routes.len(), 3);
}

#[test]
fn metadata_are_kept_at_every_level_that_has_them() {
    let text = "{name: bp, metadata: {a: {b: [true, 1, x]}}, gateways: {80: {metadata: {c: false}, routes: c/web}}, clusters: {c: {metadata: {d: 1}, services: b}}}";
    let written = to_json(&blueprint(text));
    // S01-085: nested values and booleans of the blueprint and of a gateway survive, printing included.
    assert!(
        written.contains(
            r#""metadata":{"a":{"b":[true,1,"x"]}},"gateways":{"80":{"metadata":{"c":false},"port":"80""#
        ),
        "{written}"
    );
    assert!(written.contains(r#""c":{"metadata":{"d":1}"#), "{written}");
}

#[test]
fn variables_belong_to_clusters() {
    let with = |name: &str, rest: &str| format!("{{name: bp, env: {{{name}: 1}}, {rest}}}");
    // S01-118: both spellings of a variable that a breed declares.
    let short = blueprint(&with("c.A", INLINE));
    assert_eq!(blueprint(&with("c.environment_variables.A", INLINE)), short);
    assert!(to_json(&short).contains(r#""environment_variables":{"c.A":"1"}"#));
    // S01-119: any variable where a breed is only named.
    blueprint(&with("c.ANY", "clusters: {c: b}"));
    let unknown = [
        // S01-115: an unknown cluster; the message has name and value.
        "x.A",   // S01-116: a port is no variable.
        "c.web", // S01-117: nothing of that name.
        "c.NOPE", "NODOT",
    ];
    for name in unknown {
        let problem = refused(&with(name, INLINE));
        assert_eq!(problem.code, code::UNRESOLVED_ENVIRONMENT_VARIABLE, "{name}");
        assert!(problem.message.contains(&format!("'{name} -> 1'")), "{problem}");
    }
}

#[test]
fn the_parts_of_a_blueprint_fit_together() {
    let gateways = |gateways: &str| format!("{{name: bp, gateways: {gateways}, {INLINE}}}");
    let services = |services: &str| format!("{{name: bp, clusters: {services}}}");
    let breed = "breed: {name: b, deployable: x, ports: {web: 80}, env: {A: 1}}";
    let cases = [
        // S01-092: one segment; the route as name, the port as value.
        (
            gateways("{9050: c}"),
            code::UNRESOLVED_GATEWAY_PORT,
            "'c -> 9050'",
        ),
        // S01-093: a variable is no port.
        (
            gateways("{9050: c/A}"),
            code::UNRESOLVED_GATEWAY_PORT,
            "'c.A -> 9050'",
        ),
        (
            gateways("{9050: x/web}"),
            code::UNRESOLVED_GATEWAY_PORT,
            "'x.web -> 9050'",
        ),
        // S01-103: sticky at a tcp port.
        (
            gateways("{9050/tcp: {sticky: route, routes: c/web}}"),
            code::STICKY_PORT_TYPE,
            "'9050/tcp'",
        ),
        // S01-104: a condition at a tcp port, named after the path of its route.
        (
            gateways("{9050/tcp: {routes: {c/web: {condition: '< a >'}}}}"),
            code::CONDITION_PORT_TYPE,
            "'c/web'",
        ),
        // S01-106: weights beyond everything.
        (
            gateways("{9050: {routes: {c/web: {weight: 50%}, c/web2: {weight: 60%}}}}"),
            code::GATEWAY_ROUTE_WEIGHT,
            "0% or 100%",
        ),
        // S01-107: one number, two types.
        (
            gateways("{9050: c/web, 9050/tcp: c/web}"),
            code::DUPLICATE_GATEWAY_PORT,
            "'9050'",
        ),
        (
            gateways("{9050: {name: x, routes: c/web}}"),
            code::NOT_ANONYMOUS,
            "'x'",
        ),
        (gateways("{9050: ~}"), code::MISSING_PATH_VALUE, "/9050"),
        (gateways("{9050: [c/web]}"), code::UNEXPECTED_TYPE, "'9050'"),
        (gateways("{70000: c/web}"), code::INVALID_GATEWAY_PORT, "70000"),
        // S01-120: a breed in two clusters.
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
        // S01-127: no service at all.
        (services("{}"), code::NO_SERVICE, "service"),
        (services("{c: {services: []}}"), code::NO_SERVICE, "service"),
        ("{name: bp}".to_owned(), code::NO_SERVICE, "service"),
        // S01-128: a variable that the breed does not declare.
        (
            services(&format!("{{c: {{{breed}, env: {{B: 1}}}}}}")),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "Unresolved reference 'B' in breed 'b -> x'. Check if breed dependency is declared.",
        ),
        // S01-129: a variable without value; the message has breed and name.
        (
            services(&format!("{{c: {{{breed}, env: {{A: ~}}}}}}")),
            code::MISSING_ENVIRONMENT_VARIABLE,
            "Missing environment variable value for 'A' in service 'b.'",
        ),
        // S01-131: a cluster's name with a slash.
        (services("{a/b: b}"), code::ILLEGAL_NAME, "a/b"),
        (services("{c: {}}"), code::MISSING_PATH_VALUE, "/breed"),
        (
            services("{c: {scale: small}}"),
            code::MISSING_PATH_VALUE,
            "/breed",
        ),
        (services("{c: ~}"), code::UNEXPECTED_TYPE, "'c'"),
        (services("{c: 5}"), code::UNEXPECTED_TYPE, "'c'"),
        (services("[]"), code::UNEXPECTED_TYPE, "'clusters'"),
        (services("{c: [~]}"), code::UNEXPECTED_TYPE, "'c'"),
        (
            services("{c: {breed: b, scale: {name: s, cpu: 1, memory: 1GB}}}"),
            code::EITHER_REFERENCE_OR_ANONYMOUS,
            "scale -> s",
        ),
        (
            services("{c: {breed: b, scale: {reference: s, cpu: 1}}}"),
            code::UNEXPECTED_ELEMENT,
            "cpu",
        ),
        (
            services("{c: {breed: b, gateways: {routes: {b: {weight: 100%}}}}}"),
            code::NOT_SUPPORTED,
            "gateways",
        ),
        (
            services("{c: {breed: b, dialects: {docker: {a: 1}}}}"),
            code::NOT_SUPPORTED,
            "dialects",
        ),
        (
            services("{c: {breed: b, network: HOST}}"),
            code::NOT_SUPPORTED,
            "network",
        ),
        // S01-087: an unknown key in a service of a list, with the way that leads to it.
        (
            services("{c: {services: [{breed: b, scall: {cpu: 1}}]}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"clusters":{"c":{"services":[{"scall":{"cpu":1}}]}}}"#,
        ),
    ];
    for (text, expected, words) in cases {
        let problem = refused(&text);
        assert_eq!(problem.code, expected, "{text}: {problem}");
        assert!(problem.message.contains(words), "{text}: {problem}");
    }
    // S01-094: any port where one service's breed is only named.
    blueprint("{name: bp, gateways: {9050: c/any}, clusters: {c: [{name: b, deployable: x}, b2]}}");
    // S01-122: clusters of named breeds need nothing more.
    blueprint("{name: bp, clusters: {c: b1, d: b2}}");
}

#[test]
fn health_checks_stand_at_services_and_clusters() {
    let check =
        |port: &str| format!("{{port: {port}, initial_delay: 1s, timeout: 2s, interval: 3s, failures: 4}}");
    let (web, adm, nope) = (check("web"), check("adm"), check("nope"));
    let breed = |name: &str, port: &str| format!("{{name: {name}, deployable: x, ports: {{{port}: 80}}}}");
    let service =
        |checks: &str| of_cluster(&format!("{{services: [{{breed: b, health_checks: {checks}}}]}}"));
    let at_service = |checks: &str| {
        service(checks).clusters["c"].services[0]
            .health_checks
            .clone()
            .unwrap()
    };
    // S01-134: one element, with the defaults.
    let one = at_service(&format!("[{web}]"));
    assert_eq!(
        (one.len(), one[0].path.as_str(), one[0].protocol.clone()),
        (1, "/", vamp_model::Protocol::Http)
    );
    // S01-135: two, in order.
    let ports: Vec<String> = at_service(&format!("[{web}, {adm}]"))
        .iter()
        .map(|check| check.port.to_string())
        .collect();
    assert_eq!(ports, ["web", "adm"]);
    // S01-136: one mapping is a list of one.
    assert_eq!(at_service(&web), one);
    // S01-137: any port of a breed that is only named.
    assert_eq!(at_service(&nope).len(), 1);
    // S01-138: a port of the breed.
    of_cluster(&format!(
        "{{services: [{{breed: {}, health_checks: {web}}}]}}",
        breed("b", "web")
    ));
    // S01-140: a cluster's checks are not those of its services. S01-141: they may ask ports of different services.
    let cluster = |checks: &str| {
        format!(
            "{{services: [{{breed: {}}}, {{breed: {}}}], health_checks: {checks}}}",
            breed("b1", "web"),
            breed("b2", "adm")
        )
    };
    let read = of_cluster(&cluster(&format!("[{web}, {adm}]")));
    assert_eq!(read.clusters["c"].health_checks.as_ref().map(Vec::len), Some(2));
    assert!(
        read.clusters["c"]
            .services
            .iter()
            .all(|service| service.health_checks.is_none())
    );
    assert_eq!(
        of_cluster(&cluster(&web)).clusters["c"]
            .health_checks
            .as_ref()
            .map(Vec::len),
        Some(1)
    );
    let unknown = [
        // S01-139: a port that the service's breed does not have.
        format!(
            "{{services: [{{breed: {}, health_checks: {nope}}}]}}",
            breed("b", "web")
        ),
        // S01-142: a port that no breed of the cluster has.
        cluster(&nope),
        // S01-143: one of two.
        cluster(&format!("[{web}, {nope}]")),
    ];
    for cluster in unknown {
        let problem = refused(&format!("{{name: bp, clusters: {{c: {cluster}}}}}"));
        assert_eq!(problem.code, code::UNRESOLVED_PORT_REFERENCE, "{problem}");
        assert!(problem.message.contains("nope"));
    }
}

#[test]
fn clusters_services_and_routes_keep_the_order_written() {
    let text = "{name: bp, gateways: {80: {routes: [c/e, c/d, c/c, c/b, c/a, c/f]}}, clusters: {c: [s6, s5, s4, s3, s2, s1], z: z1, a: a1}}";
    let blueprint = blueprint(text);
    let paths: Vec<&str> = blueprint.gateways["80"]
        .gateway
        .routes
        .keys()
        .map(|path| path.source())
        .collect();
    assert_eq!(paths, ["c/e", "c/d", "c/c", "c/b", "c/a", "c/f"]);
    assert_eq!(breeds(&blueprint), ["s6", "s5", "s4", "s3", "s2", "s1"]);
    let clusters: Vec<&str> = blueprint.clusters.keys().map(|name| name.as_str()).collect();
    assert_eq!(clusters, ["c", "z", "a"]);
}
