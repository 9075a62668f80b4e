//! Clients that come back to where they were.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::net::SocketAddr;

use support::scene::{Scene, Service, request};
use support::{conditional, config, gateway, generated, instance, readable, route};
use vamp_model::{Format, Gateway, Percentage, Sticky, code, lookup, read};
use vamp_testkit::ports;

fn web(sticky: Option<Sticky>) -> Gateway {
    let routes = [
        ("web:1", route(70, [instance("web1-a", "10.4.0.11", 31401)])),
        (
            "web:2",
            conditional(
                route(30, [instance("web2-a", "10.4.0.13", 31403)]),
                "has cookie beta",
                50,
            ),
        ),
    ];
    let mut web = gateway("web", "40001/http", routes);
    web.sticky = sticky;
    web
}

/// The backends that set a cookie, by the beginnings of their names, and the servers whose line ends with a cookie.
fn cookies(gateway: &Gateway) -> (Vec<String>, Vec<String>) {
    let text = config(std::slice::from_ref(gateway)).to_string();
    let mut backend = String::new();
    let (mut backends, mut servers) = (Vec::new(), Vec::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("backend ") {
            name.clone_into(&mut backend);
        }
        if let Some(name) = line.strip_prefix("  cookie ") {
            assert_eq!(name, format!("{backend} insert indirect nocache"));
            backends.push(backend.clone());
        }
        if let Some((before, value)) = line.rsplit_once(" check cookie ") {
            // S02-043: the value is the name of the server.
            assert!(before.starts_with(&format!("  server {value} ")), "{line}");
            servers.push(format!("{backend} {value}"));
        }
    }
    (backends, servers)
}

#[test]
fn cookies_are_set_where_a_choice_is_to_last() {
    let gateway = web(None);
    let l = gateway.lookup_name();
    let [r1, r2] =
        ["web:1", "web:2"].map(|path| lookup::route(gateway.name.as_ref(), &path.parse().unwrap()));
    assert_eq!(cookies(&gateway), (vec![], vec![]));

    let of_route = (
        vec![format!("o_{l}"), format!("im_{r2}")],
        vec![
            format!("o_{l} {r1}"),
            format!("o_{l} {r2}"),
            format!("im_{r2} {r2}"),
            format!("im_{r2} o_{l}"),
        ],
    );
    // S02-041: pool and hop, and nothing else.
    assert_eq!(cookies(&web(Some(Sticky::Route))), of_route);

    let (mut backends, mut servers) = of_route;
    let targets = ["web1-a", "web2-a"].map(|name| lookup::target(&instance(name, "x", 1)));
    backends.extend([r1.clone(), r2.clone()]);
    servers.extend([format!("{r1} {}", targets[0]), format!("{r2} {}", targets[1])]);
    // S02-042: routes, too.
    assert_eq!(cookies(&web(Some(Sticky::Instance))), (backends, servers));
    insta::assert_snapshot!(readable(&config(&[web(Some(Sticky::Instance))])));
}

#[test]
fn sticky_needs_http_and_has_two_values() {
    let problem = |text: &str| read::<Gateway>(text, Format::Yaml).unwrap_err().first().code;
    // S02-045: nobody sees a cookie in TCP.
    assert_eq!(
        problem("{name: a, port: 90/tcp, sticky: route, routes: {}}"),
        code::STICKY_PORT_TYPE
    );
    assert_eq!(
        problem("{name: a, port: 90, sticky: often, routes: {}}"),
        code::ILLEGAL_GATEWAY_STICKY_VALUE
    );
    let none: Gateway = read("{name: a, port: 90, sticky: none, routes: {}}", Format::Yaml).unwrap();
    // S02-046: the same as nothing.
    assert_eq!(none.sticky, None);

    // Made by a program, it is left out and said.
    let mut tcp = gateway("a", "9000/tcp", []);
    tcp.sticky = Some(Sticky::Route);
    let omissions = generated(&[tcp]).omissions;
    assert_eq!(
        omissions[0].to_string(),
        "gateway 'a': sticky sessions need an HTTP port"
    );
}

/// The name of the service that answers, and the cookies that it sets, as a client sends them back.
async fn visit(address: SocketAddr, cookies: &str) -> (String, String) {
    let head = if cookies.is_empty() {
        String::new()
    } else {
        format!("Cookie: {cookies}\r\n")
    };
    let answer = request(address, "/", "gateway", &head).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    let set = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let cookie = value.split(';').next()?;
        name.eq_ignore_ascii_case("set-cookie").then(|| cookie.to_owned())
    });
    let set: Vec<String> = set.collect();
    // Cookies are HAProxy's own: services never see them.
    assert!(!body.contains("Cookie:"), "{body}");
    (body.lines().next().unwrap().to_owned(), set.join("; "))
}

#[tokio::test]
async fn a_client_stays_with_its_route_and_its_instance() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let port = ports::lease().unwrap();
    let services = [
        Service::start("one-a").await,
        Service::start("one-b").await,
        Service::start("two-a").await,
    ];
    let routes = [
        ("one", route(50, [services[0].target(), services[1].target()])),
        ("two", route(50, [services[2].target()])),
    ];
    let mut edge = gateway("edge", &format!("{}", port.number()), routes);
    edge.sticky = Some(Sticky::Instance);
    let mut scene = Scene::start(std::slice::from_ref(&edge)).await;

    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(visit(port.address(), "").await);
    }
    // S02-042: a cookie for the route and one for the instance.
    assert!(
        clients
            .iter()
            .all(|(_, cookies)| cookies.matches('=').count() == 2),
        "{clients:?}"
    );
    let names: std::collections::BTreeSet<&str> = clients.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    for (name, cookies) in &clients {
        for _ in 0..5 {
            // S02-041: the same again, whoever else comes between; no cookie is set twice.
            assert_eq!(
                visit(port.address(), cookies).await,
                (name.clone(), String::new())
            );
        }
    }

    // Nobody new comes to a route without weight.
    edge.routes[0].inline_mut().unwrap().weight = Percentage::new(0);
    edge.routes[1].inline_mut().unwrap().weight = Percentage::new(100);
    scene.reload(std::slice::from_ref(&edge)).await;
    for _ in 0..6 {
        assert_eq!(visit(port.address(), "").await.0, "two-a");
    }
    for (name, cookies) in &clients {
        // S02-040: who was there stays.
        assert_eq!(
            visit(port.address(), cookies).await,
            (name.clone(), String::new())
        );
    }

    // The first route loses an instance; its clients are sent to the other.
    edge.routes[0].inline_mut().unwrap().targets.remove(0);
    scene.reload(std::slice::from_ref(&edge)).await;
    let (_, cookies) = clients.iter().find(|(name, _)| name == "one-a").unwrap();
    let (name, set) = visit(port.address(), cookies).await;
    // S02-044: a cookie that names nobody is replaced by one that names somebody.
    assert_eq!((name.as_str(), set.matches('=').count()), ("one-b", 1), "{set}");
}
