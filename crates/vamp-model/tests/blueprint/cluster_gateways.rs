//! Gateways of clusters.

use vamp_model::{Cluster, Gateway, Percentage, PortKind, Reference, Route, Sticky, code, to_json};

use super::{all_refused, blueprint, cluster};

/// The only gateway of a cluster of named breeds.
fn gateway(text: &str) -> Gateway {
    let cluster = cluster(&format!("{{services: [a, b], gateways: {text}}}"));
    assert_eq!(cluster.gateways.len(), 1, "{text}");
    cluster.gateways[0].clone()
}

/// The first route of a gateway without a port's name.
fn route(text: &str) -> Reference<Route> {
    let gateway = gateway(&format!("{{routes: {{a: {text}}}}}"));
    gateway.routes[0].clone()
}

fn inline(text: &str) -> Route {
    route(text).inline().unwrap().clone()
}

fn percent(number: u8) -> Option<Percentage> {
    Some(Percentage::new(number).unwrap())
}

fn ports(cluster: &Cluster) -> Vec<&str> {
    cluster.gateways.keys().map(String::as_str).collect()
}

/// A service with a breed of its name and these ports.
fn service(name: &str, ports: &str) -> String {
    format!("{{breed: {{name: {name}, deployable: x, ports: {{{ports}}}}}}}")
}

#[test]
fn routes_are_named_after_breeds() {
    let named = cluster("{services: [a], gateways: {routes: {a: strong}}}");
    // S01-063: a text is the name of a stored route, the key its path, and the gateway has no port's name.
    assert_eq!(ports(&named), [""]);
    let (path, route_of_a) = named.gateways[""].routes.get_index(0).unwrap();
    assert_eq!(
        (path.source(), route_of_a),
        ("a", &Reference::Named("strong".parse().unwrap()))
    );
    let weighted = inline("{weight: 100%}");
    // S01-064: a weight, and no condition.
    assert_eq!((weighted.weight, &weighted.condition), (percent(100), &None));
    let conditional = inline("{condition: android}");
    // S01-065: a text is the condition itself.
    assert_eq!(conditional.inline_condition().unwrap().definition(), "android");
    let stored = inline("{condition: {reference: ios}}").condition.unwrap();
    // S01-066: a reference names a stored one.
    assert_eq!(stored.named().unwrap().as_str(), "ios");
    let both = inline("{weight: 100%, condition: {condition: '< a >'}}");
    // S01-067: weight and condition stand side by side.
    assert_eq!(
        (both.weight, both.inline_condition().unwrap().definition()),
        (percent(100), "< a >")
    );
    let gateway = gateway(
        "{routes: {a: {weight: 90%}, b: {weight: 10%, condition: '< x >', condition_strength: 10%}}}",
    );
    // S01-111: a tenth of the traffic, a condition and its strength beside another route.
    let b = gateway.routes[1].inline().unwrap();
    assert_eq!((b.weight, b.condition_strength), (percent(10), percent(10)));
    assert_eq!(b.inline_condition().unwrap().definition(), "< x >");
    // S01-113: an empty text is no condition.
    assert_eq!(inline("{condition: ''}").condition, None);
    // S01-114: neither is it in a mapping.
    assert_eq!(inline("{condition: {condition: ''}}").condition, None);
}

