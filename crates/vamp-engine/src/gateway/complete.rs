//! A gateway as a user writes it, completed and checked.

use vamp_model::gateway::{fill_strengths, fill_weights};
use vamp_model::{Gateway, GatewayName, Port, PortKind, VirtualHost, code};

use super::virtual_host;
use crate::{Problem, VirtualHostOptions};

/// The gateway with what it leaves open: the port that it had, weights, strengths, its own virtual host. What users cannot set is
/// taken away: targets, and whether and where it can be reached.
pub(crate) fn complete(
    mut gateway: Gateway,
    stored: Option<&Gateway>,
    virtual_hosts: &VirtualHostOptions,
) -> Gateway {
    gateway.deployed = false;
    gateway.service = None;
    for (_, route) in gateway.inline_routes_mut() {
        route.targets.clear();
    }
    if let Some(kept) = stored
        .and_then(|stored| stored.port.as_ref())
        .filter(|port| port.is_assigned())
    {
        match gateway.port {
            None => gateway.port = Some(kept.clone()),
            Some(ref open) if !open.is_assigned() => {
                gateway.port = Some(Port::new(kept.number(), open.kind()));
            }
            Some(_) => {}
        }
    }
    fill_weights(&mut gateway);
    fill_strengths(&mut gateway);
    if let Some(host) = gateway
        .name
        .as_ref()
        .and_then(|name| virtual_host::generated(name, virtual_hosts))
    {
        gateway.virtual_hosts.insert(0, host);
    }
    let mut seen: Vec<VirtualHost> = Vec::with_capacity(gateway.virtual_hosts.len());
    gateway.virtual_hosts.retain(|host| {
        let new = !seen.contains(host);
        if new {
            seen.push(host.clone());
        }
        new
    });
    gateway
}

/// What is wrong with a completed gateway.
pub(crate) fn validate(gateway: &Gateway) -> Vec<Problem> {
    let name = gateway.name.as_ref().map_or("", GatewayName::as_str);
    let mut problems = Vec::new();
    let sum = gateway.weight_sum();
    if !gateway.routes.is_empty() && sum != 0 && sum != 100 {
        let message = format!("Total route weight must be either 0% or 100%: {name}.");
        let hint = format!("the weights add up to {sum}%");
        problems.push(
            Problem::new(code::GATEWAY_ROUTE_WEIGHT, message)
                .at(["routes"])
                .hint(hint),
        );
    }
    for (path, route) in gateway.inline_routes() {
        if let (PortKind::Tcp, Some(condition)) = (gateway.port_kind(), route.inline_condition()) {
            let port = gateway.port.as_ref().map(ToString::to_string).unwrap_or_default();
            let message = format!(
                "HTTP conditions are not allowed for TCP port: '{port}' and condition '{}'.",
                condition.definition()
            );
            let problem = Problem::new(code::CONDITION_PORT_TYPE, message);
            problems.push(problem.at(["routes", path.source(), "condition"]));
        }
        if let Err(error) = path.external_address() {
            let problem = Problem::new(crate::code::INVALID_EXTERNAL_ADDRESS, error.to_string());
            problems.push(problem.at(["routes", path.source()]));
        }
    }
    problems
}

/// Whether two gateways differ in weights and strengths alone, which HAProxy always takes.
pub(crate) fn differ_in_shares_alone(one: &Gateway, other: &Gateway) -> bool {
    let same = one.port == other.port
        && one.virtual_hosts == other.virtual_hosts
        && one.sticky == other.sticky
        && one.routes.len() == other.routes.len();
    same && one.inline_routes().zip(other.inline_routes()).all(
        |((path, route), (other_path, other_route))| {
            path == other_path
                && route.condition == other_route.condition
                && route.balance == other_route.balance
                && route.rewrites == other_route.rewrites
        },
    )
}

#[cfg(test)]
mod tests {
    use vamp_model::{Format, Target, read};

    use super::*;

    fn gateway(text: &str) -> Gateway {
        read(text, Format::Yaml).unwrap()
    }

    fn completed(text: &str, stored: Option<&Gateway>) -> Gateway {
        complete(gateway(text), stored, &VirtualHostOptions::default())
    }

