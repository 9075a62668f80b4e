//! What the language says and the engine cannot carry out yet: it is refused, never ignored.

use vamp_model::{Blueprint, Breed, Gateway, Reference, Service, ValuePath, code};

use super::attachment::{Referred, service_place};
use super::environment::plain_value;
use crate::Problem;

fn not_supported(place: &ValuePath, what: &str) -> Problem {
    Problem::new(
        code::NOT_SUPPORTED,
        format!("{what} is not supported by this version."),
    )
    .at_path(place)
}

/// What of a blueprint, with the breeds that it refers to, cannot be deployed.
pub(crate) fn of_blueprint(blueprint: &Blueprint, referred: &Referred) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |place: ValuePath, what: &str| problems.push(not_supported(&place, what));
    let root = ValuePath::new;
    if !blueprint.dialects.is_empty() {
        refuse(root().key("dialects"), "`dialects`");
    }
    for (name, value) in &blueprint.environment_variables {
        if value.as_deref().is_some_and(refers) {
            let place = root().key("environment_variables").key(name.to_string());
            refuse(place, "A reference in the value of a variable");
        }
    }
    for (port, gateway) in &blueprint.gateways {
        for (place, what) in in_gateway(&gateway.gateway, &root().key("gateways").key(port.as_str())) {
            refuse(place, what);
        }
    }
    for (name, cluster) in &blueprint.clusters {
        let place = root().key("clusters").key(name.as_str());
        let unsupported = [
            ("dialects", !cluster.dialects.is_empty()),
            ("network", cluster.network.is_some()),
            ("sla", cluster.sla.is_some()),
        ];
        for (key, given) in unsupported {
            if given {
                refuse(place.clone().key(key), &format!("`{key}` of a cluster"));
            }
        }
        for (port, gateway) in &cluster.gateways {
            let place = place.clone().key("gateways").key(port.as_str());
            for (place, what) in in_gateway(gateway, &place) {
                refuse(place, what);
            }
        }
        for (position, service) in cluster.services.iter().enumerate() {
            let place = service_place(name, position);
            for (place, what) in of_service(service, referred, &place) {
                refuse(place, what);
            }
        }
    }
    problems
}

/// What of a gateway cannot be carried out.
pub(crate) fn of_gateway(gateway: &Gateway) -> Vec<Problem> {
    let found = in_gateway(gateway, &ValuePath::new());
    found
        .iter()
        .map(|(place, what)| not_supported(place, what))
        .collect()
}

fn in_gateway(gateway: &Gateway, place: &ValuePath) -> Vec<(ValuePath, &'static str)> {
    let mut found = Vec::new();
    if gateway.selector.is_some() {
        found.push((place.clone().key("selector"), "`selector`"));
    }
    for (path, route) in &gateway.routes {
        let place = place.clone().key("routes").key(path.source());
        let Reference::Inline(route) = route else {
            found.push((place, "A reference to a stored route"));
            continue;
        };
        if let Some(Reference::Named(_)) = route.condition {
            found.push((
                place.clone().key("condition"),
                "A reference to a stored condition",
            ));
        }
        for (position, rewrite) in route.rewrites.iter().enumerate() {
            if let Reference::Named(_) = rewrite {
                let place = place.clone().key("rewrites").index(position);
                found.push((place, "A reference to a stored rewrite"));
            }
        }
        if route.selector.is_some() {
            found.push((place.key("selector"), "`selector`"));
        }
    }
    found
}

fn of_service(service: &Service, referred: &Referred, place: &ValuePath) -> Vec<(ValuePath, &'static str)> {
    let mut found = Vec::new();
    if !service.arguments.is_empty() {
        found.push((place.clone().key("arguments"), "`arguments` of a service"));
    }
    if !service.dialects.is_empty() {
        found.push((place.clone().key("dialects"), "`dialects` of a service"));
    }
    if service.network.is_some() {
        found.push((place.clone().key("network"), "`network` of a service"));
    }
    for (name, value) in &service.environment_variables {
        if value.as_deref().is_some_and(refers) {
            let place = place.clone().key("environment_variables").key(name.as_str());
            found.push((place, "A reference in the value of a variable"));
        }
    }
    let place = place.clone().key("breed");
    match &service.breed {
        Reference::Inline(breed) => found.extend(of_breed(breed, &place)),
        Reference::Named(name) => {
            // The text names the breed only: that is where to point at.
            let breed = referred.breeds.get(name);
            let inside = breed.into_iter().flat_map(|breed| of_breed(breed, &place));
            found.extend(inside.map(|(_, what)| (place.clone(), what)));
        }
    }
    found
}

