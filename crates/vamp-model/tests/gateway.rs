//! Stand-alone gateways as users write them and as scripts post them back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use vamp_model::{Format, Gateway, PortKind, Problem, Route, code, lookup, read, to_json};

fn gateway(text: &str) -> Gateway {
    read(text, Format::Yaml).unwrap()
}

fn refused(text: &str) -> Problem {
    read::<Gateway>(text, Format::Yaml).unwrap_err().first().clone()
}

fn weights(gateway: &Gateway) -> Vec<(String, Option<u8>)> {
    let weight = |route: &Route| route.weight.map(|weight| weight.value());
    gateway
        .inline_routes()
        .map(|(path, route)| (path.to_string(), weight(route)))
        .collect()
}

#[test]
fn a_gateway_has_a_name_a_port_and_routes() {
    let edge = gateway("{name: edge, port: 8080, routes: {shop: {weight: 50%}, shop/web: {weight: 50 %}}}");
    assert_eq!(edge.name.as_ref().unwrap().as_str(), "edge");
    // S01-157: a whole number is a port that prints as it was written.
    assert_eq!(edge.port.as_ref().unwrap().to_string(), "8080");
    assert_eq!(edge.port.as_ref().unwrap().kind(), PortKind::Http);
    assert_eq!(
        weights(&edge),
        [("shop".into(), Some(50)), ("shop/web".into(), Some(50))]
    );
    assert!(gateway("{name: edge}").port.is_none());
    // S01-164: a selector that says nothing is none.
    for none in ["~", "null"] {
        let without = gateway(&format!(
            "{{name: edge, selector: {none}, routes: {{shop: {{selector: {none}}}}}}}"
        ));
        assert_eq!(without, gateway("{name: edge, routes: shop}"));
    }
}

#[test]
fn a_port_is_only_sticky_when_it_says_so() {
    // S01-152: a name of two segments; `sticky: none` is accepted at a tcp port.
    let tcp = gateway("{name: shop/raw, port: 8080/tcp, sticky: none}");
    assert_eq!(
        (tcp.name.unwrap().segments().count(), tcp.port.unwrap().kind()),
        (2, PortKind::Tcp)
    );
    gateway("{name: edge, port: 80, sticky: NONE}");
    // S01-154: sticky at a tcp port is refused, naming the port by its text.
    let problem = refused("{name: edge, port: 8080/tcp, sticky: route}");
    assert_eq!(problem.code, code::STICKY_PORT_TYPE);
    assert!(problem.message.contains("'8080/tcp'"), "{problem}");
}

#[test]
fn routes_are_one_path_a_list_or_a_mapping() {
    let path = |text: &str| gateway(&format!("{{name: edge, routes: {text}}}"));
    assert_eq!(weights(&path("a/b")), [("a/b".into(), None)]);
    assert_eq!(
        weights(&path("[a/b, c]")),
        [("a/b".into(), None), ("c".into(), None)]
    );
    assert_eq!(
        weights(&path("[{a/b: {weight: 30%}, d: {weight: 70%}}, c]")),
        [
            ("a/b".into(), Some(30)),
            ("d".into(), Some(70)),
            ("c".into(), None)
        ]
    );
    assert_eq!(
        weights(&path("{a: ~, b: {}}")),
        [("a".into(), None), ("b".into(), None)]
    );
}

#[test]
fn an_external_route_needs_no_quotes() {
    // S01-158: a key in brackets is one segment that keeps them, whatever its slashes.
    let external =
        gateway("name: edge\nroutes:\n  [external/1/2]: {weight: 50%}\n  [10.0.0.5:80]: {weight: 50%}\n");
    let (first, second) = (
        external.routes.get_index(0).unwrap().0,
        external.routes.get_index(1).unwrap().0,
    );
    assert_eq!(first.segments(), ["[external/1/2]"]);
    assert_eq!(first.external(), Some("external/1/2"));
    assert_eq!(second.external(), Some("10.0.0.5:80"));
    assert_eq!(
        weights(&gateway("name: edge\nroutes: {[10.0.0.5:80]: {}}\n")),
        [("[10.0.0.5:80]".into(), None)]
    );
}

#[test]
fn the_algorithms_that_share_traffic_among_targets_are_kept() {
    let balanced = gateway(
        "{name: edge, routes: {a: {balance: leastconn}, b: {balance: hdr(x-user)}, c: {balance: default}}}",
    );
    // S01-155: texts of `balance` are kept; `default` is none.
    let balances: Vec<Option<&str>> = balanced
        .routes
        .values()
        .map(|r| r.inline().unwrap().balance.as_ref().map(|b| b.as_str()))
        .collect();
    assert_eq!(balances, [Some("leastconn"), Some("hdr(x-user)"), None]);
}

