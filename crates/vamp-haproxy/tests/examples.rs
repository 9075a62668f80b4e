//! Whole configurations of a few gateways each.

mod support;

use support::{chained, conditional, config, external, gateway, instance, readable, route};
use vamp_haproxy::base::{BaseOptions, base};

#[test]
fn a_tcp_gateway_with_two_instances() {
    let sql = gateway(
        "billing/ledger/sql",
        "40000/tcp",
        [(
            "billing/ledger/ledger:2.1/sql",
            route(
                100,
                [
                    instance("ledger-0", "10.4.0.11", 31877),
                    instance("ledger-1", "10.4.0.12", 31020),
                ],
            ),
        )],
    );
    let text = readable(&config(&[sql]));
    // S02-022: mode, option and log format of TCP.
    // S02-026: the route shares its connections out to where the fewest are.
    // S02-024: no header is added to what is not HTTP.
    insta::assert_snapshot!(text);
    // S02-003: the class of an internal target is in its name.
    assert!(
        text.contains("server f115123098fa32a321748706f930bcd00a0d9472 10.4.0.11:31877 weight 100 check")
    );
}

#[test]
fn an_http_gateway_with_weights_and_a_balance_of_its_own() {
    let mut second = route(30, [instance("web2-a", "10.4.0.13", 31403)]);
    second.balance = Some("leastconn".parse().unwrap());
    let first = route(
        70,
        [
            instance("web1-a", "10.4.0.11", 31401),
            instance("web1-b", "10.4.0.12", 31402),
        ],
    );
    let web = gateway(
        "billing/web/http",
        "40001/http",
        [
            ("billing/web/web:1/http", first),
            ("billing/web/web:2/http", second),
        ],
    );
    let text = readable(&config(&[web]));
    // S02-012: one frontend for the port, one for the pool, one for each route.
    // S02-013: one backend for the pool and one for each route.
    // S02-014: all frontends come before all backends.
    // S02-016: the port is bound on all addresses and leads to the pool.
    // S02-017: pool and routes listen on a socket that takes the client's address.
    // S02-010: the sockets are in the directory, named after their proxies.
    // S02-018: hops carry send-proxy, weight and check.
    // S02-019: instances have weight 100 and check.
    // S02-023: instances have a cookie value that is their name.
    // S02-025: the route's balance is in its backend alone.
    // S02-028: weights are as they were written.
    insta::assert_snapshot!(text);
    // S02-009: the pool is `o_` and the gateway's lookup name.
    assert!(text.contains("\nbackend o_31c49d7aa393da10af9e8b1934772931814b66bd\n"));
    // S02-001: lookup names are those that other programs know.
    for name in [
        "5b177a83cff0d20f23395cf5d2a4da9af1287c25",
        "7070e143fc25455a00a8f289f88d2fe78ad0312f",
    ] {
        assert!(text.contains(&format!("\nbackend {name}\n")), "{name}");
    }
}

#[test]
fn a_condition_takes_half_of_what_matches_it() {
    let condition = "< req.fhdr(User-Agent) -m sub 'Firefox' >";
    let refunds = conditional(route(20, [chained("refunds/9071", 9071)]), condition, 50);
    let storefront = gateway(
        "storefront",
        "9080",
        [
            ("billing/9070", route(80, [chained("billing/9070", 9070)])),
            ("refunds/9071", refunds),
        ],
    );
    let text = readable(&config(&[storefront]));
    // S02-013: the hop's backend stands between that of the pool and those of the routes.
    // S02-029: the hop gives the route its strength and the pool the rest.
    // S02-020: another gateway is reached on this host.
    // S02-073: a raw condition is the definition of its test, trimmed.
    insta::assert_snapshot!(text);
    // S02-079: the name of a test is the hash of its definition.
    assert!(text.contains("  acl 7b796e5d25d870c6 req.fhdr(User-Agent) -m sub 'Firefox'\n"));
    // S02-009: the hop is `im_` and the route's lookup name.
    assert!(text.contains("\nbackend im_66328f834398011a48f4ac44d1cc44d0e38cfa80\n"));
}

#[test]
fn virtual_hosts_come_first() {
    let mut billing = gateway(
        "billing/9070",
        "9070",
        [(
            "billing/web/http",
            route(100, [chained("billing/web/http", 40001)]),
        )],
    );
    billing.virtual_hosts = ["9070.billing.vamp", "pay.Example.test"]
        .map(|host| host.parse().unwrap())
        .into();
    let without = config(&[gateway("billing/9070", "9070", [])]).to_string();
    // S02-052: without any there is no proxy for them.
    assert!(!without.contains("virtual_hosts"), "{without}");
    // S02-014: virtual hosts come before all other proxies.
    insta::assert_snapshot!(readable(&config(&[billing])));
}

