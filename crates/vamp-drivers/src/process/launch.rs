//! The start of an instance.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use indexmap::IndexMap;
use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use vamp_io::process::ProcessIdentity;

use super::command::command;
use super::directory::failed;
use super::record::{FORMAT, Record, Stage, StoredId};
use super::service::Wanted;
use super::shared::Shared;
use super::{environment, log};
use crate::{Error, ErrorKind, Result, ServiceId};

/// A process that was started.
#[derive(Debug)]
pub(super) struct Launched {
    pub(super) record: Record,
    pub(super) child: Box<dyn ChildWrapper>,
}

/// Starts one instance: a process in a session and a group of its own, with the record of it on disk before and after.
///
/// Blocks for the time of a few writes, and needs the runtime around it.
pub(super) fn launch(shared: &Arc<Shared>, wanted: &Wanted) -> Result<Launched> {
    let name = new_name(shared, &wanted.spec.id);
    let numbers = shared.ports.take(wanted.spec.ports.len())?;
    let launched = launch_on(shared, wanted, &name, &numbers);
    if launched.is_err() {
        shared.ports.give_back(numbers);
        if let Err(error) = shared.directory.remove_instance(&name) {
            tracing::warn!(%error, "what is left of an instance that could not be started stays");
        }
    }
    launched
}

fn launch_on(shared: &Arc<Shared>, wanted: &Wanted, name: &str, numbers: &[u16]) -> Result<Launched> {
    let (config, directory) = (&shared.config, &shared.directory);
    let spec = &wanted.spec;
    let path = PathBuf::from(std::env::var_os("PATH").unwrap_or_default());
    let command = command(spec, &config.program_dirs, &path)?;
    let ports: IndexMap<String, u16> = spec
        .ports
        .iter()
        .zip(numbers)
        .map(|(port, number)| (port.name.clone(), *number))
        .collect();
    let variables =
        environment::of_instance(inherited(shared), &spec.environment, &ports, directory.id(), name);
    let mut record = Record {
        format: FORMAT,
        name: name.to_owned(),
        service: StoredId::from(&spec.id),
        launch: wanted.launch.clone(),
        environment: environment::hash(&variables),
        host: config.host,
        ports,
        started: shared.now(),
        boot: shared.boot.clone(),
        process: None,
        stage: Stage::Starting,
    };
    directory.create_instance(name)?;
    let log_path = directory.log(name);
    let output = log::open(&log_path).map_err(|source| failed("open", &log_path, source))?;
    let errors = output
        .try_clone()
        .map_err(|source| failed("open", &log_path, source))?;
    // From here on the process is found again, whatever happens: it carries the name that is on disk.
    directory.write_record(&record)?;

    let mut process = tokio::process::Command::new(&command.program);
    process
        .arg0(&command.name)
        .args(&command.arguments)
        .env_clear()
        .envs(variables)
        .current_dir(directory.work(name))
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors);
    let child = CommandWrap::from(process)
        .wrap(ProcessSession)
        .spawn()
        .map_err(|source| {
            let program = command.program.display();
            let message = format!("{program} could not be started");
            Error::new(ErrorKind::Unavailable, "start", &spec.id)
                .saying(message)
                .because(source)
        })?
        // Only the process itself is waited for here: others of its group may stay behind, and are seen to later.
        .into_inner();
    record.process = child.id().and_then(ProcessIdentity::of);
    if let Err(error) = directory.write_record(&record) {
        // It runs, and it would be found again.
        tracing::warn!(instance = name, %error, "a process that was started could not be recorded");
    }
    Ok(Launched { record, child })
}

fn inherited(shared: &Shared) -> Vec<(String, OsString)> {
    let names = shared.config.inherit.iter();
    names
        .filter_map(|name| Some((name.clone(), std::env::var_os(name)?)))
        .collect()
}

/// A name that no instance has or had: letters, digits and `-` only, as it goes into HAProxy's configuration and into file names.
fn new_name(shared: &Shared, id: &ServiceId) -> String {
    let prefix = name_prefix(id);
    loop {
        let name = format!("{prefix}-{:08x}", rand::random::<u32>());
        if !shared.directory.instance(&name).exists() {
            return name;
        }
    }
}

fn name_prefix(id: &ServiceId) -> String {
    let part = |text: &str, longest: usize| -> String {
        let letters = text.chars().map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        });
        let name: String = letters.take(longest).collect();
        name.trim_matches('-').to_owned()
    };
    let parts = [part(&id.deployment, 24), part(&id.service, 24)];
    let kept: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if kept.is_empty() {
        "instance".to_owned()
    } else {
        kept.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_letters_digits_and_dashes_and_stay_short() {
        let long = "x".repeat(100);
        let cases = [
            ("shop", "web:1.0", "shop-web-1-0".to_owned()),
            ("Shöp", "a/b", "sh-p-a-b".to_owned()),
            ("::", "ä", "instance".to_owned()),
            ("..", "web", "web".to_owned()),
            (&long, &long, format!("{0}-{0}", "x".repeat(24))),
        ];
        for (deployment, service, expected) in cases {
            let id = ServiceId {
                deployment: deployment.to_owned(),
                cluster: "c".to_owned(),
                service: service.to_owned(),
            };
            assert_eq!(name_prefix(&id), expected);
        }
    }
}
