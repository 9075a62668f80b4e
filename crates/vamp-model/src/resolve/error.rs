use super::ReferenceCycle;
use crate::{InvalidTemplate, ValueTemplate, code};

/// Why values cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// A value with a `$` that begins no reference.
    #[error("Cannot parse: '{}': {invalid}.", beginning(.text))]
    Syntax {
        /// The value.
        text: String,
        /// What is wrong, and where.
        invalid: InvalidTemplate,
    },
    /// A reference to a setting that is not configured.
    #[error("Cannot parse: nothing is configured at '{path}'.")]
    MissingConfiguration {
        /// The path of the setting.
        path: String,
    },
    /// No service of the deployment is what a breed needs.
    #[error("Unresolved dependency '{dependency}' for breed '{breed}'.")]
    UnresolvedDependency {
        /// The breed that needs something.
        breed: String,
        /// The name of what it needs.
        dependency: String,
    },
    /// A variable has no value at any level.
    #[error("Unresolved value of variable '{name}' for breed '{breed}'.")]
    UnresolvedVariableValue {
        /// The breed that declares the variable.
        breed: String,
        /// The variable.
        name: String,
    },
    /// Values that refer to each other in a circle.
    #[error("Cannot parse: {0}.")]
    Cycle(#[from] ReferenceCycle),
    /// A setting refers to something else than the namespace.
    #[error("Cannot parse: Cannot parse the namespace in: {}.", beginning(.text))]
    NotANamespace {
        /// The setting.
        text: String,
    },
    /// A setting that has to refer to the namespace does not.
    #[error("Cannot parse: No namespace in: {}.", beginning(.text))]
    MissingNamespace {
        /// The setting.
        text: String,
    },
    /// A value, or all values together, would become longer than allowed.
    #[error("Cannot parse: the text becomes longer than {most} bytes.")]
    TooLong {
        /// How many bytes are allowed.
        most: usize,
    },
}

impl ResolveError {
    /// The stable name of the mistake, one of [`code`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnresolvedDependency { .. } => code::UNRESOLVED_DEPENDENCY,
            Self::UnresolvedVariableValue { .. } => code::UNRESOLVED_VARIABLE_VALUE,
            Self::Syntax { .. }
            | Self::MissingConfiguration { .. }
            | Self::Cycle(_)
            | Self::NotANamespace { .. }
            | Self::MissingNamespace { .. }
            | Self::TooLong { .. } => code::PARSER,
        }
    }
}

/// The parts of a value, or where it is broken.
pub(super) fn parse(text: &str) -> Result<ValueTemplate, ResolveError> {
    text.parse().map_err(|invalid| ResolveError::Syntax {
        text: text.to_owned(),
        invalid,
    })
}

/// As much of a value as a message shows.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(500)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_shows_the_beginning_of_a_long_value() {
        let text = format!("{}$", "é".repeat(1000));
        let told = parse(&text).unwrap_err().to_string();
        let shown = "é".repeat(250);
        assert_eq!(
            told,
            format!(
                "Cannot parse: '{shown}': no name follows a `$`; `$$` stands for one `$` (character 1001)."
            )
        );
    }
}
