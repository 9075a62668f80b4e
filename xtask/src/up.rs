//! `cargo xtask up`: from a fresh clone to a live canary release.

use crate::{
    failure::Failure,
    setup::{self, Purpose},
    step,
    workspace::Workspace,
};

/// Installs what is missing, builds, and becomes the demo; its flags are passed on.
pub(crate) fn run(workspace: &Workspace, flags: &[String]) -> Result<(), Failure> {
    setup::run(Purpose::Up)?;
    workspace.build_programs()?;
    Err(step::become_program(workspace.program("demo")?.args(flags)))
}