#[test]
fn a_gateway_belongs_to_the_only_port_there_is() {
    let one_port = service("a", "web: 80");
    for form in [
        "{routes: {a: {}}}",
        "{sticky: route}",
        "{'': {routes: {a: {}}}}",
        "{virtual_hosts: a.example}",
    ] {
        let read = cluster(&format!("{{services: [{one_port}], gateways: {form}}}"));
        // S01-079: the breed that is written out has one port, and so the gateway has its name, by whatever key it is recognised.
        assert_eq!(ports(&read), ["web"], "{form}");
    }
    let named = cluster("{services: [a, b], gateways: {routes: {a: {weight: 100%}}}}");
    // S01-080: nothing is known of the ports of named breeds.
    assert_eq!(ports(&named), [""]);
    let same_name = format!("[{one_port}, {}, c]", service("b", "web: 81"));
    let read = cluster(&format!("{{services: {same_name}, gateways: {{sticky: route}}}}"));
    assert_eq!(ports(&read), ["web"]);
    // The others stay.
    let read = cluster(&format!(
        "{{services: [{one_port}, c], gateways: {{'': {{sticky: route}}, adm: {{}}}}}}"
    ));
    assert_eq!(ports(&read), ["web", "adm"]);
    // A port that is called like a field of gateways is one when a gateway stands below.
    let read = cluster("{services: a, gateways: {selector: {sticky: route}, port: {}}}");
    assert_eq!(ports(&read), ["selector", "port"]);
}

