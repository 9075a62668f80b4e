//! A server's process: started, signalled, ended, and started again with what it left behind.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal};

use crate::{Error, wait};

/// So many lines of the log go into errors and into the output of a failed test.
const LOG_LINES: usize = 200;

/// A child process that is killed when this value is dropped, with its output in a file.
#[derive(Debug)]
pub struct ServerProcess {
    name: &'static str,
    log: PathBuf,
    child: Option<Child>,
}

impl ServerProcess {
    /// A process that is not started yet, its output to be appended to the file `log`.
    #[must_use]
    pub fn new(name: &'static str, log: impl Into<PathBuf>) -> Self {
        Self {
            name,
            log: log.into(),
            child: None,
        }
    }

    /// Starts `command` in place of the process that ran before, which is killed if it still runs.
    ///
    /// # Errors
    /// [`Error::Io`] when the program or its log cannot be opened.
    pub fn start(&mut self, mut command: Command) -> Result<(), Error> {
        self.kill()?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(Error::io("open", &self.log))?;
        let also_log = log
            .try_clone()
            .map_err(Error::io("duplicate the handle of", &self.log))?;
        let program = PathBuf::from(command.get_program());
        let child = command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(also_log)
            .spawn()
            .map_err(Error::io("start", program))?;
        self.child = Some(child);
        Ok(())
    }

    /// The process id while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Waits until `ready` says so, at most for `limit`.
    ///
    /// # Errors
    /// [`Error::Server`] with the end of the log when the process ends before, or is not ready in time.
    pub async fn ready_within<F, Fut>(&mut self, limit: Duration, mut ready: F) -> Result<(), Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = bool>,
    {
        let child = &mut self.child;
        let outcome = wait::until_some(limit, || {
            let ended = child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            let answer = ready();
            async move {
                match ended {
                    Some(status) => Some(Err(format!("ended before it was ready: {status}"))),
                    None => answer.await.then_some(Ok(())),
                }
            }
        });
        match outcome.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(what)) => Err(self.error(what)),
            Err(_) => Err(self.error(format!("was not ready within {limit:?}"))),
        }
    }

    /// Sends `signal` to the process; nothing happens when it does not run.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn signal(&self, signal: Signal) -> Result<(), Error> {
        // The child has not been waited for, so its id cannot belong to another process by now.
        match self.child.as_ref().map(Pid::from_child) {
            Some(pid) => rustix::process::kill_process(pid, signal)
                .map_err(|errno| Error::io("signal", self.name)(errno.into())),
            None => Ok(()),
        }
    }

    /// SIGKILL, and waits until the process is gone; nothing happens when it does not run.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn kill(&mut self) -> Result<(), Error> {
        if let Some(mut child) = self.child.take() {
            child.kill().map_err(Error::io("kill", self.name))?;
            child.wait().map_err(Error::io("wait for", self.name))?;
        }
        Ok(())
    }

    /// SIGTERM, and waits until the process is gone.
    ///
    /// # Errors
    /// [`Error::Server`] when it still runs after `limit`; it is killed then.
    pub async fn stop(&mut self, limit: Duration) -> Result<(), Error> {
        self.signal(Signal::TERM)?;
        let Some(child) = self.child.as_mut() else {
            return Ok(());
        };
        let ended = wait::until_some(limit, || {
            let status = child.try_wait();
            async move { status.ok().flatten() }
        });
        if ended.await.is_ok() {
            self.child = None;
            return Ok(());
        }
        self.kill()?;
        Err(self.error(format!("still ran {limit:?} after SIGTERM")))
    }

    /// Waits until the process has ended by itself, and kills it when it still runs after `limit`. For where nothing can be awaited.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub(super) fn wait(&mut self, limit: Duration) -> Result<(), Error> {
        let end = std::time::Instant::now() + limit;
        while let Some(child) = &mut self.child {
            let ended = child.try_wait().map_err(Error::io("wait for", self.name))?;
            if ended.is_some() || std::time::Instant::now() > end {
                return self.kill();
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        Ok(())
    }

    /// SIGSTOP: the process keeps its sockets and answers nothing.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn freeze(&self) -> Result<(), Error> {
        self.signal(Signal::STOP)
    }

    /// SIGCONT: the process goes on where it was frozen.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel refuses.
    pub fn thaw(&self) -> Result<(), Error> {
        self.signal(Signal::CONT)
    }

    /// The last lines of the log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        tail_of(&self.log)
    }

    fn error(&self, what: String) -> Error {
        Error::Server {
            server: self.name,
            what,
            log: self.log_tail(),
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // Nothing is left to be done about a kernel that refuses to end a child of ours.
        let _ = self.kill();
        if std::thread::panicking() {
            show(self.name, &self.log_tail());
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the output of a failing test; the macro, so that the test harness captures it"
)]
pub(super) fn show(name: &str, log: &str) {
    eprintln!("---- the end of the log of {name} ----\n{log}\n----");
}

/// Shows the ends of those of these files of a directory that are there.
pub(super) fn show_files(directory: &Path, names: &[&'static str]) {
    for name in names {
        let path = directory.join(name);
        if path.is_file() {
            show(name, &tail_of(&path));
        }
    }
}

fn tail_of(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(LOG_LINES);
    lines[first..].join("\n")
}
