use std::fmt;
use std::str::FromStr;

use crate::text_form;

/// What a workflow is doing, or shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WorkflowStatus {
    /// It shall run, and does not yet.
    #[default]
    Starting,
    /// It runs, or waits for its schedule.
    Running,
    /// It shall end and be removed.
    Stopping,
    /// It shall end and stay stored.
    Suspending,
    /// It does not run.
    Suspended,
    /// It shall end and start again. How far that is, is known only while it happens: it is not read.
    Restarting(Option<RestartPhase>),
}

/// How far a restart is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RestartPhase {
    /// The old run ends.
    Stopping,
    /// The new run begins.
    Starting,
}

impl WorkflowStatus {
    /// Every status, without phases.
    pub const ALL: [Self; 6] = [
        Self::Starting,
        Self::Running,
        Self::Stopping,
        Self::Suspending,
        Self::Suspended,
        Self::Restarting(None),
    ];

    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Suspending => "suspending",
            Self::Suspended => "suspended",
            Self::Restarting(_) => "restarting",
        }
    }

    /// The status with the phase of a restart, such as `restarting/stopping`, as archives tell it.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Restarting(Some(RestartPhase::Stopping)) => "restarting/stopping",
            Self::Restarting(Some(RestartPhase::Starting)) => "restarting/starting",
            other => other.as_str(),
        }
    }
}

impl WorkflowStatus {
    /// The status that [`describe`](Self::describe) tells so.
    pub(crate) fn described_by(text: &str) -> Option<Self> {
        let phases = [RestartPhase::Stopping, RestartPhase::Starting];
        let restarting = phases.map(|phase| Self::Restarting(Some(phase)));
        let mut all = Self::ALL.into_iter().chain(restarting);
        all.find(|status| status.describe() == text)
    }
}

/// A text, in lower case, that is no status of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Illegal workflow status: {0}.")]
pub struct InvalidWorkflowStatus(pub String);

impl FromStr for WorkflowStatus {
    type Err = InvalidWorkflowStatus;

    /// Reads the word in any case, with blanks around it and, as some programs send it, in double quotes.
    fn from_str(text: &str) -> Result<Self, InvalidWorkflowStatus> {
        let lower = text.trim().to_lowercase();
        let quoted = lower.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let word = quoted.unwrap_or(&lower);
        let found = Self::ALL.into_iter().find(|status| status.as_str() == word);
        found.ok_or_else(|| InvalidWorkflowStatus(word.to_owned()))
    }
}

impl fmt::Display for WorkflowStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde_core::Serialize for WorkflowStatus {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde_core::Deserialize<'de> for WorkflowStatus {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::deserialize(
            deserializer,
            "one of starting, running, stopping, suspending, suspended and restarting",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_a_word_in_any_case_with_or_without_quotes() {
        for status in WorkflowStatus::ALL {
            let word = status.to_string();
            for text in [
                word.clone(),
                word.to_uppercase(),
                format!(" {word}\n"),
                format!("\"{word}\""),
                format!(" \"{word}\" "),
            ] {
                assert_eq!(text.parse(), Ok(status), "{text}");
            }
            assert_eq!(status.describe(), word);
        }
        for (text, told) in [
            ("Sleeping", "sleeping"),
            ("", ""),
            ("\"Sleeping\"", "sleeping"),
            ("\"running", "\"running"),
            ("' running'", "' running'"),
            ("restarting/starting", "restarting/starting"),
        ] {
            let refused = InvalidWorkflowStatus(told.to_owned());
            assert_eq!(text.parse::<WorkflowStatus>(), Err(refused));
        }
    }

    #[test]
    fn the_phase_of_a_restart_is_told_but_not_written() {
        for (phase, told) in [
            (RestartPhase::Stopping, "restarting/stopping"),
            (RestartPhase::Starting, "restarting/starting"),
        ] {
            let status = WorkflowStatus::Restarting(Some(phase));
            assert_eq!(status.describe(), told);
            assert_eq!(status.to_string(), "restarting");
            assert_eq!(serde_json::to_value(status).unwrap(), "restarting");
        }
    }
}
