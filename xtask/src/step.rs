//! Running one program of many, and showing which.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use crate::failure::Failure;

/// Runs `command` with its output shown, under a heading, and says how long it took.
pub(crate) fn run(heading: &str, command: &mut Command) -> Result<(), Failure> {
    println!("── {heading}");
    let started = Instant::now();
    let status = command.status().map_err(|error| {
        Failure::Failed(format!(
            "{heading}: cannot start {:?}: {error}",
            command.get_program()
        ))
    })?;
    println!(
        "── {heading}: {} in {:.1} s",
        if status.success() { "done" } else { "FAILED" },
        started.elapsed().as_secs_f64()
    );
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Failed(format!("{heading} ({status})")))
    }
}

/// The standard output of `command`, or `None` when it cannot be started or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Becomes `command`: the terminal, signals and the exit status are its own from here on.
pub(crate) fn become_program(command: &mut Command) -> Failure {
    let error = std::os::unix::process::CommandExt::exec(command);
    Failure::Failed(format!("cannot start {:?}: {error}", command.get_program()))
}