#[test]
fn external_routes_keep_their_address() {
    let addresses = ["legacy-1.example.test:8080", "192.0.2.17:8080"];
    let paths = addresses.map(|address| format!("[{address}]"));
    let legacy = gateway(
        "legacy",
        "9090",
        [
            (paths[0].as_str(), route(50, [external(addresses[0])])),
            (paths[1].as_str(), route(50, [external(addresses[1])])),
        ],
    );
    let text = readable(&config(&[legacy]));
    insta::assert_snapshot!(text);
    // S02-021: the address of an external target is what was written.
    // S02-003: the class of an external target is in its name.
    assert!(text.contains("server 2ed012b0d26b6a1b3167024a18f8847149f74573 192.0.2.17:8080 cookie"));
    // S02-006: the path in brackets is one segment of the name.
    assert!(text.contains("\nbackend 5d9bf5713bc461c43add1313419587b7d80e9e3d\n"));
}

#[test]
fn gateways_stand_in_the_order_of_their_segments_and_names() {
    let names = ["a/b/c", "z", "b/1", "a", "a/9", "a/b/c/d"];
    let mut gateways: Vec<_> = names
        .iter()
        .zip(9000..)
        .map(|(name, port)| gateway(name, &format!("{port}"), []))
        .collect();
    let text = config(&gateways).to_string();
    let headings = text.lines().filter_map(|line| line.strip_prefix("# frontend: "));
    let order: Vec<&str> = headings
        .filter(|heading| !heading.starts_with("other "))
        .collect();
    // S02-015: fewer segments first, then by name.
    assert_eq!(order, ["a", "z", "a/9", "b/1", "a/b/c", "a/b/c/d"]);
    gateways.reverse();
    assert_eq!(
        config(&gateways).to_string(),
        text,
        "whatever the order they come in"
    );
}

#[test]
fn without_gateways_there_is_no_section() {
    // S02-032: nothing but the heading.
    insta::assert_snapshot!(config(&[]).to_string(), @"# HAProxy - Frontends & Backends managed by Vamp");
}

#[test]
fn a_route_without_targets_has_its_proxies_and_no_traffic_while_another_has_some() {
    let gateway = gateway(
        "edge",
        "9080",
        [
            ("starting", route(60, [])),
            ("serving", route(40, [chained("serving", 9081)])),
        ],
    );
    let text = config(std::slice::from_ref(&gateway)).to_string();
    let weights = |text: &str| {
        let hops = text
            .lines()
            .filter_map(|line| line.split_once(" send-proxy weight "));
        hops.filter_map(|(_, rest)| rest.strip_suffix(" check")?.parse::<u16>().ok())
            .collect::<Vec<_>>()
    };
    // S02-030: frontend and backend are there, with a server for neither.
    let id = vamp_model::lookup::route(gateway.name.as_ref(), &"starting".parse().unwrap());
    assert!(text.contains(&format!("\nfrontend {id}\n")) && text.contains(&format!("\nbackend {id}\n")));
    assert_eq!(weights(&text), [0, 40]);

    // Where nothing else could serve, weights are as they were written.
    let mut none = gateway.clone();
    none.routes[1].inline_mut().unwrap().targets.clear();
    assert_eq!(weights(&config(&[none]).to_string()), [60, 40]);
    let mut zero = gateway;
    zero.routes[0].inline_mut().unwrap().weight = vamp_model::Percentage::new(100);
    zero.routes[1].inline_mut().unwrap().weight = vamp_model::Percentage::new(0);
    assert_eq!(weights(&config(&[zero]).to_string()), [100, 0]);
}

#[test]
fn the_base_holds_for_every_haproxy_from_2_4_on() {
    let mut options = BaseOptions::default();
    insta::assert_snapshot!("base", base(&options).to_string());
    options.idle_close_on_response = false;
    options.statistics = None;
    options.max_connections = Some(1000);
    options.stats_socket = Some("/run/vamp/haproxy.sock".into());
    options.log = Some(vamp_haproxy::base::LogTarget::Udp(([127, 0, 0, 1], 514).into()));
    insta::assert_snapshot!("base with other options", base(&options).to_string());
}

#[test]
fn log_lines_have_the_keys_that_other_programs_know() {
    // S02-174: the keys and their order.
    insta::assert_snapshot!(vamp_haproxy::base::http_log_format(), @r#"{"ci":"%ci","cp":%cp,"t":"%t","ft":"%ft","b":"%b","s":"%s","Tq":%Tq,"Tw":%Tw,"Tc":%Tc,"Tr":%Tr,"Tt":%Tt,"ST":%ST,"B":%B,"CC":"%CC","CS":"%CS","tsc":"%tsc","ac":%ac,"fc":%fc,"bc":%bc,"sc":%sc,"rc":%rc,"sq":%sq,"bq":%bq,"hr":"%hr","hs":"%hs","r":%{+Q}r}"#);
    insta::assert_snapshot!(vamp_haproxy::base::tcp_log_format(), @r#"{"ci":"%ci","cp":%cp,"t":"%t","ft":"%ft","b":"%b","s":"%s","Tw":%Tw,"Tc":%Tc,"Tt":%Tt,"B":%B,"ts":"%ts","ac":%ac,"fc":%fc,"bc":%bc,"sc":%sc,"rc":%rc,"sq":%sq,"bq":%bq}"#);
}
