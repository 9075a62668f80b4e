use indexmap::IndexMap;
use jiff::Timestamp;

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::values;
use super::{Position, breed, gateway, health_check, scale};
use crate::problem::code;
use crate::tree::{Entry, Plain, Value};
use crate::{
    Deployment, DeploymentCluster, DeploymentService, EnvironmentVariable, Gateway, GatewayName, Health,
    Instance, Intention, Kind, Name, Phase, Reference, Route, RoutePath, Status,
};

pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Deployment> {
    let before = context.count();
    let mut fields = Fields::of(context, place)?;
    fields.ignore(&["lookup_name"]);
    let name = fields
        .required(context, "name")
        .and_then(|place| values::named(context, &place));
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let written = fields.get("clusters");
    let clusters = written.map_or_else(IndexMap::new, |place| clusters(context, &place, name.as_ref()));
    fields.not_yet(context, "gateways");
    fields.not_yet(context, "dialects");
    let ports = fields.get("ports");
    let ports = texts(context, ports);
    let variables = fields.get_variables(context);
    let environment_variables = variables.map_or_else(IndexMap::new, |place| variables_of(context, &place));
    let hosts = fields.get("hosts");
    let hosts = texts(context, hosts);
    fields.check_kind(context, &[Kind::Deployment]);
    fields.finish(context);
    let whole = context.count() == before;
    Some(Deployment {
        name: name.filter(|_| whole)?,
        metadata,
        clusters,
        environment_variables,
        ports,
        hosts,
        gateways: IndexMap::new(),
        dialects: crate::Dialects::new(),
    })
}

/// Each entry of a mapping, with its place.
fn entries<'t>(context: &mut Context, place: &Place<'t>) -> Vec<(&'t str, Place<'t>)> {
    match place.mapping() {
        Some(mapping) => mapping
            .iter()
            .map(|(key, Entry { key: mark, node })| (key.as_str(), place.key(key, *mark, node)))
            .collect(),
        None => {
            context.wrong_type(place, "a mapping");
            Vec::new()
        }
    }
}

/// Each element of a list, with its place.
fn elements<'t>(context: &mut Context, place: Option<Place<'t>>) -> Vec<Place<'t>> {
    let Some(place) = place else { return Vec::new() };
    match &place.node.value {
        Value::Sequence(nodes) => place.elements(nodes).collect(),
        _ => {
            context.wrong_type(&place, "a list");
            Vec::new()
        }
    }
}

/// A mapping of texts.
fn texts(context: &mut Context, place: Option<Place<'_>>) -> IndexMap<String, String> {
    let Some(place) = place else {
        return IndexMap::new();
    };
    entries(context, &place)
        .into_iter()
        .filter_map(|(key, place)| Some((key.to_owned(), context.text(&place)?.to_owned())))
        .collect()
}

/// Variables by full name: a mapping, or the stored form, a list.
fn variables_of(context: &mut Context, place: &Place<'_>) -> IndexMap<String, EnvironmentVariable> {
    if let Value::Sequence(_) = &place.node.value {
        return elements(context, Some(place.clone()))
            .into_iter()
            .filter_map(|element| stored_variable(context, &element))
            .collect();
    }
    let traits = values::traits(context, Some(place.clone()));
    traits
        .into_iter()
        .map(|entry| {
            let variable = EnvironmentVariable {
                alias: entry.alias.map(str::to_owned),
                value: entry.value.map(|value| value.source.as_str().to_owned()),
                interpolated: None,
            };
            (full_name(entry.name), variable)
        })
        .collect()
}

/// `cluster.VAR` becomes `cluster.environment_variables.VAR`; other names stay.
fn full_name(name: &str) -> String {
    match name.split_once('.') {
        Some((cluster, rest)) if !rest.starts_with("environment_variables.") => {
            format!("{cluster}.environment_variables.{rest}")
        }
        _ => name.to_owned(),
    }
}

fn stored_variable(context: &mut Context, place: &Place<'_>) -> Option<(String, EnvironmentVariable)> {
    let mut fields = Fields::of(context, place)?;
    let name = fields
        .required(context, "name")
        .and_then(|place| context.text(&place).map(full_name));
    let mut text = |key| {
        fields
            .get(key)
            .and_then(|place| context.text(&place).map(str::to_owned))
    };
    let (alias, value) = (text("alias"), text("value"));
    fields.not_yet(context, "interpolated");
    fields.finish(context);
    Some((
        name?,
        EnvironmentVariable {
            alias,
            value,
            interpolated: None,
        },
    ))
}

