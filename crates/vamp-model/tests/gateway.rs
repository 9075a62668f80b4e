//! Stand-alone gateways as users write them and as scripts post them back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use vamp_model::{
    Format, Gateway, PortKind, Problem, Reference, Route, Sticky, code, lookup, read, read_list, read_stored,
    read_stored_list, to_json,
};

fn gateway(text: &str) -> Gateway {
    read(text, Format::Yaml).unwrap()
}

fn refused(text: &str) -> Problem {
    read::<Gateway>(text, Format::Yaml).unwrap_err().first().clone()
}

fn codes(text: &str) -> Vec<&'static str> {
    let problems = read::<Gateway>(text, Format::Yaml).unwrap_err();
    problems.iter().map(|problem| problem.code).collect()
}

fn weights(gateway: &Gateway) -> Vec<(String, Option<u8>)> {
    let weight = |route: &Route| route.weight.map(|weight| weight.value());
    gateway
        .inline_routes()
        .map(|(path, route)| (path.to_string(), weight(route)))
        .collect()
}

#[test]
fn a_gateway_has_a_name_a_port_stickiness_and_routes() {
    let edge = gateway(
        "{name: edge, port: 8080/http, sticky: instance, routes: {shop: {weight: 50%}, shop/web: {weight: 50 %}}}",
    );
    // S01-151: name, text of the port, stickiness, and routes to one and to two segments with their weights.
    assert_eq!(edge.name.as_ref().unwrap().as_str(), "edge");
    assert_eq!(edge.port.as_ref().unwrap().to_string(), "8080/http");
    assert_eq!(edge.sticky, Some(Sticky::Instance));
    assert_eq!(
        weights(&edge),
        [("shop".into(), Some(50)), ("shop/web".into(), Some(50))]
    );
    let segments: Vec<usize> = edge.routes.keys().map(|path| path.segments().len()).collect();
    assert_eq!(segments, [1, 2]);
}

#[test]
fn a_port_is_a_number_or_a_text() {
    let port = |text: &str| gateway(&format!("{{name: edge, port: {text}}}")).port;
    // S01-157: a whole number is the port and prints as it was written.
    let whole = port("8080").unwrap();
    assert_eq!((whole.number(), whole.to_string().as_str()), (8080, "8080"));
    assert_eq!(whole.kind(), PortKind::Http);
    assert_eq!(gateway("{name: edge}").port, None);
    assert_eq!(port("~"), None);
    for (text, number, printed) in [
        ("0x50", 80, "80"),
        ("0", 0, "0"),
        ("53/TCP", 53, "53/TCP"),
        ("abc", 0, "abc"),
        ("''", 0, ""),
        ("80/udp", 0, "80/udp"),
        ("'1.5'", 0, "1.5"),
        ("$x/http", 0, "$x/http"),
    ] {
        let port = port(text).unwrap();
        assert_eq!(
            (port.number(), port.to_string().as_str()),
            (number, printed),
            "{text}"
        );
    }
    for text in [
        "1.5",
        "true",
        "[80]",
        "{a: 1}",
        "99999999999",
        "abc/http",
        "/tcp",
        "1.5/tcp",
    ] {
        let problem = refused(&format!("{{name: edge, port: {text}}}"));
        assert_eq!(problem.code, code::UNEXPECTED_TYPE, "{text}");
        assert!(problem.message.contains("'port'"), "{problem}");
        let service = format!("{{name: edge, service: {{host: h, port: {text}}}}}");
        assert_eq!(refused(&service).code, code::UNEXPECTED_TYPE, "{text}");
    }
    for (text, number) in [
        ("-1", "-1"),
        ("70000", "70000"),
        ("65536/tcp", "65536"),
        ("'-5'", "-5"),
    ] {
        let problem = refused(&format!("{{name: edge, port: {text}}}"));
        assert_eq!(problem.code, code::INVALID_GATEWAY_PORT, "{text}");
        assert_eq!(problem.message, format!("Invalid gateway port: {number}."));
    }
}

