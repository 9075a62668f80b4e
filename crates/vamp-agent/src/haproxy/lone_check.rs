use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use vamp_haproxy::check::{CheckError, ConfigurationCheck, Verdict};

use super::binary;
use super::checker::Checker;
use crate::compose::Composer;
use crate::config::{Base, Limits};
use crate::error::{Error, Result};
use crate::files::Files;

/// Asks the HAProxy of this machine whether it would accept a gateways' part, where no agent runs: for whoever writes what agents elsewhere
/// apply. Ports are not looked at, since those agents have other ones.
#[derive(Debug)]
pub struct LoneCheck {
    checker: Checker,
}

impl LoneCheck {
    /// A check with this program, a path or a name to be looked up in `PATH`, and this base before what is checked. The directory takes
    /// temporary files and is for this check alone; it is made if it is missing.
    ///
    /// # Errors
    /// HAProxy is missing or too old, the base cannot be read, or the directory not be written.
    pub async fn new(program: impl Into<PathBuf>, directory: &Path, base: &Base) -> Result<Self> {
        let program = binary::located(program.into());
        let limits = Limits::default();
        binary::version(&program, limits.command).await?;
        let files = Files::open(directory)?;
        files.remove_leftovers();
        let composer = Composer::new(&base.text(&files, None)?);
        Ok(Self {
            checker: Checker::new(program, &limits, files, Arc::new(composer)),
        })
    }
}

#[async_trait]
impl ConfigurationCheck for LoneCheck {
    async fn check(&self, gateways_part: &str) -> std::result::Result<Verdict, CheckError> {
        let answer = self.checker.answer(gateways_part).await;
        answer.map_err(|error: Error| CheckError::new(error.to_string()))
    }

    /// Knows of none.
    async fn taken_ports(&self, _: IpAddr, _: &[u16]) -> std::result::Result<Vec<u16>, CheckError> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: &str =
        "frontend f\n    mode http\n    bind 127.0.0.1:PORT\n    acl a ACL\n    http-request deny if a\n";

    #[tokio::test]
    async fn haproxy_refuses_without_an_agent_and_ports_are_not_looked_at() {
        if vamp_testkit::skip::without("haproxy") {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let left = directory.path().join("check-left.cfg");
        std::fs::write(&left, "").unwrap();
        let base = Base::Standard(Box::default());
        let check = LoneCheck::new("haproxy", directory.path(), &base).await.unwrap();
        assert!(!left.exists(), "of a check that was killed");

        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let part = PART.replace("PORT", &port.to_string());
        let good = check.check(&part.replace("ACL", "path /a")).await.unwrap();
        assert!(matches!(good, Verdict::Accepted { .. }), "{good:?}");

        let bad = check.check(&part.replace("ACL", "nothing_such")).await.unwrap();
        let Verdict::Refused { problems } = bad else {
            panic!("{bad:?}");
        };
        assert_eq!(problems[0].line, Some(4), "{problems:?}");
        assert_eq!(
            std::fs::read_dir(directory.path()).unwrap().count(),
            1,
            "no-authority.pem"
        );
    }

    #[tokio::test]
    async fn there_is_no_check_without_haproxy() {
        let directory = tempfile::tempdir().unwrap();
        let base = Base::Standard(Box::default());
        let missing = LoneCheck::new("/nonexistent/haproxy", directory.path(), &base).await;
        let error = missing.unwrap_err().to_string();
        assert!(error.contains("HAProxy is not installed"), "{error}");
    }
}
