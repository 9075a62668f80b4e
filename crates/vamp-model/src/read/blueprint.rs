//! Blueprints.

use indexmap::IndexMap;

use super::cluster::{self, ReadCluster};
use super::context::Context;
use super::draft::{Draft, DraftGateway};
use super::fields::Fields;
use super::place::Place;
use super::values::{self, Trait};
use super::{blueprint_check, blueprint_gateway, dialects};
use crate::{Blueprint, BlueprintGateway, Cluster, ClusterVariable, Gateway, Kind, Name};

/// What a blueprint is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It stands for itself.
    Artifact,
    /// It is to be deployed, together with what is deployed already.
    Request,
}

impl Purpose {
    /// The kinds that the document may name.
    pub(super) const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Artifact => &[Kind::Blueprint],
            Self::Request => &[Kind::Blueprint, Kind::Deployment],
        }
    }
}

/// A blueprint. The order of reading decides which of several problems is the first one.
pub(super) fn read(context: &mut Context, place: &Place<'_>, purpose: Purpose) -> Option<Blueprint> {
    let mut fields = Fields::of(context, place)?;
    let clusters = fields.get("clusters");
    let clusters = clusters.map_or_else(|| Some(IndexMap::new()), |place| clusters_of(context, &place));
    let knows_all_clusters = clusters.is_some();
    let variables = fields.get_variables(context);
    let variables = values::traits(context, variables);
    let name = fields
        .required(context, "name")
        .and_then(|place| values::named(context, &place));
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let gateways = fields.get("gateways");
    let gateways = blueprint_gateway::read_all(context, gateways);
    let dialects = dialects::read(context, &mut fields);

    let draft = Draft {
        place: place.clone(),
        clusters: clusters.unwrap_or_default(),
        knows_all_clusters,
        variables,
        gateways,
    };
    blueprint_check::validate(context, &draft, purpose);
    fields.check_kind(context, purpose.kinds());
    fields.finish(context);
    Some(Blueprint {
        name: name?,
        metadata,
        gateways: gateways_by_port(draft.gateways)?,
        clusters: clusters_by_name(draft.clusters)?,
        environment_variables: variables_by_name(&draft.variables),
        dialects,
    })
}

/// Clusters by name; `None` where it cannot be told which ones there are.
fn clusters_of<'t>(context: &mut Context, place: &Place<'t>) -> Option<IndexMap<&'t str, ReadCluster<'t>>> {
    let Some(mapping) = place.mapping() else {
        context.wrong_type(place, "a mapping of clusters");
        return None;
    };
    let mut clusters = IndexMap::with_capacity(mapping.len());
    for (key, entry) in mapping.iter() {
        let place = place.key(key, entry.key, &entry.node);
        clusters.insert(key.as_str(), cluster::read(context, &place));
    }
    Some(clusters)
}

fn clusters_by_name(clusters: IndexMap<&str, ReadCluster<'_>>) -> Option<IndexMap<Name, Cluster>> {
    values::all_by_key(
        clusters
            .into_iter()
            .map(|(name, cluster)| Some((name.parse().ok()?, cluster.into_cluster()?))),
    )
}

fn gateways_by_port(gateways: Vec<DraftGateway<'_>>) -> Option<IndexMap<String, BlueprintGateway>> {
    let gateways = gateways.into_iter().map(|DraftGateway { name, port, read, .. }| {
        let gateway = Gateway {
            port: port.clone(),
            ..read?.of_blueprint()
        };
        Some((name, BlueprintGateway { port: port?, gateway }))
    });
    values::all_by_key(gateways)
}

/// Variables by name, without those that are no cluster's.
fn variables_by_name(variables: &[Trait<'_>]) -> IndexMap<ClusterVariable, Option<String>> {
    variables
        .iter()
        .filter_map(|entry| {
            let value = entry.value.map(|value| value.source.as_str().to_owned());
            Some((entry.name.parse().ok()?, value))
        })
        .collect()
}
