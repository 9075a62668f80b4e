//! Services, clusters and their short forms.

use vamp_model::{
    Blueprint, Escalation, EscalationKind, Memory, Quantity, Reference, SlaKind, SlaReference, to_json,
    to_yaml,
};

use super::{blueprint, breeds, cluster, of_cluster};

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

#[test]
fn a_cluster_keeps_its_gateways_and_sla_when_it_is_its_only_service() {
    let short = cluster(
        "{breed: {name: b, deployable: x, ports: {web: 80}}, scale: {cpu: 1, memory: 1GB}, sla: strict, gateways: {web: {routes: {b: {weight: 100%}}}}}",
    );
    // S01-076: breed and scale make the one service, and the gateways stay where they are.
    assert_eq!(short.services.len(), 1);
    assert!(short.services[0].breed.inline().is_some() && short.services[0].scale.is_some());
    assert_eq!(short.gateways.keys().collect::<Vec<_>>(), ["web"]);
    assert!(short.sla.is_some());
    // Everything else says something of the service.
    let service = cluster(
        "{breed: b, network: HOST, arguments: [a: 1], dialect: {docker: {x: 1}}, health_checks: [], env: {A: 1}}",
    );
    assert_eq!(service.network, None);
    assert_eq!(service.services[0].network.as_deref(), Some("HOST"));
    assert_eq!(service.services[0].health_checks, Some(Vec::new()));
    assert_eq!((service.health_checks, service.dialects.len()), (None, 0));
    // A breed in place of the cluster is a service, too.
    let breed = cluster("{name: b, deployable: x, ports: {web: 80}, sla: strict, gateways: {routes: b}}");
    assert_eq!(breed.services[0].breed.inline().unwrap().name.as_str(), "b");
    assert_eq!(breed.gateways.keys().collect::<Vec<_>>(), ["web"]);
}

