//! Generators of artifacts for property tests: whatever they give is valid and reads back as itself.

mod breed;
mod condition;
mod event;
mod gateway;
mod template;
mod unit;
mod workflow;

use breed::{breed_alone, variable};
use indexmap::IndexMap;
use proptest::collection::{hash_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::{
    Blueprint, BlueprintGateway, Breed, Cluster, ClusterVariable, Deployment, DeploymentCluster,
    DeploymentService, EnvironmentVariable, Gateway, GatewayName, Health, HealthCheck, Instance, Intention,
    Memory, Metadata, Name, Phase, Port, PortKind, Protocol, Quantity, Reference, RoutePath, Scale, Seconds,
    Service, Status, StrictName, Template,
};

pub use breed::{argument, breed};
pub use condition::{condition, condition_leaf, expression, request, selector};
pub use event::{date_time, event, event_query, event_type};
pub use gateway::{gateway, rewrite, stored_condition, stored_rewrite, stored_route};
pub use template::{reference_path, reference_word, value_reference, value_template, value_text};
pub use unit::{memory, percentage, period, quantity, seconds};
pub use workflow::{schedule, workflow};

/// Names of artifacts and clusters; some of them read as numbers or truth values when they are not quoted.
pub fn name() -> impl Strategy<Value = Name> {
    parsed(prop_oneof![
        8 => "[a-z][a-z0-9:._*-]{0,10}",
        1 => select(vec!["1.10", "010", "yes", "null", "~", "0x1F", "2017-02-03", "é:1", "<<", "a:b"])
            .prop_map(str::to_owned),
    ])
}

/// Names of ports.
pub fn strict_name() -> impl Strategy<Value = StrictName> {
    parsed("[a-z][a-z0-9_-]{0,8}")
}

/// Names of gateways with one to four segments.
pub fn gateway_name() -> impl Strategy<Value = GatewayName> {
    parsed("[a-z][a-z0-9:.]{0,5}(/[a-z0-9]{1,5}){0,3}")
}

/// Values of a type that is read from text. Texts that are none are left out.
fn parsed<T: std::str::FromStr + std::fmt::Debug>(
    texts: impl Strategy<Value = String>,
) -> impl Strategy<Value = T> {
    texts.prop_filter_map("not valid", |text| text.parse().ok())
}

/// Free-form data: nested mappings and lists of all sorts of scalars.
pub fn metadata() -> impl Strategy<Value = Metadata> {
    hash_map(any_text(), value(), 0..3).prop_map(|entries| entries.into_iter().collect())
}

/// Templates.
pub fn template() -> impl Strategy<Value = Template> {
    (name(), metadata(), metadata()).prop_map(|(name, metadata, definition)| Template {
        name,
        metadata,
        definition,
    })
}

/// Values of any shape, as metadata and events hold them.
pub fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no others", |number| number.is_finite())
            .prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map(any_text(), inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Any text: all characters, control characters and line breaks too, and words that mean something in YAML.
fn any_text() -> impl Strategy<Value = String> {
    const WORDS: [&str; 44] = [
        "", " ", "\n", "a\n", "\r\n", "\t", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}", "- a", "-", "a: b",
        "a:", ":a", "a #b", "# c", "? x", "---", "...", "--- a", "%a", "@", "`", "!x", "&a", "*a", "|", ">",
        "=", "<<", "'", "\"", "\\", "1_000", "1:30", "0b1", ".inf", "+.5", "012", "y", "No", "{}", "[a",
    ];
    prop_oneof![
        any::<String>(),
        vec(any::<char>(), 0..8).prop_map(String::from_iter),
        vec(select(&WORDS[..]), 1..4).prop_map(|words| words.concat()),
    ]
}

/// Text without references.
fn text() -> impl Strategy<Value = String> {
    any_text().prop_map(|text| text.replace('$', ""))
}

fn entries<K, V>(
    keys: impl Strategy<Value = K>,
    values: impl Strategy<Value = V>,
    most: usize,
) -> impl Strategy<Value = IndexMap<K, V>>
where
    K: std::hash::Hash + Eq + std::fmt::Debug,
    V: std::fmt::Debug,
{
    vec((keys, values), 0..=most).prop_map(|entries| entries.into_iter().collect())
}

/// Ports with a number.
pub fn port() -> impl Strategy<Value = Port> {
    (1_u16.., select(vec![PortKind::Http, PortKind::Tcp])).prop_map(|(number, kind)| Port::new(number, kind))
}

/// Scales; named ones for storing, others for use inside services.
pub fn scale(named: bool) -> impl Strategy<Value = Scale> {
    let name = if named {
        name().prop_map(Some).boxed()
    } else {
        Just(None).boxed()
    };
    // Memory prints two decimals.
    let memory =
        (0_u32..10_000_000).prop_filter_map("memory", |cents| Memory::new(f64::from(cents) / 100.0).ok());
    let cpu = any::<f64>().prop_filter_map("cpu", |cpu| Quantity::new(cpu).ok());
    (name, metadata(), cpu, memory, 0..=2_147_483_647_u32).prop_map(
        |(name, metadata, cpu, memory, instances)| Scale {
            name,
            metadata,
            cpu,
            memory,
            instances,
        },
    )
}

/// Health checks of one of the ports.
fn health_checks(ports: Vec<StrictName>) -> impl Strategy<Value = Option<Vec<HealthCheck>>> {
    let times = [0_u32..100_000, 0..100_000, 0..100_000];
    let protocol = select(vec![Protocol::Http, Protocol::Https]);
    let check = (
        any_text(),
        times,
        0_u32..1000,
        protocol,
        any::<prop::sample::Index>(),
    );
    option::of(vec(check, 0..3)).prop_map(move |checks| {
        let checks = checks.filter(|_| !ports.is_empty())?;
        let check = |(path, [delay, timeout, interval], failures, protocol, index): (
            _,
            [u32; 3],
            _,
            _,
            prop::sample::Index,
        )| {
            HealthCheck {
                path,
                port: index.get(&ports).as_str().to_owned(),
                initial_delay: Seconds(delay),
                timeout: Seconds(timeout),
                interval: Seconds(interval),
                failures,
                protocol,
            }
        };
        Some(checks.into_iter().map(check).collect())
    })
}

/// Blueprints whose parts fit together.
pub fn blueprint() -> impl Strategy<Value = Blueprint> {
    let service = (
        prop_oneof![
            name().prop_map(Reference::Named),
            breed_alone().prop_map(Reference::Inline)
        ],
        option::of(prop_oneof![
            name().prop_map(Reference::Named),
            scale(false).prop_map(Reference::Inline),
        ]),
    );
    let cluster = (metadata(), vec(service, 1..3));
    let clusters = vec(cluster, 1..3);
    (name(), metadata(), clusters).prop_flat_map(|(name, metadata, clusters)| {
        let clusters = distinct(clusters);
        let paths: Vec<RoutePath> = clusters
            .iter()
            .flat_map(|(name, cluster)| paths_to(name, cluster))
            .collect();
        gateways(paths).prop_map(move |gateways| Blueprint {
            metadata: metadata.clone(),
            gateways,
            clusters: clusters.clone(),
            environment_variables: declared(&clusters),
            ..Blueprint::new(name.clone())
        })
    })
}

type Services = Vec<(Reference<Breed>, Option<Reference<Scale>>)>;

/// Clusters whose breeds all have names of their own.
fn distinct(clusters: Vec<(Metadata, Services)>) -> IndexMap<Name, Cluster> {
    let mut count = 0;
    let clusters = clusters
        .into_iter()
        .enumerate()
        .filter_map(|(position, (metadata, services))| {
            let services = services.into_iter().map(|(mut breed, scale)| {
                count += 1;
                let (Reference::Named(name) | Reference::Inline(Breed { name, .. })) = &mut breed;
                if let Ok(distinct) = format!("{name}-{count}").parse() {
                    *name = distinct;
                }
                Service {
                    scale,
                    ..Service::new(breed)
                }
            });
            let cluster = Cluster {
                metadata,
                services: services.collect(),
                ..Cluster::default()
            };
            Some((format!("cluster{position}").parse().ok()?, cluster))
        });
    clusters.collect()
}

/// The paths that gateways may lead to.
fn paths_to(name: &Name, cluster: &Cluster) -> Vec<RoutePath> {
    let ports = cluster
        .services
        .iter()
        .filter_map(|service| service.breed.inline());
    let ports = ports.flat_map(|breed| breed.ports.keys());
    ports
        .filter_map(|port| format!("{name}/{port}").parse().ok())
        .collect()
}

/// A value for each variable that a breed of the blueprint declares.
fn declared(clusters: &IndexMap<Name, Cluster>) -> IndexMap<ClusterVariable, Option<String>> {
    let variables = clusters.iter().flat_map(|(cluster, content)| {
        let breeds = content
            .services
            .iter()
            .filter_map(|service| service.breed.inline());
        breeds
            .flat_map(|breed| &breed.environment_variables)
            .map(|(variable, declared)| {
                let (cluster, variable) = (cluster.clone(), variable.clone());
                (ClusterVariable { cluster, variable }, declared.value.clone())
            })
    });
    variables.collect()
}

fn gateways(paths: Vec<RoutePath>) -> impl Strategy<Value = IndexMap<String, BlueprintGateway>> {
    let one = move |(number, kind): (u16, PortKind)| {
        let routes = if paths.is_empty() {
            Just(IndexMap::new()).boxed()
        } else {
            gateway::routes(select(paths.clone()), kind).boxed()
        };
        gateway::body(routes, kind).prop_map(move |body| {
            let port = Port::new(number, kind);
            let gateway = Gateway {
                port: Some(port.clone()),
                // These are not printed.
                service: None,
                deployed: false,
                ..body
            };
            (number.to_string(), BlueprintGateway { port, gateway })
        })
    };
    let ports = vec((1_u16.., select(vec![PortKind::Http, PortKind::Tcp])), 0..3);
    ports
        .prop_flat_map(move |ports| ports.into_iter().map(&one).collect::<Vec<_>>())
        .prop_map(|gateways| gateways.into_iter().collect())
}

/// Deployments as they are stored: without the gateways that are only shown.
pub fn deployment() -> impl Strategy<Value = Deployment> {
    let clusters = entries(name(), deployment_cluster(), 2);
    let full_name = "[a-z]{1,5}\\.environment_variables\\.[A-Z.]{1,6}";
    let value = option::of(any_text()).prop_map(|value| EnvironmentVariable {
        value,
        ..EnvironmentVariable::default()
    });
    let texts = || entries("[a-z]{1,5}(\\.[a-z]{1,5})?", "[a-z0-9./]{1,9}", 2);
    (
        name(),
        metadata(),
        clusters,
        entries(full_name, value, 2),
        texts(),
        texts(),
    )
        .prop_map(
            |(name, metadata, clusters, environment_variables, ports, hosts)| Deployment {
                metadata,
                clusters,
                environment_variables,
                ports,
                hosts,
                ..Deployment::new(name)
            },
        )
}

fn deployment_cluster() -> impl Strategy<Value = DeploymentCluster> {
    (metadata(), vec(deployment_service(), 0..3)).prop_map(|(metadata, services)| DeploymentCluster {
        metadata,
        services,
        ..DeploymentCluster::default()
    })
}

/// Instances that a platform runs.
pub fn instance() -> impl Strategy<Value = Instance> {
    (
        "[a-z0-9-]{1,12}",
        "[0-9.]{1,12}",
        entries("[a-z]{1,5}", any::<u16>(), 2),
        any::<bool>(),
    )
        .prop_map(|(name, host, ports, deployed)| Instance {
            name,
            host,
            ports,
            deployed,
        })
}

fn deployment_service() -> impl Strategy<Value = DeploymentService> {
    let health = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
        |(staged, running, healthy, unhealthy)| Health {
            staged,
            running,
            healthy,
            unhealthy,
        },
    );
    let parts = (
        status(),
        breed(),
        entries(name(), variable(text().boxed()), 2),
        scale(false),
        vec(instance(), 0..3),
        option::of(health),
    );
    parts.prop_map(
        |(status, breed, environment_variables, scale, instances, health)| DeploymentService {
            status,
            breed,
            environment_variables,
            scale: Some(scale),
            arguments: Vec::new(),
            instances,
            health_checks: None,
            network: None,
            dependencies: IndexMap::new(),
            dialects: crate::Dialects::new(),
            health,
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
        any_text().prop_map(|reason| Phase::Failed {
            notification: format!("{}{reason}", Phase::NOT_RESTORED)
        }),
    ];
    let intention = select(vec![Intention::Deployment, Intention::Undeployment]);
    (intention, moment(), phase, moment()).prop_map(|(intention, since, phase, phase_since)| Status {
        intention,
        since,
        phase,
        phase_since,
    })
}