fn of_breed(breed: &Breed, place: &ValuePath) -> Vec<(ValuePath, &'static str)> {
    let mut found = Vec::new();
    if !breed.arguments.is_empty() {
        found.push((place.clone().key("arguments"), "`arguments` of a breed"));
    }
    if !breed.dependencies.is_empty() {
        found.push((place.clone().key("dependencies"), "`dependencies` of a breed"));
    }
    for (name, variable) in &breed.environment_variables {
        if variable.value.as_deref().is_some_and(refers) {
            let place = place.clone().key("environment_variables").key(name.as_str());
            found.push((place, "A reference in the value of a variable"));
        }
    }
    for (name, port) in &breed.ports {
        if port.symbol().is_some() {
            let place = place.clone().key("ports").key(name.as_str());
            found.push((place, "A port without a number"));
        }
    }
    found
}

/// Whether a value refers to something.
fn refers(value: &str) -> bool {
    plain_value(value).is_none()
}

#[cfg(test)]
mod tests {
    use vamp_model::{Format, Name, read};

    use super::*;

    fn refused(text: &str, breeds: &[&str]) -> Vec<String> {
        let blueprint: Blueprint = read(text, Format::Yaml).unwrap();
        let mut referred = Referred::default();
        for breed in breeds {
            let breed: Breed = read(breed, Format::Yaml).unwrap();
            let name: Name = breed.name.clone();
            referred.breeds.insert(name, breed);
        }
        of_blueprint(&blueprint, &referred)
            .into_iter()
            .map(|problem| {
                assert_eq!(problem.code, code::NOT_SUPPORTED);
                problem.path
            })
            .collect()
    }

