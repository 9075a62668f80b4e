//! Blueprints whose parts fit together.

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::breed::breed_alone;
use super::health_check::{Unplaced, at_ports, health_checks};
use super::scale::optional_scale;
use super::sla::sla_reference;
use super::{argument, dialects, gateway, health, metadata, name, parsed, port, text};
use crate::{
    Blueprint, BlueprintGateway, Breed, Cluster, ClusterVariable, Gateway, Name, Port, PortKind, Reference,
    RoutePath, Service, SlaReference, StrictName,
};

/// Blueprints whose parts fit together: breeds by name and written out, with what they need, and everything else that they can
/// have.
pub fn blueprint() -> impl Strategy<Value = Blueprint> {
    let parts = (name(), metadata(), vec(cluster(), 1..3), dialects());
    parts.prop_flat_map(|(name, metadata, clusters, dialects)| {
        let clusters = fitted(clusters);
        let names: Vec<String> = clusters.keys().map(Name::to_string).collect();
        let of_clusters: Vec<BoxedStrategy<Beside>> = clusters
            .iter()
            .map(|(name, cluster)| beside(name, cluster, &names))
            .collect();
        (gateways(paths(&clusters)), of_clusters).prop_map(move |(gateways, beside)| {
            let mut blueprint = Blueprint {
                metadata: metadata.clone(),
                gateways,
                clusters: clusters.clone(),
                dialects: dialects.clone(),
                ..Blueprint::new(name.clone())
            };
            for (cluster, (gateways, sla, variables)) in blueprint.clusters.values_mut().zip(beside) {
                cluster.gateways = gateways;
                cluster.sla = sla;
                blueprint.environment_variables.extend(variables);
            }
            blueprint
        })
    })
}

/// A cluster as it is made first: names, ports and variables are fitted together afterwards.
#[derive(Debug)]
struct Unfitted {
    cluster: Cluster,
    health_checks: Unplaced,
    services: Vec<UnfittedService>,
}

#[derive(Debug)]
struct UnfittedService {
    service: Service,
    health_checks: Unplaced,
    variables: Vec<(Name, Option<String>)>,
    /// Which of the other breeds it needs, and whether that is written out.
    needs: Vec<(String, Index, bool)>,
}

fn cluster() -> impl Strategy<Value = Unfitted> {
    let parts = (
        metadata(),
        option::of(text()),
        dialects(),
        health_checks(),
        vec(service(), 1..3),
    );
    parts.prop_map(
        |(metadata, network, dialects, health_checks, services)| Unfitted {
            cluster: Cluster {
                metadata,
                network,
                dialects,
                ..Cluster::default()
            },
            health_checks,
            services,
        },
    )
}

fn service() -> impl Strategy<Value = UnfittedService> {
    let breed = prop_oneof![
        1 => name().prop_map(Reference::Named),
        2 => breed_alone().prop_map(Reference::Inline),
    ];
    let parts = (
        (breed, optional_scale(), vec(argument(), 0..3)),
        (option::of(text()), dialects(), option::weighted(0.2, health())),
        health_checks(),
        vec((name(), option::of(text())), 0..3),
        vec(("[a-z]{1,6}", any::<Index>(), any::<bool>()), 0..2),
    );
    parts.prop_map(
        |((breed, scale, arguments), (network, dialects, health), health_checks, variables, needs)| {
            UnfittedService {
                service: Service {
                    scale,
                    arguments,
                    network,
                    dialects,
                    health,
                    ..Service::new(breed)
                },
                health_checks,
                variables,
                needs,
            }
        },
    )
}

