//! Gateways created, updated and deleted by users.

use std::collections::HashSet;
use std::sync::Arc;

use vamp_model::{AnyArtifact, Gateway, GatewayName, Kind, RoutePath};
use vamp_store::Outcome;

use super::artifacts::refused;
use super::expand::Known;
use super::{check, ports};
use crate::code::{
    GATEWAY_CYCLE, INTERNAL_GATEWAY_CREATE, INTERNAL_GATEWAY_REMOVE, INTERNAL_GATEWAY_UPDATE,
    UNAVAILABLE_GATEWAY_PORT,
};
use crate::deployment::unsupported;
use crate::events::{Archived, archive, routes_changed};
use crate::gateway::{circle, complete, route_changes, validate};
use crate::shared::{Change, Shared};
use crate::world::{GatewayRecord, World, owner};
use crate::{Answer, Error, ErrorKind, Mode, Notice, Problem, Request, Result, Versioned};

/// Stores a gateway: a new one with [`Archived::Create`], whatever is there with [`Archived::Update`].
pub(super) async fn put(
    shared: &Arc<Shared>,
    gateway: Gateway,
    how: Archived,
    request: Request,
) -> Result<Answer> {
    const OPERATION: &str = "store";
    let Some(gateway_name) = gateway.name.clone() else {
        let message = "Can't find any value for path: /name";
        let problem = Problem::new(vamp_model::code::MISSING_PATH_VALUE, message).at(["name"]);
        return Err(Error::invalid(OPERATION, Kind::Gateway, vec![problem]));
    };
    let name = gateway_name.as_str();
    let subject = format!("gateways/{name}");
    let invalid = |problems| Error::invalid(OPERATION, &subject, problems);
    let gateway = Known::default()
        .expand(shared, OPERATION, &subject, &gateway)
        .await?;

    let turn = shared.queues.turn(owner(&gateway_name)).await;
    let stored: Option<Arc<GatewayRecord>> = shared.world.read().gateways.get(name).cloned();
    let actual = stored.as_ref().map(|stored| stored.revision);
    if !request.precondition.holds(actual) {
        return Err(refused(OPERATION, &subject, actual));
    }
    let before = stored.as_ref().map(|stored| &stored.gateway);
    if let Some(problem) = protected(&gateway, before, how) {
        return Err(invalid(vec![problem]));
    }
    let source = match (&request.source, request.mode) {
        (Some(source), _) => source.clone(),
        (None, Mode::Apply) => vamp_model::to_json(&gateway),
        (None, Mode::ValidateOnly) => String::new(),
    };
    let mut gateway = complete(gateway, before, &shared.options.virtual_hosts);
    let mut problems = unsupported::of_gateway(&gateway);
    problems.extend(validate(&gateway));
    if let Some(before) = before.filter(|_| how == Archived::Create) {
        problems.extend(port_of_namesake(before));
    }
    let structural = before.is_none_or(|before| paths(before) != paths(&gateway));
    if structural {
        problems.extend(leads_in_circle(&shared.world.read(), &gateway));
    }
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
    let reservation = ports::reserve(shared, vec![&mut gateway])
        .await
        .map_err(|problems| invalid(problems.into_iter().map(|(_, problem)| problem).collect()))?;
    let pair = [(before.cloned(), gateway)];
    let mut notices = check::ask(shared, OPERATION, &subject, &pair).await?;
    let [(_, gateway)] = pair;
    if structural {
        notices.extend(dead_ends(&shared.world.read(), &gateway));
    }

    let created = stored.is_none();
    if request.mode == Mode::ValidateOnly {
        drop((turn, reservation));
        let at = stored.as_ref().map_or_else(|| shared.now(), |stored| stored.at);
        return Ok(Answer {
            artifact: Versioned {
                artifact: AnyArtifact::Gateway(gateway),
                revision: actual.unwrap_or(0),
                at,
            },
            breeds: Vec::new(),
            changed_breeds: Vec::new(),
            created,
            changed: false,
            notices,
        });
    }

    let mut change = Change::default();
    change.events.push(archive(Kind::Gateway, name, how, &source));
    if let Some(before) = before {
        let changes = route_changes(before, &gateway);
        change.events.extend(routes_changed(&gateway, &changes));
        if before.routes.len() > gateway.routes.len() {
            change.shrinks();
        }
    }
    change.put_gateway(gateway);
    let outcomes = shared.commit(turn, OPERATION, &subject, change).await?;
    drop(reservation);
    let changed = matches!(outcomes.first(), Some(Outcome::Written { .. }));
    let artifact = read(&shared.world.read(), name)
        .ok_or_else(|| Error::new(ErrorKind::Conflict, OPERATION, &subject))?;
    Ok(Answer {
        artifact,
        breeds: Vec::new(),
        changed_breeds: Vec::new(),
        created,
        changed,
        notices,
    })
}

