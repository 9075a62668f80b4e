//! Paths that are replaced on the way to a route.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use support::scene::{Scene, Service, request};
use support::{chained, config, gateway, generated, route};
use vamp_model::{Format, Gateway, Reference, Rewrite, Route, code, read};
use vamp_testkit::ports;

fn rewritten(texts: &[&str], route: Route) -> Route {
    Route {
        rewrites: texts
            .iter()
            .map(|text| Reference::Inline(text.parse::<Rewrite>().unwrap()))
            .collect(),
        ..route
    }
}

/// The rules of a route with these rewrites.
fn rules(texts: &[&str]) -> Vec<String> {
    let edge = gateway(
        "edge",
        "9000",
        [("a", rewritten(texts, route(100, [chained("a", 9100)])))],
    );
    let text = config(&[edge]).to_string();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("  http-request "));
    lines.map(str::to_owned).collect()
}

#[test]
fn rewrites_become_rules_for_requests() {
    for (rewrite, rule) in [
        // S02-047: the condition is put into braces.
        (
            "/v2%[path] if path_beg /api/",
            "set-path /v2%[path] if { path_beg /api/ }",
        ),
        // S02-048: but for one that has some already, from end to end.
        (
            "/img%[path] if { path_end -i .png } !{ path_beg /img/ }",
            "set-path /img%[path] if { path_end -i .png } !{ path_beg /img/ }",
        ),
        ("/a if {a} or {b} c", "set-path /a if { {a} or {b} c }"),
        // S02-049: the last word of that name divides, in any case.
        ("/a\\ if\\ b IF path /x", "set-path /a\\ if\\ b if { path /x }"),
    ] {
        assert_eq!(rules(&[rewrite]), [rule], "{rewrite}");
    }
    let three = ["/1 if path /a", "/2 if path /b", "/3 if path /a"];
    // S02-051: in the order in which they are written.
    assert_eq!(
        rules(&three),
        three.map(|text| {
            let (path, condition) = text.split_once(" if ").unwrap();
            format!("set-path {path} if {{ {condition} }}")
        })
    );
}

#[test]
fn what_is_no_rewrite_is_refused() {
    let text = "{name: a, port: 90, routes: {b: {rewrites: [{path: /a unless path /b}]}}}";
    // S02-050: without the word there is no condition.
    assert_eq!(
        read::<Gateway>(text, Format::Yaml).unwrap_err().first().code,
        code::UNSUPPORTED_PATH_REWRITE
    );
    let said = |rewrite: &str, port: &str| {
        let route = rewritten(&[rewrite], route(100, []));
        let generated = generated(&[gateway("edge", port, [("a", route)])]);
        assert_eq!(generated.config, config(&[]), "the gateway is left out");
        generated.omissions[0].to_string()
    };
    let all = [
        said("/a b if path /c", "9000"),
        said("/a#b if path /c", "9000"),
        said("/a if path '/c", "9000"),
        said(&format!("/a if {}", "path /b ".repeat(40)), "9000"),
        said("/a if path /c", "9000/tcp"),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[tokio::test]
async fn services_get_the_new_path() {
    if vamp_testkit::skip::without("haproxy") {
        return;
    }
    let port = ports::lease().unwrap();
    let service = Service::start("one").await;
    let rewrites = [
        "/v2%[path] if path_beg /api/",
        "/img%[path] if { path_end -i .png } !{ path_beg /img/ }",
        "/v3%[path] if path_beg /v2/api/new",
    ];
    let route = rewritten(&rewrites, route(100, [service.target()]));
    let edge = gateway("edge", &format!("{}", port.number()), [("a", route)]);
    let _scene = Scene::start(&[edge]).await;
    for (asked, got) in [
        ("/other?q=1", "/other?q=1"),
        // S02-047: the path is replaced, and what follows it stays.
        ("/api/x?q=1", "/v2/api/x?q=1"),
        ("/a.PNG", "/img/a.PNG"),
        ("/img/a.png", "/img/a.png"),
        // S02-051: each rule sees what the one before has made.
        ("/api/new", "/v3/v2/api/new"),
    ] {
        let answer = request(port.address(), asked, "gateway", "").await;
        let seen = answer.split_once("\r\n\r\n").unwrap().1.lines().nth(1).unwrap();
        assert_eq!(seen, format!("GET {got} HTTP/1.1"), "{asked}");
    }
}
