//! Where routes lead at this moment, and which gateways take part in the configuration.

use std::collections::{BTreeSet, HashMap};

use vamp_model::{Gateway, GatewayName, Instance, Port, RoutePath, Target};

/// What is known of a service that routes may lead to.
#[derive(Debug, Clone, Copy)]
pub struct RoutedService<'a> {
    /// Its instances; those that are not deployed get no traffic.
    pub instances: &'a [Instance],
    /// Whether instances of it are wanted.
    pub wanted: bool,
}

/// Finds services by the names of deployment, cluster and service.
pub trait Services {
    /// The service, if there is one.
    fn service(&self, deployment: &str, cluster: &str, service: &str) -> Option<RoutedService<'_>>;
}

/// The gateways with the targets of their routes as they are at this moment, in the order given. [`Gateway::deployed`] says whether a
/// gateway takes part in the configuration.
///
/// An internal gateway takes part once a route of it has a target. One that took part, named in `published`, stays as long as instances
/// are wanted, so that a restart of the only service does not close its port.
#[must_use]
pub fn route<'g>(
    gateways: impl Iterator<Item = &'g Gateway>,
    services: &dyn Services,
    published: &BTreeSet<String>,
) -> Vec<Gateway> {
    let mut gateways: Vec<Gateway> = gateways.cloned().collect();
    for gateway in &mut gateways {
        let internal = gateway.is_internal();
        let mut has_target = false;
        let mut wanted = false;
        for (path, route) in gateway.inline_routes_mut() {
            let (targets, wants) = own_targets(path, services);
            route.targets = targets;
            has_target |= !route.targets.is_empty();
            wanted |= wants;
        }
        let has_port = gateway.port.as_ref().is_some_and(Port::is_assigned);
        let stays = || {
            let name = gateway.name.as_ref().map_or("", GatewayName::as_str);
            wanted && published.contains(name)
        };
        gateway.deployed = has_port && (!internal || has_target || stays());
    }
    let ports = deployed_ports(&gateways);
    for gateway in &mut gateways {
        for (path, route) in gateway.inline_routes_mut() {
            if let Some(port) = ports.get(&path.normalized()) {
                route.targets = vec![Target::Internal {
                    name: path.source().to_owned(),
                    host: None,
                    port: *port,
                }];
            }
        }
    }
    gateways
}

/// Targets that depend on no other gateway, and whether instances of a service are wanted.
fn own_targets(path: &RoutePath, services: &dyn Services) -> (Vec<Target>, bool) {
    if let Some(address) = path.external() {
        let url = address.to_owned();
        return (vec![Target::External { url }], true);
    }
    let [deployment, cluster, service, port] = path.segments() else {
        return (Vec::new(), false);
    };
    let Some(service) = services.service(deployment, cluster, service) else {
        return (Vec::new(), false);
    };
    let ready = service.instances.iter().filter(|instance| instance.deployed);
    // An instance without the port is left out; it does not stop the others.
    let targets = ready.filter_map(|instance| {
        Some(Target::Internal {
            name: instance.name.clone(),
            host: Some(instance.host.clone()),
            port: *instance.ports.get(port)?,
        })
    });
    (targets.collect(), service.wanted)
}

fn deployed_ports(gateways: &[Gateway]) -> HashMap<String, u16> {
    let deployed = gateways.iter().filter(|gateway| gateway.deployed);
    deployed
        .filter_map(|gateway| {
            Some((
                gateway.name.as_ref()?.to_string(),
                gateway.port.as_ref()?.number(),
            ))
        })
        .collect()
}

/// The gateways through which `candidate` would lead back to itself, beginning and ending with it.
pub(crate) fn circle<'g>(
    candidate: &'g Gateway,
    find: impl Fn(&str) -> Option<&'g Gateway>,
) -> Option<Vec<String>> {
    let start = candidate.name.as_ref()?.to_string();
    let mut trail = vec![(start.clone(), next_gateways(candidate))];
    let mut seen = BTreeSet::new();
    while let Some((_, open)) = trail.last_mut() {
        let Some(next) = open.pop() else {
            trail.pop();
            continue;
        };
        if next == start {
            let mut names: Vec<String> = trail.into_iter().map(|(name, _)| name).collect();
            names.push(start);
            return Some(names);
        }
        if seen.insert(next.clone())
            && let Some(gateway) = find(&next)
        {
            trail.push((next, next_gateways(gateway)));
        }
    }
    None
}