    #[test]
    fn what_is_left_open_is_filled_in() {
        let text = "name: edge\nport: 80\nroutes: {a: {weight: 100%}, b: {condition: < path_beg /b >}}";
        let gateway = completed(text, None);
        let weights: Vec<String> = gateway
            .inline_routes()
            .map(|(_, route)| route.weight.unwrap().to_string())
            .collect();
        assert_eq!(weights, ["100%", "0%"]);
        // S02-107, S04-049: everything that meets the condition, unless something else is said.
        assert_eq!(
            gateway.routes[1]
                .inline()
                .unwrap()
                .condition_strength
                .unwrap()
                .value(),
            100
        );
        assert_eq!(gateway.virtual_hosts[0].as_str(), "edge.vamp");
        let hosted = completed(
            "name: edge\nport: 80\nvirtual_hosts: [a.test, edge.vamp, a.test]",
            None,
        );
        let hosts: Vec<&str> = hosted.virtual_hosts.iter().map(VirtualHost::as_str).collect();
        // S02-060: the one that is made comes first, and each stands there once.
        assert_eq!(hosts, ["edge.vamp", "a.test"]);
        assert!(validate(&gateway).is_empty());
        assert_eq!(
            complete(gateway.clone(), Some(&gateway), &VirtualHostOptions::default()),
            gateway
        );
    }

    #[test]
    fn a_port_that_is_left_open_stays() {
        let stored = completed("name: edge\nport: 81/tcp\nroutes: {}", None);
        for (written, kept) in [
            ("", "81/tcp"),
            // What is shown of a gateway without port says nothing; a port of another type asks for that type.
            ("port: 0/http", "81/tcp"),
            ("port: 0", "81/http"),
            ("port: 82/tcp", "82/tcp"),
        ] {
            let gateway = completed(&format!("name: edge\nroutes: {{}}\n{written}"), Some(&stored));
            // S04-056: a body without port keeps the number.
            assert_eq!(gateway.port.unwrap().to_string(), kept, "{written}");
        }
    }

    #[test]
    fn what_users_cannot_set_is_taken_away() {
        let mut written = gateway("name: edge\nport: 80\nroutes: {'[h:1]': {}}");
        written.deployed = true;
        written.routes[0]
            .inline_mut()
            .unwrap()
            .targets
            .push(Target::External {
                url: "x:1".to_owned(),
            });
        let gateway = complete(written, None, &VirtualHostOptions::default());
        // S04-053: runtime fields of a body count for nothing.
        assert!(!gateway.deployed && gateway.routes[0].inline().unwrap().targets.is_empty());
    }

    #[test]
    fn wrong_gateways_are_told_with_the_place() {
        let mut half = gateway("name: edge\nport: 80\nroutes: {a: {weight: 100%}, b: {weight: 0%}}");
        half.routes[1].inline_mut().unwrap().weight = vamp_model::Percentage::new(20);
        let mut on_tcp = gateway("name: edge\nport: 80\nroutes: {a: {condition: < path_beg /b >}}");
        on_tcp.port = Some("80/tcp".parse().unwrap());
        let outside = gateway("name: edge\nport: 80\nroutes: {'[http://h:1/x]': {}}");
        let cases = [
            // S02-106, S04-048: neither 0 nor 100.
            (half, "GatewayRouteWeightError", "routes"),
            // S04-052: a condition on a TCP port.
            (on_tcp, "ConditionPortTypeError", "routes.a.condition"),
            (outside, "InvalidExternalAddress", "routes[\"[http://h:1/x]\"]"),
        ];
        for (gateway, code, path) in cases {
            let problems = validate(&complete(gateway, None, &VirtualHostOptions::default()));
            assert_eq!((problems[0].code, problems[0].path.as_str()), (code, path));
        }
    }

    #[test]
    fn shares_are_told_from_everything_else() {
        let base = "name: edge\nport: 80\nroutes: {a: {weight: 100%}, b: {weight: 0%}}";
        let cases = [
            (
                "name: edge\nport: 80\nroutes: {a: {weight: 5%}, b: {weight: 95%}}",
                true,
            ),
            (
                "name: edge\nport: 81\nroutes: {a: {weight: 100%}, b: {weight: 0%}}",
                false,
            ),
            ("name: edge\nport: 80\nroutes: {a: {weight: 100%}}", false),
            (
                "name: edge\nport: 80\nroutes: {a: {weight: 100%}, b: {weight: 0%, condition: < x >}}",
                false,
            ),
            (
                "name: edge\nport: 80\nsticky: route\nroutes: {a: {weight: 100%}, b: {weight: 0%}}",
                false,
            ),
            (
                "name: edge\nport: 80\nroutes: {a: {weight: 100%}, b: {weight: 0%, rewrites: [{path: /a if b}]}}",
                false,
            ),
        ];
        for (text, expected) in cases {
            let (one, other) = (completed(base, None), completed(text, None));
            assert_eq!(differ_in_shares_alone(&one, &other), expected, "{text}");
        }
    }
}
