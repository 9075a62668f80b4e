//! `haproxy -c` on a temporary file: few at a time, each with a limit.

use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use vamp_haproxy::check::{CheckError, ConfigurationCheck, Problem, Verdict};

use super::output::{self, Complaint};
use super::ports::{self, Taken};
use crate::compose::Composer;
use crate::config::AgentConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::files::Files;

/// HAProxy's last word on a good configuration. It takes its memory apart afterwards, which nobody has to wait for.
const VALID: &[u8] = b"Configuration file is valid\n";

/// Settings of the GNU C library under which a check with many gateways needs a quarter less time: its memory comes in few large pages,
/// and is gone with it. HAProxy itself runs without them.
const LARGE_PAGES: [(&str, &str); 2] = [
    ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),
    ("MALLOC_TOP_PAD_", "33554432"),
];

/// Asks HAProxy whether it would accept a configuration.
#[derive(Debug)]
pub(crate) struct Checker {
    program: PathBuf,
    files: Files,
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
    pub(crate) fn new(config: &AgentConfig, files: Files, composer: Arc<Composer>) -> Self {
        Self {
            program: config.haproxy.clone(),
            files,
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
        let directory = self.files.directory().to_path_buf();
        let file = tokio::task::spawn_blocking(move || -> io::Result<tempfile::TempPath> {
            let mut file = tempfile::Builder::new()
                .prefix("check-")
                .suffix(".cfg")
                .tempfile_in(directory)?;
            file.write_all(text.as_bytes())?;
            Ok(file.into_temp_path())
        })
        .await
        .map_err(|error| failed(ErrorKind::File, error.to_string()))?
        .map_err(|source| Error::file("write a temporary file in", self.files.directory(), source))?;

        let (accepted, said) = tokio::time::timeout(self.limit, self.verdict(&file))
            .await
            .map_err(|_| failed(ErrorKind::Timeout, format!("no answer within {:?}", self.limit)))?
            .map_err(|error| failed(ErrorKind::Binary, error.to_string()).caused_by(error))?;
        let said = String::from_utf8_lossy(&said).replace(&*file.to_string_lossy(), "haproxy.cfg");
        Ok(Answer {
            accepted,
            complaints: output::complaints(&said),
            output: said,
        })
    }

    /// Whether HAProxy accepts the file, and all that it said until that was known.
    async fn verdict(&self, file: &Path) -> io::Result<(bool, Vec<u8>)> {
        // One pipe for both outputs keeps their order: what comes before the last word has been read by then.
        let (reader, writer) = io::pipe()?;
        let mut child = self.spawn(file, writer)?;
        let mut output = BufReader::new(pipe::Receiver::from_owned_fd(reader.into())?);
        let mut said = Vec::new();
        loop {
            let line = said.len();
            if output.read_until(b'\n', &mut said).await? == 0 {
                return Ok((child.wait().await?.success(), said));
            }
            if said.get(line..) == Some(VALID) {
                said.truncate(line);
                // The child is ended where it stands.
                return Ok((true, said));
            }
        }
    }

    fn spawn(&self, file: &Path, output: io::PipeWriter) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        for (name, value) in LARGE_PAGES {
            if std::env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
        command
            .arg("-c")
            .arg("-f")
            .arg(file)
            .current_dir(self.files.directory())
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
    }

    /// The ports of a whole configuration that HAProxy would not get; those of the configuration on disk are its own.
    pub(crate) async fn taken(&self, text: Arc<str>) -> Result<Vec<Taken>> {
        let files = self.files.clone();
        let found = tokio::task::spawn_blocking(move || {
            let running = files.texts()?;
            let running: Vec<&str> = running.iter().map(String::as_str).collect();
            Ok(ports::taken(&text, &running))
        });
        found.await.map_err(|error| {
            let subject = self.program.display().to_string();
            Error::new(
                ErrorKind::Haproxy,
                "look at the ports of",
                subject,
                error.to_string(),
            )
        })?
    }
}

#[async_trait]
impl ConfigurationCheck for Checker {
    async fn check(&self, gateways_part: &str) -> std::result::Result<Verdict, CheckError> {
        let text: Arc<str> = self.composer.whole(gateways_part).into();
        let failed = |error: Error| CheckError::new(error.to_string());
        let answer = self.ask(text.clone()).await.map_err(failed)?;
        let lines_before = self.composer.lines_before_value();
        let verdict = answer.into_verdict(lines_before);
        let Verdict::Accepted { .. } = verdict else {
            return Ok(verdict);
        };
        // HAProxy's own check binds nothing.
        let taken = self.taken(text).await.map_err(failed)?;
        let problems: Vec<Problem> = taken
            .iter()
            .filter(|taken| taken.line > lines_before)
            .map(|taken| Problem {
                line: Some(taken.line - lines_before),
                text: taken.to_string(),
            })
            .collect();
        Ok(if problems.is_empty() {
            verdict
        } else {
            Verdict::Refused { problems }
        })
    }

    async fn taken_ports(&self, address: IpAddr, ports: &[u16]) -> std::result::Result<Vec<u16>, CheckError> {
        let binds: Vec<String> = ports
            .iter()
            .map(|port| format!("bind {}", SocketAddr::new(address, *port)))
            .collect();
        let taken = self
            .taken(binds.join("\n").into())
            .await
            .map_err(|error| CheckError::new(error.to_string()))?;
        Ok(taken.iter().map(|taken| taken.address.port()).collect())
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
