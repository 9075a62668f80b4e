//! Starting and reloading, both confirmed by asking.

use std::pin::pin;
use std::time::Duration;

use tokio::time::Instant;
use vamp_io::process::{ProcessIdentity, Tell};

use super::master::{Master, Processes};
use super::{output, process};
use crate::config::{AgentConfig, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::files::Files;

/// A worker that starts answers its command socket within this time.
const WORKER_ANSWER: Duration = Duration::from_secs(5);

/// Starts HAProxy and waits until its first worker answers, for as long as a configuration of so many bytes may take.
///
/// # Errors
/// HAProxy's own words when it ends instead, for example because a port is taken. It does not run then.
pub(crate) async fn start(
    config: &AgentConfig,
    files: &Files,
    master: &Master,
    bytes: usize,
) -> Result<(ProcessIdentity, Processes)> {
    let limit = Limits::with_room(config.limits.start, bytes);
    process::remove_stale_socket(&config.master_socket()).await;
    let position = output::position(&files.output());
    let identity = process::spawn(config, files).await?;
    let answering = tokio::select! {
        answering = master.wait_for(limit, |processes| {
            processes.master_pid == identity.pid && processes.worker.is_some()
        }) => answering,
        _ = identity.ended_within(limit) => None,
    };
    let otherwise = match answering {
        Some(processes) => match confirm_worker(master, &processes).await {
            Ok(()) => return Ok((identity, processes)),
            Err(error) => error.to_string(),
        },
        None => "it does not answer on its master socket".to_owned(),
    };
    // Nobody would know of it.
    if identity.is_alive() {
        process::stop(&identity, Duration::from_millis(1)).await;
    }
    Err(explained("start", files, position, &otherwise))
}

/// Reloads HAProxy and waits until the new worker answers, and the master after it, each for `limit`. `is_live` is called as soon as the
/// worker is known to serve, with the processes as they must be then.
///
/// # Errors
/// HAProxy's own words when the old worker keeps serving, for example because a port is taken; of the kind
/// [`ErrorKind::Timeout`] when it is not known which worker serves. `is_live` has not been called then.
pub(crate) async fn reload(
    limit: Duration,
    files: &Files,
    master: &Master,
    identity: &ProcessIdentity,
    is_live: impl FnOnce(&Processes),
) -> Result<Processes> {
    let before = master.processes().await?;
    let position = output::position(&files.output());
    identity.tell(Tell::Reload).map_err(|source| {
        Error::new(ErrorKind::Haproxy, "reload", "haproxy", source.to_string()).caused_by(source)
    })?;
    let mut confirmed = pin!(confirmed(limit, files, master, identity, &before, position));
    let worker = tokio::select! {
        Some(worker) = master.other_worker(limit, before.worker) => worker,
        after = &mut confirmed => {
            let after = after?;
            is_live(&after);
            return Ok(after);
        }
    };
    let now = Processes {
        reloads: before.reloads + 1,
        worker: Some(worker),
        worker_is_new: true,
        old_workers: before.old_workers + 1,
        ..before
    };
    is_live(&now);
    // What serves is known. A master that does not come back to be asked is told of when it is asked for something.
    Ok(confirmed.await.unwrap_or_else(|error| {
        tracing::warn!(%error, worker, "the new worker serves, but the master could not be asked about it");
        now
    }))
}

/// Waits until the master tells of a new worker, and the worker answers it. A HAProxy that ends meanwhile is not waited for.
async fn confirmed(
    limit: Duration,
    files: &Files,
    master: &Master,
    identity: &ProcessIdentity,
    before: &Processes,
    position: u64,
) -> Result<Processes> {
    tokio::select! {
        told = told_by_master(limit, files, master, before, position) => told,
        _ = identity.ended_within(limit + WORKER_ANSWER) => {
            Err(unconfirmed("HAProxy has ended, or does not answer, after the reload"))
        }
    }
}

async fn told_by_master(
    limit: Duration,
    files: &Files,
    master: &Master,
    before: &Processes,
    position: u64,
) -> Result<Processes> {
    let deadline = Instant::now() + limit;
    let reloaded = master.wait_for(limit, |now| now.reloads > before.reloads);
    let Some(after) = reloaded.await else {
        return Err(unconfirmed("HAProxy did not answer after the reload"));
    };
    if after.failed > before.failed {
        return Err(explained(
            "reload",
            files,
            position,
            "HAProxy could not load the configuration",
        ));
    }
    let rest = deadline.saturating_duration_since(Instant::now());
    let new_worker = |now: &Processes| now.worker_is_new && now.worker != before.worker;
    let Some(after) = master.wait_for(rest, new_worker).await else {
        return Err(unconfirmed("no new worker appeared after the reload"));
    };
    confirm_worker(master, &after).await?;
    Ok(after)
}

/// # Errors
/// Of the kind [`ErrorKind::Timeout`]: whether it serves is not known.
async fn confirm_worker(master: &Master, processes: &Processes) -> Result<()> {
    let failed = |subject: String, why: String| Error::new(ErrorKind::Timeout, "confirm", subject, why);
    let Some(worker) = processes.worker else {
        return Err(failed("haproxy".to_owned(), "there is no worker".to_owned()));
    };
    let why = match tokio::time::timeout(WORKER_ANSWER, master.worker_answers(worker)).await {
        Ok(Ok(true)) => return Ok(()),
        Ok(Ok(false)) | Err(_) => "it does not answer".to_owned(),
        Ok(Err(error)) => error.to_string(),
    };
    Err(failed(format!("worker {worker}"), why))
}

fn unconfirmed(message: &str) -> Error {
    Error::new(ErrorKind::Timeout, "reload", "haproxy", message)
}

fn explained(operation: &'static str, files: &Files, position: u64, otherwise: &str) -> Error {
    let said = output::since(&files.output(), position)
        .ok()
        .and_then(|text| output::explanation(&text));
    Error::new(
        ErrorKind::Haproxy,
        operation,
        "haproxy",
        said.unwrap_or_else(|| otherwise.to_owned()),
    )
}