/// Clusters whose breeds have names of their own and need only those that come before them, so that nothing needs itself.
fn fitted(clusters: Vec<Unfitted>) -> IndexMap<Name, Cluster> {
    let mut before: Vec<Reference<Breed>> = Vec::new();
    let clusters = clusters
        .into_iter()
        .enumerate()
        .filter_map(|(position, unfitted)| {
            let services: Vec<Service> = unfitted
                .services
                .into_iter()
                .map(|service| {
                    let service = fitted_service(service, &before);
                    before.push(service.breed.clone());
                    service
                })
                .collect();
            let ports: Vec<StrictName> = services.iter().flat_map(ports_of_service).collect();
            let cluster = Cluster {
                health_checks: at_ports(&unfitted.health_checks, &ports),
                services,
                ..unfitted.cluster
            };
            Some((format!("Cluster{position}").parse().ok()?, cluster))
        });
    clusters.collect()
}

fn fitted_service(unfitted: UnfittedService, before: &[Reference<Breed>]) -> Service {
    let mut service = unfitted.service;
    let (Reference::Named(name) | Reference::Inline(Breed { name, .. })) = &mut service.breed;
    if let Ok(own) = format!("{}-{name}", before.len()).parse() {
        *name = own;
    }
    if let Reference::Inline(breed) = &mut service.breed
        && !before.is_empty()
    {
        for (alias, index, written_out) in unfitted.needs {
            let needed = match index.get(before) {
                Reference::Inline(needed) if !written_out => Reference::Named(needed.name.clone()),
                needed => needed.clone(),
            };
            breed.dependencies.insert(alias, needed);
        }
    }
    let ports: Vec<StrictName> = ports_of_service(&service).collect();
    service.health_checks = at_ports(&unfitted.health_checks, &ports);
    service.environment_variables = match &service.breed {
        // Nobody knows which variables it has.
        Reference::Named(_) => unfitted.variables.into_iter().collect(),
        Reference::Inline(breed) => {
            let names = breed.environment_variables.keys().cloned();
            let values = unfitted.variables.into_iter().filter_map(|(_, value)| value);
            names.zip(values.map(Some)).collect()
        }
    };
    service
}

/// The ports of the service's breed; of one that is only named, some that it might have.
fn ports_of_service(service: &Service) -> impl Iterator<Item = StrictName> + '_ {
    let known = service.breed.inline().map(|breed| breed.ports.keys().cloned());
    let guessed = match service.breed {
        Reference::Named(_) => "web".parse().ok(),
        Reference::Inline(_) => None,
    };
    known.into_iter().flatten().chain(guessed)
}

/// The paths to which gateways may lead.
fn paths(clusters: &IndexMap<Name, Cluster>) -> Vec<RoutePath> {
    let paths = clusters.iter().flat_map(|(name, cluster)| {
        let ports = cluster.services.iter().flat_map(ports_of_service);
        ports.filter_map(move |port| format!("{name}/{port}").parse().ok())
    });
    paths.collect()
}

/// What is made once the services of a cluster are there: its gateways and SLA, and the blueprint's variables for it.
type Beside = (
    IndexMap<String, Gateway>,
    Option<SlaReference>,
    Vec<(ClusterVariable, Option<String>)>,
);

fn beside(name: &Name, cluster: &Cluster, clusters: &[String]) -> BoxedStrategy<Beside> {
    let sla = option::of(sla_reference(clusters.to_vec()));
    (gateways_of_cluster(cluster), sla, variables(name, cluster)).boxed()
}

