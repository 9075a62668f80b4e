//! What is generated is accepted by a real HAProxy.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use vamp_haproxy::base::{BaseOptions, base};
use vamp_model::boolean::Expression;
use vamp_model::condition::Leaf;
use vamp_model::{Condition, Gateway, Percentage, Reference, Rewrite, Route, Sticky, Target};
use vamp_testkit::certificates::Authority;
use vamp_testkit::extent;

use support::{chained, conditional, config, external, gateway, instance, refusal, route, with_base};

#[test]
fn the_authorities_of_its_http_client_are_read_from_the_file_that_is_named() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut options = BaseOptions::default();
    let file = directory.path().join("an authority-ca.pem");
    options.http_client_authorities = Some(file.clone());
    let text = base(&options).to_string();
    let refused = refusal(&text).unwrap();
    assert!(refused.contains(&file.display().to_string()), "{refused}");
    let authority = Authority::new(directory.path(), "an authority").unwrap();
    assert_eq!(authority.certificate(), file);
    assert_eq!(refusal(&text), None);
}

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

/// A text that can mean something to HAProxy.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "Firefox", "a b", "it's", "#1", "-i", "\\", "ü", "$HOME", "%[src]", "\"", "a,b", "(c)"
        ])
        .prop_map(str::to_owned),
        "[ -~]{1,12}",
    ]
}

fn leaf() -> impl Strategy<Value = Leaf> {
    let name = || "[A-Za-z#!$%&*+.^_|~-]{1,8}";
    prop_oneof![
        value().prop_map(Leaf::Host),
        value().prop_map(Leaf::UserAgent),
        select(vec!["chrome", "safari", "ie"]).prop_map(|name| Leaf::UserAgent(name.to_owned())),
        name().prop_map(Leaf::Cookie),
        name().prop_map(Leaf::Header),
        (name(), value()).prop_map(|(name, value)| Leaf::CookieContains(name, value)),
        (name(), value()).prop_map(|(name, value)| Leaf::HeaderContains(name, value)),
        select(vec![
            "path_beg /a",
            "hdr_sub(user-agent) Android",
            "url_param(x) -m found",
            "src 10.0.0.0/8"
        ])
        .prop_map(|text| Leaf::Value(text.to_owned())),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let formula = leaf()
        .prop_map(Expression::Leaf)
        .prop_recursive(3, 6, 2, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(left, right)| left & right),
                (inner.clone(), inner.clone()).prop_map(|(left, right)| left | right),
                inner.prop_map(|formula| !formula),
            ]
        });
    formula.prop_filter_map("no quote holds both sorts of quotes", |tree| {
        Condition::from_tree(&tree).ok()
    })
}

fn target() -> impl Strategy<Value = Target> {
    let name = "[a-z][a-z0-9-]{0,5}";
    prop_oneof![
        (name, 1_u16..).prop_map(|(name, port)| chained(&name, port)),
        (name, select(vec!["10.0.0.1", "::1", "localhost"]), 1_u16..)
            .prop_map(|(name, host, port)| instance(&name, host, port)),
        (1_u8.., 1_u16..).prop_map(|(number, port)| external(&format!("192.0.2.{number}:{port}"))),
        (1_u16..).prop_map(|port| external(&format!("[::1]:{port}"))),
    ]
}

/// A route, what of it needs HTTP included.
fn any_route(is_http: bool) -> impl Strategy<Value = Route> {
    let rewrites = vec![
        "/v2%[path] if path_beg /api/",
        "/img%[path] if { path_end -i .png } !{ path_beg /img/ }",
        "'/a b' if path '/c d'",
    ];
    let balance = select(vec![
        None,
        Some("roundrobin"),
        Some("leastconn"),
        Some("source"),
        Some("random(2)"),
        Some("uri whole"),
        Some("hdr(X-User)"),
        Some("first"),
    ]);
    let of_http = (
        proptest::option::of((condition(), 0_u8..=100)),
        subsequence(rewrites, 0..=3),
    );
    (of_http, balance, proptest::collection::vec(target(), 0..4)).prop_map(
        move |((condition, rewrites), balance, targets)| {
            let mut route = Route {
                targets,
                balance: balance
                    .filter(|balance| is_http || !balance.starts_with(['u', 'h']))
                    .map(|balance| balance.parse().unwrap()),
                ..Route::default()
            };
            if is_http {
                if let Some((condition, strength)) = condition {
                    route.condition = Some(condition.into());
                    route.condition_strength = Percentage::new(strength);
                }
                let rewrites = rewrites.iter().map(|text| text.parse::<Rewrite>().unwrap());
                route.rewrites = rewrites.map(Reference::Inline).collect();
            }
            route
        },
    )
}

/// Gateways with ports of their own; of some routes the weights are written out.
fn any_gateways() -> impl Strategy<Value = Vec<Gateway>> {
    let one = any::<bool>().prop_flat_map(|is_http| {
        let routes = proptest::collection::vec(any_route(is_http), 0..4);
        let sticky = select(vec![None, Some(Sticky::Route), Some(Sticky::Instance)]);
        (routes, sticky, any::<bool>(), 0_u8..=100).prop_map(move |(routes, sticky, is_hosted, weight)| {
            let mut gateway = gateway("g", if is_http { "1" } else { "1/tcp" }, []);
            for (number, mut route) in routes.into_iter().enumerate() {
                route.weight = (number == 0).then(|| Percentage::new(weight)).flatten();
                let path = format!("r{number}").parse().unwrap();
                gateway.routes.insert(path, route.into());
            }
            if gateway.routes.len() == 1 {
                gateway.routes[0].inline_mut().unwrap().weight = None;
            }
            gateway.sticky = sticky.filter(|_| is_http);
            if is_hosted && is_http {
                gateway.virtual_hosts = vec!["Shop.example.test".parse().unwrap()];
            }
            gateway
        })
    });
    proptest::collection::vec(one, 1..6).prop_map(|mut gateways| {
        for (number, gateway) in gateways.iter_mut().enumerate() {
            let kind = gateway.port_kind();
            gateway.port = Some(format!("{}/{kind}", 9000 + number).parse().unwrap());
            gateway.name = Some(format!("g{number}").parse().unwrap());
            for host in &mut gateway.virtual_hosts {
                *host = format!("h{number}.example.test").parse().unwrap();
            }
        }
        gateways
    })
}

#[test]
fn configurations_of_any_gateways_are_accepted_by_haproxy() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let mut runner = TestRunner::default();
    let gateways = any_gateways();
    for _ in 0..extent::pick(60, 2_000) {
        let mut set = gateways.new_tree(&mut runner).unwrap();
        let refused = |set: &[Gateway]| {
            let generated = support::generated(set);
            (!generated.omissions.is_empty())
                .then(|| format!("{:?}", generated.omissions))
                .or_else(|| refusal(&with_base(&generated.config)))
        };
        let Some(mut reason) = refused(&set.current()) else {
            continue;
        };
        // The smallest that is refused is easier to read.
        for _ in 0..200 {
            if !set.simplify() {
                break;
            }
            match refused(&set.current()) {
                Some(smaller) => reason = smaller,
                None if set.complicate() => {}
                None => break,
            }
        }
        let text = support::generated(&set.current()).config.to_string();
        panic!("{reason}\n{text}");
    }
}
