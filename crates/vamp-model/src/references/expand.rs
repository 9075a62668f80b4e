//! What is named by references, put in their place.

use super::error::UnresolvedReferences;
use super::expansion::{Expansion, Referred};
use super::shorten;
use crate::{
    AnyArtifact, Artifacts, Blueprint, Breed, Cluster, Deployment, Escalation, EscalationKind, Gateway, Name,
    Reference, Rewrite, Route, Scale, Sla, SlaReference, StoredCondition, Template, Workflow,
};

mod sealed {
    use super::Expansion;

    /// What may refer to other artifacts, behind a trait that nobody else can implement.
    pub trait Refer {
        /// Puts in place of references what they name.
        #[expect(private_interfaces, reason = "sealed: called in this crate only")]
        fn expand(&mut self, expansion: &mut Expansion<'_>);

        /// Puts references in place of breeds.
        fn shorten(&mut self);
    }
}

/// An artifact that may refer to others: one of any kind, and [`AnyArtifact`].
pub trait Referring: sealed::Refer + Clone {}

impl<T: sealed::Refer + Clone> Referring for T {}

/// The artifact with every reference replaced by what it names, and the references in that, too.
///
/// | in | is replaced |
/// |---|---|
/// | blueprints | breeds and scales of services; SLAs; routes of all gateways |
/// | breeds | the breeds that they need |
/// | SLAs, escalations | escalations, in groups, too |
/// | gateways | routes |
/// | routes | their condition and rewrites |
/// | workflows | breed and scale |
/// | all others | nothing |
///
/// What replaces a reference has no name, but for breeds, which always have one. An SLA keeps the escalations that stand beside
/// the reference to it; where none do, it has its own. A dependency `name*` stands for several breeds and stays.
///
/// Up to 10,000 references are followed, and up to 20 inside one another.
///
/// ```
/// use vamp_model::{AnyArtifact, ArtifactMap, Blueprint, Format, Scale, expand_references, read, to_json};
///
/// let small: Scale = read("{name: small, cpu: 0.2, memory: 64MB}", Format::Yaml)?;
/// let stored: ArtifactMap = [AnyArtifact::from(small)].into_iter().collect();
/// let breed = "{name: web:1, deployable: acme/web}";
/// let text = format!("{{name: shop, clusters: {{web: {{breed: {breed}, scale: small}}}}}}");
/// let blueprint: Blueprint = read(&text, Format::Yaml)?;
/// let expanded = expand_references(&blueprint, &stored)?;
/// assert!(to_json(&expanded).contains(r#""scale":{"cpu":0.2,"memory":"64.00MB","instances":1}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Every reference that leads nowhere, in a circle or too far.
pub fn expand_references<T: Referring>(
    artifact: &T,
    artifacts: &dyn Artifacts,
) -> Result<T, UnresolvedReferences> {
    let mut expanded = artifact.clone();
    let mut expansion = Expansion::new(artifacts);
    expanded.expand(&mut expansion);
    match UnresolvedReferences::of(expansion.finish()) {
        Some(unresolved) => Err(unresolved),
        None => Ok(expanded),
    }
}

macro_rules! referring {
    ($($type:ident, |$artifact:ident, $expansion:ident| $expand:expr $(, $shorten:path)?;)*) => {
        $(
            impl sealed::Refer for $type {
                #[expect(private_interfaces, reason = "sealed: called in this crate only")]
                fn expand(&mut self, $expansion: &mut Expansion<'_>) {
                    let $artifact = self;
                    $expand
                }

                fn shorten(&mut self) {
                    $($shorten(self))?
                }
            }
        )*
    };
}

referring! {
    Blueprint, |blueprint, expansion| self::blueprint(blueprint, expansion), shorten::blueprint;
    Breed, |breed, expansion| named(breed, Some(breed.name.clone()), expansion), shorten::breed;
    Deployment, |_deployment, _expansion| ();
    Escalation, |escalation, expansion| named(escalation, escalation.name.clone(), expansion);
    Gateway, |gateway, expansion| routes(gateway, expansion);
    Rewrite, |_rewrite, _expansion| ();
    Route, |route, expansion| self::route(route, expansion);
    Scale, |_scale, _expansion| ();
    Sla, |sla, expansion| Referred::expand(sla, expansion);
    StoredCondition, |_condition, _expansion| ();
    Template, |_template, _expansion| ();
    Workflow, |workflow, expansion| self::workflow(workflow, expansion);
    AnyArtifact, |artifact, expansion| any(artifact, expansion), shorten::any;
}

fn any(artifact: &mut AnyArtifact, expansion: &mut Expansion<'_>) {
    use sealed::Refer;

    match artifact {
        AnyArtifact::Breed(breed) => Refer::expand(breed, expansion),
        AnyArtifact::Blueprint(blueprint) => Refer::expand(blueprint, expansion),
        AnyArtifact::Gateway(gateway) => Refer::expand(gateway, expansion),
        AnyArtifact::Sla(sla) => Refer::expand(sla, expansion),
        AnyArtifact::Escalation(escalation) => Refer::expand(escalation, expansion),
        AnyArtifact::Route(route) => Refer::expand(route, expansion),
        AnyArtifact::Workflow(workflow) => Refer::expand(workflow.as_mut(), expansion),
        // These refer to nothing that is replaced.
        AnyArtifact::Scale(_)
        | AnyArtifact::Deployment(_)
        | AnyArtifact::Condition(_)
        | AnyArtifact::Rewrite(_)
        | AnyArtifact::Template(_) => {}
    }
}

/// An artifact that stands by itself: what refers to its name inside closes a circle.
fn named<T: Referred>(artifact: &mut T, name: Option<Name>, expansion: &mut Expansion<'_>) {
    match name {
        Some(name) => expansion.inside(T::KIND, name, |expansion| artifact.expand(expansion)),
        None => artifact.expand(expansion),
    }
}

fn blueprint(blueprint: &mut Blueprint, expansion: &mut Expansion<'_>) {
    expansion.under("gateways", |expansion| {
        for (port, gateway) in &mut blueprint.gateways {
            expansion.under(port, |expansion| routes(&mut gateway.gateway, expansion));
        }
    });
    expansion.under("clusters", |expansion| {
        for (name, cluster) in &mut blueprint.clusters {
            expansion.under(name.as_str(), |expansion| self::cluster(cluster, expansion));
        }
    });
}

fn cluster(cluster: &mut Cluster, expansion: &mut Expansion<'_>) {
    expansion.under("services", |expansion| {
        for (index, service) in cluster.services.iter_mut().enumerate() {
            expansion.at(index, |expansion| {
                expansion.under("breed", |expansion| expansion.reference(&mut service.breed));
                if let Some(scale) = &mut service.scale {
                    expansion.under("scale", |expansion| expansion.reference(scale));
                }
            });
        }
    });
    expansion.under("gateways", |expansion| {
        for (port, gateway) in &mut cluster.gateways {
            expansion.under(port, |expansion| routes(gateway, expansion));
        }
    });
    if let Some(sla) = &mut cluster.sla {
        expansion.under("sla", |expansion| self::sla(sla, expansion));
    }
}

fn sla(sla: &mut SlaReference, expansion: &mut Expansion<'_>) {
    match sla {
        SlaReference::Inline(sla) => sla.expand(expansion),
        SlaReference::Named { name, escalations } => {
            let own = |stored: &mut Sla| {
                if !escalations.is_empty() {
                    stored.escalations = std::mem::take(escalations);
                }
            };
            match expansion.follow(name, own) {
                Some(stored) => *sla = SlaReference::Inline(stored),
                // Nothing comes of it; still their references may lead nowhere, too.
                None => expansion.each("escalations", escalations),
            }
        }
    }
}

pub(super) fn escalation(escalation: &mut Escalation, expansion: &mut Expansion<'_>) {
    match &mut escalation.kind {
        EscalationKind::ToAll(escalations) | EscalationKind::ToOne(escalations) => {
            expansion.each("escalations", escalations);
        }
        EscalationKind::ScaleInstances(_)
        | EscalationKind::ScaleCpu(_)
        | EscalationKind::ScaleMemory(_)
        | EscalationKind::Generic { .. } => {}
    }
}

fn routes(gateway: &mut Gateway, expansion: &mut Expansion<'_>) {
    expansion.under("routes", |expansion| {
        for (path, route) in &mut gateway.routes {
            expansion.under(path.source(), |expansion| expansion.reference(route));
        }
    });
}

pub(super) fn route(route: &mut Route, expansion: &mut Expansion<'_>) {
    if let Some(condition) = &mut route.condition {
        expansion.under("condition", |expansion| expansion.reference(condition));
    }
    expansion.each("rewrites", &mut route.rewrites);
}

/// The breeds that a breed needs, but for those `name*`, which are found when it is deployed.
pub(super) fn dependencies(breed: &mut Breed, expansion: &mut Expansion<'_>) {
    expansion.under("dependencies", |expansion| {
        for (alias, dependency) in &mut breed.dependencies {
            let is_pattern = |reference: &Reference<Breed>| {
                let named = reference.named();
                named.is_some_and(|name| name.as_str().ends_with('*'))
            };
            if !is_pattern(dependency) {
                expansion.under(alias, |expansion| expansion.reference(dependency));
            }
        }
    });
}

fn workflow(workflow: &mut Workflow, expansion: &mut Expansion<'_>) {
    expansion.under("breed", |expansion| expansion.reference(&mut workflow.breed));
    if let Some(scale) = &mut workflow.scale {
        expansion.under("scale", |expansion| expansion.reference(scale));
    }
}
