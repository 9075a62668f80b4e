//! Deployments made of blueprints, and services taken out of them.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use vamp_model::{
    AnyArtifact, Blueprint, Deployment, DeploymentRequest, Gateway, GatewayName, Intention, Kind, Name, Phase,
};
use vamp_store::{Expect, Outcome};

use super::artifacts::{archive_of, put_write, refused};
use super::{check, view};
use crate::code::{INVALID_DEPLOYABLE, UNSUPPORTED_DEPLOYABLE};
use crate::deployment::{
    Attachment, MergeOptions, Referred, absent, attach, cut_of, cut_of_all, drop_orphaned_variables,
    external_gateways, inline_breeds, internal_gateways, merge, needed_gateways, references, slice,
    validate_attachment, validate_deployment,
};
use crate::events::{Archived, archive, routes_changed};
use crate::gateway::{complete, route_changes, validate};
use crate::load::desired;
use crate::reconcile::{Desired, State};
use crate::shared::{Change, Shared};
use crate::storage;
use crate::world::{DeploymentRecord, World};
use crate::{Answer, Error, ErrorKind, Mode, Notice, Problem, Request, Result, Versioned};

/// Merges a blueprint into the deployment of a name, which is the blueprint's own where none is given.
pub(super) async fn deploy(
    shared: &Arc<Shared>,
    name: Option<Name>,
    blueprint: DeploymentRequest,
    request: Request,
) -> Result<Answer> {
    const OPERATION: &str = "deploy";
    let blueprint = resolve(shared, OPERATION, blueprint).await?;
    let name = name.unwrap_or_else(|| blueprint.name.clone());
    let subject = format!("deployments/{name}");
    let invalid = |problems| Error::invalid(OPERATION, &subject, problems);
    let source = source(&request, &blueprint);
    let inline: Vec<AnyArtifact> = inline_breeds(&blueprint)
        .cloned()
        .map(AnyArtifact::Breed)
        .collect();
    let without_scale = services_without_scale(&blueprint);
    let referred = look_up(shared, OPERATION, &subject, &blueprint).await?;
    let attachment = attach(blueprint, &referred).map_err(invalid)?;
    let problems = validate_attachment(&attachment);
    if !problems.is_empty() {
        return Err(invalid(problems));
    }

    let turn = shared.queues.turn(name.as_str()).await;
    let existing: Option<Arc<DeploymentRecord>> = shared.world.read().deployments.get(name.as_str()).cloned();
    let actual = existing.as_ref().map(|existing| existing.revision);
    if !request.precondition.holds(actual) {
        return Err(refused(OPERATION, &subject, actual));
    }
    let now = shared.now();
    let options = MergeOptions {
        default_scale: shared.options.default_scale,
        refetch_breed: shared.options.refetch_breed_on_update,
        now,
    };
    let wish = merge(
        existing.as_ref().map(|existing| &existing.deployment),
        &name,
        &attachment,
        options,
    );
    let problems = validate_deployment(&wish);
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
    let driver_for = |kind: &str| shared.driver_for(kind);
    let fresh = desired(&wish, &driver_for, |_, _, intention| {
        State::initiated(intention, now)
    })?;
    let mut notices = ask_drivers(shared, &fresh, existing.as_deref(), &without_scale).map_err(invalid)?;
    let services = carry_over(fresh, existing.as_deref(), now);

    let mut gateways = merged_gateways(shared, &wish, &attachment).map_err(invalid)?;
    let problems: Vec<Problem> = gateways
        .iter()
        .flat_map(|(_, gateway)| validate(gateway))
        .collect();
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
    let reservation = shared
        .reserve_ports(gateways.iter_mut().map(|(_, gateway)| gateway))
        .map_err(|problems| invalid(at_blueprint(problems)))?;
    notices.extend(check::ask(shared, OPERATION, &subject, &gateways).await?);

    let record = DeploymentRecord {
        deployment: wish,
        revision: actual.unwrap_or(0),
        at: existing.as_ref().map_or(now, |existing| existing.at),
        services,
    };
    if request.mode == Mode::ValidateOnly {
        drop((turn, reservation));
        let gateways = gateways.into_iter().map(|(_, gateway)| gateway).collect();
        return Ok(preview(shared, &record, gateways, actual.is_none(), notices));
    }

    let mut change = Change::default();
    for breed in &inline {
        change.writes.push(put_write(breed, Expect::Anything));
        change.events.push(archive_of(breed, Archived::Create, &source));
    }
    change.events.push(archive(
        Kind::Deployment,
        name.as_str(),
        Archived::Update,
        &source,
    ));
    if record
        .services
        .iter()
        .any(|service| service.spec.scale.instances == 0)
    {
        change.shrinks();
    }
    put_gateways(&mut change, gateways);
    remove_unneeded(&shared.world.read(), &record.deployment, &mut change);
    change.put_deployment(record);
    finish(
        shared,
        turn,
        OPERATION,
        &name,
        change,
        inline,
        actual.is_none(),
        notices,
    )
    .await
}