/// Deletes a gateway, and says whether there was one.
pub(super) async fn delete(shared: &Arc<Shared>, name: &str, request: &Request) -> Result<bool> {
    const OPERATION: &str = "delete";
    let subject = format!("gateways/{name}");
    let Ok(gateway_name) = name.parse::<GatewayName>() else {
        return Ok(false);
    };
    let turn = shared.queues.turn(owner(&gateway_name)).await;
    let (actual, has_deployment) = {
        let world = shared.world.read();
        let actual = world.gateways.get(name).map(|record| record.revision);
        (actual, world.deployments.contains_key(owner(&gateway_name)))
    };
    if !request.precondition.holds(actual) {
        return Err(refused(OPERATION, &subject, actual));
    }
    if gateway_name.is_internal() && has_deployment {
        let message = "Gateway is an internal deployment gateway - it can be removed only when deployment cluster is \
                       removed.";
        let problem = Problem::new(INTERNAL_GATEWAY_REMOVE, message);
        return Err(Error::invalid(OPERATION, &subject, vec![problem]));
    }
    if request.mode == Mode::ValidateOnly || actual.is_none() {
        return Ok(actual.is_some());
    }
    let mut change = Change::default();
    change
        .events
        .push(archive(Kind::Gateway, name, Archived::Delete, ""));
    change.remove_gateway(name);
    shared.commit(turn, OPERATION, &subject, change).await?;
    Ok(true)
}

/// A gateway as it is at this moment.
pub(super) fn read(world: &World, name: &str) -> Option<Versioned> {
    let record = world.gateways.get(name)?;
    Some(Versioned {
        artifact: AnyArtifact::Gateway(world.routed_gateway(name)?),
        revision: record.revision,
        at: record.at,
    })
}

/// Gateways of clusters come, go, and change their routes with their services only.
fn protected(gateway: &Gateway, stored: Option<&Gateway>, how: Archived) -> Option<Problem> {
    if !gateway.is_internal() {
        return None;
    }
    if how == Archived::Create {
        let message = "Gateway is an internal deployment gateway - it can be created only when deployment cluster is \
                       created.";
        return Some(Problem::new(INTERNAL_GATEWAY_CREATE, message));
    }
    let same = stored.is_some_and(|stored| paths(stored) == paths(gateway));
    (!same).then(|| {
        let message = "Gateway is an internal deployment gateway - routes can be added or removed only when cluster \
                       services are created or removed.";
        Problem::new(INTERNAL_GATEWAY_UPDATE, message).at(["routes"])
    })
}

fn paths(gateway: &Gateway) -> HashSet<&RoutePath> {
    gateway.routes.keys().collect()
}

/// Creating a gateway twice is refused when the first has a port.
fn port_of_namesake(stored: &Gateway) -> Option<Problem> {
    let number = stored.port.as_ref().filter(|port| port.is_assigned())?.number();
    let name = stored.name.as_ref()?;
    let message = format!(
        "Gateway port '{number}' is/was in use by deployment: '{name}'. Remove '{name}' gateway first or use different port."
    );
    Some(Problem::new(UNAVAILABLE_GATEWAY_PORT, message).at(["port"]))
}

fn leads_in_circle(world: &World, gateway: &Gateway) -> Option<Problem> {
    let names = circle(gateway, |name| world.gateway(name))?;
    let message = format!("Gateways lead in a circle: {}.", names.join(" → "));
    Some(Problem::new(GATEWAY_CYCLE, message).at(["routes"]))
}

/// Routes that lead to nothing that exists. It may come later.
fn dead_ends(world: &World, gateway: &Gateway) -> Vec<Notice> {
    let own = gateway.name.as_ref().map_or("", GatewayName::as_str);
    let nowhere = |path: &&RoutePath| {
        if path.external().is_some() {
            return false;
        }
        match path.segments() {
            [deployment, cluster, service, _] => world
                .deployments
                .get(deployment)
                .and_then(|deployment| deployment.find(cluster, service))
                .is_none(),
            _ => !world.gateways.contains_key(&path.normalized()),
        }
    };
    let routes = gateway.routes.keys().filter(nowhere);
    let notices = routes.map(|path| Notice {
        code: "route-leads-nowhere",
        message: format!("Route '{path}' of gateway '{own}' leads to nothing that exists now."),
    });
    notices.collect()
}