#[test]
fn arguments_are_a_list_or_a_mapping() {
    let arguments = |text: &str| {
        let cluster = cluster(&format!("{{services: [{{breed: b, arguments: {text}}}]}}"));
        let arguments = &cluster.services[0].arguments;
        let pairs = arguments
            .iter()
            .map(|argument| (argument.key.clone(), argument.value.clone()));
        pairs.collect::<Vec<_>>()
    };
    // S01-086: both forms give the same arguments in their order, and `false` is a value for `privileged`.
    let listed = arguments("[privileged: false, hostname: web, cap: 1]");
    assert_eq!(listed, arguments("{privileged: false, hostname: web, cap: 1}"));
    let expected = [("privileged", "false"), ("hostname", "web"), ("cap", "1")];
    assert_eq!(
        listed,
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
}

#[test]
fn networks_and_dialects_stand_at_services_and_clusters() {
    let networks = |text: &str| {
        let cluster = cluster(text);
        (cluster.network, cluster.services[0].network.clone())
    };
    let (overlay, host) = (Some("overlay".to_owned()), Some("HOST".to_owned()));
    // S01-084: at the service alone, at the cluster alone, and one at each.
    assert_eq!(
        networks("{services: {breed: b, network: HOST}}"),
        (None, host.clone())
    );
    assert_eq!(
        networks("{services: b, network: overlay}"),
        (overlay.clone(), None)
    );
    assert_eq!(
        networks("{services: {breed: b, network: HOST}, network: overlay}"),
        (overlay, host)
    );

    let text = |key: &str| {
        format!(
            "{{services: [{{breed: a, dialects: {{Docker: {{Env: [1, {{x: ~}}], N: yes}}}}}}, b], {key}: {{marathon: {{cmd: '${{x}}'}}}}}}"
        )
    };
    let read = cluster(&text("dialects"));
    // S01-081: whatever stands in them is kept, `dialect` is the same on a cluster, and the other service has none.
    assert_eq!(
        serde_json::to_value(&read.services[0].dialects).unwrap(),
        serde_json::json!({"docker": {"Env": [1, {"x": null}], "N": true}})
    );
    assert_eq!(
        serde_json::to_value(&read.dialects).unwrap(),
        serde_json::json!({"marathon": {"cmd": "${x}"}})
    );
    assert!(read.services[1].dialects.is_empty());
    assert_eq!(cluster(&text("dialect")), read);
    // Old documents have them without a key around.
    assert_eq!(
        cluster(&text("dialects").replace("dialects: {marathon: {cmd: '${x}'}}", "marathon: {cmd: '${x}'}")),
        read
    );
}

#[test]
fn an_sla_is_named_or_written_out() {
    let sla = |text: &str| cluster(&format!("{{services: b, sla: {text}}}")).sla.unwrap();
    let named = |name: &str| Reference::Named(name.parse().unwrap());
    // S01-056: a text names an SLA, and nothing is escalated here.
    let strict = SlaReference::Named {
        name: "strict".parse().unwrap(),
        escalations: Vec::new(),
    };
    assert_eq!(sla("strict"), strict);
    // S01-057: so does a mapping.
    assert_eq!(sla("{reference: strict}"), strict);
    assert_eq!(sla("{ref: strict, name: ignored}"), strict);

    let SlaReference::Named { name, escalations } =
        sla("{reference: strict, escalations: [page, {ref: mail}, {type: siren, Volume: 11}]}")
    else {
        panic!("not named")
    };
    // S01-058: beside the name of the SLA stands one group of two names and of an escalation of another type.
    assert_eq!(name.as_str(), "strict");
    let [
        Reference::Inline(Escalation {
            kind: EscalationKind::ToAll(members),
            ..
        }),
    ] = escalations.as_slice()
    else {
        panic!("{escalations:?}")
    };
    assert_eq!(members[..2], [named("page"), named("mail")]);
    let Some(EscalationKind::Generic { kind, parameters }) = members[2].inline().map(|inline| &inline.kind)
    else {
        panic!("{members:?}")
    };
    assert_eq!((kind.as_str(), members.len()), ("siren", 3));
    assert_eq!(
        serde_json::to_value(parameters).unwrap(),
        serde_json::json!({"Volume": 11})
    );

    let generic = |text: &str| match sla(text) {
        SlaReference::Inline(sla) => sla,
        SlaReference::Named { name, .. } => panic!("named {name}"),
    };
    let plain = generic("{type: watch, level: high}");
    // S01-059: an SLA of another type has no name, and the extra key is its parameter.
    assert_eq!(plain.name, None);
    assert!(
        matches!(&plain.kind, SlaKind::Generic { kind, parameters } if kind == "watch" && parameters["level"] == "high" && parameters.len() == 1)
    );
    // S01-060: a single escalation stays by itself.
    let escalated = generic("{type: watch, level: high, escalations: [page]}");
    assert_eq!(escalated.escalations, [named("page")]);
    assert_eq!(escalated.kind, plain.kind);
}

#[test]
fn a_service_of_a_deployment_may_be_posted_back_with_its_health() {
    let cluster =
        cluster("{services: [{breed: b, health: {staged: 1, running: 2, healthy: 3, unhealthy: 4}}]}");
    let health = cluster.services[0].health.unwrap();
    assert_eq!(
        (health.staged, health.running, health.healthy, health.unhealthy),
        (1, 2, 3, 4)
    );
}

#[test]
fn what_was_read_is_written_in_full_and_reads_back() {
    let text = "
name: shop:7
metadata: {owner: web}
gateways:
  9050: {sticky: route, virtual_hosts: shop.example.org, routes: {front/web: {weight: 100%}}}
  admin: {port: 9051/tcp, routes: front/adm}
environment_variables: {front.MODE: fast, front.OPEN: ~}
dialects: {Kubernetes: {a: 1}}
clusters:
  front:
    metadata: {tier: 1}
    network: overlay
    dialects: {docker: {b: 2}}
    sla: {type: escalation_only, escalations: [page]}
    health_checks: {port: web, initial_delay: 1s, timeout: 2s, interval: 3s, failures: 4}
    gateways:
      web: {metadata: {x: y}, sticky: instance, routes: {'front:7': {weight: 100%, condition: '< a >'}}}
    services:
    - breed: {name: 'front:7', deployable: x, ports: {web: 80, adm: 81/tcp}, env: {MODE: ~, OPEN: ~}}
      env: {MODE: slow}
      scale: small
      arguments: [privileged: true]
      health_checks: []
      network: HOST
      dialects: {marathon: {c: 3}}
      health: {staged: 0, running: 1, healthy: 1, unhealthy: 0}
";
    let read = blueprint(text);
    let written: serde_json::Value = serde_json::from_str(&to_json(&read)).unwrap();
    let keys = |pointer: &str| {
        let value = written.pointer(pointer).unwrap();
        value.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        keys(""),
        [
            "name",
            "kind",
            "metadata",
            "gateways",
            "clusters",
            "environment_variables",
            "dialects"
        ]
    );
    assert_eq!(
        keys("/clusters/front"),
        [
            "metadata",
            "services",
            "gateways",
            "health_checks",
            "network",
            "sla",
            "dialects"
        ]
    );
    assert_eq!(
        keys("/clusters/front/services/0"),
        [
            "breed",
            "environment_variables",
            "scale",
            "arguments",
            "health_checks",
            "network",
            "dialects",
            "health"
        ]
    );
    assert_eq!(
        keys("/clusters/front/gateways/web"),
        ["metadata", "sticky", "virtual_hosts", "selector", "routes"]
    );
    assert_eq!(keys("/dialects"), ["kubernetes"]);
    for again in [to_json(&read), to_yaml(&read)] {
        assert_eq!(blueprint(&again), read);
    }
}
