//! `haproxy -c` on a temporary file: few at a time, each with a limit.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::process::Command;
use tokio::sync::Semaphore;
use vamp_haproxy::check::{CheckError, ConfigurationCheck, Problem, Verdict};

use super::output::{self, Complaint};
use crate::compose::Composer;
use crate::config::AgentConfig;
use crate::error::{Error, ErrorKind, Result};

/// Asks HAProxy whether it would accept a configuration.
#[derive(Debug)]
pub(crate) struct Checker {
    program: PathBuf,
    directory: PathBuf,
    limit: Duration,
    running: Semaphore,
    composer: Arc<Composer>,
}

/// What HAProxy says about a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) accepted: bool,
    pub(crate) complaints: Vec<Complaint>,
    /// Everything it printed, for the case that no complaint was recognised.
    pub(crate) output: String,
}

impl Checker {
    pub(crate) fn new(config: &AgentConfig, composer: Arc<Composer>) -> Self {
        Self {
            program: config.haproxy.clone(),
            directory: config.state_directory.clone(),
            limit: config.limits.check,
            running: Semaphore::new(config.limits.checks),
            composer,
        }
    }

    /// Checks a whole configuration; lines are those of `text`.
    pub(crate) async fn ask(&self, text: Arc<str>) -> Result<Answer> {
        let failed = |kind, message: String| {
            Error::new(kind, "check with", self.program.display().to_string(), message)
        };
        let _permit = self
            .running
            .acquire()
            .await
            .map_err(|error| failed(ErrorKind::Haproxy, error.to_string()))?;
        let directory = self.directory.clone();
        let file = tokio::task::spawn_blocking(move || -> std::io::Result<tempfile::TempPath> {
            let mut file = tempfile::Builder::new()
                .prefix("check-")
                .suffix(".cfg")
                .tempfile_in(directory)?;
            file.write_all(text.as_bytes())?;
            Ok(file.into_temp_path())
        })
        .await
        .map_err(|error| failed(ErrorKind::File, error.to_string()))?
        .map_err(|source| Error::file("write a temporary file in", &self.directory, source))?;

        let asked = Command::new(&self.program)
            .arg("-c")
            .arg("-f")
            .arg(file.as_os_str())
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(self.limit, asked)
            .await
            .map_err(|_| failed(ErrorKind::Timeout, format!("no answer within {:?}", self.limit)))?
            .map_err(|error| failed(ErrorKind::Binary, error.to_string()).caused_by(error))?;
        let said = String::from_utf8_lossy(&output.stderr).replace(&*file.to_string_lossy(), "haproxy.cfg");
        Ok(Answer {
            accepted: output.status.success(),
            complaints: output::complaints(&said),
            output: said,
        })
    }
}

#[async_trait]
impl ConfigurationCheck for Checker {
    async fn check(&self, gateways_part: &str) -> std::result::Result<Verdict, CheckError> {
        let text: Arc<str> = self.composer.whole(gateways_part).into();
        let answer = self
            .ask(text)
            .await
            .map_err(|error| CheckError::new(error.to_string()))?;
        Ok(answer.into_verdict(self.composer.lines_before_value()))
    }
}

impl Answer {
    /// The fatal complaints in one line.
    pub(crate) fn explanation(&self) -> String {
        output::explanation(&self.output).unwrap_or_else(|| "HAProxy refused it without a word".to_owned())
    }

    /// The answer in terms of the gateways' part, which begins after `lines_before` lines.
    fn into_verdict(self, lines_before: usize) -> Verdict {
        let explanation = self.explanation();
        let (fatal, warnings): (Vec<Complaint>, Vec<Complaint>) =
            self.complaints.into_iter().partition(|complaint| complaint.fatal);
        if self.accepted {
            return Verdict::Accepted {
                warnings: warnings.into_iter().map(|warning| warning.text).collect(),
            };
        }
        let mut problems: Vec<Problem> = fatal
            .into_iter()
            .map(|complaint| Problem {
                line: complaint
                    .line
                    .and_then(|line| line.checked_sub(lines_before))
                    .filter(|line| *line > 0),
                text: complaint.text,
            })
            .collect();
        if problems.is_empty() {
            problems.push(Problem {
                line: None,
                text: explanation,
            });
        }
        Verdict::Refused { problems }
    }
}
