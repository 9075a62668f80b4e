//! The question to HAProxy before a configuration is stored, asked of an agent that may still be starting.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use vamp_agent::{Base, LoneCheck};
use vamp_haproxy::check::{CheckError, ConfigurationCheck, Verdict};

use super::settings::ServeSettings;

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

/// What asks the HAProxy of this machine where agents run elsewhere; nothing where there is none, which is said.
pub(super) async fn without_agent(settings: &ServeSettings) -> Option<Arc<dyn ConfigurationCheck>> {
    let base = match &settings.haproxy_base {
        Some(file) => Base::File(file.clone()),
        None => Base::Standard(Box::default()),
    };
    let directory = settings.state_directory.join("check");
    match LoneCheck::new(&settings.haproxy, &directory, &base).await {
        Ok(check) => Some(Arc::new(check)),
        Err(error) => {
            tracing::warn!(
                reason = error.to_string(),
                "no HAProxy checks conditions, rewrites and balances before they are stored; what the HAProxy of an agent refuses keeps all changes from it"
            );
            None
        }
    }
}

/// Asks the embedded agent once it is there.
#[derive(Debug)]
pub(super) struct EmbeddedChecker {
    condition: watch::Receiver<Condition>,
    virtual_hosts: Option<SocketAddr>,
}

impl EmbeddedChecker {
    pub(super) fn new(condition: watch::Receiver<Condition>, virtual_hosts: Option<SocketAddr>) -> Self {
        Self {
            condition,
            virtual_hosts,
        }
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
        let mut verdict = self.agent().await?.check(gateways_part).await?;
        if let (Verdict::Refused { problems }, Some(address)) = (&mut verdict, self.virtual_hosts) {
            let about_them = format!("cannot bind {address}:");
            for problem in problems {
                if problem.text.starts_with(&about_them) {
                    problem.text.push_str(
                        " (these are the virtual hosts: `vamp serve --virtual-hosts off` does without them)",
                    );
                }
            }
        }
        Ok(verdict)
    }

    async fn taken_ports(&self, address: IpAddr, ports: &[u16]) -> Result<Vec<u16>, CheckError> {
        self.agent().await?.taken_ports(address, ports).await
    }
}

#[cfg(test)]
mod tests {
    use vamp_haproxy::check::Problem;

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
        let checker = EmbeddedChecker::new(receiver, None);
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

    #[derive(Debug)]
    struct Refusing(&'static str);

    #[async_trait]
    impl ConfigurationCheck for Refusing {
        async fn check(&self, _: &str) -> Result<Verdict, CheckError> {
            let problem = Problem {
                line: None,
                text: self.0.to_owned(),
            };
            Ok(Verdict::Refused {
                problems: vec![problem],
            })
        }
    }

    #[tokio::test]
    async fn a_refusal_because_of_the_virtual_hosts_tells_how_to_do_without_them() {
        for (text, hinted) in [
            ("cannot bind 127.0.0.1:80: another program listens there", true),
            ("cannot bind 127.0.0.1:8000: another program listens there", false),
        ] {
            let (_sender, receiver) = watch::channel(Condition::Running(Arc::new(Refusing(text))));
            let checker = EmbeddedChecker::new(receiver, Some("127.0.0.1:80".parse().unwrap()));
            let verdict = format!("{:?}", checker.check("").await.unwrap());
            assert_eq!(verdict.contains("--virtual-hosts off"), hinted, "{verdict}");
        }
    }
}