#[test]
fn virtual_hosts_are_a_list_or_one() {
    let hosts = |text: &str| {
        gateway(&format!("{{name: edge, virtual_hosts: {text}}}"))
            .virtual_hosts
            .len()
    };
    // S01-159: a list, an empty list and one text.
    assert_eq!(
        (
            hosts("[a.example.org, b.example.org]"),
            hosts("[]"),
            hosts("a.example.org")
        ),
        (2, 0, 1)
    );
    // S01-160: a mapping is none.
    assert_eq!(
        refused("{name: edge, virtual_hosts: {a: b}}").code,
        code::ILLEGAL_GATEWAY_VIRTUAL_HOSTS
    );
    for bad in ["[1]", "[[a]]", "'a b'", "'a:80'", "\"a\\nbind :1\""] {
        let problem = refused(&format!("{{name: edge, virtual_hosts: {bad}}}"));
        assert_eq!(problem.code, code::ILLEGAL_GATEWAY_VIRTUAL_HOSTS, "{bad}");
    }
}

#[test]
fn where_a_gateway_is_reached_may_be_told() {
    let service = |port: &str| {
        gateway(&format!("{{name: edge, service: {{host: h, port: {port}}}}}"))
            .service
            .unwrap()
    };
    // S01-161: a port with either type, or a bare number, which is http.
    assert_eq!(service("31234/http").port.kind(), PortKind::Http);
    assert_eq!(service("31234/tcp").port.kind(), PortKind::Tcp);
    assert_eq!(
        (service("31234").port.kind(), service("31234").port.number()),
        (PortKind::Http, 31234)
    );
}

#[test]
fn weights_add_up_to_nothing_or_to_everything() {
    let routes = |text: &str| format!("{{name: edge, routes: {{{text}}}}}");
    for good in [
        "a: {weight: 0%}",
        "a: {}, b: {}",
        "a: {weight: 50%}, b: {weight: 50%}, c: {}",
        "a: {weight: 100%}",
    ] {
        gateway(&routes(good));
    }
    for bad in [
        // S01-162: one route with a half.
        "a: {weight: 50%}",
        // S01-163: more than all.
        "a: {weight: 50%}, b: {weight: 60%}",
        "a: {weight: 30%}, b: {}",
    ] {
        let problem = refused(&routes(bad));
        assert_eq!(problem.code, code::GATEWAY_ROUTE_WEIGHT, "{bad}");
        assert!(problem.message.contains("edge"), "{problem}");
    }
}

#[test]
fn a_raw_condition_takes_requests_whatever_the_weights() {
    let text = "{name: edge, routes: {a: {weight: 10%, condition: '< path_beg /beta >', condition_strength: 10%}, b: {weight: 90%}}}";
    let edge = gateway(text);
    // S01-067: weight and condition stand together; S01-111: with a strength, and beside a route without any of it.
    assert_eq!(weights(&edge), [("a".into(), Some(10)), ("b".into(), Some(90))]);
    assert_eq!(
        edge.routes[0].inline().unwrap().inline_condition().unwrap().raw(),
        Some("path_beg /beta")
    );
    assert_eq!(
        edge.routes[0]
            .inline()
            .unwrap()
            .condition_strength
            .unwrap()
            .value(),
        10
    );
    assert_eq!(
        (
            &edge.routes[1].inline().unwrap().condition,
            edge.routes[1].inline().unwrap().condition_strength
        ),
        (&None, None)
    );
    for form in ["'< path_beg /beta >'", "{condition: '< path_beg /beta >'}"] {
        let same = gateway(&text.replace("'< path_beg /beta >'", form));
        assert_eq!(same, edge);
    }
    for other in [
        "User-Agent = Safari",
        "'< a > b >'",
        "{condition: hdr_sub(user-agent) Android}",
    ] {
        gateway(&text.replace("'< path_beg /beta >'", other));
    }
    for none in ["''", "{condition: ''}", "~"] {
        // S01-113: an empty text is no condition; S01-114: nor is it inside a mapping.
        let without = gateway(&format!("{{name: edge, routes: {{a: {{condition: {none}}}}}}}"));
        assert_eq!(without.routes[0].inline().unwrap().condition, None);
    }
    let bad = [
        ("\"< a\\n bind :1 >\"", code::INVALID_CONDITION),
        ("'<  >'", code::INVALID_CONDITION),
        ("{reference: st/red}", code::ILLEGAL_NAME),
        ("{}", code::MISSING_PATH_VALUE),
        (
            "{name: n, condition: '< a >'}",
            code::EITHER_REFERENCE_OR_ANONYMOUS,
        ),
    ];
    for (condition, expected) in bad {
        let problem = refused(&format!(
            "{{name: edge, routes: {{a: {{condition: {condition}}}}}}}"
        ));
        assert_eq!(problem.code, expected, "{condition}: {problem}");
    }
}

