//! What is told, and what is listed.

use std::collections::BTreeSet;

use super::looking::{listed, look, names, settle, undeploy, until, watch};
use super::{Behaviour, Outcome, Platform, revised, scaled};
use crate::{InstanceState, ServiceId};

pub(super) async fn what_is_deployed_is_listed_at_once_and_gets_ready(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let spec = scaled(&platform.service(id, Behaviour::Serves), 2);
    platform.driver().deploy(&spec).await?;
    let at_once = listed(platform, id).await?;
    ensure!(
        at_once.fingerprint == spec.fingerprint() && at_once.wanted == 2 && !at_once.going,
        "listed as {at_once:?}"
    );
    let ready = until(platform, id, "two that are ready", |service| service.is_settled()).await?;
    ensure!(ready.ready().count() == 2, "{ready:?}");
    ensure!(ready.failure.is_none(), "a failure of nothing: {ready:?}");
    let places: BTreeSet<(&str, u16)> = ready
        .instances
        .iter()
        .flat_map(|instance| {
            instance
                .ports
                .get("web")
                .map(|port| (instance.host.as_str(), *port))
        })
        .collect();
    ensure!(places.len() == 2, "not two places: {ready:?}");
    let good = |name: &String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    ensure!(names(&ready).iter().all(good), "{ready:?}");
    Ok(())
}

pub(super) async fn the_same_wish_again_changes_nothing(platform: &dyn Platform, id: &ServiceId) -> Outcome {
    let spec = platform.service(id, Behaviour::Serves);
    let before = settle(platform, &spec).await?;
    for _ in 0..3 {
        platform.driver().deploy(&spec).await?;
    }
    let after = listed(platform, id).await?;
    ensure!(before == after, "{before:?} became {after:?}");
    Ok(())
}

pub(super) async fn what_is_undeployed_is_listed_until_it_is_gone(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let spec = scaled(&platform.service(id, Behaviour::Serves), 2);
    settle(platform, &spec).await?;
    platform.driver().undeploy(id).await?;
    let only_going = |seen: Option<&crate::ObservedService>| {
        if let Some(service) = seen {
            let all_go = service
                .instances
                .iter()
                .all(|instance| instance.state == InstanceState::Going);
            ensure!(
                service.going && service.wanted == 0 && all_go,
                "listed as {service:?}"
            );
        }
        Ok(())
    };
    let gone = |seen: Option<&crate::ObservedService>| seen.is_none().then_some(());
    watch(platform, id, "the end of the service", only_going, gone).await?;
    platform.driver().undeploy(id).await?;
    ensure!(look(platform, id).await?.is_none(), "it is there again");
    Ok(())
}

pub(super) async fn what_is_not_there_is_undeployed_with_success(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    platform.driver().undeploy(id).await?;
    ensure!(look(platform, id).await?.is_none(), "something is listed");
    Ok(())
}

pub(super) async fn a_service_that_goes_can_come_back(platform: &dyn Platform, id: &ServiceId) -> Outcome {
    let spec = platform.service(id, Behaviour::Serves);
    let first = settle(platform, &spec).await?;
    platform.driver().undeploy(id).await?;
    let second = settle(platform, &spec).await?;
    ensure!(
        names(&first) != names(&second),
        "the instance that was told to end is back: {second:?}"
    );
    Ok(())
}

pub(super) async fn services_of_one_breed_are_kept_apart(platform: &dyn Platform, id: &ServiceId) -> Outcome {
    let twin_id = ServiceId {
        deployment: format!("{}-twin", id.deployment),
        ..id.clone()
    };
    let spec = platform.service(id, Behaviour::Serves);
    let twin = platform.service(&twin_id, Behaviour::Serves);
    let first = settle(platform, &spec).await?;
    let second = settle(platform, &twin).await?;
    ensure!(
        names(&first) != names(&second),
        "one name for two: {}",
        names(&first).join(", ")
    );
    undeploy(platform, &twin_id).await?;
    let after = listed(platform, id).await?;
    ensure!(after == first, "{first:?} became {after:?}");
    Ok(())
}

/// [`settle`] and [`undeploy`] look only when they are told of a change, so that each step of this proves one.
pub(super) async fn every_change_is_announced(platform: &dyn Platform, id: &ServiceId) -> Outcome {
    let spec = platform.service(id, Behaviour::Serves);
    settle(platform, &spec).await?;
    settle(platform, &scaled(&spec, 2)).await?;
    settle(platform, &scaled(&revised(&spec, "2"), 2)).await?;
    settle(platform, &scaled(&spec, 1)).await?;
    undeploy(platform, id).await
}
