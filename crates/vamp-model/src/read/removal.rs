//! What a document says shall be removed.

use super::context::Context;
use super::import::with_imports;
use super::place::Place;
use super::{document, request};
use crate::import::Imports;
use crate::tree::Limits;
use crate::{DeploymentRequest, Kind};

/// What one of several documents says shall be removed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Removal {
    /// The kind it says it is.
    pub kind: Kind,
    /// The name it says it has.
    pub name: String,
    /// Of a deployment, the services to be taken out of it.
    pub services: Option<DeploymentRequest>,
}

pub(super) fn read(
    context: &mut Context,
    place: &Place<'_>,
    limits: &Limits,
    imports: &dyn Imports,
) -> Option<Removal> {
    let (kind, name) = document::identity(context, place)?;
    let services = match kind {
        Kind::Deployment => Some(with_imports(context, place, limits, imports, request::read)?),
        _ => None,
    };
    Some(Removal {
        kind,
        name: name.to_owned(),
        services,
    })
}