/// Takes the services that a blueprint names, or all, out of a deployment.
pub(super) async fn undeploy(
    shared: &Arc<Shared>,
    name: Name,
    blueprint: Option<DeploymentRequest>,
    request: Request,
) -> Result<Answer> {
    const OPERATION: &str = "undeploy";
    let subject = format!("deployments/{name}");
    let invalid = |problems| Error::invalid(OPERATION, &subject, problems);
    let blueprint = match blueprint {
        Some(blueprint) => Some(resolve(shared, OPERATION, blueprint).await?),
        None => None,
    };
    let source = blueprint.as_ref().map_or_else(
        || request.source.clone().unwrap_or_default(),
        |blueprint| source(&request, blueprint),
    );

    let turn = shared.queues.turn(name.as_str()).await;
    let existing: Arc<DeploymentRecord> = shared
        .world
        .read()
        .deployments
        .get(name.as_str())
        .cloned()
        .ok_or_else(|| Error::new(ErrorKind::NotFound, OPERATION, &subject))?;
    if !request.precondition.holds(Some(existing.revision)) {
        return Err(refused(OPERATION, &subject, Some(existing.revision)));
    }
    let now = shared.now();
    let cut = blueprint
        .as_ref()
        .map_or_else(|| cut_of_all(&existing.deployment), cut_of);
    let sliced = {
        let world = shared.world.read();
        slice(&existing.deployment, &cut, |name| world.gateway(name), now)
    }
    .map_err(invalid)?;
    let wish = sliced.deployment;
    let driver_for = |kind: &str| shared.driver_for(kind);
    let fresh = desired(&wish, &driver_for, |_, _, intention| {
        State::initiated(intention, now)
    })?;
    let mut services = carry_over(fresh, Some(&existing), now);
    for service in &mut services {
        let id = &service.spec.id;
        let named = cut
            .get(id.cluster.as_str())
            .is_some_and(|going| going.contains(id.service.as_str()));
        // One that was given up on its way out is tried again.
        if named && service.state.given_up {
            service.state = service.state.again(Intention::Undeployment, now);
        }
    }
    let gateways = {
        let world = shared.world.read();
        let touched = wish.clusters.iter().filter(|(name, _)| cut.contains_key(*name));
        cluster_gateways(&world, shared, &wish.name, touched)
    }
    .map_err(|problem| invalid(vec![problem]))?;

    let record = DeploymentRecord {
        deployment: wish,
        revision: existing.revision,
        at: existing.at,
        services,
    };
    if request.mode == Mode::ValidateOnly {
        drop(turn);
        let gateways = gateways.into_iter().map(|(_, gateway)| gateway).collect();
        return Ok(preview(shared, &record, gateways, false, sliced.notices));
    }
    let mut change = Change::default();
    change.events.push(archive(
        Kind::Deployment,
        name.as_str(),
        Archived::Update,
        &source,
    ));
    change.shrinks();
    put_gateways(&mut change, gateways);
    remove_unneeded(&shared.world.read(), &record.deployment, &mut change);
    change.put_deployment(record);
    finish(
        shared,
        turn,
        OPERATION,
        &name,
        change,
        Vec::new(),
        false,
        sliced.notices,
    )
    .await
}

