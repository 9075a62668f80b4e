use std::str::FromStr;

/// A condition on requests. Its raw form `< ... >` is an ACL expression in HAProxy's own words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    definition: String,
}

impl Condition {
    /// The text as written, brackets included.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// The ACL expression between the angle brackets, trimmed.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.definition
            .trim()
            .trim_start_matches('<')
            .trim_end_matches('>')
            .trim()
    }
}

/// Why a text is not a condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCondition {
    /// The text is not of the form `< … >`.
    #[error("only raw conditions `< … >` are read")]
    NotRaw,
    /// Nothing stands between the brackets.
    #[error("nothing stands between `<` and `>`")]
    Empty,
    /// A line break or another control character, which could break out of its line in a configuration.
    #[error("a condition contains no line break or other control character")]
    Control,
    /// An angle bracket inside the text.
    #[error("a raw condition contains no further angle bracket")]
    Bracket,
}

impl FromStr for Condition {
    type Err = InvalidCondition;

    fn from_str(text: &str) -> Result<Self, InvalidCondition> {
        if text.chars().any(char::is_control) {
            return Err(InvalidCondition::Control);
        }
        let inner = text
            .trim()
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .ok_or(InvalidCondition::NotRaw)?;
        if inner.contains(['<', '>']) {
            return Err(InvalidCondition::Bracket);
        }
        if inner.trim().is_empty() {
            return Err(InvalidCondition::Empty);
        }
        Ok(Self {
            definition: text.to_owned(),
        })
    }
}
