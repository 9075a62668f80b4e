//! A program in HAProxy's place: as much of the command line and of the master's socket as the agent needs. It routes nothing, and
//! records what it is told.
//!
//! It is this benchmark itself, started by another name.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{SignalKind, signal};

use crate::configuration::Weights;
use crate::failure::{Failure, Result};

/// The name by which this program is the stand-in.
const NAME: &str = "haproxy-stand-in";

/// The commands to the worker, one a line, in the working directory.
const RECORD: &str = "commands.log";

/// The first worker's process id, which no process has.
const FIRST_WORKER: u32 = 1 << 22;

/// Whether a program of this name is meant to be the stand-in.
pub(crate) fn is_meant(program: &OsStr) -> bool {
    Path::new(program).file_name() == Some(OsStr::new(NAME))
}

/// The program, put into this directory.
pub(crate) fn program(directory: &Path) -> Result<PathBuf> {
    let path = directory.join(NAME);
    std::os::unix::fs::symlink(std::env::current_exe()?, &path)?;
    Ok(path)
}

/// Carries out what HAProxy would be started for.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if has("-v") {
        println!("HAProxy version 2.6.0-stand-in");
        return ExitCode::SUCCESS;
    }
    if has("-c") {
        return ExitCode::SUCCESS;
    }
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("[ALERT] (1) : {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves the master's socket until it is told to end.
fn serve(arguments: &[String]) -> io::Result<()> {
    let after = arguments.iter().skip_while(|argument| *argument != "-S").nth(1);
    let socket = after.and_then(|socket| socket.split(',').next());
    let socket = socket.ok_or_else(|| io::Error::other("no socket for the master"))?;
    let record = File::options().create(true).append(true).open(RECORD)?;
    let mut stand_in = StandIn { reloads: 0, record };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(stand_in.serve(socket))
}

struct StandIn {
    reloads: u32,
    record: File,
}

impl StandIn {
    async fn serve(&mut self, socket: &str) -> io::Result<()> {
        let listener = UnixListener::bind(socket)?;
        let mut reload = signal(SignalKind::user_defined2())?;
        let mut soft_stop = signal(SignalKind::user_defined1())?;
        let mut terminate = signal(SignalKind::terminate())?;
        loop {
            tokio::select! {
                _ = reload.recv() => self.reloads += 1,
                _ = soft_stop.recv() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
                accepted = listener.accept() => {
                    // One that hangs up is no reason to end.
                    let _ = self.converse(accepted?.0).await;
                }
            }
        }
    }

    /// One request on one connection.
    async fn converse(&mut self, mut stream: UnixStream) -> io::Result<()> {
        let mut request = String::new();
        stream.read_to_string(&mut request).await?;
        let answer = self.answer(request.trim_end())?;
        stream.write_all(answer.as_bytes()).await
    }

    fn answer(&mut self, request: &str) -> io::Result<String> {
        let worker = FIRST_WORKER + self.reloads;
        let Some(request) = request.strip_prefix("@!") else {
            let (master, reloads) = (std::process::id(), self.reloads);
            return Ok(format!(
                "#<PID> <type> <reloads> <uptime> <version>\n{master} master {reloads} 0d00h00m01s 2.6.0\n\
                 # workers\n{worker} worker 0 0d00h00m01s 2.6.0\n# old workers\n# programs\n\n"
            ));
        };
        let (_, commands) = request.split_once([';', ' ']).unwrap_or_default();
        if commands == "show info" {
            return Ok(format!("Name: HAProxy\nPid: {worker}\n\n"));
        }
        let mut answer = String::new();
        let mut lines = String::new();
        for command in commands.split(';') {
            lines.push_str(command);
            lines.push('\n');
            answer.push('\n');
        }
        self.record.write_all(lines.as_bytes())?;
        Ok(answer)
    }
}

/// Compares what was recorded in this directory with so many commands, after which servers have the weights that are wanted.
pub(crate) fn has_recorded(directory: &Path, commands: usize, wanted: &Weights) -> Result<()> {
    let record = std::fs::read_to_string(directory.join(RECORD))?;
    let weight = |line: &str| {
        let (server, weight) = line.strip_prefix("set server ")?.split_once(" weight ")?;
        let (backend, server) = server.split_once('/')?;
        Some(((backend.to_owned(), server.to_owned()), weight.parse().ok()?))
    };
    let recorded = record.lines().count();
    let last: Weights = record.lines().filter_map(weight).collect();
    let as_wanted = last
        .iter()
        .all(|(server, weight)| wanted.get(server) == Some(weight));
    if recorded == commands && !last.is_empty() && as_wanted {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "{recorded} commands came where {commands} are wanted; the last ones: {last:?}"
    )))
}
