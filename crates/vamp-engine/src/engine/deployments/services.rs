//! The services of a new wish: what the drivers think of them, and what is known of those that were there before.

use jiff::Timestamp;
use vamp_model::{Intention, Phase};

use super::request::Written;
use crate::code::{INVALID_DEPLOYABLE, UNSUPPORTED_DEPLOYABLE};
use crate::reconcile::Desired;
use crate::shared::Shared;
use crate::world::DeploymentRecord;
use crate::{Notice, Problem};

/// What the drivers think of services that are new or have changed.
pub(super) fn ask_drivers(
    shared: &Shared,
    services: &[Desired],
    existing: Option<&DeploymentRecord>,
    written: &[Written],
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
        let written = written.iter().find(|written| written.is(id));
        let place = written.map(Written::place).unwrap_or_default();
        let Some(driver) = service.driver.and_then(|driver| shared.parts.drivers.get(driver)) else {
            let supported = shared.parts.drivers.iter();
            let supported = supported.flat_map(|driver| driver.capabilities().deployables);
            let supported: Vec<&str> = supported.copied().collect();
            let message = format!(
                "Unsupported deployable type '{}', supported: {}.",
                service.spec.deployable.kind(),
                supported.join(", ")
            );
            problems.push(Problem::new(UNSUPPORTED_DEPLOYABLE, message).at_path(&place));
            continue;
        };
        match driver.check(&service.spec) {
            Ok(said) => {
                let by_default = written.is_some_and(|written| written.without_scale);
                let asked_for = |notice: &vamp_drivers::Notice| {
                    !(by_default && matches!(notice.code, "cpu-limit" | "memory-limit"))
                };
                notices.extend(said.into_iter().filter(asked_for).map(|notice| Notice {
                    code: notice.code,
                    message: format!("{id}: {}", notice.message),
                }));
            }
            Err(error) => {
                problems.push(Problem::new(INVALID_DEPLOYABLE, error.to_string()).at_path(&place));
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
pub(super) fn carry_over(
    fresh: Vec<Desired>,
    existing: Option<&DeploymentRecord>,
    now: Timestamp,
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