#[test]
fn a_gateway_is_sticky_when_it_says_so() {
    let sticky = |text: &str| gateway(&format!("{{name: edge, port: 80, sticky: {text}}}")).sticky;
    for (text, expected) in [
        ("route", Some(Sticky::Route)),
        ("Instance", Some(Sticky::Instance)),
        ("none", None),
        ("NONE", None),
        ("~", None),
    ] {
        assert_eq!(sticky(text), expected, "{text}");
    }
    // S01-152: a name of two segments; `sticky: none` makes a tcp port not sticky.
    let tcp = gateway("{name: shop/raw, port: 8080/tcp, sticky: none}");
    assert_eq!((tcp.sticky, tcp.port.unwrap().kind()), (None, PortKind::Tcp));
    assert_eq!(tcp.name.unwrap().segments().collect::<Vec<_>>(), ["shop", "raw"]);
    // S01-154: sticky at a tcp port is refused, naming the port by its text.
    let problem = refused("{name: edge, port: 8080/tcp, sticky: route}");
    assert_eq!(problem.code, code::STICKY_PORT_TYPE);
    assert_eq!(
        problem.message,
        "Sticky sessions are not allowed for TCP port: '8080/tcp'."
    );
    for (text, hint) in [
        ("instanse", "did you mean `instance`?"),
        ("forever", "one of `route`, `instance` and `none`"),
        ("''", "one of `route`, `instance` and `none`"),
    ] {
        let problem = refused(&format!("{{name: edge, port: 80, sticky: {text}}}"));
        assert_eq!(problem.code, code::ILLEGAL_GATEWAY_STICKY_VALUE, "{text}");
        assert_eq!(problem.hint.as_deref(), Some(hint));
    }
}

