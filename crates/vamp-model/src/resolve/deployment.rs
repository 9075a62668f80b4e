//! Values of a deployment.

use std::fmt;

use indexmap::IndexMap;

use super::error::parse;
use super::global::global;
use super::output::{LONGEST_VALUE, Output};
use super::{GlobalResolver, ResolveError, ServiceResolver};
use crate::{
    Deployment, EnvironmentVariable, ReferenceWord, TraitGroup, TraitReference, ValuePart, ValueReference,
    ValueTemplate,
};

/// What is known of the clusters of a deployment. `None` is what is not known, or not yet.
pub trait DeploymentScope: fmt::Debug {
    /// The number of the port at which other services reach a cluster's port.
    fn port(&self, cluster: &str, port: &str) -> Option<String>;

    /// The host at which the gateway of a cluster's port serves.
    fn service_host(&self, cluster: &str, port: &str) -> Option<String>;

    /// The host by which other services reach a cluster.
    fn host(&self, cluster: &str) -> Option<String>;

    /// The value of a cluster's variable: the resolved one where it is known, else the one that was written.
    fn variable(&self, cluster: &str, name: &str) -> Option<String>;

    /// The value of a constant of a breed in the cluster.
    fn constant(&self, cluster: &str, name: &str) -> Option<String>;
}

/// Views of ports, hosts and gateways are taken as they are.
///
/// A variable is that of the deployment, else of the first service that sets or declares it with a value.
impl DeploymentScope for Deployment {
    fn port(&self, cluster: &str, port: &str) -> Option<String> {
        self.ports.get(&format!("{cluster}.{port}")).cloned()
    }

    fn service_host(&self, cluster: &str, port: &str) -> Option<String> {
        let gateway = self.clusters.get(cluster)?.gateways.get(port)?;
        gateway.service.as_ref().map(|service| service.host.clone())
    }

    fn host(&self, cluster: &str) -> Option<String> {
        self.hosts.get(cluster).cloned()
    }

    fn variable(&self, cluster: &str, name: &str) -> Option<String> {
        let value = |variable: &EnvironmentVariable| {
            variable
                .interpolated
                .as_ref()
                .or(variable.value.as_ref())
                .cloned()
        };
        let full_name = format!("{cluster}.{}.{name}", TraitGroup::EnvironmentVariables);
        let of_deployment = || self.environment_variables.get(&full_name).and_then(value);
        let services = self
            .clusters
            .get(cluster)
            .map_or(&[][..], |cluster| &cluster.services);
        let mut of_services = services.iter().filter_map(|service| {
            let own = service.environment_variables.get(name).and_then(value);
            own.or_else(|| service.breed.environment_variables.get(name).and_then(value))
        });
        of_deployment().or_else(|| of_services.next())
    }

    fn constant(&self, cluster: &str, name: &str) -> Option<String> {
        let mut services = self.clusters.get(cluster)?.services.iter();
        services
            .find_map(|service| service.breed.constants.get(name))
            .cloned()
    }
}

/// Resolves values that belong to a whole deployment or to a cluster of it.
///
/// Such values know nothing of a service: a name alone is empty text, and no alias of a dependency is known.
/// [`DeploymentResolver::for_service`] knows them.
#[derive(Debug, Clone, Copy)]
pub struct DeploymentResolver<'s> {
    pub(super) deployment: &'s dyn DeploymentScope,
    pub(super) globals: &'s dyn GlobalResolver,
    pub(super) most: usize,
}

impl<'s> DeploymentResolver<'s> {
    /// A resolver of values up to [`LONGEST_VALUE`].
    #[must_use]
    pub fn new(deployment: &'s dyn DeploymentScope, globals: &'s dyn GlobalResolver) -> Self {
        Self {
            deployment,
            globals,
            most: LONGEST_VALUE,
        }
    }

