//! Deployments with everything that is known of them.

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::breed::breed_alone;
use super::health_check::{at_ports, health_checks};
use super::sla::sla_reference;
use super::{
    any_text, argument, blueprint, breed, dialects, entries, gateway, health, instance, metadata, name,
    scale, text,
};
use crate::{
    Deployment, DeploymentCluster, DeploymentService, EnvironmentVariable, Gateway, Intention, Name, Phase,
    PortKind, RoutePath, Status,
};

/// Deployments with everything that is known of them, the gateways of their clusters included.
pub fn deployment() -> impl Strategy<Value = Deployment> {
    let parts = (name(), vec(name(), 0..3));
    parts.prop_flat_map(|(name, mut clusters)| {
        clusters.sort();
        clusters.dedup();
        let contents: Vec<BoxedStrategy<DeploymentCluster>> = clusters
            .iter()
            .map(|cluster| self::cluster(&name, cluster, &clusters).boxed())
            .collect();
        let views = [texts(), texts()];
        let path = |cluster: &Name| format!("{cluster}/web").parse().ok();
        let gateways = blueprint::gateways(clusters.iter().filter_map(path).collect());
        (metadata(), contents, gateways, variables(), views, dialects()).prop_map(
            move |(metadata, contents, gateways, environment_variables, [ports, hosts], dialects)| {
                Deployment {
                    metadata,
                    clusters: clusters.iter().cloned().zip(contents).collect(),
                    gateways,
                    environment_variables,
                    ports,
                    hosts,
                    dialects,
                    ..Deployment::new(name.clone())
                }
            },
        )
    })
}

/// Variables by full name.
fn variables() -> impl Strategy<Value = IndexMap<String, EnvironmentVariable>> {
    let full_name = "[a-z]{1,5}\\.environment_variables\\.[A-Z.]{1,6}";
    entries(full_name, variable(), 3)
}

fn variable() -> impl Strategy<Value = EnvironmentVariable> {
    let parts = (
        option::of("[A-Z]{1,5}"),
        option::of(any_text()),
        option::of(any_text()),
    );
    parts.prop_map(|(alias, value, interpolated)| EnvironmentVariable {
        alias,
        value,
        interpolated,
    })
}

fn texts() -> BoxedStrategy<IndexMap<String, String>> {
    entries("[a-z]{1,5}(\\.[a-z]{1,5})?", any_text(), 2).boxed()
}

fn cluster(
    deployment: &Name,
    name: &Name,
    clusters: &[Name],
) -> impl Strategy<Value = DeploymentCluster> + use<> {
    let targets = clusters.iter().map(Name::to_string).collect();
    let path = format!("{deployment}/{name}");
    let parts = (
        (metadata(), option::of(text()), dialects()),
        health_checks(),
        option::of(sla_reference(targets)),
        vec(service(), 0..3),
    );
    parts.prop_flat_map(move |((metadata, network, dialects), checks, sla, services)| {
        let cluster = DeploymentCluster {
            metadata,
            health_checks: at_ports(&checks, &"web".parse().into_iter().collect::<Vec<_>>()),
            services,
            network,
            sla,
            dialects,
            ..DeploymentCluster::default()
        };
        gateways(&path, &cluster).prop_map(move |gateways| DeploymentCluster {
            gateways,
            ..cluster.clone()
        })
    })
}

/// The gateways at the ports of a cluster, whose routes lead to its services.
fn gateways(path: &str, cluster: &DeploymentCluster) -> BoxedStrategy<IndexMap<String, Gateway>> {
    let mut gateways: IndexMap<String, BoxedStrategy<Gateway>> = IndexMap::new();
    for port in cluster
        .services
        .iter()
        .flat_map(|service| service.breed.ports.keys())
    {
        let to_service =
            |service: &DeploymentService| format!("{path}/{}/{port}", service.breed.name).parse().ok();
        let paths: Vec<RoutePath> = cluster.services.iter().filter_map(to_service).collect();
        let name = format!("{path}/{port}").parse().ok();
        let gateway = gateway::body(gateway::routes(select(paths), PortKind::Http), PortKind::Http);
        let named = (gateway, super::port()).prop_map(move |(gateway, port)| Gateway {
            name: name.clone(),
            port: Some(port).filter(|port| port.kind() == PortKind::Http),
            ..gateway
        });
        gateways.entry(port.to_string()).or_insert_with(|| named.boxed());
    }
    let (ports, gateways): (Vec<String>, Vec<BoxedStrategy<Gateway>>) = gateways.into_iter().unzip();
    gateways
        .prop_map(move |gateways| ports.iter().cloned().zip(gateways).collect())
        .boxed()
}

fn service() -> impl Strategy<Value = DeploymentService> {
    let breed = prop_oneof![3 => breed_alone(), 1 => breed()];
    let parts = (
        (status(), breed, entries(name(), variable(), 2)),
        (
            option::of(scale(false)),
            vec(argument(), 0..3),
            option::of(text()),
        ),
        (vec(instance(), 0..3), option::of(health()), health_checks()),
        (entries(any_text(), any_text(), 2), dialects()),
    );
    parts.prop_map(
        |(
            (status, breed, environment_variables),
            (scale, arguments, network),
            (instances, health, checks),
            (dependencies, dialects),
        )| {
            let ports: Vec<_> = breed.ports.keys().cloned().collect();
            DeploymentService {
                status,
                health_checks: at_ports(&checks, &ports),
                breed,
                environment_variables,
                scale,
                instances,
                arguments,
                network,
                dependencies,
                dialects,
                health,
            }
        },
    )
}

fn status() -> impl Strategy<Value = Status> {
    let moment = || {
        (0_i64..4_000_000_000, 0_i32..1_000_000_000).prop_filter_map("a moment", |(second, nanosecond)| {
            jiff::Timestamp::new(second, nanosecond).ok()
        })
    };
    let phase = prop_oneof![
        Just(Phase::Initiated),
        Just(Phase::Updating),
        Just(Phase::Done),
        any_text().prop_map(|notification| Phase::Failed { notification }),
    ];
    let intention = select(vec![Intention::Deployment, Intention::Undeployment]);
    (intention, moment(), phase, moment()).prop_map(|(intention, since, phase, phase_since)| Status {
        intention,
        since,
        phase,
        phase_since,
    })
}
