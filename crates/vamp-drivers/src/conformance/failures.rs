//! What goes wrong.

use super::looking::{count, names, settle, until};
use super::{Behaviour, Failed, Outcome, Platform, revised, scaled};
use crate::{InstanceState, ServiceId};

pub(super) async fn what_ends_is_replaced_and_the_reason_is_told(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let spec = scaled(&platform.service(id, Behaviour::Serves), 2);
    let before = settle(platform, &spec).await?;
    let victim = before
        .instances
        .first()
        .ok_or_else(|| Failed::new("no instance"))?;
    platform.crash(victim).await;
    let after = until(platform, id, "a replacement", |service| {
        service.is_settled() && !names(service).contains(&victim.name)
    })
    .await?;
    ensure!(
        names(&after).contains(&before.instances[1].name),
        "the other was replaced, too: {after:?}"
    );
    let failure = after.failure.ok_or_else(|| Failed::new("no failure is told"))?;
    ensure!(
        failure.reason.contains(&victim.name) && failure.count == 1,
        "{failure:?}"
    );
    Ok(())
}

pub(super) async fn what_ends_again_and_again_is_held_back(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let spec = platform.service(id, Behaviour::EndsAtOnce);
    platform.driver().deploy(&spec).await?;
    let failing = until(platform, id, "the third failure", |service| {
        service.failure.as_ref().is_some_and(|failure| failure.count >= 3)
    })
    .await?;
    ensure!(failing.ready().next().is_none(), "{failing:?}");
    ensure!(
        failing.failure.is_some_and(|failure| failure.count < 20),
        "it was not held back"
    );
    Ok(())
}

pub(super) async fn what_never_gets_ready_gets_no_traffic(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let spec = platform.service(id, Behaviour::NeverReady);
    platform.driver().deploy(&spec).await?;
    let starting = until(platform, id, "an instance that starts", |service| {
        count(service, InstanceState::Starting) == 1
    })
    .await?;
    ensure!(
        starting.ready().next().is_none() && !starting.is_settled(),
        "{starting:?}"
    );
    Ok(())
}

pub(super) async fn a_new_definition_heals_what_failed(platform: &dyn Platform, id: &ServiceId) -> Outcome {
    let broken = platform.service(id, Behaviour::EndsAtOnce);
    platform.driver().deploy(&broken).await?;
    until(platform, id, "two failures", |service| {
        service.failure.as_ref().is_some_and(|failure| failure.count >= 2)
    })
    .await?;
    let healed = revised(&platform.service(id, Behaviour::Serves), "healed");
    let after = settle(platform, &healed).await?;
    ensure!(
        after.failure.is_none(),
        "a failure of what is not wanted any more: {after:?}"
    );
    Ok(())
}
