//! What runs becomes something else.

use super::looking::{count, listed, names, settle, until, watch};
use super::{Behaviour, Outcome, Platform, revised, scaled};
use crate::{InstanceState, ObservedService, ServiceId};

pub(super) async fn another_definition_replaces_what_runs_without_a_gap(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let spec = scaled(&platform.service(id, Behaviour::Serves), 2);
    let before = settle(platform, &spec).await?;
    let revised = revised(&spec, "2");
    platform.driver().deploy(&revised).await?;
    let at_once = listed(platform, id).await?;
    ensure!(
        at_once.fingerprint == revised.fingerprint(),
        "the new wish is not listed: {at_once:?}"
    );
    let serves = |seen: Option<&ObservedService>| {
        let ready = seen.map_or(0, |service| service.ready().count());
        ensure!(ready >= 2, "{ready} serve: {seen:?}");
        Ok(())
    };
    let settled = |seen: Option<&ObservedService>| seen.filter(|service| service.is_settled()).cloned();
    let after = watch(platform, id, "the new definition", serves, settled).await?;
    let old = names(&before);
    ensure!(
        names(&after).iter().all(|name| !old.contains(name)),
        "{before:?} became {after:?}"
    );
    Ok(())
}

pub(super) async fn what_serves_is_not_replaced_by_what_does_not(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let before = settle(platform, &platform.service(id, Behaviour::Serves)).await?;
    let broken = revised(&platform.service(id, Behaviour::NeverReady), "broken");
    platform.driver().deploy(&broken).await?;
    let both = until(platform, id, "the old beside the new", |service| {
        count(service, InstanceState::Starting) == 1
    })
    .await?;
    let old = both.instances.iter().find(|instance| !instance.current);
    ensure!(
        old.is_some_and(|old| old.is_ready() && Some(&old.name) == names(&before).first()),
        "{both:?}"
    );
    ensure!(!both.is_settled(), "settled with an outdated instance: {both:?}");
    Ok(())
}

pub(super) async fn a_change_that_is_taken_back_leaves_what_runs(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let spec = platform.service(id, Behaviour::Serves);
    let before = settle(platform, &spec).await?;
    let broken = revised(&platform.service(id, Behaviour::NeverReady), "broken");
    platform.driver().deploy(&broken).await?;
    until(platform, id, "the old beside the new", |service| {
        count(service, InstanceState::Starting) == 1
    })
    .await?;
    let after = settle(platform, &spec).await?;
    ensure!(names(&after) == names(&before), "{before:?} became {after:?}");
    Ok(())
}