#[expect(clippy::too_many_arguments, reason = "the end of two functions, in one place")]
async fn finish(
    shared: &Arc<Shared>,
    turn: crate::queue::Turn,
    operation: &'static str,
    name: &Name,
    change: Change,
    inline: Vec<AnyArtifact>,
    created: bool,
    notices: Vec<Notice>,
) -> Result<Answer> {
    let subject = format!("deployments/{name}");
    let outcomes = shared.commit(turn, operation, &subject, change).await?;
    let now = shared.now();
    let breeds = inline.into_iter().zip(&outcomes);
    let breeds = breeds.map(|(artifact, outcome)| Versioned {
        artifact,
        revision: match outcome {
            Outcome::Written { revision } | Outcome::Unchanged { revision } => *revision,
            _ => 0,
        },
        at: now,
    });
    let changed = outcomes
        .iter()
        .any(|outcome| matches!(outcome, Outcome::Written { .. } | Outcome::Deleted { .. }));
    let artifact = view::deployment(&shared.world.read(), &shared.options, name.as_str())
        .ok_or_else(|| Error::new(ErrorKind::Conflict, operation, &subject))?;
    Ok(Answer {
        artifact,
        breeds: breeds.collect(),
        created,
        changed,
        notices,
    })
}

/// The blueprint that a request writes out or names.
async fn resolve(shared: &Shared, operation: &'static str, request: DeploymentRequest) -> Result<Blueprint> {
    let name = match request {
        DeploymentRequest::Blueprint(blueprint) => return Ok(blueprint),
        DeploymentRequest::Named(name) => name,
    };
    let subject = format!("blueprints/{name}");
    let stored = shared
        .parts
        .artifacts
        .get(Kind::Blueprint.plural(), name.as_str())
        .await
        .map_err(|error| Error::of_store(operation, &subject, error))?;
    let Some(stored) = stored else {
        let problem = absent(name.as_str()).at(["name"]);
        return Err(Error::invalid(operation, &subject, vec![problem]));
    };
    match storage::parse(Kind::Blueprint, name.as_str(), &stored.content)? {
        AnyArtifact::Blueprint(blueprint) => Ok(blueprint),
        _ => Err(Error::new(ErrorKind::Internal, operation, &subject)),
    }
}

fn source(request: &Request, blueprint: &Blueprint) -> String {
    let given = request.source.clone();
    given.unwrap_or_else(|| vamp_model::to_json(blueprint))
}

/// What a blueprint refers to, as far as it is stored.
async fn look_up(
    shared: &Shared,
    operation: &'static str,
    subject: &str,
    blueprint: &Blueprint,
) -> Result<Referred> {
    let wanted = references(blueprint);
    let store = &shared.parts.artifacts;
    let failed = |error| Error::of_store(operation, subject, error);
    let mut referred = Referred::default();
    for name in wanted.breeds {
        let stored = store
            .get(Kind::Breed.plural(), name.as_str())
            .await
            .map_err(failed)?;
        if let Some(stored) = stored
            && let AnyArtifact::Breed(breed) = storage::parse(Kind::Breed, name.as_str(), &stored.content)?
        {
            referred.breeds.insert(name, breed);
        }
    }
    for name in wanted.scales {
        let stored = store
            .get(Kind::Scale.plural(), name.as_str())
            .await
            .map_err(failed)?;
        if let Some(stored) = stored
            && let AnyArtifact::Scale(scale) = storage::parse(Kind::Scale, name.as_str(), &stored.content)?
        {
            referred.scales.insert(name, scale);
        }
    }
    Ok(referred)
}

fn services_without_scale(blueprint: &Blueprint) -> Vec<(String, String)> {
    let clusters = blueprint.clusters.iter();
    let services = clusters.flat_map(|(name, cluster)| {
        cluster
            .services
            .iter()
            .filter(|service| service.scale.is_none())
            .map(move |service| {
                let breed = match &service.breed {
                    vamp_model::Reference::Named(name) => name,
                    vamp_model::Reference::Inline(breed) => &breed.name,
                };
                (name.to_string(), breed.to_string())
            })
    });
    services.collect()
}

