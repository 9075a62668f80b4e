//! The HAProxy master process: started into its own session, found again, watched, stopped.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use process_wrap::tokio::{CommandWrap, ProcessSession};
use tokio::process::Command;
use vamp_io::process::{ProcessIdentity, Stat, Tell};

use super::master::{Master, Processes};
use crate::config::{AgentConfig, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::files::Files;

/// How long a process that was sent SIGTERM or SIGKILL may take to vanish.
const VANISH: Duration = Duration::from_secs(5);

/// Asks HAProxy for master-worker mode.
const MASTER_WORKER: &str = "-W";

/// Starts HAProxy in master-worker mode with the configuration file of the state directory.
///
/// The master gets its own session, its output goes to a file, and its input is empty, so that neither the end of the
/// agent nor that of its terminal touches it. Where it cannot be recorded, say for want of room, the next agent finds it all the same.
pub(crate) async fn spawn(config: &AgentConfig, files: &Files) -> Result<ProcessIdentity> {
    let identity = spawn_detached(config, files)?;
    record(files, &identity).await;
    Ok(identity)
}

fn spawn_detached(config: &AgentConfig, files: &Files) -> Result<ProcessIdentity> {
    let output_path = files.output();
    let output = fs::File::options()
        .create(true)
        .append(true)
        .open(&output_path)
        .map_err(|source| Error::file("open", &output_path, source))?;
    let errors = output
        .try_clone()
        .map_err(|source| Error::file("open", &output_path, source))?;
    let mut master_socket = config.master_socket().into_os_string();
    master_socket.push(",mode,600,level,admin");

    let mut command = Command::new(&config.haproxy);
    command
        .arg(MASTER_WORKER)
        .arg("-S")
        .arg(master_socket)
        .arg("-f")
        .arg(files.configuration())
        .arg("-p")
        .arg(config.pid_file())
        .current_dir(files.directory())
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors);
    let child = CommandWrap::from(command)
        .wrap(ProcessSession)
        .spawn()
        .map_err(|source| failed(&config.haproxy, source.to_string()).caused_by(source))?;
    // The handle is let go: HAProxy is awaited by its identity, as one that an earlier agent started is, and the
    // runtime reaps it.
    child
        .id()
        .and_then(ProcessIdentity::of)
        .ok_or_else(|| failed(&config.haproxy, "the process ended at once".to_owned()))
}

/// What was found when an agent starts.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing runs that belongs to this agent.
    Nothing,
    /// The HAProxy that an earlier agent left running.
    Ours(ProcessIdentity, Processes),
    /// It lives, and does not answer on the master socket.
    Silent(ProcessIdentity),
    /// A HAProxy with another configuration file answers on the master socket.
    Foreign(u32),
}

/// Finds the HAProxy that an earlier agent started: the one of the record, or one that was not recorded, if it lives and answers on the master
/// socket, or one that answers there and was started with this configuration file. It is waited for as long as it may take to read the file.
pub(crate) async fn find(config: &AgentConfig, files: &Files, master: &Master) -> Found {
    let recorded = files.read_identity().filter(ProcessIdentity::is_alive);
    let is_recorded = recorded.is_some();
    let known = recorded.or_else(|| unrecorded(files));
    let limit = known.as_ref().map_or(Duration::ZERO, |_| {
        let size = fs::metadata(files.configuration()).map_or(0, |metadata| metadata.len());
        Limits::with_room(config.limits.start, usize::try_from(size).unwrap_or(usize::MAX))
    });
    let Some(answering) = master.wait_for(limit, |_| true).await else {
        return known.map_or(Found::Nothing, Found::Silent);
    };
    if let Some(known) = known.filter(|known| known.pid == answering.master_pid) {
        if !is_recorded {
            record(files, &known).await;
        }
        return Found::Ours(known, answering);
    }
    if !was_started_with(answering.master_pid, &[files.configuration().as_os_str()]) {
        return Found::Foreign(answering.master_pid);
    }
    let Some(identity) = ProcessIdentity::of(answering.master_pid) else {
        return Found::Nothing;
    };
    record(files, &identity).await;
    Found::Ours(identity, answering)
}