fn clusters(
    context: &mut Context,
    place: &Place<'_>,
    deployment: Option<&Name>,
) -> IndexMap<Name, DeploymentCluster> {
    let mut clusters = IndexMap::new();
    for (key, place) in entries(context, place) {
        let name = values::name(context, &place, key);
        let cluster = cluster(context, &place, deployment, key);
        if let (Some(name), Some(cluster)) = (name, cluster) {
            clusters.insert(name, cluster);
        }
    }
    clusters
}

fn cluster(
    context: &mut Context,
    place: &Place<'_>,
    deployment: Option<&Name>,
    name: &str,
) -> Option<DeploymentCluster> {
    let mut fields = Fields::of(context, place)?;
    let services = fields.get("services");
    let services = elements(context, services)
        .into_iter()
        .filter_map(|element| service(context, &element))
        .collect();
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let written = fields.get("gateways");
    let gateways = written.map_or_else(IndexMap::new, |place| {
        let prefix = format!("{}/{name}", deployment.map_or("", |name| name.as_str()));
        gateways(context, &place, &prefix)
    });
    let checks = fields.get("health_checks");
    let checks = health_check::read(context, checks);
    health_check::validate(context, checks.as_deref(), |_| true);
    for key in ["network", "sla", "dialects"] {
        fields.not_yet(context, key);
    }
    fields.finish(context);
    Some(DeploymentCluster {
        metadata,
        services,
        health_checks: health_check::plain(checks),
        gateways,
        network: None,
        sla: None,
        dialects: crate::Dialects::new(),
    })
}

/// Gateways as printed inside a cluster, with names and paths put back to their full length.
fn gateways(context: &mut Context, place: &Place<'_>, prefix: &str) -> IndexMap<String, Gateway> {
    let mut gateways = IndexMap::new();
    for (port, place) in entries(context, place) {
        let Some(mut fields) = Fields::of(context, &place) else {
            continue;
        };
        fields.ignore(&["name", "lookup_name"]);
        let number = fields
            .get("port")
            .map(|place| gateway::stored_port(context, &place));
        let full_name = format!("{prefix}/{port}");
        let body = gateway::body(
            context,
            &mut fields,
            gateway::Position::Stored,
            &full_name,
            number.as_ref(),
        );
        fields.finish(context);
        let Ok(name) = full_name.parse::<GatewayName>() else {
            let message = format!("Unsupported gateway name: '{full_name}'.");
            context.report(&place, code::UNSUPPORTED_GATEWAY_NAME, message);
            continue;
        };
        let Some(body) = body else { continue };
        let routes = body
            .gateway
            .routes
            .into_iter()
            .map(|(path, route)| (full_path(path, prefix, port), route))
            .collect::<IndexMap<RoutePath, Reference<Route>>>();
        let gateway = Gateway {
            name: Some(name),
            port: number.and_then(|read| read.port),
            routes,
            ..body.gateway
        };
        gateways.insert(port.to_owned(), gateway);
    }
    gateways
}

/// A breed's name is short for `deployment/cluster/breed/port`.
fn full_path(path: RoutePath, prefix: &str, port: &str) -> RoutePath {
    if path.segments().len() > 1 || path.external().is_some() {
        return path;
    }
    format!("{prefix}/{}/{port}", path.normalized())
        .parse()
        .unwrap_or(path)
}

fn service(context: &mut Context, place: &Place<'_>) -> Option<DeploymentService> {
    let mut fields = Fields::of(context, place)?;
    let status = fields
        .required(context, "status")
        .and_then(|place| status(context, &place));
    let breed = fields.required(context, "breed").and_then(|place| {
        let by_name = place
            .mapping()
            .is_none_or(|m| m.contains_key("reference") || m.contains_key("ref"));
        if by_name {
            context.wrong_type(&place, "a breed written out");
            return None;
        }
        breed::read(context, &place, Position::Inline)
    });
    let variables = fields.get_variables(context);
    let variables = values::traits(context, variables);
    let environment_variables = values::variables(context, &variables);
    let scale = fields.get("scale");
    let scale = scale.map_or(Some(None), |place| {
        let by_name = place
            .mapping()
            .is_none_or(|m| m.contains_key("reference") || m.contains_key("ref"));
        if by_name {
            context.wrong_type(&place, "a scale written out");
            return None;
        }
        scale::read(context, &place, Position::Inline).map(Some)
    });
    let instances = fields.get("instances");
    let instances = self::instances(context, instances);
    let checks = fields.get("health_checks");
    let checks = health_check::read(context, checks);
    health_check::validate(context, checks.as_deref(), |_| true);
    let health = fields.get("health").and_then(|place| health(context, &place));
    for key in ["arguments", "network", "dependencies", "dialects"] {
        fields.not_yet(context, key);
    }
    fields.finish(context);
    Some(DeploymentService {
        status: status?,
        breed: breed?,
        environment_variables,
        scale: scale?,
        arguments: Vec::new(),
        network: None,
        dependencies: IndexMap::new(),
        dialects: crate::Dialects::new(),
        instances,
        health_checks: health_check::plain(checks),
        health,
    })
}