#[test]
fn virtual_hosts_are_a_list_or_one() {
    let hosts = |text: &str| -> Vec<String> {
        let hosts = gateway(&format!("{{name: edge, virtual_hosts: {text}}}")).virtual_hosts;
        hosts.iter().map(ToString::to_string).collect()
    };
    // S01-159: a list, an empty list and one text.
    assert_eq!(
        hosts("[a.example.org, b.example.org]"),
        ["a.example.org", "b.example.org"]
    );
    assert!(hosts("[]").is_empty());
    // S02-062: one text is a list of one.
    assert_eq!(hosts("a.example.org"), ["a.example.org"]);
    // S01-160: a mapping is refused.
    assert_eq!(
        refused("{name: edge, virtual_hosts: {a: b}}").code,
        code::ILLEGAL_GATEWAY_VIRTUAL_HOSTS
    );
    for bad in [
        "1",
        "true",
        "[1]",
        "[[a]]",
        "[~]",
        "'a b'",
        "'a:80'",
        "\"a\\nbind :1\"",
    ] {
        let problem = refused(&format!("{{name: edge, virtual_hosts: {bad}}}"));
        // S02-062: what is no text is no host, in a list either.
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
    // S01-161: host and port; the port is tcp where it says so, and a bare number is http.
    let typed = service("31234/http");
    assert_eq!(
        (typed.host.as_str(), typed.port.number(), typed.port.kind()),
        ("h", 31234, PortKind::Http)
    );
    assert_eq!(service("31234/tcp").port.kind(), PortKind::Tcp);
    assert_eq!(
        (service("31234").port.kind(), service("31234").port.number()),
        (PortKind::Http, 31234)
    );
    for (text, missing) in [("{host: h}", "/port"), ("{port: 1}", "/host")] {
        let problem = refused(&format!("{{name: edge, service: {text}}}"));
        assert_eq!(problem.code, code::MISSING_PATH_VALUE);
        assert!(problem.message.ends_with(missing), "{problem}");
    }
}

#[test]
fn a_selector_finds_the_routes() {
    // S01-164: a selector that says nothing is none.
    for none in ["~", "null"] {
        assert_eq!(
            gateway(&format!("{{name: edge, selector: {none}}}")),
            gateway("{name: edge}")
        );
    }
    // S01-165: the text is kept as it is written.
    let text = " name(web:(.*)) AND  not index(1)";
    let selected = gateway(&format!("{{name: edge, selector: '{text}'}}"));
    assert_eq!(selected.selector.as_ref().unwrap().to_string(), text);
    // S01-166: selector and routes stand beside each other; a list of one path is one route without any choice made.
    let both = gateway("{name: edge, selector: 'true', routes: [localhost]}");
    assert!(both.selector.is_some());
    assert_eq!(both.routes.len(), 1);
    assert_eq!(both.route(&"localhost".parse().unwrap()), Some(&Route::default()));
    for invalid in [
        // S01-167: a word that no selector has.
        "colour(red)",
        // S01-172: a pattern that is no regular expression.
        "name([)",
        "",
        "name(a) and",
    ] {
        let problem = refused(&format!("{{name: edge, selector: '{invalid}'}}"));
        assert_eq!(problem.code, code::INVALID_SELECTOR, "{invalid}");
        assert_eq!(problem.message, format!("Invalid selector: '{invalid}'."));
        assert!(problem.hint.is_some(), "{problem}");
    }
}

#[test]
fn weights_add_up_to_nothing_or_to_everything() {
    let routes = |text: &str| format!("{{name: edge, routes: {{{text}}}}}");
    for good in [
        "a: {weight: 0%}",
        "a: {}, b: {}",
        "a: {weight: 50%}, b: {weight: 50%}, c: {}",
        "a: {weight: 100%}",
        // What a stored route weighs is not known here.
        "a: {weight: 50%}, b: stored",
    ] {
        gateway(&routes(good));
    }
    for (bad, sum) in [
        // S01-162: one route with a half.
        ("a: {weight: 50%}", 50),
        // S01-163: more than all.
        ("a: {weight: 50%}, b: {weight: 60%}", 110),
        ("a: {weight: 30%}, b: {}", 30),
    ] {
        let problem = refused(&routes(bad));
        assert_eq!(problem.code, code::GATEWAY_ROUTE_WEIGHT, "{bad}");
        assert_eq!(
            problem.message,
            "Total route weight must be either 0% or 100%: edge."
        );
        assert_eq!(problem.hint, Some(format!("the weights given add up to {sum}%")));
    }
}

#[test]
fn a_condition_needs_http() {
    let text =
        "{name: edge, port: 80/tcp, routes: {a: {condition: < path_beg /a >}, b: {condition: {ref: c}}}}";
    let problem = refused(text);
    assert_eq!(problem.code, code::CONDITION_PORT_TYPE);
    assert_eq!(problem.path, "routes.a.condition");
    assert_eq!(
        problem.message,
        "HTTP conditions are not allowed for TCP port: '80/tcp' and condition '< path_beg /a >'."
    );
    assert_eq!(codes(text).len(), 1);
    gateway(&text.replace("/tcp", "/http"));
}

#[test]
fn what_is_wrong_with_a_gateway_is_told() {
    let cases = [
        ("{port: 80}", code::MISSING_PATH_VALUE, "/name"),
        // S01-153: a name of five segments.
        ("{name: a/b/c/d/e}", code::UNSUPPORTED_GATEWAY_NAME, "'a/b/c/d/e'"),
        ("{name: 'a[b]'}", code::UNSUPPORTED_GATEWAY_NAME, "a[b]"),
        ("{name: //}", code::UNSUPPORTED_GATEWAY_NAME, "//"),
        ("{name: [a]}", code::UNEXPECTED_TYPE, "'name'"),
        (
            "{name: a, kind: breeds}",
            code::INCONSISTENT_ARTIFACT_KIND,
            "breeds",
        ),
        (
            "{name: a, metadata: text}",
            code::UNSUPPORTED_METADATA,
            "metadata",
        ),
        ("{name: a, deployed: 'true'}", code::UNEXPECTED_TYPE, "'deployed'"),
        (
            "{name: a, internal: {b: 1}}",
            code::UNEXPECTED_ELEMENT,
            r#"{"internal":{"b":1}}"#,
        ),
        ("{name: a, service: h}", code::UNEXPECTED_TYPE, "'service'"),
        ("{name: a, prot: 80}", code::UNEXPECTED_ELEMENT, r#"{"prot":80}"#),
    ];
    for (text, expected, words) in cases {
        let problem = refused(text);
        assert_eq!(problem.code, expected, "{text}: {problem}");
        assert!(problem.message.contains(words), "{text}: {problem}");
    }
    gateway("{name: a, kind: gateway, lookup_name: {b: 1}, internal: [{b: 1}], proxy: text}");
}

#[test]
fn the_first_problem_is_that_which_validation_meets_first() {
    let everything = "
name: edge
port: 70000/tcp
selector: colour(red)
routes:
  a/b/c/d/e: {}
  b/c: {selector: 'true'}
";
    assert_eq!(refused(everything).code, code::INVALID_GATEWAY_PORT);
    let order = [
        ("70000/tcp", "80/tcp", code::INVALID_SELECTOR),
        ("colour(red)", "'true'", code::UNSUPPORTED_ROUTE_PATH),
        ("a/b/c/d/e", "a", code::ROUTE_SELECTOR_ONLY_ROUTE),
    ];
    let mut text = everything.to_owned();
    for (wrong, right, next) in order {
        text = text.replace(wrong, right);
        assert_eq!(refused(&text).code, next);
    }
    // What nobody knows comes last, wherever it stands.
    let last = "{unknown: 1, name: edge, port: 80/tcp, sticky: route, routes: {a: {weight: 50%}}}";
    assert_eq!(refused(last).code, code::STICKY_PORT_TYPE);
    assert_eq!(
        codes(last),
        [
            code::UNEXPECTED_ELEMENT,
            code::STICKY_PORT_TYPE,
            code::GATEWAY_ROUTE_WEIGHT
        ]
    );
    // What cannot be read at all comes before what does not fit.
    let unread = "{name: edge, port: -1, sticky: forever, routes: {a: {weight: 5}}}";
    assert_eq!(refused(unread).code, code::ILLEGAL_GATEWAY_STICKY_VALUE);
    assert_eq!(codes(unread).len(), 3);
}

#[test]
fn several_stored_gateways_keep_the_targets_that_a_user_cannot_give() {
    let text = "- name: a\n  port: 9050\n  routes: {x: {targets: [{name: x-1, host: 10.0.0.1, port: 80}]}}\n- name: b\n  port: 9051\n";
    let stored: Vec<Gateway> = read_stored_list(text, Format::Yaml).unwrap();
    let targets = |gateways: &[Gateway]| gateways[0].routes[0].inline().unwrap().targets.len();
    assert_eq!((stored.len(), targets(&stored)), (2, 1));
    let given: Vec<Gateway> = read_list(text, Format::Yaml).unwrap();
    // S02-112: what a user says of targets counts for nothing.
    assert_eq!(targets(&given), 0);
    let problems =
        read_stored_list::<Gateway>("- name: a b\n- {name: c, port: x/y}\n", Format::Yaml).unwrap_err();
    assert!(problems.iter().all(|problem| problem.line <= 2));
}

#[test]
fn a_stored_gateway_is_not_judged_by_its_notation() {
    let stored = |text: &str| read_stored::<Gateway>(text, Format::Yaml);
    let gateway = stored("{port: 8080.0, routes: {a: {weight: 100%}}}").unwrap();
    assert_eq!(gateway.name, None);
    assert_eq!(gateway.port.unwrap().to_string(), "8080.0");
    assert_eq!(gateway.routes.len(), 1);
    assert_eq!(
        stored("{name: a/b, port: 80}").unwrap(),
        read("{name: a/b, port: 80}", Format::Yaml).unwrap()
    );
    for (text, expected) in [
        ("{name: a, port: 70000}", code::INVALID_GATEWAY_PORT),
        ("{name: a, kind: breeds}", code::INCONSISTENT_ARTIFACT_KIND),
        ("{name: a, colour: red}", code::UNEXPECTED_ELEMENT),
        ("[]", code::UNEXPECTED_TYPE),
    ] {
        assert_eq!(stored(text).unwrap_err().first().code, expected, "{text}");
    }
}

#[test]
fn everything_that_a_gateway_says_is_printed_and_read_again() {
    let text = r#"{"name":"shop/web","kind":"gateways","metadata":{"camelCase":{"A":1}},"lookup_name":"LOOKUP","internal":false,"service":{"host":"10.0.0.1","port":"31234/tcp"},"deployed":true,"port":"8080","sticky":"instance","virtual_hosts":["a.example.org"],"selector":"label(app)((.*))","routes":{"webPort/Cart":{"reference":"stored"},"a":{"metadata":{"note":"hi"},"lookup_name":"ROUTE","selector":"ip(10.0.0.4)","weight":"70%","balance":"hdr(x-user)","condition":{"metadata":{"c":true},"condition":"host == a.example.org"},"condition_strength":"42%","rewrites":[{"path":"/new if path_beg /old"},{"reference":"stored-rewrite"}]},"b":{"metadata":{},"lookup_name":"OTHER","selector":null,"weight":"30%","balance":"default","condition":{"reference":"ios"},"condition_strength":null,"rewrites":[]}}}"#;
    let name = "shop/web".parse().unwrap();
    let lookup_name = |path: &str| lookup::route(Some(&name), &path.parse().unwrap());
    let text = text
        .replace("LOOKUP", &lookup::gateway("shop/web"))
        .replace("ROUTE", &lookup_name("a"))
        .replace("OTHER", &lookup_name("b"));
    let read: Gateway = read(&text, Format::Json).unwrap();
    assert_eq!(read.routes[0], Reference::Named("stored".parse().unwrap()));
    assert_eq!(to_json(&read), text);
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