#[test]
fn each_port_has_its_own_gateway() {
    let sticky = |text: &str| gateway(&format!("{{web: {{sticky: {text}}}}}")).sticky;
    // S01-095: each of the two words, and nothing for none.
    assert_eq!(sticky("route"), Some(Sticky::Route));
    assert_eq!(sticky("instance"), Some(Sticky::Instance));
    assert_eq!(sticky("~"), None);
    assert_eq!(sticky("None"), None);
    let both = cluster("{services: a, gateways: {web: {sticky: route}, adm: {sticky: instance}}}");
    // S01-097: two ports, each with its own stickiness.
    assert_eq!(ports(&both), ["web", "adm"]);
    assert_eq!(both.gateways["web"].sticky, Some(Sticky::Route));
    assert_eq!(both.gateways["adm"].sticky, Some(Sticky::Instance));
    let hosts = |text: &str| {
        let gateway = gateway(&format!("{{web: {{virtual_hosts: {text}}}}}"));
        gateway
            .virtual_hosts
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    // S01-112: host names of a cluster's gateway as a list, and as a single text.
    assert_eq!(hosts("[a.example, b.example]"), ["a.example", "b.example"]);
    assert_eq!(hosts("a.example"), ["a.example"]);
    let web = service("a", "web: 80/http");
    let http = cluster(&format!(
        "{{services: [{web}], gateways: {{web: {{sticky: route}}}}}}"
    ));
    // S01-098: sticky sessions at a port that speaks HTTP.
    assert_eq!(http.gateways["web"].sticky, Some(Sticky::Route));
    let breed = http.services[0].breed.inline().unwrap().clone();
    assert_eq!(breed.ports["web"].kind(), PortKind::Http);
}

#[test]
fn what_is_wrong_with_a_gateway_of_a_cluster_is_told() {
    let of = |services: &str, gateways: &str| {
        format!("{{name: bp, clusters: {{c: {{services: {services}, gateways: {gateways}}}}}}}")
    };
    let named = |gateways: &str| of("[a, b]", gateways);
    let inline = |ports: &str, gateways: &str| of(&format!("[{}]", service("a", ports)), gateways);
    all_refused(&[
        // S01-068: a route of a gateway has no name of its own; the message tells what it is and the name.
        (
            named("{routes: {a: {name: x, weight: 100%}}}"),
            code::EITHER_REFERENCE_OR_ANONYMOUS,
            "'route -> x'",
        ),
        // S01-096: an unknown word for stickiness.
        (
            named("{web: {sticky: forever}}"),
            code::ILLEGAL_GATEWAY_STICKY_VALUE,
            "'forever'",
        ),
        // S01-099: sticky sessions at a breed's TCP port, which the message names.
        (
            inline("raw: 80/tcp", "{raw: {sticky: route}}"),
            code::STICKY_PORT_TYPE,
            "'raw'",
        ),
        (
            inline("raw: 80/tcp", "{sticky: route}"),
            code::STICKY_PORT_TYPE,
            "'raw'",
        ),
        // S01-100: a condition at a breed's TCP port, with both of them in the message.
        (
            inline("raw: 80/tcp", "{raw: {routes: {a: {condition: '< x >'}}}}"),
            code::CONDITION_PORT_TYPE,
            "'raw' and condition '< x >'",
        ),
        // S01-101: no port is named where the breed has two; the message names the breed.
        (
            inline("web: 80, adm: 81", "{sticky: route}"),
            code::ILLEGAL_ANONYMOUS_ROUTING_PORT_MAPPING,
            "'a'",
        ),
        // S01-108: the port is the one that the key names: another one is not expected, whatever it is.
        (
            named("{web: {port: 9000}}"),
            code::UNEXPECTED_ELEMENT,
            "Unexpected in DSL: 9000",
        ),
        (
            named("{port: 9000}"),
            code::UNEXPECTED_ELEMENT,
            "Unexpected in DSL: 9000",
        ),
        (named("{web: {name: x}}"), code::NOT_ANONYMOUS, "'x'"),
        // S01-110: the breed that is written out has no such port; no port stands behind it.
        (
            inline("web: 80", "{nope: {}}"),
            code::UNRESOLVED_GATEWAY_PORT,
            "'nope -> '",
        ),
        (named("{web: ~}"), code::MISSING_PATH_VALUE, "/web"),
        (named("{web: a}"), code::UNEXPECTED_TYPE, "'web'"),
        (named("{web: [a]}"), code::UNEXPECTED_TYPE, "'web'"),
        (named("web"), code::UNEXPECTED_TYPE, "'gateways'"),
        // A path is the name of a breed as a whole.
        (
            named("{routes: {a/web: {}}}"),
            code::UNRESOLVED_SERVICE_ROUTE,
            "'c' and 'a/web'",
        ),
        (
            named("{routes: {x: {}}}"),
            code::UNRESOLVED_SERVICE_ROUTE,
            "'c' and 'x'",
        ),
        (
            named("{routes: {a: {weight: 40%}, b: {weight: 40%}}}"),
            code::GATEWAY_ROUTE_WEIGHT,
            "0% or 100%",
        ),
        (
            named("{routes: {a: {weight: 101%}}}"),
            code::UNEXPECTED_TYPE,
            "'weight'",
        ),
        // Without the weight of the stored route only a sum beyond everything is wrong.
        (
            of(
                "[a, b, d]",
                "{routes: {a: {weight: 60%}, b: {weight: 60%}, d: stored}}",
            ),
            code::ROUTE_WEIGHT,
            "'c'",
        ),
        (
            named("{routes: {a: {}}, web: {}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"gateways":{"web":{}}}"#,
        ),
        (
            named("{web: {internal: true}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"internal":true}"#,
        ),
        (
            named("{web: {lookup_name: x}}"),
            code::UNEXPECTED_ELEMENT,
            r#"{"lookup_name":"x"}"#,
        ),
        (
            inline("web: 80", "{'': {sticky: route}, web: {sticky: route}}"),
            code::DUPLICATE_GATEWAY_PORT,
            "'web'",
        ),
    ]);
    cluster("{services: [a, b], gateways: {routes: {a: {weight: 60%}, b: stored}}}");
    cluster("{services: [a], gateways: {web: {deployed: true, service: {host: h, port: 80}}}}");
}

#[test]
fn ports_of_gateways_are_those_of_their_own_cluster() {
    let text = |port: &str| {
        format!(
            "{{name: bp, clusters: {{c: {{services: [{}], gateways: {{{port}: {{}}}}}}, d: [{}], e: other}}}}",
            service("a", "web: 80"),
            service("b", "adm: 80")
        )
    };
    blueprint(&text("web"));
    // Another cluster has the port, and a third one breeds that are only named.
    all_refused(&[(text("adm"), code::UNRESOLVED_GATEWAY_PORT, "'adm -> '")]);
}

#[test]
fn old_documents_call_the_gateways_of_a_cluster_routing() {
    let new = cluster("{services: a, gateways: {web: {sticky: route}}}");
    assert_eq!(cluster("{services: a, routing: {web: {sticky: route}}}"), new);
    assert!(to_json(&new).contains(r#""gateways":{"web":{"sticky":"route""#));
}
