use serde::{Deserialize, Serialize};

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// What is wrong, in words: the first problem in the order of validation.
    pub message: String,
    /// Everything that is wrong with the document sent, in the order of the places; left out where no document is to blame.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorItem>,
}

/// One thing that is wrong with the document sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorItem {
    /// The stable name of the sort of problem.
    pub code: String,
    /// The value concerned, such as `clusters.cart.services[0].scale.cpu` (see [`vamp_model::ValuePath`]); empty for the
    /// document itself.
    #[serde(default)]
    pub path: String,
    /// The line, from 1; absent where the problem has no place in the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in characters, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What is wrong, in words.
    pub message: String,
    /// What would help, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl From<&vamp_model::Problem> for ErrorItem {
    fn from(problem: &vamp_model::Problem) -> Self {
        Self {
            code: problem.code.to_owned(),
            path: problem.path.clone(),
            line: Some(problem.line),
            column: Some(problem.column),
            message: problem.message.clone(),
            hint: problem.hint.clone(),
        }
    }
}

impl std::fmt::Display for ErrorItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "{line}:{column}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}
