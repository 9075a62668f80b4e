//! From HAProxy's complaint to the gateway it is about.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use support::{chained, conditional, config, gateway, refusal, route, with_base};
use vamp_haproxy::base::{BaseOptions, base};
use vamp_haproxy::locate;
use vamp_model::Gateway;

fn gateways() -> Vec<Gateway> {
    let wrong = conditional(route(20, [chained("b", 9082)]), "< banana(7) >", 100);
    let right = conditional(route(80, [chained("a", 9081)]), "< path_beg /a >", 100);
    let mut edge = gateway("edge", "9080", [("a", right), ("b", wrong)]);
    edge.virtual_hosts = vec!["edge.test".parse().unwrap()];
    vec![
        gateway("other", "9090", [("a", route(100, [chained("a", 9081)]))]),
        edge,
    ]
}

/// The origin of the first line that contains this, in a few words.
fn origin(containing: &str) -> String {
    let gateways = gateways();
    let config = config(&gateways);
    let line = config
        .to_string()
        .lines()
        .position(|line| line.contains(containing))
        .unwrap()
        + 1;
    locate(&config, &gateways, line).map_or_else(
        || "nobody".to_owned(),
        |origin| {
            let route = origin
                .route
                .map(|path| format!(", route {path}"))
                .unwrap_or_default();
            let condition = if origin.is_condition { ", condition" } else { "" };
            format!("{}{route}{condition}", origin.gateway)
        },
    )
}

#[test]
fn each_line_belongs_to_a_gateway_a_route_or_a_condition() {
    for (line, expected) in [
        ("banana(7)", "edge, route b, condition"),
        ("path_beg /a", "edge, route a, condition"),
        ("bind 0.0.0.0:9080", "edge"),
        ("bind 0.0.0.0:9090", "other"),
        (" 127.0.0.1:9082 ", "edge, route b"),
        ("-i edge.test", "edge"),
        ("bind 0.0.0.0:80", "nobody"),
        ("HAProxy - Frontends", "nobody"),
    ] {
        assert_eq!(origin(line), expected, "{line}");
    }
    let gateways = gateways();
    let config = config(&gateways);
    for outside in [0, config.lines().len() + 1] {
        assert_eq!(locate(&config, &gateways, outside), None);
    }
}

#[test]
fn haproxy_names_the_line_of_a_wrong_condition() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let gateways = gateways();
    let config = config(&gateways);
    let said = refusal(&with_base(&config)).unwrap();
    let complaint = said.lines().find(|line| line.contains("banana")).unwrap();
    // … parsing [/tmp/…/haproxy.cfg:93] : error detected …
    let line: usize = complaint
        .split_once(".cfg:")
        .unwrap()
        .1
        .split(']')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let before = base(&BaseOptions::default()).lines().len() + 1;
    let origin = locate(&config, &gateways, line - before).unwrap();
    assert_eq!((origin.gateway.as_str(), origin.is_condition), ("edge", true));
    assert_eq!(origin.route, Some("b".parse().unwrap()));
}
