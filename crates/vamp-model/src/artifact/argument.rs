use std::str::FromStr;

use indexmap::IndexMap;

/// An argument of the container runtime: `privileged: true`, `hostname: web`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Argument {
    /// The name of the parameter.
    pub key: String,
    /// Its value, as text.
    pub value: String,
}

impl Argument {
    /// The key that asks for privileged mode; its value is `true` or `false` in any case.
    pub const PRIVILEGED: &'static str = "privileged";

    /// Whether the value is one that the key may have: `privileged` is `true` or `false`, everything else is up to the runtime.
    #[must_use]
    pub fn has_valid_value(&self) -> bool {
        let is = |word: &str| self.value.eq_ignore_ascii_case(word);
        self.key != Self::PRIVILEGED || is("true") || is("false")
    }

    /// Whether the arguments ask for privileged mode: the first one of that key counts.
    #[must_use]
    pub fn asks_for_privileges(arguments: &[Self]) -> bool {
        arguments
            .iter()
            .find(|argument| argument.key == Self::PRIVILEGED)
            .is_some_and(|argument| argument.value.eq_ignore_ascii_case("true"))
    }

    /// The arguments with which instances of a service are started: the configured ones, those of the breed, those of the service.
    ///
    /// All of them are passed on, repeated keys, too.
    #[must_use]
    pub fn effective(configured: &[Self], breed: &[Self], service: &[Self]) -> Vec<Self> {
        [configured, breed, service].concat()
    }

    /// The arguments with which a workflow is started: the configured ones, those of the breed that executes scripts where one does,
    /// those of the workflow's breed, those of the workflow.
    ///
    /// Of equal keys the last one counts, at the place of the first.
    #[must_use]
    pub fn effective_of_workflow(
        configured: &[Self],
        executor: &[Self],
        breed: &[Self],
        workflow: &[Self],
    ) -> Vec<Self> {
        let mut by_key: IndexMap<&str, &Self> = IndexMap::new();
        for argument in [configured, executor, breed, workflow].into_iter().flatten() {
            by_key.insert(&argument.key, argument);
        }
        by_key.into_values().cloned().collect()
    }
}

/// Why a text is not an argument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidArgument {
    /// There is no `=`.
    #[error("'{0}' is no argument of the form key=value")]
    Form(String),
    /// `privileged` is something else than `true` or `false`.
    #[error("the argument privileged is true or false, not '{0}'")]
    Privileged(String),
}

impl FromStr for Argument {
    type Err = InvalidArgument;

    /// Reads `key=value`, as configuration writes it: split at the first `=`, without the blanks around both parts.
    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| InvalidArgument::Form(text.to_owned()))?;
        let argument = Self {
            key: key.trim().to_owned(),
            value: value.trim().to_owned(),
        };
        if argument.has_valid_value() {
            Ok(argument)
        } else {
            Err(InvalidArgument::Privileged(argument.value))
        }
    }
}