/// What the drivers think of services that are new or have changed.
fn ask_drivers(
    shared: &Shared,
    services: &[Desired],
    existing: Option<&DeploymentRecord>,
    without_scale: &[(String, String)],
) -> std::result::Result<Vec<Notice>, Vec<Problem>> {
    let mut notices = Vec::new();
    let mut problems = Vec::new();
    for service in services {
        let id = &service.spec.id;
        let known = existing.and_then(|existing| existing.find(&id.cluster, &id.service));
        let same = known.is_some_and(|known| known.spec == service.spec);
        if same || service.state.status.intention == Intention::Undeployment {
            continue;
        }
        let place = ["clusters", id.cluster.as_str(), "services", id.service.as_str()];
        let Some(driver) = service.driver.and_then(|driver| shared.parts.drivers.get(driver)) else {
            let supported = shared.parts.drivers.iter();
            let supported = supported.flat_map(|driver| driver.capabilities().deployables);
            let supported: Vec<&str> = supported.copied().collect();
            let message = format!(
                "Unsupported deployable type '{}', supported: {}.",
                service.spec.deployable.kind(),
                supported.join(", ")
            );
            problems.push(Problem::new(UNSUPPORTED_DEPLOYABLE, message).at(place));
            continue;
        };
        match driver.check(&service.spec) {
            Ok(said) => {
                let by_default = without_scale.contains(&(id.cluster.clone(), id.service.clone()));
                let asked_for = |notice: &vamp_drivers::Notice| {
                    !(by_default && matches!(notice.code, "cpu-limit" | "memory-limit"))
                };
                notices.extend(said.into_iter().filter(asked_for).map(|notice| Notice {
                    code: notice.code,
                    message: format!("{id}: {}", notice.message),
                }));
            }
            Err(error) => {
                problems.push(Problem::new(INVALID_DEPLOYABLE, error.to_string()).at(place));
            }
        }
    }
    if problems.is_empty() {
        Ok(notices)
    } else {
        Err(problems)
    }
}

/// The services of a new wish with what is known of those that were there before. One whose wish changed, or that has failed, begins
/// anew; what runs of it goes on running.
fn carry_over(
    fresh: Vec<Desired>,
    existing: Option<&DeploymentRecord>,
    now: jiff::Timestamp,
) -> Vec<Desired> {
    let carried = fresh.into_iter().map(|mut service| {
        let id = &service.spec.id;
        let known = existing.and_then(|existing| existing.find(&id.cluster, &id.service));
        // Zero: of the change that is being made.
        service.generation = 0;
        let Some(known) = known else { return service };
        let intention = service.state.status.intention;
        let same_intention = known.state.status.intention == intention;
        let failed = matches!(known.state.status.phase, Phase::Failed { .. });
        let going_on = match intention {
            Intention::Deployment => known.spec == service.spec && !failed,
            Intention::Undeployment => true,
        };
        if same_intention && going_on {
            service.state = known.state.clone();
            service.generation = known.generation;
        } else {
            service.state = known.state.again(intention, now);
        }
        service
    });
    carried.collect()
}

/// A gateway with what is stored of it.
type Changed = (Option<Gateway>, Gateway);

/// The gateways that a merge makes or changes.
fn merged_gateways(
    shared: &Shared,
    wish: &Deployment,
    attachment: &Attachment,
) -> std::result::Result<Vec<Changed>, Vec<Problem>> {
    let world = shared.world.read();
    let touched = wish
        .clusters
        .iter()
        .filter(|(name, _)| attachment.clusters.contains_key(*name));
    let mut gateways =
        cluster_gateways(&world, shared, &wish.name, touched).map_err(|problem| vec![problem])?;
    for gateway in external_gateways(&wish.name, &attachment.gateways)? {
        gateways.push(completed(&world, shared, gateway));
    }
    Ok(gateways)
}

