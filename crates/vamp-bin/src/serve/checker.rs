//! The question to HAProxy before a configuration is stored, asked of an agent that may still be starting.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use vamp_haproxy::check::{CheckError, ConfigurationCheck, Verdict};

/// How long a question waits for an agent that is starting.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far the embedded agent is.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Starting,
    Running(Arc<dyn ConfigurationCheck>),
    /// It could not be started, for this reason; it is tried again.
    Failed(String),
}

/// Asks the embedded agent once it is there.
#[derive(Debug)]
pub(super) struct EmbeddedChecker {
    condition: watch::Receiver<Condition>,
}

impl EmbeddedChecker {
    pub(super) fn new(condition: watch::Receiver<Condition>) -> Self {
        Self { condition }
    }

    async fn agent(&self) -> Result<Arc<dyn ConfigurationCheck>, CheckError> {
        let mut condition = self.condition.clone();
        let settled = condition.wait_for(|condition| !matches!(condition, Condition::Starting));
        let settled = tokio::time::timeout(PATIENCE, settled).await;
        let Ok(settled) = settled else {
            return Err(CheckError::new("the gateway agent is still starting"));
        };
        match settled.as_deref() {
            Ok(Condition::Running(checker)) => Ok(checker.clone()),
            Ok(Condition::Failed(reason)) => Err(CheckError::new(reason.clone())),
            Ok(Condition::Starting) | Err(_) => Err(CheckError::new("the server is ending")),
        }
    }
}

#[async_trait]
impl ConfigurationCheck for EmbeddedChecker {
    async fn check(&self, gateways_part: &str) -> Result<Verdict, CheckError> {
        self.agent().await?.check(gateways_part).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Accepting;

    #[async_trait]
    impl ConfigurationCheck for Accepting {
        async fn check(&self, _: &str) -> Result<Verdict, CheckError> {
            Ok(Verdict::Accepted { warnings: Vec::new() })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_question_waits_for_an_agent_that_starts_but_not_for_ever() {
        let (sender, receiver) = watch::channel(Condition::Starting);
        let checker = EmbeddedChecker::new(receiver);
        let unanswered = checker.check("").await.unwrap_err();
        assert!(unanswered.to_string().contains("still starting"), "{unanswered}");

        let (answer, ()) = tokio::join!(checker.check(""), async {
            sender.send_replace(Condition::Running(Arc::new(Accepting)));
        });
        assert!(matches!(answer, Ok(Verdict::Accepted { .. })));

        sender.send_replace(Condition::Failed("haproxy is missing".to_owned()));
        let refused = checker.check("").await.unwrap_err();
        assert!(refused.to_string().contains("haproxy is missing"), "{refused}");
    }
}
