use std::fmt;

/// Something that is probably not meant as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The gateway's name.
    pub gateway: String,
    /// The route that is the reason, as it was written.
    pub route: Option<String>,
    /// What it is.
    pub what: Warned,
}

/// What is probably not meant as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warned {
    /// A condition outside the language of conditions: the whole text is one ACL expression for HAProxy.
    RawCondition {
        /// The text.
        condition: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gateway '{}'", self.gateway)?;
        if let Some(route) = &self.route {
            write!(f, ", route '{route}'")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl fmt::Display for Warned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RawCondition { condition } => write!(
                f,
                "its condition '{condition}' is outside the language of conditions and is taken as one ACL expression; write it \
                 between `<` and `>` if that is meant"
            ),
        }
    }
}
