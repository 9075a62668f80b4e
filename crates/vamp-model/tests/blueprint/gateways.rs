//! Gateways of a blueprint.

use vamp_model::{PortKind, Sticky, code};

use super::{all_refused, blueprint};

const INLINE: &str = "clusters: {c: {services: [{breed: {name: b, deployable: x, ports: {web: 80, adm: 81, raw: 82/tcp}, env: {A: ~}}}]}}";

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
fn a_gateway_of_a_blueprint_has_all_that_gateways_have() {
    let gateways = |text: &str| blueprint(&format!("{{name: bp, gateways: {text}, {INLINE}}}")).gateways;
    let read = gateways("{8080: {sticky: route, routes: c/web}, 8081: c/web}");
    // S01-102: stickiness beside a route as text; the text in place of a gateway is one route and nothing more.
    let paths = |port: &str| {
        let routes = &read[port].gateway.routes;
        routes
            .keys()
            .map(|path| path.source().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (read["8080"].gateway.sticky, paths("8080")),
        (Some(Sticky::Route), vec!["c/web".to_owned()])
    );
    assert_eq!(
        (read["8081"].gateway.sticky, paths("8081")),
        (None, vec!["c/web".to_owned()])
    );
    let hosts = |text: &str| {
        let gateways = gateways(&format!("{{8080: {{virtual_hosts: {text}, routes: c/web}}}}"));
        let hosts = &gateways["8080"].gateway.virtual_hosts;
        hosts.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    // S01-112: host names of a blueprint's gateway as a list, and as a single text.
    assert_eq!(hosts("[a.example, b.example]"), ["a.example", "b.example"]);
    assert_eq!(hosts("a.example"), ["a.example"]);
    // What the API shows beside it says nothing here.
    let plain = gateways("{8080: {routes: c/web}}");
    assert_eq!(
        gateways(
            "{8080: {routes: c/web, internal: true, proxy: x, deployed: true, service: {host: h, port: 1}}}"
        ),
        plain
    );
}

#[test]
fn ports_to_be_assigned_may_be_many() {
    let text = format!(
        "{{name: bp, gateways: {{web: c/web, 0: c/web, other: {{port: 0, routes: c/web}}}}, {INLINE}}}"
    );
    let read = blueprint(&text);
    assert_eq!(read.gateways.keys().collect::<Vec<_>>(), ["web", "0", "other"]);
    assert!(read.gateways.values().all(|gateway| !gateway.port.is_assigned()));
}

#[test]
fn what_is_wrong_with_the_gateways_of_a_blueprint_is_told() {
    let gateways = |gateways: &str| format!("{{name: bp, gateways: {gateways}, {INLINE}}}");
    all_refused(&[
        // S01-092: one segment; the route as name, the port as value.
        (
            gateways("{9050/tcp: c}"),
            code::UNRESOLVED_GATEWAY_PORT,
            "'c -> 9050/tcp'",
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
        (
            gateways("{9050: c/web/x}"),
            code::UNRESOLVED_GATEWAY_PORT,
            "'c/web/x -> 9050'",
        ),
        // S01-103: sticky at a tcp port, which is called by the text of the key.
        (
            gateways("{9050/tcp: {sticky: route, routes: c/web}}"),
            code::STICKY_PORT_TYPE,
            "'9050/tcp'",
        ),
        // S01-104: a condition at a tcp port, named after the path of its route.
        (
            gateways("{9050/tcp: {routes: {c/web: {condition: '< a >'}}}}"),
            code::CONDITION_PORT_TYPE,
            "'c/web' and condition '< a >'",
        ),
        // S01-106: weights beyond everything.
        (
            gateways("{9050: {routes: {c/web: {weight: 50%}, c/adm: {weight: 60%}}}}"),
            code::GATEWAY_ROUTE_WEIGHT,
            "0% or 100%",
        ),
        // S01-107: one number, two types; the message has the number.
        (
            gateways("{9050: c/web, 9050/tcp: c/web}"),
            code::DUPLICATE_GATEWAY_PORT,
            "'9050'",
        ),
        (
            gateways("{web: {port: 9050, routes: c/web}, 9050: c/web}"),
            code::DUPLICATE_GATEWAY_PORT,
            "'9050'",
        ),
    ]);
    // S01-094: any port where one service's breed is only named.
    blueprint("{name: bp, gateways: {9050: c/any}, clusters: {c: [{name: b, deployable: x}, b2]}}");
    // A condition at a TCP gateway is judged where the port is known.
    blueprint("{name: bp, gateways: {9050/tcp: {routes: {c/any: {condition: '< a >'}}}}, clusters: {c: b}}");
}

#[test]
fn hints_name_the_cluster_or_port_that_was_meant() {
    let hint = |gateways: &str| {
        let text = format!("{{name: bp, gateways: {gateways}, {INLINE}}}");
        super::refused(&text).hint.unwrap()
    };
    assert_eq!(hint("{80: c/wbe}"), "did you mean `c/web`?");
    assert_eq!(hint("{80: C/web}"), "did you mean `c/web`?");
    assert_eq!(hint("{80: c/other}"), "the ports of `c` are: web, adm, raw");
    assert_eq!(
        hint("{80: c}"),
        "a route of a blueprint's gateway leads to `cluster/port`"
    );
}