/// Remembers the HAProxy that runs, if it can.
pub(crate) async fn record(files: &Files, identity: &ProcessIdentity) {
    if let Err(error) = files.write_identity(identity).await {
        tracing::warn!(%error, "the identity of the running HAProxy could not be recorded");
    }
}

/// A HAProxy of ours that lives and does not answer can neither be managed nor be left beside its successor.
pub(crate) async fn end_silent(identity: &ProcessIdentity, graceful: Duration) {
    tracing::warn!(
        pid = identity.pid,
        "the running HAProxy does not answer on its master socket; it is stopped"
    );
    stop(identity, graceful).await;
}

/// Stops HAProxy: it finishes its connections (SIGUSR1) within the limit, else it is told to end.
pub(crate) async fn stop(identity: &ProcessIdentity, graceful: Duration) -> bool {
    for (what, limit) in [
        (Tell::SoftStop, graceful),
        (Tell::Terminate, VANISH),
        (Tell::Kill, VANISH),
    ] {
        if !identity.is_alive() {
            return true;
        }
        if let Err(error) = identity.tell(what) {
            tracing::debug!(pid = identity.pid, %error, "HAProxy could not be signalled");
        }
        match identity.ended_within(limit).await {
            Ok(true) => return true,
            Ok(false) => {}
            Err(error) => tracing::warn!(pid = identity.pid, %error, "the end of HAProxy cannot be awaited"),
        }
    }
    !identity.is_alive()
}

/// Removes a socket file that nobody listens on. One that answers is never touched.
pub(crate) async fn remove_stale_socket(path: &Path) {
    let refused = match tokio::net::UnixStream::connect(path).await {
        Ok(_) => false,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
    };
    if refused && let Err(error) = fs::remove_file(path) {
        tracing::debug!(path = %path.display(), %error, "a stale socket could not be removed");
    }
}

/// The master process that an agent has started and not recorded, since it was killed right then or had no room: one of this user that was started as
/// [`spawn`] starts it, with the file and in the directory of this agent. Paths are the same in many containers; the directory is not. Its workers look
/// the same.
pub(crate) fn unrecorded(files: &Files) -> Option<ProcessIdentity> {
    let configuration = files.configuration();
    let arguments = [OsStr::new(MASTER_WORKER), configuration.as_os_str()];
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let started: Vec<Stat> = pids
        .filter(|pid| was_started_with(*pid, &arguments) && is_at_home(*pid, files.directory()))
        .filter_map(Stat::of)
        .collect();
    let is_worker = |process: &Stat| started.iter().any(|other| other.identity.pid == process.parent);
    let master = started.iter().find(|process| !is_worker(process));
    master.map(|process| process.identity)
}

/// Whether a process is one of this user and works in this very directory.
fn is_at_home(pid: u32, directory: &Path) -> bool {
    let process = Path::new("/proc").join(pid.to_string());
    let is_own =
        fs::metadata(&process).is_ok_and(|metadata| metadata.uid() == rustix::process::geteuid().as_raw());
    let place = |path: &Path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
    is_own
        && matches!((place(&process.join("cwd")), place(directory)), (Ok(there), Ok(here)) if there == here)
}

/// Whether all of these are among the arguments of a process.
fn was_started_with(pid: u32, arguments: &[&OsStr]) -> bool {
    let Ok(command_line) = fs::read(format!("/proc/{pid}/cmdline")) else {
        return false;
    };
    arguments.iter().all(|wanted| {
        let wanted = wanted.as_encoded_bytes();
        command_line.split(|byte| *byte == 0).any(|word| word == wanted)
    })
}

fn failed(program: &Path, message: String) -> Error {
    Error::new(
        ErrorKind::Haproxy,
        "start",
        program.display().to_string(),
        message,
    )
}
