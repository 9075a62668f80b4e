//! What is refused.

use vamp_model::{HealthCheck, Protocol, Seconds};

use super::looking::{listed, look, settle};
use super::{Behaviour, Failed, Outcome, Platform, with_deployable};
use crate::{Error, ErrorKind, ServiceId, ServiceSpec};

/// Both refuse it alike, and nothing is there afterwards.
async fn refused(platform: &dyn Platform, spec: &ServiceSpec) -> Result<Error, Failed> {
    let Err(checked) = platform.driver().check(spec) else {
        return Err(Failed::new("the check passes"));
    };
    let Err(deployed) = platform.driver().deploy(spec).await else {
        return Err(Failed::new("it is deployed"));
    };
    ensure!(
        checked.kind() == deployed.kind() && !deployed.is_temporary(),
        "{checked} and {deployed}"
    );
    Ok(deployed)
}

pub(super) async fn a_deployable_of_another_type_is_refused(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let supported = platform.driver().capabilities().deployables;
    let serves = platform.service(id, Behaviour::Serves);
    let known = serves.deployable.kind().to_owned();
    // Also one that differs by its letters only.
    for kind in ["no/such-type".to_owned(), known.to_uppercase()] {
        let spec = with_deployable(&serves, &kind, "something");
        ensure!(!platform.driver().supports(&kind), "{kind} is supported");
        let error = refused(platform, &spec).await?;
        let expected = ErrorKind::UnsupportedDeployable {
            found: kind.clone(),
            supported,
        };
        ensure!(*error.kind() == expected, "{error:?}");
        let list = supported.join(", ");
        let text = format!("Unsupported deployable type '{kind}', supported: {list}.");
        ensure!(error.message() == text, "{}", error.message());
    }
    ensure!(
        supported.iter().all(|kind| platform.driver().supports(kind)),
        "not all of {supported:?} are supported"
    );
    ensure!(look(platform, id).await?.is_none(), "something is listed");
    Ok(())
}

pub(super) async fn a_definition_that_says_nothing_is_refused(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let serves = platform.service(id, Behaviour::Serves);
    for kind in platform.driver().capabilities().deployables {
        for definition in ["", "  "] {
            let error = refused(platform, &with_deployable(&serves, kind, definition)).await?;
            ensure!(*error.kind() == ErrorKind::Definition, "{error:?}");
        }
    }
    ensure!(look(platform, id).await?.is_none(), "something is listed");
    Ok(())
}

pub(super) async fn a_health_check_needs_a_port_of_the_service(
    platform: &dyn Platform,
    id: &ServiceId,
) -> Outcome {
    let mut spec = platform.service(id, Behaviour::Serves);
    let port = "other"
        .parse()
        .map_err(|error| Failed::new(format!("'other' is no name: {error}")))?;
    spec.health_checks.push(HealthCheck {
        path: "/".to_owned(),
        port,
        initial_delay: Seconds::new(0),
        timeout: Seconds::new(1),
        interval: Seconds::new(1),
        failures: 1,
        protocol: Protocol::Http,
    });
    let error = refused(platform, &spec).await?;
    ensure!(*error.kind() == ErrorKind::Definition, "{error:?}");
    ensure!(error.message().contains("'other'"), "{}", error.message());
    Ok(())
}

pub(super) async fn what_is_refused_leaves_what_runs(platform: &dyn Platform, id: &ServiceId) -> Outcome {
    let spec = platform.service(id, Behaviour::Serves);
    let before = settle(platform, &spec).await?;
    refused(platform, &with_deployable(&spec, "no/such-type", "something")).await?;
    let after = listed(platform, id).await?;
    ensure!(before == after, "{before:?} became {after:?}");
    Ok(())
}