    /// The same resolver for values of up to `most` bytes.
    #[must_use]
    pub const fn with_longest(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// A resolver of the values of one service. `clusters` are those that fulfil the dependencies of its breed, by alias:
    /// [`clusters_of_dependencies`](super::clusters_of_dependencies) finds them.
    #[must_use]
    pub const fn for_service(self, clusters: &'s IndexMap<String, String>) -> ServiceResolver<'s> {
        ServiceResolver::new(self, clusters)
    }

    /// The value with its references replaced.
    ///
    /// # Errors
    /// A setting that is not configured, or too long a text.
    pub fn resolve(&self, template: &ValueTemplate) -> Result<String, ResolveError> {
        self.resolve_with(template, Clusters(None), &|_| None)
    }

    /// The variables of a deployment, by full name. Those of the cluster that have a value but no resolved one get one.
    ///
    /// # Errors
    /// A value that cannot be parsed, a setting that is not configured, or too long a text.
    pub fn variables(
        &self,
        variables: &IndexMap<String, EnvironmentVariable>,
        cluster: Option<&str>,
    ) -> Result<IndexMap<String, EnvironmentVariable>, ResolveError> {
        let mut resolved = variables.clone();
        let Some(cluster) = cluster else {
            return Ok(resolved);
        };
        let of_cluster = format!("{cluster}.{}.", TraitGroup::EnvironmentVariables);
        for (full_name, variable) in &mut resolved {
            if !full_name.starts_with(&of_cluster) || variable.interpolated.is_some() {
                continue;
            }
            if let Some(value) = &variable.value {
                variable.interpolated = Some(self.resolve(&parse(value)?)?);
            }
        }
        Ok(resolved)
    }

    /// The value with its references replaced: aliases by `clusters`, names alone by `local`.
    pub(super) fn resolve_with(
        &self,
        template: &ValueTemplate,
        clusters: Clusters<'_>,
        local: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, ResolveError> {
        let mut output = Output::new(self.most);
        let mut parts = template.parts();
        while let [part, rest @ ..] = parts {
            if let Some((cluster, port)) = host_and_port(parts, clusters) {
                output.push(&self.address(cluster, port).unwrap_or_default())?;
                parts = &parts[3..];
                continue;
            }
            match part {
                ValuePart::Text(text) => output.push(text)?,
                ValuePart::Reference(ValueReference::Global(reference)) => {
                    output.push(&global(self.globals, reference)?)?;
                }
                ValuePart::Reference(ValueReference::Local(name)) => {
                    output.push(&local(name.as_str()).unwrap_or_default())?;
                }
                ValuePart::Reference(ValueReference::Host(cluster)) => {
                    let host = self.deployment.host(clusters.of(cluster));
                    output.push(&host.unwrap_or_default())?;
                }
                ValuePart::Reference(ValueReference::Trait(reference)) => {
                    output.push(&self.value_of_trait(reference, clusters).unwrap_or_default())?;
                }
            }
            parts = rest;
        }
        Ok(output.into_text())
    }

    /// Where the gateway of a cluster's port serves, once both is known.
    fn address(&self, cluster: &str, port: &str) -> Option<String> {
        let host = self.deployment.service_host(cluster, port)?;
        let port = self.deployment.port(cluster, port)?;
        Some(format!("{host}:{port}"))
    }

    fn value_of_trait(&self, reference: &TraitReference, clusters: Clusters<'_>) -> Option<String> {
        let cluster = clusters.of(&reference.cluster);
        let name = reference.name.as_str();
        match reference.known_group()? {
            TraitGroup::Ports => self.deployment.port(cluster, name),
            TraitGroup::EnvironmentVariables => self.deployment.variable(cluster, name),
            TraitGroup::Constants => self.deployment.constant(cluster, name),
            TraitGroup::Hosts if name == "host" => self.deployment.host(cluster),
            TraitGroup::Hosts => None,
        }
    }
}

/// The clusters that fulfil the dependencies of a service, by alias.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clusters<'s>(pub(super) Option<&'s IndexMap<String, String>>);

impl<'s> Clusters<'s> {
    /// The cluster that the first part of a reference means. What is no alias is the name of one.
    fn of(self, first: &'s ReferenceWord) -> &'s str {
        let fulfilling = self.0.and_then(|clusters| clusters.get(first.as_str()));
        fulfilling.map_or(first.as_str(), String::as_str)
    }
}

/// The cluster and port of `$x.host:$x.ports.name`, where the parts begin with that. It is one address.
fn host_and_port<'p>(parts: &'p [ValuePart], clusters: Clusters<'p>) -> Option<(&'p str, &'p str)> {
    let [
        ValuePart::Reference(ValueReference::Host(host)),
        ValuePart::Text(between),
        ValuePart::Reference(ValueReference::Trait(port)),
        ..,
    ] = parts
    else {
        return None;
    };
    let cluster = clusters.of(host);
    let is_address = between == ":"
        && port.known_group() == Some(TraitGroup::Ports)
        && clusters.of(&port.cluster) == cluster;
    is_address.then(|| (cluster, port.name.as_str()))
}