    #[test]
    fn what_cannot_be_carried_out_is_refused_with_its_place() {
        let plain = "name: shop\nclusters: {web: {services: [{breed: {name: a, deployable: x, ports: {http: 80}, env: {A: b}}}]}}";
        assert_eq!(refused(plain, &[]), Vec::<String>::new());

        let cluster =
            |says: &str| format!("{{name: shop, clusters: {{web: {{services: [{{breed: b}}], {says}}}}}}}");
        let service =
            |says: &str| format!("{{name: shop, clusters: {{web: {{services: [{{breed: b, {says}}}]}}}}}}");
        let inline = |says: &str| {
            format!("{{name: shop, clusters: {{web: {{breed: {{name: b, deployable: x, {says}}}}}}}}}")
        };
        let named = |says: &str| format!("{{name: b, deployable: x, {says}}}");
        let plain = named("ports: {http: 80}");
        let whole = |says: &str| format!("{{name: shop, clusters: {{web: b}}, {says}}}");
        let gateway = |says: &str| whole(&format!("gateways: {{9050: {{{says}}}}}"));
        let route = |says: &str| gateway(&format!("routes: {{web/http: {says}}}"));
        let cluster_route = |says: &str| cluster(&format!("gateways: {{http: {{routes: {{b: {says}}}}}}}"));

        let cases = [
            (whole("dialects: {docker: {x: 1}}"), "dialects"),
            (
                whole("environment_variables: {web.MODE: $other.x}"),
                "environment_variables[\"web.MODE\"]",
            ),
            (gateway("selector: 'true'"), "gateways.9050.selector"),
            (route("stored"), "gateways.9050.routes.web/http"),
            (
                route("{condition: {ref: stored}}"),
                "gateways.9050.routes.web/http.condition",
            ),
            (
                route("{rewrites: [stored]}"),
                "gateways.9050.routes.web/http.rewrites[0]",
            ),
            (cluster("dialects: {docker: {x: 1}}"), "clusters.web.dialects"),
            (cluster("network: host"), "clusters.web.network"),
            (cluster("sla: calm"), "clusters.web.sla"),
            (cluster("sla: {type: escalation_only}"), "clusters.web.sla"),
            (
                cluster("gateways: {http: {selector: 'true'}}"),
                "clusters.web.gateways.http.selector",
            ),
            (cluster_route("stored"), "clusters.web.gateways.http.routes.b"),
            (
                cluster_route("{condition: {ref: stored}}"),
                "clusters.web.gateways.http.routes.b.condition",
            ),
            (
                cluster_route("{rewrites: [{path: /a if b}, stored]}"),
                "clusters.web.gateways.http.routes.b.rewrites[1]",
            ),
            (
                cluster_route("{selector: 'true'}"),
                "clusters.web.gateways.http.routes.b.selector",
            ),
            (
                service("arguments: [privileged: true]"),
                "clusters.web.services[0].arguments",
            ),
            (
                service("dialects: {docker: {x: 1}}"),
                "clusters.web.services[0].dialects",
            ),
            (service("network: host"), "clusters.web.services[0].network"),
            (
                service("environment_variables: {MODE: '${x}'}"),
                "clusters.web.services[0].environment_variables.MODE",
            ),
            (
                inline("arguments: [privileged: true]"),
                "clusters.web.services[0].breed.arguments",
            ),
            (
                "{name: shop, clusters: {web: {breed: {name: b, deployable: x, dependencies: {db: 'db:*'}}}, db: 'db:1'}}".to_owned(),
                "clusters.web.services[0].breed.dependencies",
            ),
            (
                inline("constants: {LEVEL: high}, environment_variables: {MODE: $LEVEL}"),
                "clusters.web.services[0].breed.environment_variables.MODE",
            ),
            (
                inline("ports: {http: nonsense}"),
                "clusters.web.services[0].breed.ports.http",
            ),
        ];
        for (text, place) in &cases {
            assert_eq!(refused(text, &[&plain]), [*place], "{text}");
        }
        for says in [
            "arguments: [privileged: true]",
            "dependencies: {db: 'db:1'}",
            "environment_variables: {MODE: $other}",
            "ports: {http: nonsense}",
        ] {
            // The text names the breed only, which is where to look.
            let place = "clusters.web.services[0].breed";
            assert_eq!(
                refused(&whole("gateways: {}"), &[&named(says)]),
                [place],
                "{says}"
            );
        }
    }

    #[test]
    fn everything_that_cannot_be_carried_out_is_told_at_once_in_words() {
        let text = "{name: shop, dialects: {docker: {x: 1}}, clusters: {web: {services: [b], network: host, sla: calm}}}";
        let blueprint: Blueprint = read(text, Format::Yaml).unwrap();
        let problems = of_blueprint(&blueprint, &Referred::default());
        let told: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(
            told,
            [
                "`dialects` is not supported by this version.",
                "`network` of a cluster is not supported by this version.",
                "`sla` of a cluster is not supported by this version.",
            ]
        );
    }

    #[test]
    fn of_gateways_the_same_is_refused() {
        let routes = |says: &str| format!("{{name: edge, routes: {{a: {says}}}}}");
        for (text, place) in [
            (
                "{name: edge, sticky: route, routes: {a: {condition: has cookie b, balance: leastconn, rewrites: [{path: /a if b}]}}}"
                    .to_owned(),
                None,
            ),
            ("{name: edge, selector: 'true'}".to_owned(), Some("selector")),
            (routes("stored"), Some("routes.a")),
            (routes("{condition: {ref: stored}}"), Some("routes.a.condition")),
            (routes("{rewrites: [stored]}"), Some("routes.a.rewrites[0]")),
            (routes("{selector: 'true'}"), Some("routes.a.selector")),
        ] {
            let gateway: Gateway = read(&text, Format::Yaml).unwrap();
            let found: Vec<_> = of_gateway(&gateway)
                .into_iter()
                .map(|problem| problem.path)
                .collect();
            assert_eq!(found, place.into_iter().collect::<Vec<_>>(), "{text}");
        }
    }
}
