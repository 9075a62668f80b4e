//! What is generated is accepted by a real HAProxy.

mod support;

use support::{chained, conditional, config, external, gateway, instance, refusal, route, with_base};

#[test]
fn a_generated_configuration_is_accepted_by_haproxy() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let mut edge = gateway(
        "edge",
        "9080",
        [
            ("shop/9050", route(80, [chained("shop/9050", 9050)])),
            (
                "[192.0.2.17:8080]",
                conditional(route(20, [external("192.0.2.17:8080")]), "< path_beg /beta >", 50),
            ),
        ],
    );
    edge.virtual_hosts = vec!["edge.example.test".parse().unwrap()];
    let gateways = [
        edge,
        gateway(
            "shop/9050",
            "9050",
            [("shop/web/http", route(100, [chained("shop/web/http", 40001)]))],
        ),
        gateway(
            "shop/web/http",
            "40001",
            [(
                "shop/web/web:1/http",
                route(100, [instance("web-1", "::1", 31401)]),
            )],
        ),
        gateway(
            "shop/db/sql",
            "40002/tcp",
            [(
                "shop/db/db:1/sql",
                route(100, [instance("db-1", "10.0.0.1", 31402)]),
            )],
        ),
    ];
    let text = with_base(&config(&gateways));
    println!("{text}");
    assert_eq!(refusal(&text), None, "{text}");
}
