//! Specifications for the unit tests of this module.

use indexmap::IndexMap;
use vamp_model::{Deployable, PortKind};

use crate::{PortSpec, ScaleSpec, ServiceId, ServiceSpec};

pub(super) fn spec(definition: &str) -> ServiceSpec {
    ServiceSpec {
        id: ServiceId {
            deployment: "shop".to_owned(),
            cluster: "web".to_owned(),
            service: "web:1.0".to_owned(),
        },
        deployable: Deployable {
            kind: Some("process".to_owned()),
            definition: definition.to_owned(),
        },
        ports: vec![PortSpec {
            name: "web".to_owned(),
            number: 8080,
            kind: PortKind::Http,
        }],
        environment: IndexMap::from([("GREETING".to_owned(), "hi".to_owned())]),
        health_checks: Vec::new(),
        scale: ScaleSpec {
            cpu: None,
            memory: None,
            instances: 1,
        },
    }
}
