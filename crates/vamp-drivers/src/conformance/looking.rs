//! Looking at a service until it is as it shall be. Only the driver's own hints wake it, so that a hint that is missing is found.

use futures::StreamExt as _;
use tokio::time::{Instant, timeout_at};

use super::{Failed, Outcome, Platform};
use crate::{InstanceState, ObservedInstance, ObservedService, ServiceId, ServiceSpec};

/// The service as it is listed now.
pub(super) async fn look(platform: &dyn Platform, id: &ServiceId) -> Result<Option<ObservedService>, Failed> {
    let services = platform.driver().list().await?;
    Ok(services.into_iter().find(|service| service.id == *id))
}

/// The service as it is listed now, which must be.
pub(super) async fn listed(platform: &dyn Platform, id: &ServiceId) -> Result<ObservedService, Failed> {
    look(platform, id)
        .await?
        .ok_or_else(|| Failed::new(format!("{id} is not listed")))
}

/// Looks at each change until `found` finds something; `always` must hold at each look.
pub(super) async fn watch<T>(
    platform: &dyn Platform,
    id: &ServiceId,
    what: &str,
    mut always: impl FnMut(Option<&ObservedService>) -> Outcome,
    mut found: impl FnMut(Option<&ObservedService>) -> Option<T>,
) -> Result<T, Failed> {
    let end = Instant::now() + platform.patience();
    let mut changes = platform.driver().changes();
    loop {
        let seen = look(platform, id).await?;
        always(seen.as_ref())?;
        if let Some(found) = found(seen.as_ref()) {
            return Ok(found);
        }
        match timeout_at(end, changes.next()).await {
            Ok(Some(())) => {}
            Ok(None) => return Err(Failed::new("the changes ended")),
            Err(_) => return Err(Failed::new(format!("{what} did not come: {seen:?}"))),
        }
    }
}

/// Looks at each change until the service is there and as it shall be.
pub(super) async fn until(
    platform: &dyn Platform,
    id: &ServiceId,
    what: &str,
    is_so: impl Fn(&ObservedService) -> bool,
) -> Result<ObservedService, Failed> {
    let found = |seen: Option<&ObservedService>| seen.filter(|service| is_so(service)).cloned();
    watch(platform, id, what, |_| Ok(()), found).await
}

/// Deploys and waits until everything is as it was told.
pub(super) async fn settle(platform: &dyn Platform, spec: &ServiceSpec) -> Result<ObservedService, Failed> {
    platform.driver().deploy(spec).await?;
    let fingerprint = spec.fingerprint();
    until(platform, &spec.id, "a settled service", |service| {
        service.is_settled() && service.fingerprint == fingerprint && service.wanted == spec.scale.instances
    })
    .await
}

/// Undeploys and waits until nothing is left.
pub(super) async fn undeploy(platform: &dyn Platform, id: &ServiceId) -> Outcome {
    platform.driver().undeploy(id).await?;
    let gone = |seen: Option<&ObservedService>| seen.is_none().then_some(());
    watch(platform, id, "the end of a service", |_| Ok(()), gone).await
}

pub(super) fn names(service: &ObservedService) -> Vec<String> {
    service
        .instances
        .iter()
        .map(|instance| instance.name.clone())
        .collect()
}

pub(super) fn count(service: &ObservedService, state: InstanceState) -> usize {
    let in_state = |instance: &&ObservedInstance| instance.state == state;
    service.instances.iter().filter(in_state).count()
}
