//! References in place of breeds that are written out.

use super::expand::Referring;
use crate::{AnyArtifact, Blueprint, Breed, Reference};

/// The artifact with references in place of breeds: in blueprints those of services, in breeds those that they need. All others
/// stay as they are.
#[must_use]
pub fn only_references<T: Referring>(artifact: &T) -> T {
    let mut shortened = artifact.clone();
    shortened.shorten();
    shortened
}

pub(super) fn any(artifact: &mut AnyArtifact) {
    match artifact {
        AnyArtifact::Blueprint(artifact) => blueprint(artifact),
        AnyArtifact::Breed(artifact) => breed(artifact),
        _ => {}
    }
}

pub(super) fn blueprint(blueprint: &mut Blueprint) {
    blueprint.take_breeds().for_each(drop);
}

pub(super) fn breed(breed: &mut Breed) {
    for dependency in breed.dependencies.values_mut() {
        drop(take(dependency));
    }
}

/// The breed that is written out, with its name left in its place.
fn take(reference: &mut Reference<Breed>) -> Option<Breed> {
    let Reference::Inline(breed) = reference else {
        return None;
    };
    let named = Reference::Named(breed.name.clone());
    match std::mem::replace(reference, named) {
        Reference::Inline(breed) => Some(breed),
        Reference::Named(_) => None,
    }
}

impl Blueprint {
    /// The breeds that are written out in the services, in their order.
    pub fn inline_breeds(&self) -> impl Iterator<Item = &Breed> {
        let services = self.clusters.values().flat_map(|cluster| &cluster.services);
        services.filter_map(|service| service.breed.inline())
    }

    /// The breeds that are written out in the services, in their order, and the blueprint that refers to them: as they are stored.
    ///
    /// ```
    /// use vamp_model::{Blueprint, Format, read};
    ///
    /// let text = "{name: shop, clusters: {web: {breed: {name: web:1, deployable: acme/web}}, db: db:9}}";
    /// let blueprint: Blueprint = read(text, Format::Yaml)?;
    /// let (breeds, stored) = blueprint.split();
    /// assert_eq!(breeds.len(), 1);
    /// assert_eq!(stored, read("{name: shop, clusters: {web: web:1, db: db:9}}", Format::Yaml)?);
    /// # Ok::<(), vamp_model::Problems>(())
    /// ```
    #[must_use]
    pub fn split(mut self) -> (Vec<Breed>, Self) {
        let breeds = self.take_breeds().collect();
        (breeds, self)
    }

    fn take_breeds(&mut self) -> impl Iterator<Item = Breed> {
        let clusters = self.clusters.values_mut();
        let services = clusters.flat_map(|cluster| &mut cluster.services);
        services.filter_map(|service| take(&mut service.breed))
    }
}
