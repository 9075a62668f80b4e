//! The samples and tables of the reference's page on values: each is what it says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use indexmap::IndexMap;
use vamp_model::resolve::{
    DeploymentResolver, ServerValues, ServiceValues, VariableLevel, clusters_of_dependencies,
    effective_variables,
};
use vamp_model::{
    Blueprint, Deployment, DeploymentCluster, DeploymentService, EnvironmentVariable, Format, Gateway,
    GatewayService, Intention, Phase, Port, PortKind, Status, ValuePart, ValueReference, ValueTemplate, read,
};

fn page() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/reference/values.md");
    std::fs::read_to_string(page).unwrap()
}

/// The rows of the table whose first column has that heading.
fn rows<'p>(page: &'p str, heading: &str) -> Vec<Vec<&'p str>> {
    let begins = format!("| {heading} |");
    let table = page.lines().skip_while(|line| !line.starts_with(&begins)).skip(2);
    let rows: Vec<Vec<&str>> = table
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() >= 4, "the table of '{heading}' is short or missing");
    rows
}

fn code(cell: &str) -> &str {
    cell.strip_prefix('`').unwrap().strip_suffix('`').unwrap()
}

fn kind(reference: &ValueReference) -> &'static str {
    match reference {
        ValueReference::Local(_) => "local",
        ValueReference::Host(_) => "host",
        ValueReference::Trait(_) => "trait",
        ValueReference::Global(_) => "global",
    }
}

#[test]
fn every_sample_of_a_value_is_one() {
    let page = page();
    let blocks = page.split("\n```value\n").skip(1);
    let samples: Vec<&str> = blocks
        .flat_map(|block| block.split("\n```").next().unwrap().lines())
        .collect();
    assert!(samples.len() >= 2, "{samples:?}");
    for sample in samples {
        let template: ValueTemplate = sample.parse().unwrap();
        assert!(template.references().count() > 0, "{sample}");
    }
}

#[test]
fn every_sort_of_reference_is_named_as_what_it_is() {
    for row in rows(&page(), "Reference") {
        let reference: ValueReference = code(row[0]).parse().unwrap();
        assert_eq!(kind(&reference), row[1], "{reference}");
        let is_known = match &reference {
            ValueReference::Trait(reference) => reference.known_group().is_some(),
            ValueReference::Global(reference) => reference.known_scheme().is_some(),
            ValueReference::Local(_) | ValueReference::Host(_) => true,
        };
        assert!(is_known, "{reference}");
        // Other spellings of a scheme mean the same.
        if let ValueReference::Global(reference) = &reference {
            for scheme in row[2].split('`').filter_map(|word| word.strip_suffix("://")) {
                let other: ValueReference = format!("{scheme}://a").parse().unwrap();
                let ValueReference::Global(other) = other else {
                    panic!("{scheme}");
                };
                assert_eq!(other.known_scheme(), reference.known_scheme(), "{scheme}");
            }
        }
    }
}

#[test]
fn every_value_has_the_parts_of_its_row() {
    for row in rows(&page(), "Value") {
        let template: ValueTemplate = code(row[0]).parse().unwrap();
        let parts: Vec<String> = template
            .parts()
            .iter()
            .map(|part| match part {
                ValuePart::Text(text) => format!("text `{text}`"),
                ValuePart::Reference(reference) => format!("{} `{reference}`", kind(reference)),
            })
            .collect();
        assert_eq!(parts.join(", "), row[1], "{}", row[0]);
    }
}

#[test]
fn every_mistake_is_told_as_its_row_says() {
    for row in rows(&page(), "Mistake") {
        let invalid = code(row[0]).parse::<ValueTemplate>().unwrap_err();
        assert_eq!(invalid.to_string(), row[1], "{}", row[0]);
    }
}

/// The blueprint of the example as it is deployed.
fn deployed(blueprint: &Blueprint) -> Deployment {
    let since = "2031-05-06T07:08:09Z".parse().unwrap();
    let mut deployment = Deployment::new("orchard".parse().unwrap());
    for (variable, value) in &blueprint.environment_variables {
        let full_name = format!("{}.environment_variables.{}", variable.cluster, variable.variable);
        let variable = EnvironmentVariable::of(value.clone().unwrap());
        deployment.environment_variables.insert(full_name, variable);
    }
    for (name, cluster) in &blueprint.clusters {
        let services = cluster.services.iter().map(|service| DeploymentService {
            status: Status {
                intention: Intention::Deployment,
                since,
                phase: Phase::Done,
                phase_since: since,
            },
            breed: service.breed.inline().unwrap().clone(),
            environment_variables: service
                .environment_variables
                .iter()
                .map(|(name, value)| (name.clone(), EnvironmentVariable::of(value.clone().unwrap())))
                .collect(),
            scale: None,
            instances: Vec::new(),
            arguments: Vec::new(),
            health_checks: None,
            network: None,
            dependencies: IndexMap::new(),
            dialects: serde_json::Map::new(),
            health: None,
        });
        let cluster = DeploymentCluster {
            services: services.collect(),
            ..DeploymentCluster::default()
        };
        deployment.clusters.insert(name.clone(), cluster);
    }
    let mut gateway = Gateway::new("orchard/store/api".parse().unwrap());
    gateway.service = Some(GatewayService {
        host: "10.1.1.9".to_owned(),
        port: Port::new(40007, PortKind::Http),
    });
    deployment.clusters["store"]
        .gateways
        .insert("api".to_owned(), gateway);
    deployment
        .ports
        .insert("store.api".to_owned(), "40007".to_owned());
    deployment
}

fn values(deployment: &Deployment, cluster: &str) -> ServiceValues {
    let globals = ServerValues {
        configuration: &|path| (path == "acme.mode").then(|| "canary".to_owned()),
        environment: &|_| None,
    };
    let service = &deployment.clusters[cluster].services[0];
    let variables = effective_variables(
        &service.breed,
        cluster,
        &deployment.environment_variables,
        &service.environment_variables,
    );
    let clusters = clusters_of_dependencies(&service.breed, deployment).unwrap();
    let resolver = DeploymentResolver::new(deployment, &globals).for_service(&clusters);
    resolver.values(&variables, &service.breed.constants).unwrap()
}

#[test]
fn containers_of_the_example_see_what_its_table_says() {
    let page = page();
    let (_, example) = page.split_once("\n```yaml blueprint\n").unwrap();
    let (example, _) = example.split_once("\n```").unwrap();
    let blueprint: Blueprint = read(example, Format::Yaml).unwrap();
    let deployment = deployed(&blueprint);
    let mut rows = rows(&page, "Variable").into_iter();
    for (name, cluster) in &deployment.clusters {
        let values = values(&deployment, name.as_str());
        for (variable, (seen, text)) in values.variables.values().zip(values.container_environment()) {
            let level = match variable.level {
                VariableLevel::Breed => "breed",
                VariableLevel::Cluster => "cluster",
                VariableLevel::Service => "service",
            };
            let row = rows.next().unwrap();
            let cells = [code(row[0]), code(row[1]), code(row[2]), row[3]];
            assert_eq!(
                cells,
                [&*seen, cluster.services[0].breed.name.as_str(), &*text, level]
            );
        }
    }
    assert_eq!(rows.next(), None);
}