fn status(context: &mut Context, place: &Place<'_>) -> Option<Status> {
    let mut fields = Fields::of(context, place)?;
    let intention = fields
        .required(context, "intention")
        .and_then(|place| intention(context, &place));
    let since = fields
        .required(context, "since")
        .and_then(|place| timestamp(context, &place));
    let phase = fields
        .required(context, "phase")
        .and_then(|place| phase(context, &place));
    fields.finish(context);
    let (phase, phase_since) = phase?;
    Some(Status {
        intention: intention?,
        since: since?,
        phase,
        phase_since,
    })
}

fn timestamp(context: &mut Context, place: &Place<'_>) -> Option<Timestamp> {
    context.parsed(place, "a time such as 2026-01-31T12:00:00Z")
}

fn intention(context: &mut Context, place: &Place<'_>) -> Option<Intention> {
    match context.text(place)? {
        "Deployment" => Some(Intention::Deployment),
        "Undeployment" => Some(Intention::Undeployment),
        other => {
            let message = format!("Undefined state intention: {other}.");
            context.report(place, code::UNDEFINED_STATE_INTENTION, message);
            None
        }
    }
}

fn phase(context: &mut Context, place: &Place<'_>) -> Option<(Phase, Timestamp)> {
    let mut fields = Fields::of(context, place)?;
    let name_place = fields.required(context, "name");
    let since = fields
        .required(context, "since")
        .and_then(|place| timestamp(context, &place));
    let notification = fields
        .get("notification")
        .and_then(|place| context.text(&place).map(str::to_owned));
    fields.finish(context);
    let name_place = name_place?;
    let phase = match context.text(&name_place)? {
        "Initiated" => Phase::Initiated,
        "Updating" => Phase::Updating,
        "Done" => Phase::Done,
        "Failed" => Phase::Failed {
            notification: restored(&notification.unwrap_or_default()),
        },
        other => {
            let message = format!("Undefined state step: {other}.");
            context.report(&name_place, code::UNDEFINED_STATE_STEP, message);
            return None;
        }
    };
    Some((phase, since?))
}

/// The reason of a failure that is read back, marked once as one that was not met just now.
fn restored(notification: &str) -> String {
    if notification.starts_with(Phase::NOT_RESTORED) {
        return notification.to_owned();
    }
    format!("{}{notification}", Phase::NOT_RESTORED)
}

/// A list of instances; what is wrong with one is reported.
pub(super) fn instances(context: &mut Context, place: Option<Place<'_>>) -> Vec<Instance> {
    elements(context, place)
        .into_iter()
        .filter_map(|element| instance(context, &element))
        .collect()
}

fn instance(context: &mut Context, place: &Place<'_>) -> Option<Instance> {
    let mut fields = Fields::of(context, place)?;
    fields.ignore(&["metadata"]);
    let mut text = |key| {
        let place = fields.required(context, key)?;
        context.text(&place).map(str::to_owned)
    };
    let (name, host) = (text("name"), text("host"));
    let ports = fields.get("ports");
    let ports = ports.map_or_else(IndexMap::new, |place| {
        entries(context, &place)
            .into_iter()
            .filter(|(_, place)| !says_no_port(place))
            .filter_map(|(key, place)| Some((key.to_owned(), context.parsed(&place, "a port number")?)))
            .collect()
    });
    let deployed = fields
        .required(context, "deployed")
        .and_then(|place| context.boolean(&place));
    fields.finish(context);
    Some(Instance {
        name: name?,
        host: host?,
        ports,
        deployed: deployed?,
    })
}

/// Ports that some platforms report and that are none: null and fractions.
fn says_no_port(place: &Place<'_>) -> bool {
    matches!(&place.node.value, Value::Scalar(scalar) if matches!(scalar.plain, Plain::Null | Plain::Float(_)))
}

pub(super) fn health(context: &mut Context, place: &Place<'_>) -> Option<Health> {
    let mut fields = Fields::of(context, place)?;
    let mut count = |key| {
        let place = fields.required(context, key)?;
        context.parsed::<u32>(&place, "a number of instances")
    };
    let (staged, running) = (count("staged"), count("running"));
    let (healthy, unhealthy) = (count("healthy"), count("unhealthy"));
    fields.finish(context);
    Some(Health {
        staged: staged?,
        running: running?,
        healthy: healthy?,
        unhealthy: unhealthy?,
    })
}
