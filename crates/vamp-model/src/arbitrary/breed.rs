//! Breeds, and what they need.

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::health_check::{at_ports, health_checks};
use super::{any_text, entries, metadata, name, parsed, port, strict_name, text};
use crate::{Argument, Breed, Deployable, EnvironmentVariable, Name, Port, Reference, StrictName};

/// Breeds with all that they can have: breeds that they need, and values that refer to those.
pub fn breed() -> impl Strategy<Value = Breed> {
    let leaf = breed_alone().boxed();
    let middle = needing(leaf.clone(), leaf.clone());
    needing(leaf, middle)
}

/// Breeds that need no others.
pub(super) fn breed_alone() -> impl Strategy<Value = Breed> {
    let deployable =
        (option::of("[a-z/]{1,12}"), text()).prop_map(|(kind, definition)| Deployable { kind, definition });
    let value = || value_of(Vec::new());
    let parts = (
        (name(), metadata(), deployable),
        entries(strict_name(), any_port(), 3),
        entries(name(), variable(value().boxed()), 3),
        entries(strict_name(), value(), 2),
        vec(argument(), 0..3),
    );
    let parts = (parts, health_checks());
    parts.prop_map(
        |(((name, metadata, deployable), ports, variables, constants, arguments), checks)| {
            let port_names: Vec<StrictName> = ports.keys().cloned().collect();
            Breed {
                metadata,
                health_checks: at_ports(&checks, &port_names),
                ports,
                environment_variables: variables,
                constants,
                arguments,
                ..Breed::new(name, deployable)
            }
        },
    )
}

/// The breeds, with others that they need by name or written out.
fn needing(
    breed: BoxedStrategy<Breed>,
    needed: impl Strategy<Value = Breed> + 'static,
) -> BoxedStrategy<Breed> {
    let needed = prop_oneof![
        name().prop_map(Reference::Named),
        needed.prop_map(Reference::Inline)
    ];
    let parts = (breed, entries("[a-z]{1,6}", needed, 2));
    let with_dependencies = parts.prop_map(|(breed, dependencies)| Breed {
        dependencies: renamed(dependencies, &breed.name),
        ..breed
    });
    with_dependencies.prop_flat_map(referring).boxed()
}

/// A longer name below each one that needs it, so that nothing needs itself.
fn renamed(
    dependencies: IndexMap<String, Reference<Breed>>,
    by: &Name,
) -> IndexMap<String, Reference<Breed>> {
    let longer = |name: &Name, by: &Name| format!("{name}+{by}").parse();
    let renamed = dependencies.into_iter().filter_map(|(alias, breed)| {
        let breed = match breed {
            Reference::Named(name) => Reference::Named(longer(&name, by).ok()?),
            Reference::Inline(breed) => {
                let name: Name = longer(&breed.name, by).ok()?;
                let dependencies = renamed(breed.dependencies, &name);
                Reference::Inline(Breed {
                    name,
                    dependencies,
                    ..breed
                })
            }
        };
        Some((alias, breed))
    });
    renamed.collect()
}

/// The breed, with more values: they refer to what it needs.
fn referring(breed: Breed) -> impl Strategy<Value = Breed> {
    let references: Vec<String> = breed
        .dependencies
        .iter()
        .flat_map(|(alias, dependency)| references_to(alias, dependency))
        .collect();
    let value = value_of(references);
    let variables = entries(name(), variable(value.clone()), 2);
    let constants = entries(strict_name(), value.clone(), 2);
    let ports = entries(strict_name(), parsed::<Port>(value), 1);
    (variables, constants, ports).prop_map(move |(variables, constants, ports)| {
        let mut breed = breed.clone();
        breed.environment_variables.extend(variables);
        breed.constants.extend(constants);
        breed.ports.extend(ports);
        breed
    })
}

/// Everything of a dependency to which a value may refer.
fn references_to(alias: &str, dependency: &Reference<Breed>) -> Vec<String> {
    let mut references = vec![format!("${{{alias}.host}}")];
    match dependency {
        Reference::Named(_) => references.push(format!("${alias}.ports.any")),
        Reference::Inline(breed) => {
            references.extend(breed.ports.keys().map(|port| format!("${alias}.ports.{port}")));
            references.extend(
                breed
                    .constants
                    .keys()
                    .map(|constant| format!("${{ {alias}.constants.{constant} }}")),
            );
        }
    }
    references
}

/// Values of texts and references: to names alone, to what is outside, and these.
fn value_of(references: Vec<String>) -> BoxedStrategy<String> {
    let reference = (
        select(vec!["$$", "${LOCAL}", "$config://a.b", "$l "]),
        any::<Index>(),
    )
        .prop_map(move |(plain, index)| match references.len() {
            0 => plain.to_owned(),
            count => references[index.index(count)].clone() + " ",
        });
    let part = prop_oneof![3 => text(), 1 => reference];
    vec(part, 0..3).prop_map(|parts| parts.concat()).boxed()
}

/// Ports with a number, and those that get one later.
fn any_port() -> impl Strategy<Value = Port> {
    let symbols = ["$x", "${x}/tcp", "$x/http", "nonsense", "1.5", "", "80/udp", "$$"];
    prop_oneof![
        4 => port(),
        1 => parsed(select(symbols.to_vec()).prop_map(str::to_owned)),
    ]
}

/// Variables with such values, or none.
pub(super) fn variable(value: BoxedStrategy<String>) -> impl Strategy<Value = EnvironmentVariable> {
    (option::of("[A-Z]{1,5}"), option::of(value)).prop_map(|(alias, value)| EnvironmentVariable {
        alias,
        value,
        interpolated: None,
    })
}

/// Arguments of the container runtime.
pub fn argument() -> impl Strategy<Value = Argument> {
    prop_oneof![
        4 => (any_text(), any_text()).prop_map(|(key, value)| Argument { key, value }),
        1 => select(vec!["true", "FALSE"]).prop_map(|value| Argument {
            key: Argument::PRIVILEGED.to_owned(),
            value: value.to_owned(),
        }),
    ]
}