/// The internal gateways of clusters, as they shall be.
fn cluster_gateways<'d>(
    world: &World,
    shared: &Shared,
    deployment: &Name,
    clusters: impl Iterator<Item = (&'d Name, &'d vamp_model::DeploymentCluster)>,
) -> std::result::Result<Vec<Changed>, Problem> {
    let mut gateways = Vec::new();
    for (cluster_name, cluster) in clusters {
        let stored = |name: &str| world.gateway(name);
        for gateway in internal_gateways(deployment, cluster_name, cluster, stored)? {
            gateways.push(completed(world, shared, gateway));
        }
    }
    Ok(gateways)
}

fn completed(world: &World, shared: &Shared, gateway: Gateway) -> Changed {
    let stored = gateway
        .name
        .as_ref()
        .and_then(|name| world.gateway(name.as_str()))
        .cloned();
    let gateway = complete(gateway, stored.as_ref(), &shared.options.virtual_hosts);
    (stored, gateway)
}

fn put_gateways(change: &mut Change, gateways: Vec<Changed>) {
    for (stored, gateway) in gateways {
        if stored.as_ref() == Some(&gateway) {
            continue;
        }
        if let Some(stored) = &stored {
            let changes = route_changes(stored, &gateway);
            change.events.extend(routes_changed(&gateway, &changes));
        }
        change.put_gateway(gateway);
    }
}

/// The internal gateways that no service needs any more go.
fn remove_unneeded(world: &World, wish: &Deployment, change: &mut Change) {
    let needed = needed_gateways(wish);
    for gateway in world.internal_gateways(wish.name.as_str()) {
        let name = gateway.name.as_ref().map_or("", GatewayName::as_str);
        if needed
            .binary_search_by(|needed| needed.as_str().cmp(name))
            .is_err()
        {
            change
                .events
                .push(archive(Kind::Gateway, name, Archived::Delete, ""));
            change.remove_gateway(name);
        }
    }
}

/// Ports are at another place in a blueprint than in a gateway.
fn at_blueprint(problems: Vec<(String, Problem)>) -> Vec<Problem> {
    let problems =
        problems.into_iter().map(
            |(name, problem)| match name.split('/').collect::<Vec<_>>().as_slice() {
                [_, port] => problem.at(["gateways", port]),
                _ => problem.at([]),
            },
        );
    problems.collect()
}

fn preview(
    shared: &Shared,
    record: &DeploymentRecord,
    gateways: Vec<Gateway>,
    created: bool,
    notices: Vec<Notice>,
) -> Answer {
    let world = shared.world.read();
    let name = record.deployment.name.clone();
    let mut internal: HashMap<String, Gateway> = world
        .internal_gateways(name.as_str())
        .map(|gateway| (gateway.name.as_ref().map(ToString::to_string), gateway.clone()))
        .filter_map(|(name, gateway)| Some((name?, gateway)))
        .collect();
    for gateway in gateways {
        if let Some(name) = gateway.name.as_ref().map(ToString::to_string) {
            internal.insert(name, gateway);
        }
    }
    let needed = needed_gateways(&record.deployment);
    let gateways: IndexMap<String, Gateway> = needed
        .into_iter()
        .filter_map(|name| internal.remove(&name).map(|gateway| (name, gateway)))
        .collect();
    Answer {
        artifact: view::of_record(record, &gateways, &shared.options),
        breeds: Vec::new(),
        created,
        changed: false,
        notices,
    }
}

/// The wish without the services that are gone; none when none is left.
pub(crate) fn without(record: &DeploymentRecord, gone: &[usize]) -> Option<DeploymentRecord> {
    let mut record = record.clone();
    let mut index = 0;
    for cluster in record.deployment.clusters.values_mut() {
        cluster.services.retain(|_| {
            let stays = !gone.contains(&index);
            index += 1;
            stays
        });
    }
    record
        .deployment
        .clusters
        .retain(|_, cluster| !cluster.services.is_empty());
    let mut index = 0;
    record.services.retain(|_| {
        let stays = !gone.contains(&index);
        index += 1;
        stays
    });
    drop_orphaned_variables(&mut record.deployment);
    (!record.services.is_empty()).then_some(record)
}
