//! Deployments made of blueprints, and services taken out of them.

mod gateways;
mod request;
mod services;

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use vamp_model::{AnyArtifact, DeploymentRequest, Gateway, Intention, Kind, Name};
use vamp_store::{Expect, Outcome};

use self::gateways::{at_blueprint, cluster_gateways, merged_gateways, put_gateways, remove_unneeded};
use self::request::{expand_gateways, look_up, resolve, source, written};
use self::services::{ask_drivers, carry_over};
use super::artifacts::{archive_of, put_write, refused};
use super::{check, ports, view};
use crate::deployment::{
    MergeOptions, attach, cut_of, cut_of_all, drop_orphaned_variables, merge, needed_gateways, slice,
    unsupported, validate_attachment, validate_deployment,
};
use crate::events::{Archived, archive};
use crate::gateway::validate;
use crate::load::desired;
use crate::queue::Turn;
use crate::reconcile::State;
use crate::shared::{Change, Shared};
use crate::world::DeploymentRecord;
use crate::{Answer, Error, ErrorKind, Mode, Notice, Problem, Request, Result, Versioned};

/// Merges a blueprint into the deployment of a name, which is the blueprint's own where none is given.
pub(super) async fn deploy(
    shared: &Arc<Shared>,
    name: Option<Name>,
    blueprint: DeploymentRequest,
    request: Request,
) -> Result<Answer> {
    const OPERATION: &str = "deploy";
    let mut blueprint = resolve(shared, OPERATION, blueprint).await?;
    let name = name.unwrap_or_else(|| blueprint.name.clone());
    let subject = format!("deployments/{name}");
    let invalid = |problems| Error::invalid(OPERATION, &subject, problems);
    let source = source(&request, &blueprint);
    expand_gateways(shared, OPERATION, &subject, &mut blueprint).await?;
    let inline: Vec<AnyArtifact> = blueprint
        .inline_breeds()
        .cloned()
        .map(AnyArtifact::Breed)
        .collect();
    let written = written(&blueprint);
    let referred = look_up(shared, OPERATION, &subject, &blueprint).await?;
    let problems = unsupported::of_blueprint(&blueprint, &referred);
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
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
    let mut notices = ask_drivers(shared, &fresh, existing.as_deref(), &written).map_err(invalid)?;
    let services = carry_over(fresh, existing.as_deref(), now);

    let mut gateways = merged_gateways(shared, &wish, &attachment).map_err(invalid)?;
    let problems: Vec<Problem> = gateways
        .iter()
        .flat_map(|(_, gateway)| validate(gateway))
        .collect();
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
    let reservation = ports::reserve(shared, gateways.iter_mut().map(|(_, gateway)| gateway).collect())
        .await
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
        cluster_gateways(&world, shared, &wish.name, touched, |_| None)
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
    turn: Turn,
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
        changed_breeds: Vec::new(),
        created,
        changed,
        notices,
    })
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
        changed_breeds: Vec::new(),
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
