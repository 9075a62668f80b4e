//! The gateways that come, change and go with a deployment.

use indexmap::IndexMap;
use vamp_model::{
    BlueprintGateway, Deployment, DeploymentCluster, Gateway, GatewayName, Intention, Name, Port, Reference,
    Route, RoutePath, code,
};

use crate::Problem;

/// The gateway `deployment/cluster/port` of each port of a cluster, with a route for each service that shall run and has the port.
///
/// What is `stored` stays as it is: port, virtual hosts, and the routes of services that stay. What a blueprint has `written` of a port,
/// with routes by the names of breeds, goes before that; services that it leaves out get a route that says nothing.
pub(crate) fn internal_gateways<'g>(
    deployment: &Name,
    cluster_name: &Name,
    cluster: &DeploymentCluster,
    written: Option<&IndexMap<String, Gateway>>,
    stored: impl Fn(&str) -> Option<&'g Gateway>,
) -> Result<Vec<Gateway>, Problem> {
    let mut gateways: IndexMap<&str, Gateway> = IndexMap::new();
    for service in &cluster.services {
        if service.status.intention != Intention::Deployment {
            continue;
        }
        for (port_name, port) in &service.breed.ports {
            let name = format!("{deployment}/{cluster_name}/{port_name}");
            let before = stored(&name);
            let written = written.and_then(|written| written.get(port_name.as_str()));
            let gateway = match gateways.entry(port_name.as_str()) {
                indexmap::map::Entry::Occupied(there) => there.into_mut(),
                indexmap::map::Entry::Vacant(free) => free.insert(without_routes(&name, written.or(before))?),
            };
            let number = before
                .and_then(|before| before.port.as_ref())
                .map_or(0, Port::number);
            gateway.port = Some(Port::new(number, port.kind()));
            let path = format!("{deployment}/{cluster_name}/{}/{port_name}", service.breed.name);
            let path: RoutePath = path
                .parse()
                .map_err(|error| Problem::new(code::UNSUPPORTED_ROUTE_PATH, format!("{error}")))?;
            let route = match written {
                Some(written) => route_of_breed(written, service.breed.name.as_str()),
                None => before.and_then(|before| before.routes.get(&path)),
            };
            let route = route.cloned();
            gateway
                .routes
                .insert(path, route.unwrap_or_else(|| Reference::Inline(Route::default())));
        }
    }
    Ok(gateways.into_values().collect())
}

/// The route that a blueprint gives the service of a breed.
fn route_of_breed<'g>(written: &'g Gateway, breed: &str) -> Option<&'g Reference<Route>> {
    let mut routes = written.routes.iter();
    routes
        .find(|(path, _)| matches!(path.segments(), [only] if only == breed))
        .map(|(_, route)| route)
}

fn without_routes(name: &str, known: Option<&Gateway>) -> Result<Gateway, Problem> {
    let name: GatewayName = name
        .parse()
        .map_err(|error| Problem::new(code::UNSUPPORTED_GATEWAY_NAME, format!("{error}")))?;
    Ok(match known {
        Some(known) => Gateway {
            name: Some(name),
            routes: IndexMap::new(),
            ..known.clone()
        },
        None => Gateway::new(name),
    })
}

/// A blueprint's gateways under the names that they have for a deployment: `deployment/port`, with routes `deployment/cluster/port`.
pub(crate) fn external_gateways(
    deployment: &Name,
    gateways: &IndexMap<String, BlueprintGateway>,
) -> Result<Vec<Gateway>, Vec<Problem>> {
    let mut external = Vec::new();
    let mut problems = Vec::new();
    for (port_name, gateway) in gateways {
        let wrong = |code, error: &dyn std::fmt::Display| {
            Problem::new(code, error.to_string()).at(["gateways", port_name.as_str()])
        };
        let name = match format!("{deployment}/{port_name}").parse::<GatewayName>() {
            Ok(name) if name.segments().count() == 2 => name,
            Ok(name) => {
                let message = format!("Unsupported gateway name: '{name}'.");
                problems.push(wrong(code::UNSUPPORTED_GATEWAY_NAME, &message));
                continue;
            }
            Err(error) => {
                problems.push(wrong(code::UNSUPPORTED_GATEWAY_NAME, &error));
                continue;
            }
        };
        let mut routes = IndexMap::new();
        for (path, route) in &gateway.gateway.routes {
            match format!("{deployment}/{}", path.normalized()).parse::<RoutePath>() {
                Ok(path) => {
                    routes.insert(path, route.clone());
                }
                Err(error) => problems.push(wrong(code::UNSUPPORTED_ROUTE_PATH, &error)),
            }
        }
        external.push(Gateway {
            name: Some(name),
            port: Some(gateway.port.clone()),
            routes,
            ..gateway.gateway.clone()
        });
    }
    if problems.is_empty() {
        Ok(external)
    } else {
        Err(problems)
    }
}

/// The names of the internal gateways that a deployment needs.
pub(crate) fn needed_gateways(deployment: &Deployment) -> Vec<String> {
    let mut names = Vec::new();
    for (cluster_name, service) in super::validate::wanted_services(deployment) {
        for port in service.breed.ports.keys() {
            names.push(format!("{}/{cluster_name}/{port}", deployment.name));
        }
    }
    names.sort();
    names.dedup();
    names
}