#[test]
fn what_is_wrong_with_a_gateway_is_told() {
    let cases = [
        ("{port: 80}", code::MISSING_PATH_VALUE, "/name"),
        // S01-153: five segments.
        ("{name: a/b/c/d/e}", code::UNSUPPORTED_GATEWAY_NAME, "a/b/c/d/e"),
        ("{name: 'a[b]'}", code::UNSUPPORTED_GATEWAY_NAME, "a[b]"),
        ("{name: a, port: -1}", code::INVALID_GATEWAY_PORT, "-1"),
        ("{name: a, port: 70000}", code::INVALID_GATEWAY_PORT, "70000"),
        ("{name: a, port: 70000/tcp}", code::INVALID_GATEWAY_PORT, "70000"),
        ("{name: a, port: abc/http}", code::UNEXPECTED_TYPE, "'port'"),
        ("{name: a, port: 1.5}", code::UNEXPECTED_TYPE, "'port'"),
        ("{name: a, port: {}}", code::UNEXPECTED_TYPE, "'port'"),
        ("{name: a, deployed: 'true'}", code::UNEXPECTED_TYPE, "'deployed'"),
        (
            "{name: a, sticky: forever}",
            code::ILLEGAL_GATEWAY_STICKY_VALUE,
            "forever",
        ),
        ("{name: a, selector: ''}", code::INVALID_SELECTOR, "''"),
        (
            "{name: a, routes: {a/b/c/d/e: {}}}",
            code::UNSUPPORTED_ROUTE_PATH,
            "a/b/c/d/e",
        ),
        ("{name: a, routes: {/: {}}}", code::UNSUPPORTED_ROUTE_PATH, "/"),
        (
            "{name: a, routes: {a/b: {}, a//b: {}}}",
            code::DUPLICATE_ROUTE,
            "a//b",
        ),
        (
            "{name: a, routes: {a: {weight: 50}}}",
            code::UNEXPECTED_TYPE,
            "'weight'",
        ),
        (
            "{name: a, routes: {a: {weight: 101%}}}",
            code::UNEXPECTED_TYPE,
            "'weight'",
        ),
        (
            "{name: a, routes: {a: {weigth: 5%}}}",
            code::UNEXPECTED_ELEMENT,
            r#"{"routes":{"a":{"weigth":"5%"}}}"#,
        ),
        ("{name: a, routes: {a: st/red}}", code::ILLEGAL_NAME, "st/red"),
        (
            "{name: a, routes: {a: {reference: stored, weight: 5%}}}",
            code::UNEXPECTED_ELEMENT,
            "weight",
        ),
        (
            "{name: a, routes: {a: {name: b}}}",
            code::EITHER_REFERENCE_OR_ANONYMOUS,
            "route -> b",
        ),
        (
            "{name: a, routes: {a: {rewrites: [{path: /x unless y}]}}}",
            code::UNSUPPORTED_PATH_REWRITE,
            "/x unless y",
        ),
        (
            "{name: a, routes: {a: {balance: \"x\\ny\"}}}",
            code::INVALID_BALANCE,
            "x",
        ),
        ("{name: a, routes: [[a]]}", code::UNEXPECTED_TYPE, "'routes'"),
        (
            "{name: a, port: 80/tcp, routes: {a: {condition: '< b >'}}}",
            code::CONDITION_PORT_TYPE,
            "'80/tcp'",
        ),
    ];
    for (text, expected, words) in cases {
        let problem = refused(text);
        assert_eq!(problem.code, expected, "{text}: {problem}");
        assert!(problem.message.contains(words), "{text}: {problem}");
    }
}

#[test]
fn what_the_api_prints_can_be_sent_back_with_a_changed_weight() {
    let written = to_json(&gateway(
        "{name: shop/web/http, port: 40000/http, routes: {shop/web/a/http: {weight: 100%}, shop/web/b/http: {weight: 0%}}}",
    ));
    let name = "shop/web/http".parse().unwrap();
    let route = |path: &str, weight: &str| {
        let lookup_name = lookup::route(Some(&name), &path.parse().unwrap());
        format!(
            r#""{path}":{{"metadata":{{}},"lookup_name":"{lookup_name}","selector":null,"weight":"{weight}","balance":"default","condition":null,"condition_strength":null,"rewrites":[]}}"#
        )
    };
    assert_eq!(
        written,
        format!(
            r#"{{"name":"shop/web/http","kind":"gateways","metadata":{{}},"lookup_name":"{}","internal":true,"deployed":false,"port":"40000/http","sticky":null,"virtual_hosts":[],"selector":null,"routes":{{{},{}}}}}"#,
            lookup::gateway("shop/web/http"),
            route("shop/web/a/http", "100%"),
            route("shop/web/b/http", "0%"),
        )
    );
    let changed = written
        .replace("100%", "30%")
        .replace("\"0%\"", "\"70%\"")
        .replace(
            "\"rewrites\":[]",
            "\"rewrites\":[],\"targets\":[{\"name\":\"i\",\"host\":\"h\",\"port\":1,\"metadata\":{}}]",
        );
    let again: Gateway = read(&changed, Format::Json).unwrap();
    assert_eq!(
        weights(&again),
        [
            ("shop/web/a/http".into(), Some(30)),
            ("shop/web/b/http".into(), Some(70))
        ]
    );
    assert!(again.inline_routes().all(|(_, route)| route.targets.is_empty()));
}
