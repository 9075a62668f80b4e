//! How many.

use super::looking::{listed, names, settle, until};
use super::{Behaviour, Outcome, Platform, scaled};
use crate::{InstanceState, ServiceId};

pub(super) async fn more_instances_are_added_to_those_that_run(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let spec = platform.service(id, Behaviour::Serves);
    let one = settle(platform, &spec).await?;
    let three = settle(platform, &scaled(&spec, 3)).await?;
    ensure!(
        three.instances.len() == 3 && names(&three).first() == names(&one).first(),
        "{one:?} became {three:?}"
    );
    ensure!(
        one.fingerprint == three.fingerprint,
        "the number of instances changes the fingerprint"
    );
    Ok(())
}

pub(super) async fn fewer_instances_leave_the_oldest(platform: &dyn Platform, id: &ServiceId) -> Outcome {
    let spec = platform.service(id, Behaviour::Serves);
    settle(platform, &scaled(&spec, 1)).await?;
    let three = settle(platform, &scaled(&spec, 3)).await?;
    let one = settle(platform, &spec).await?;
    ensure!(
        names(&one) == names(&three)[..1],
        "of {} stayed {}",
        names(&three).join(", "),
        names(&one).join(", ")
    );
    Ok(())
}

pub(super) async fn none_at_all_is_a_service_all_the_same(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let spec = platform.service(id, Behaviour::Serves);
    settle(platform, &spec).await?;
    let none = settle(platform, &scaled(&spec, 0)).await?;
    ensure!(!none.going && none.wanted == 0, "{none:?}");
    let still = listed(platform, id).await?;
    ensure!(still == none, "{none:?} became {still:?}");
    let spec = scaled(&spec, 1);
    platform.driver().deploy(&spec).await?;
    until(platform, id, "an instance again", |service| {
        super::looking::count(service, InstanceState::Ready) == 1
    })
    .await?;
    Ok(())
}
