//! `haproxy -c` on a temporary file: few at a time, each with a limit.

use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::fs::File;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncSeekExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vamp_haproxy::check::{CheckError, ConfigurationCheck, Problem, Verdict};

use super::binary;
use super::output::{self, Complaint};
use super::ports::{self, Taken};
use crate::compose::Composer;
use crate::config::Limits;
use crate::error::{Error, ErrorKind, Result};
use crate::files::Files;

/// HAProxy's last word on a good configuration, on its standard output, where nothing of the configuration is quoted. It takes its memory
/// apart afterwards, which nobody has to wait for.
const VALID: &[u8] = b"Configuration file is valid\n";

/// How the name of a configuration to be checked begins and ends.
const PREFIX: &str = "check-";
const SUFFIX: &str = ".cfg";

/// Settings of the GNU C library under which a check with many gateways needs a quarter less time: its memory comes in few large pages,
/// and is gone with it. They are for the check alone, and leave alone what is set already.
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
    running: Arc<Semaphore>,
    composer: Arc<Composer>,
}

/// What HAProxy says about a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) accepted: bool,
    pub(crate) complaints: Vec<Complaint>,
    /// Everything it said but that the configuration is valid, for the case that no complaint was recognised.
    pub(crate) output: String,
}

impl Checker {
    pub(crate) fn new(program: PathBuf, limits: &Limits, files: Files, composer: Arc<Composer>) -> Self {
        Self {
            program,
            files,
            limit: limits.check,
            running: Arc::new(Semaphore::new(limits.checks)),
            composer,
        }
    }

    /// Whether the name of this file is that of a configuration to be checked. An agent that is killed leaves it.
    pub(crate) fn is_temporary(path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
    }

    /// What HAProxy itself says of a gateways' part; its own check binds nothing.
    pub(crate) async fn answer(&self, gateways_part: &str) -> Result<Verdict> {
        let answer = self.ask(self.composer.whole(gateways_part).into()).await?;
        Ok(answer.into_verdict(self.composer.lines_before_value()))
    }

    /// Checks a whole configuration; lines are those of `text`.
    pub(crate) async fn ask(&self, text: Arc<str>) -> Result<Answer> {
        let failed = |kind, message: String| {
            Error::new(kind, "check with", self.program.display().to_string(), message)
        };
        let permit = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|error| failed(ErrorKind::Haproxy, error.to_string()))?;
        let limit = Limits::with_room(self.limit, text.len());
        let directory = self.files.directory().to_path_buf();
        let file = tokio::task::spawn_blocking(move || -> io::Result<tempfile::TempPath> {
            let mut file = tempfile::Builder::new()
                .prefix(PREFIX)
                .suffix(SUFFIX)
                .tempfile_in(directory)?;
            file.write_all(text.as_bytes())?;
            Ok(file.into_temp_path())
        })
        .await
        .map_err(|error| failed(ErrorKind::File, error.to_string()))?
        .map_err(|source| Error::file("write a temporary file in", self.files.directory(), source))?;

        let (accepted, said) = tokio::time::timeout(limit, self.verdict(&file, permit))
            .await
            .map_err(|_| failed(ErrorKind::Timeout, format!("no answer within {limit:?}")))?
            .map_err(|error| failed(ErrorKind::Binary, error.to_string()).caused_by(error))?;
        let said = String::from_utf8_lossy(&said).replace(&*file.to_string_lossy(), "haproxy.cfg");
        Ok(Answer {
            accepted,
            complaints: output::complaints(&said),
            output: said,
        })
    }

    /// Whether HAProxy accepts the file, and what it said beside that. The permit is kept until its process is gone.
    async fn verdict(&self, file: &Path, permit: OwnedSemaphorePermit) -> io::Result<(bool, Vec<u8>)> {
        let complaints = tempfile::tempfile_in(self.files.directory())?;
        let mut command = Command::new(&self.program);
        for (name, value) in LARGE_PAGES {
            if std::env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
        let mut child = command
            // With `-V` the last word comes whatever the version and whether the configuration says `quiet`.
            .args(["-c", "-V", "-f"])
            .arg(file)
            .current_dir(self.files.directory())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(complaints.try_clone()?)
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let (accepted, others) = is_valid(BufReader::new(stdout)).await?;
        let accepted = accepted || child.wait().await?.success();
        // Complaints are there before the last word. What is left of the process ends without anybody waiting for it.
        tokio::spawn(async move {
            let _ = child.kill().await;
            drop(permit);
        });
        let mut said = Vec::new();
        let mut complaints = File::from_std(complaints);
        complaints.rewind().await?;
        complaints.read_to_end(&mut said).await?;
        said.extend(others);
        Ok((accepted, said))
    }

    /// The ports of a whole configuration that HAProxy would not get; those of the configuration on disk are its own.
    pub(crate) async fn taken(&self, text: Arc<str>) -> Result<Vec<Taken>> {
        self.look_at_ports(text, true).await
    }

    /// The ports of a whole configuration that somebody has while no HAProxy of this agent runs.
    pub(crate) async fn taken_before_start(&self, text: Arc<str>) -> Result<Vec<Taken>> {
        self.look_at_ports(text, false).await
    }

    async fn look_at_ports(&self, text: Arc<str>, runs: bool) -> Result<Vec<Taken>> {
        let files = self.files.clone();
        let program = self.program.clone();
        let found = tokio::task::spawn_blocking(move || {
            let running = if runs { files.texts()? } else { Vec::new() };
            let running: Vec<&str> = running.iter().map(String::as_str).collect();
            Ok(ports::taken(&text, &running, binary::has_own_rights(&program)))
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

/// Whether [`VALID`] is among the lines, which are read up to it; and the lines before it.
async fn is_valid(mut lines: impl AsyncBufRead + Unpin) -> io::Result<(bool, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        let begin = read.len();
        if lines.read_until(b'\n', &mut read).await? == 0 {
            return Ok((false, read));
        }
        if read.get(begin..) == Some(VALID) {
            read.truncate(begin);
            return Ok((true, read));
        }
    }
}

#[async_trait]
impl ConfigurationCheck for Checker {
    async fn check(&self, gateways_part: &str) -> std::result::Result<Verdict, CheckError> {
        let failed = |error: Error| CheckError::new(error.to_string());
        let verdict = self.answer(gateways_part).await.map_err(failed)?;
        let Verdict::Accepted { .. } = verdict else {
            return Ok(verdict);
        };
        let lines_before = self.composer.lines_before_value();
        let text = self.composer.whole(gateways_part).into();
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
