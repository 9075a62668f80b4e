//! Values of a workflow.

use indexmap::IndexMap;

use super::global::global;
use super::output::{LONGEST_VALUE, fill_in};
use super::{GlobalResolver, ResolveError};
use crate::{Breed, EnvironmentVariable, Name, ValueReference, ValueTemplate};

/// Resolves values of a workflow: its variables and dialects.
///
/// A name alone is `data`, `workflow` or `namespace`, else a port, variable or constant of the breed as it is written
/// there. References to clusters are empty text.
#[derive(Debug, Clone, Copy)]
pub struct WorkflowResolver<'s> {
    workflow: &'s str,
    namespace: &'s str,
    data: &'s str,
    breed: Option<&'s Breed>,
    globals: &'s dyn GlobalResolver,
    most: usize,
}

impl<'s> WorkflowResolver<'s> {
    /// A resolver of values up to [`LONGEST_VALUE`], of a workflow that no event has started and whose breed is not known.
    #[must_use]
    pub fn new(workflow: &'s str, namespace: &'s str, globals: &'s dyn GlobalResolver) -> Self {
        Self {
            workflow,
            namespace,
            data: "",
            breed: None,
            globals,
            most: LONGEST_VALUE,
        }
    }

    /// The same resolver with what `$data` stands for: the event that starts the workflow as JSON in Base64.
    #[must_use]
    pub const fn with_data(self, data: &'s str) -> Self {
        Self { data, ..self }
    }

    /// The same resolver with the breed of the workflow.
    #[must_use]
    pub const fn with_breed(self, breed: &'s Breed) -> Self {
        Self {
            breed: Some(breed),
            ..self
        }
    }

    /// The same resolver for values of up to `most` bytes.
    #[must_use]
    pub const fn with_longest(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The value with its references replaced, all in one pass.
    ///
    /// # Errors
    /// A setting that is not configured, or too long a text.
    pub fn resolve(&self, template: &ValueTemplate) -> Result<String, ResolveError> {
        fill_in(template, self.most, |reference| match reference {
            ValueReference::Global(reference) => global(self.globals, reference),
            ValueReference::Local(name) => Ok(self.local(name.as_str())),
            ValueReference::Host(_) | ValueReference::Trait(_) => Ok(String::new()),
        })
    }

    fn local(&self, name: &str) -> String {
        match name {
            "data" => self.data.to_owned(),
            "workflow" => self.workflow.to_owned(),
            "namespace" => self.namespace.to_owned(),
            _ => self
                .breed
                .and_then(|breed| value_of_trait(breed, name))
                .unwrap_or_default(),
        }
    }
}

fn value_of_trait(breed: &Breed, name: &str) -> Option<String> {
    let port = breed.ports.get(name).map(ToString::to_string);
    let variable = || breed.environment_variables.get(name)?.value.clone();
    let constant = || breed.constants.get(name).cloned();
    port.or_else(variable).or_else(constant)
}

/// The variables of a workflow, of several levels from the lowest to the highest: those of the breed that executes it, of
/// its breed, and its own. Of each name the last one counts, its alias too.
#[must_use]
pub fn workflow_variables<'v>(
    levels: impl IntoIterator<Item = &'v IndexMap<Name, EnvironmentVariable>>,
) -> IndexMap<Name, EnvironmentVariable> {
    let variables = levels.into_iter().flatten();
    variables
        .map(|(name, variable)| (name.clone(), variable.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::{InOrder, IndexNames, ServerValues};
    use crate::{Deployable, Port, PortKind};

    fn breed() -> Breed {
        let deployable = Deployable {
            kind: Some("application/javascript".to_owned()),
            definition: "run()".to_owned(),
        };
        let mut breed = Breed::new("watch".parse().unwrap(), deployable);
        breed
            .ports
            .insert("http".parse().unwrap(), Port::new(8080, PortKind::Http));
        for (name, value) in [
            ("LEVEL", Some("debug")),
            ("EMPTY", None),
            ("namespace", Some("no")),
        ] {
            let variable = EnvironmentVariable {
                value: value.map(str::to_owned),
                ..EnvironmentVariable::default()
            };
            breed
                .environment_variables
                .insert(name.parse().unwrap(), variable);
        }
        for (name, value) in [("limit", "5$$"), ("http", "hidden")] {
            breed.constants.insert(name.parse().unwrap(), value.to_owned());
        }
        breed
    }

    #[test]
    fn a_workflow_knows_itself_its_namespace_its_event_and_its_breed() {
        let breed = breed();
        let server = ServerValues {
            configuration: &|path| (path == "a.b").then(|| "$workflow $$".to_owned()),
            environment: &|_| None,
        };
        let names = IndexNames {
            index: "pulse".to_owned(),
            ..IndexNames::default()
        };
        let globals = InOrder(vec![&names, &server]);
        let resolver = WorkflowResolver::new("watch", "default", &globals).with_breed(&breed);
        let started = resolver.with_data("e30=");
        let cases = [
            (
                "/vamp/${namespace}/workflows/$workflow",
                "/vamp/default/workflows/watch",
            ),
            ("${workflow.name}", "watch"),
            ("$data", "e30="),
            ("$http $LEVEL", "8080/http debug"),
            ("<$EMPTY$unknown$db.host${db.ports.http}>", "<>"),
            ("$es://health", "pulse-health-{YYYY-MM-dd}/health"),
            ("<$env://HOME${vamp://token}>", "<>"),
            // Filled in once: neither what was filled in nor what was escaped is looked at again.
            ("$config://a.b $$workflow", "$workflow $$ $workflow"),
            ("$limit $$$$", "5$$ $$"),
        ];
        for (value, expected) in cases {
            let template = value.parse().unwrap();
            assert_eq!(started.resolve(&template).as_deref(), Ok(expected), "{value}");
        }
        assert_eq!(
            resolver.resolve(&"<${data}>".parse().unwrap()).as_deref(),
            Ok("<>")
        );
        let missing = resolver.resolve(&"$config://c".parse().unwrap());
        assert_eq!(missing.unwrap_err().code(), "ParserError");
        let short = resolver.with_longest(4);
        assert_eq!(short.resolve(&"abcd".parse().unwrap()).as_deref(), Ok("abcd"));
        let too_long = short.resolve(&"$workflow".parse().unwrap());
        assert_eq!(too_long, Err(ResolveError::TooLong { most: 4 }));
    }

    #[test]
    fn the_highest_level_of_a_workflows_variable_counts_as_a_whole() {
        let level = |entries: &[(&str, Option<&str>, &str)]| -> IndexMap<Name, EnvironmentVariable> {
            let variable = |(name, alias, value): &(&str, Option<&str>, &str)| {
                let variable = EnvironmentVariable {
                    alias: alias.map(str::to_owned),
                    ..EnvironmentVariable::of(*value)
                };
                (name.parse().unwrap(), variable)
            };
            entries.iter().map(variable).collect()
        };
        let executor = level(&[("A", None, "1"), ("B", Some("BB"), "1")]);
        let breed = level(&[("B", None, "2"), ("C", Some("CC"), "2")]);
        let workflow = level(&[("C", Some("C3"), "3")]);
        let variables = workflow_variables([&executor, &breed, &workflow]);
        let expected = level(&[("A", None, "1"), ("B", None, "2"), ("C", Some("C3"), "3")]);
        assert_eq!(variables, expected);
    }
}
