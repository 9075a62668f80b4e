//! `cargo xtask test` and `soak`: all tests, with real servers.

mod skips;

use crate::{
    failure::Failure,
    setup::{self, Purpose},
    step,
    workspace::{self, Workspace},
};

/// How often, and with how many requests or seeds, the tests go through their motions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// As fits into a run before each change.
    Normal,
    /// As stands in the requirements.
    Full,
}

/// Runs all tests, or those whose name contains one of `filters`, and lists what was skipped.
pub(crate) fn run(workspace: &Workspace, extent: Extent, filters: &[String]) -> Result<(), Failure> {
    setup::run(Purpose::Tests)?;
    workspace.build_programs()?;

    let skip_log = workspace.target.join(format!("skips-{}.log", std::process::id()));
    let mut command = workspace.cargo();
    command
        .args(["test", "--workspace", "--all-features", "--no-fail-fast", "--"])
        .args(filters);
    command.env("VAMP_BIN_DIR", workspace.programs());
    command.env("VAMP_SKIP_LOG", &skip_log);
    workspace.lend_samples(&mut command);
    if extent == Extent::Full {
        command.env("VAMP_SOAK", "1");
    }
    let tests = step::run("tests", &mut command);

    // A log that is not there has no lines: nothing was skipped.
    let log = std::fs::read_to_string(&skip_log).unwrap_or_default();
    let _ = std::fs::remove_file(&skip_log);
    let skips = skips::report(&log, workspace::in_ci());
    tests.and(skips)
}