/// The names of the gateways that a gateway's routes lead to.
fn next_gateways(gateway: &Gateway) -> Vec<String> {
    let inside = gateway
        .routes
        .keys()
        .filter(|path| path.external().is_none() && path.segments().len() < 4);
    inside.map(RoutePath::normalized).collect()
}

#[cfg(test)]
mod tests {
    use vamp_model::{Format, read};

    use super::*;

    struct One(Vec<Instance>, bool);

    impl Services for One {
        fn service(&self, deployment: &str, cluster: &str, service: &str) -> Option<RoutedService<'_>> {
            let known = (deployment, cluster, service) == ("shop", "web", "web:1");
            known.then_some(RoutedService {
                instances: &self.0,
                wanted: self.1,
            })
        }
    }

    fn instance(name: &str, port: &str, deployed: bool) -> Instance {
        Instance {
            name: name.to_owned(),
            host: "10.0.0.1".to_owned(),
            ports: [(port.to_owned(), 31_000)].into_iter().collect(),
            deployed,
        }
    }

    fn gateways() -> Vec<Gateway> {
        let texts = [
            "name: edge\nport: 80\nroutes: {shop/9050: {weight: 100%}, '[h:81]': {weight: 0%}, other: {weight: 0%}}",
            "name: shop/9050\nport: 9050\nroutes: {shop/web/http: {weight: 100%}}",
            "name: shop/web/http\nport: 40000\nroutes: {'shop/web/web:1/http': {weight: 100%}}",
        ];
        texts
            .iter()
            .map(|text| read(text, Format::Yaml).unwrap())
            .collect()
    }

    fn targets(gateway: &Gateway) -> Vec<String> {
        let all = gateway.inline_routes().flat_map(|(_, route)| &route.targets);
        let text = |target: &Target| match target {
            Target::Internal { name, host, port } => {
                format!("{name} {}:{port}", host.as_deref().unwrap_or("-"))
            }
            Target::External { url } => url.clone(),
        };
        all.map(text).collect()
    }

    #[test]
    fn routes_lead_to_ready_instances_to_other_gateways_and_outside() {
        let instances = vec![
            instance("i1", "http", true),
            instance("i2", "http", false),
            instance("i3", "other", true),
            instance("i4", "http", true),
        ];
        let routed = route(gateways().iter(), &One(instances, true), &BTreeSet::new());
        // S04-059: the port of the gateway with that name. S04-060: an address in brackets as it is.
        // S02-123: a gateway is reached without a host, which is this one. S02-124: nobody is called `other`, and its route has no target.
        assert_eq!(targets(&routed[0]), ["shop/9050 -:9050", "h:81"]);
        assert_eq!(targets(&routed[1]), ["shop/web/http -:40000"]);
        // S04-058: running instances on the named port; one without it is skipped.
        // S02-121: each instance is a target. S02-122: `i3` has no such port, and the others are there all the same.
        assert_eq!(targets(&routed[2]), ["i1 10.0.0.1:31000", "i4 10.0.0.1:31000"]);
        // S02-126: the internal one has a target, and takes part.
        assert!(routed.iter().all(|gateway| gateway.deployed));
    }

    #[test]
    fn an_internal_gateway_without_targets_takes_no_part_unless_it_waits_for_a_restart() {
        let nothing = BTreeSet::new();
        let routed = route(gateways().iter(), &One(Vec::new(), true), &nothing);
        // S04-061: it is not published, nor flagged deployed; what leads to it leads nowhere.
        // S02-125: the other two take part without targets of their own.
        assert!(!routed[2].deployed && routed[0].deployed && routed[1].deployed);
        assert!(targets(&routed[1]).is_empty());

        let before: BTreeSet<String> = ["shop/web/http".to_owned()].into_iter().collect();
        assert!(route(gateways().iter(), &One(Vec::new(), true), &before)[2].deployed);
        assert!(!route(gateways().iter(), &One(Vec::new(), false), &before)[2].deployed);
    }

    #[test]
    fn gateways_in_a_circle_are_found() {
        let known = gateways();
        let find = |name: &str| {
            known
                .iter()
                .find(|gateway| gateway.name.as_ref().is_some_and(|n| n.as_str() == name))
        };
        let back: Gateway = read("name: other\nport: 82\nroutes: {edge: {}}", Format::Yaml).unwrap();
        assert_eq!(circle(&back, find).unwrap(), ["other", "edge", "other"]);
        let own: Gateway = read("name: x\nport: 82\nroutes: {x: {}}", Format::Yaml).unwrap();
        assert_eq!(circle(&own, find).unwrap(), ["x", "x"]);
        assert_eq!(circle(&known[0], find), None);
    }
}
