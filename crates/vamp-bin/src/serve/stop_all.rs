//! `--stop-all`: the server of a state directory, its instances and its HAProxy end, in this order, so that nothing starts
//! again what has just been stopped. It works without a server, too.

use std::sync::Arc;
use std::time::Duration;

use vamp_agent::Agent;
use vamp_drivers::process::ProcessDriver;
use vamp_io::clock::SystemClock;
use vamp_io::process::Tell;

use super::agent::agent_directory;
use super::record::ServerRecord;
use super::server::{driver_config, open_state};
use super::settings::ServeSettings;
use crate::{Error, Exit, Result};

/// How long the server may take to end by itself.
const SERVER: Duration = Duration::from_secs(15);

/// How long HAProxy may take to finish its connections.
const HAPROXY: Duration = Duration::from_secs(5);

pub(super) async fn run(settings: &ServeSettings) -> Result<Exit> {
    let directory = &settings.state_directory;
    if !directory.is_dir() {
        tracing::info!(state = %directory.display(), "there is no such state directory, so nothing runs on it");
        return Ok(Exit::Success);
    }
    end_server(settings).await?;
    let state = open_state(directory)?;
    let driver = ProcessDriver::start(driver_config(settings), Arc::new(SystemClock)).await;
    let driver = driver.map_err(|error| Error::new(Exit::Failed, error.to_string()).because(error))?;
    let instances = driver.stop_all().await;
    // HAProxy goes even if an instance did not.
    let haproxy = Agent::stop_left_running(&agent_directory(directory), HAPROXY).await;
    instances.map_err(|error| Error::new(Exit::Failed, error.to_string()).because(error))?;
    let haproxy = haproxy.map_err(|error| Error::new(Exit::Failed, error.to_string()).because(error))?;
    tracing::info!(haproxy, "everything of this state directory has ended");
    drop(state);
    Ok(Exit::Success)
}

/// Ends the server that the record names, if it is that very process.
async fn end_server(settings: &ServeSettings) -> Result<()> {
    let Some(record) = ServerRecord::read(&settings.state_directory) else {
        return Ok(());
    };
    let process = record.process;
    for (what, limit) in [(Tell::Terminate, SERVER), (Tell::Kill, SERVER)] {
        let told = process.tell(what).map_err(|error| {
            Error::new(
                Exit::Failed,
                format!("cannot end the server, process {}: {error}", process.pid),
            )
            .because(error)
        })?;
        if !told {
            return Ok(());
        }
        let ended = process.ended_within(limit).await.map_err(|error| {
            Error::new(
                Exit::Failed,
                format!("cannot watch the server, process {}: {error}", process.pid),
            )
            .because(error)
        })?;
        if ended {
            return Ok(());
        }
    }
    Err(Error::new(
        Exit::Failed,
        format!("the server, process {}, does not end", process.pid),
    ))
}
