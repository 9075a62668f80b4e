//! What every driver refuses.

use std::collections::BTreeSet;

use crate::{Error, ErrorKind, Result, ServiceSpec};

/// The type of the deployable must be among those that the driver runs, as it is written there; and it must say something.
pub(crate) fn check_deployable(spec: &ServiceSpec, supported: &'static [&'static str]) -> Result<()> {
    let found = spec.deployable.kind();
    if !supported.contains(&found) {
        let found = found.to_owned();
        let kind = ErrorKind::UnsupportedDeployable { found, supported };
        return Err(Error::new(kind, "deploy", &spec.id));
    }
    if spec.deployable.definition.trim().is_empty() {
        let message = match found {
            "container/docker" | "docker" => "Undefined Docker image (deployable).",
            _ => "the definition of the deployable is empty",
        };
        return Err(refused(spec, message));
    }
    Ok(())
}

/// Every health check must ask a port that the service has, and no port may be there twice.
pub(crate) fn check_ports(spec: &ServiceSpec) -> Result<()> {
    let mut names = BTreeSet::new();
    for port in &spec.ports {
        if !names.insert(port.name.as_str()) {
            return Err(refused(spec, format!("the port '{}' is there twice", port.name)));
        }
    }
    let unknown = spec
        .health_checks
        .iter()
        .map(|check| check.port.as_str())
        .find(|port| !names.contains(port));
    match unknown {
        None => Ok(()),
        Some(port) => Err(refused(
            spec,
            format!("a health check asks the port '{port}', which the service does not have"),
        )),
    }
}

pub(crate) fn refused(spec: &ServiceSpec, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Definition, "deploy", &spec.id).saying(message)
}
