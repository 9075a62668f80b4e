//! The gateways of a blueprint.

use std::collections::HashSet;

use super::super::context::Context;
use super::super::draft::{Draft, DraftGateway};
use super::super::gateway::ReadGateway;
use super::super::gateway_check;
use super::super::place::Place;
use super::clusters::{Answer, Clusters};
use crate::problem::code;
use crate::{RoutePath, TraitGroup};

/// Routes of gateways lead to `cluster/port`.
pub(super) fn routes(context: &mut Context, clusters: &Clusters<'_, '_>) {
    for gateway in &clusters.draft.gateways {
        for (path, places) in gateway.read.iter().flat_map(ReadGateway::routes) {
            route(context, clusters, gateway, path, &places.route);
        }
    }
}

fn route(
    context: &mut Context,
    clusters: &Clusters<'_, '_>,
    gateway: &DraftGateway<'_>,
    path: &RoutePath,
    place: &Place<'_>,
) {
    let Some((cluster, port)) = cluster_and_port(path) else {
        let hint = "a route of a blueprint's gateway leads to `cluster/port`".to_owned();
        unresolved(context, gateway, path.source(), place, Some(hint));
        return;
    };
    let Some(traits) = clusters.traits(cluster) else {
        if clusters.draft.knows_all_clusters {
            let nearest = clusters.nearest(cluster);
            let hint = nearest.map(|nearest| format!("did you mean `{nearest}/{port}`?"));
            unresolved(context, gateway, &format!("{cluster}.{port}"), place, hint);
        }
        return;
    };
    match traits.has(TraitGroup::Ports, port) {
        Answer::Yes => {}
        Answer::No => {
            let hint = match traits.nearest(TraitGroup::Ports, port) {
                Some(nearest) => Some(format!("did you mean `{cluster}/{nearest}`?")),
                None => ports_of(cluster, traits.ports()),
            };
            unresolved(context, gateway, &format!("{cluster}.{port}"), place, hint);
        }
        Answer::Open => context.not_checked(place, || {
            format!("whether a breed of cluster '{cluster}' has the port '{port}'")
        }),
    }
}

/// The two segments of a path that leads into the blueprint.
fn cluster_and_port(path: &RoutePath) -> Option<(&str, &str)> {
    match path.segments() {
        [cluster, port] => Some((cluster, port)),
        _ => None,
    }
}

/// How many ports a hint names.
const PORTS_SHOWN: usize = 10;

fn ports_of<'p>(cluster: &str, ports: impl Iterator<Item = &'p str>) -> Option<String> {
    let ports: Vec<&str> = ports.take(PORTS_SHOWN).collect();
    (!ports.is_empty()).then(|| format!("the ports of `{cluster}` are: {}", ports.join(", ")))
}

fn unresolved(
    context: &mut Context,
    gateway: &DraftGateway<'_>,
    name: &str,
    place: &Place<'_>,
    hint: Option<String>,
) {
    let port = gateway.port.as_ref().map(ToString::to_string);
    let port = port.as_ref().unwrap_or(&gateway.name);
    report_unresolved(context, place, name, port, hint);
}

/// Reports that `name`, to which a gateway at `port` leads, is not there.
pub(super) fn report_unresolved(
    context: &mut Context,
    place: &Place<'_>,
    name: &str,
    port: &str,
    hint: Option<String>,
) {
    let message = format!(
        "Gateway port '{name} -> {port}' cannot be resolved. Check if referenced cluster exists and if it has any breed \
         with referenced port name."
    );
    context.report_with_hint(place, code::UNRESOLVED_GATEWAY_PORT, message, hint);
}

/// No route of a TCP gateway has a condition, as far as it is known that its port exists.
pub(super) fn conditions(context: &mut Context, clusters: &Clusters<'_, '_>) {
    for gateway in &clusters.draft.gateways {
        let (Some(read), Some(port)) = (&gateway.read, &gateway.port) else {
            continue;
        };
        gateway_check::conditions(context, read, port, |path| {
            let (cluster, port) = cluster_and_port(path)?;
            clusters.traits(cluster)?.port(port)?;
            Some(path.source().to_owned())
        });
    }
}

/// No two gateways have the same port, by number or by name. Ports to be assigned have no number.
pub(super) fn port_numbers(context: &mut Context, draft: &Draft<'_>) {
    let mut numbers = HashSet::new();
    let mut names = HashSet::new();
    for gateway in &draft.gateways {
        let number = gateway.port.as_ref().map_or(0, |port| port.number());
        let same_number = number != 0 && !numbers.insert(number);
        let same_name = !names.insert(gateway.name.as_str());
        if same_number || same_name {
            let shown = if number == 0 {
                gateway.name.clone()
            } else {
                number.to_string()
            };
            let message = format!("Duplicate gateway port: '{shown}'.");
            context.report(&gateway.place, code::DUPLICATE_GATEWAY_PORT, message);
        }
    }
}
