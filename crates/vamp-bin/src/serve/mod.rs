//! `vamp serve`: the parts of a server, put together.

mod agent;
mod arguments;
mod checker;
mod directories;
mod embedded;
mod ready;
mod record;
mod server;
mod settings;
mod stop_all;
mod store;
mod virtual_hosts;

pub(crate) use agent::statistics_are_elsewhere;
pub(crate) use arguments::ServeArguments;
#[cfg(test)]
pub(crate) use directories::runtime_directory_of_system;
pub(crate) use directories::{Surroundings, make_private};
pub(crate) use store::open_measured;

use std::io::Write as _;

use tokio::signal::unix::{SignalKind, signal};
use vamp_io::shutdown::Shutdown;

use crate::display::Complaint;
use crate::settings::Settings;
use crate::{Error, Exit, Result, logging};
use server::Server;
use settings::{Machine, ServeSettings};

/// Threads that work on requests, the engine and the agent; the store has its own.
const THREADS: usize = 2;

/// Threads for short blocking calls, mostly of files.
const BLOCKING_THREADS: usize = 8;

/// Runs what the arguments ask for: the server, or what is done instead.
pub(crate) fn run(arguments: &ServeArguments) -> Result<Exit> {
    // An empty variable names no file.
    let file = arguments
        .config
        .as_deref()
        .filter(|file| !file.as_os_str().is_empty());
    // A variable that is no text cannot be one of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let given = Settings::gather(file, environment, arguments.settings())?;
    let settings = ServeSettings::new(&given, &Machine::this())?;
    report_unknown(&given);
    if arguments.explain_config {
        print(&given.explain(|key| settings.effective(key)))?;
        return Ok(Exit::Success);
    }
    logging::start(settings.log_filter()?, settings.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()
        .map_err(|error| Error::new(Exit::Failed, format!("cannot start: {error}")).because(error))?;
    runtime.block_on(async {
        if arguments.stop_all {
            return stop_all::run(&settings).await;
        }
        if let Some(warning) = &settings.virtual_hosts.warning {
            tracing::warn!("{warning}");
        }
        let no_signals = |error: std::io::Error| {
            Error::new(Exit::Failed, format!("cannot hear signals: {error}")).because(error)
        };
        let shutdown = Shutdown::on_signals().map_err(no_signals)?;
        // What rotates logs sends it; log sinks may be files.
        let reopen = signal(SignalKind::user_defined1()).map_err(no_signals)?;
        let server = Server::start(settings).await?;
        server.announce(arguments.ready_file.as_deref())?;
        server.run(shutdown, reopen).await;
        if let Some(ready) = arguments.ready_file.as_deref() {
            ready::remove(ready);
        }
        Ok(Exit::Success)
    })
}

/// What was given and means nothing is told, and the server starts all the same.
fn report_unknown(given: &Settings) {
    for complaint in given.reported() {
        // Without anybody who reads it there is nothing to be done about it.
        let _ = std::io::stderr().lock().write_all(warning(complaint).as_bytes());
    }
}

/// A complaint in line with its first word, whether it has a place or not.
fn warning(complaint: &Complaint) -> String {
    format!("warning: {}", complaint.to_string().trim_start())
}

fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::new(Exit::Failed, format!("cannot write the output: {error}")).because(error))
        }
        _ => Ok(()),
    }
}

/// The name of this machine.
pub(crate) fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => "localhost".to_owned(),
        name => name.replace('/', "-"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_has_one_blank_after_its_first_word() {
        let variable = ("VAMP_HTTP_API_PROT".to_owned(), "1".to_owned());
        let given = Settings::gather(None, [variable], []).unwrap();
        insta::assert_snapshot!(warning(&given.reported()[0]), @r"
        warning: the environment variable VAMP_HTTP_API_PROT sets nothing
          hint: did you mean VAMP_HTTP_API_PORT?
        ");
    }
}