/// Gateways at the ports of a cluster's breeds; one without port where nobody knows any.
fn gateways_of_cluster(cluster: &Cluster) -> BoxedStrategy<IndexMap<String, Gateway>> {
    let inline = || {
        cluster
            .services
            .iter()
            .filter_map(|service| service.breed.inline())
    };
    // Where breeds disagree on the type of a port, it is treated as the one for which less is allowed.
    let mut ports: IndexMap<String, PortKind> = IndexMap::new();
    for (port, kind) in inline().flat_map(|breed| &breed.ports) {
        let known = ports.entry(port.to_string()).or_insert(PortKind::Http);
        if kind.kind() == PortKind::Tcp {
            *known = PortKind::Tcp;
        }
    }
    if ports.is_empty() && inline().next().is_none() {
        ports.insert(String::new(), PortKind::Http);
        ports.insert("web".to_owned(), PortKind::Http);
    }
    let breeds: Vec<RoutePath> = cluster
        .services
        .iter()
        .filter_map(|service| match &service.breed {
            Reference::Named(name) => name.as_str().parse().ok(),
            Reference::Inline(breed) => breed.name.as_str().parse().ok(),
        })
        .collect();
    let gateways: Vec<BoxedStrategy<Option<(String, Gateway)>>> = ports
        .into_iter()
        .map(|(port, kind)| {
            let gateway = gateway::body(gateway::routes(select(breeds.clone()), kind), kind);
            let at_port = gateway.prop_map(move |gateway| (port.clone(), without_what_is_found(gateway)));
            option::of(at_port).boxed()
        })
        .collect();
    gateways
        .prop_map(|gateways| gateways.into_iter().flatten().collect())
        .boxed()
}

/// What the engine finds of gateways has no place in a blueprint.
fn without_what_is_found(mut gateway: Gateway) -> Gateway {
    gateway.service = None;
    gateway.deployed = false;
    for (_, route) in gateway.inline_routes_mut() {
        route.targets.clear();
    }
    gateway
}

/// Values for some of the variables that the breeds of a cluster declare; for any where one of them is only named.
fn variables(
    cluster: &Name,
    content: &Cluster,
) -> impl Strategy<Value = Vec<(ClusterVariable, Option<String>)>> + use<> {
    let inline = content
        .services
        .iter()
        .filter_map(|service| service.breed.inline());
    let declared: Vec<Name> = inline
        .flat_map(|breed| breed.environment_variables.keys().cloned())
        .collect();
    let knows_all = content
        .services
        .iter()
        .all(|service| service.breed.inline().is_some());
    let variable = match (declared.is_empty(), knows_all) {
        (true, true) => return Just(Vec::new()).boxed(),
        (true, false) => name().boxed(),
        (false, true) => select(declared).boxed(),
        (false, false) => prop_oneof![name(), select(declared)].boxed(),
    };
    let cluster = cluster.clone();
    let entry = (variable, option::of(text())).prop_map(move |(variable, value)| {
        let cluster = cluster.clone();
        (ClusterVariable { cluster, variable }, value)
    });
    vec(entry, 0..3).boxed()
}

/// Gateways with a port as key, or with a label, each with a port of its own.
pub(super) fn gateways(paths: Vec<RoutePath>) -> BoxedStrategy<IndexMap<String, BlueprintGateway>> {
    let one = move |(port, label): (Port, Option<String>)| {
        let kind = port.kind();
        let routes = if paths.is_empty() {
            Just(IndexMap::new()).boxed()
        } else {
            gateway::routes(select(paths.clone()), kind).boxed()
        };
        gateway::body(routes, kind).prop_map(move |body| {
            let gateway = Gateway {
                port: Some(port.clone()),
                ..without_what_is_found(body)
            };
            let name = label.clone().unwrap_or_else(|| port.number().to_string());
            let port = port.clone();
            (name, BlueprintGateway { port, gateway })
        })
    };
    let written = select(vec!["8080", "8080/tcp", "nonsense", "0/tcp"]).prop_map(str::to_owned);
    let port = prop_oneof![4 => port(), 1 => parsed(written)];
    vec((port, option::of("[a-z]{1,6}")), 0..3)
        .prop_map(|ports| {
            let mut by_number: IndexMap<u16, (Port, Option<String>)> = IndexMap::new();
            for (port, label) in ports {
                by_number.entry(port.number()).or_insert((port, label));
            }
            by_number.into_values().collect::<Vec<_>>()
        })
        .prop_flat_map(move |ports| ports.into_iter().map(&one).collect::<Vec<_>>())
        .prop_map(|gateways| gateways.into_iter().collect())
        .boxed()
}
