//! `cargo xtask bench`: criterion's benchmarks, and the measurements of the whole system.

use crate::{
    failure::Failure,
    setup::{self, Purpose},
    step,
    workspace::Workspace,
};

/// The measurements of the whole system: the word on the command line, the program of `vamp-testkit`.
const PROGRAMS: &[(&str, &str)] = &[("change", "bench-change")];

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    setup::run(Purpose::Tests)?;
    let first = arguments.first().map(String::as_str);
    match PROGRAMS.iter().find(|(word, _)| Some(*word) == first) {
        Some((_, program)) => {
            workspace.build_programs()?;
            Err(step::become_program(
                workspace.program(program)?.args(&arguments[1..]),
            ))
        }
        None => {
            let mut command = workspace.cargo();
            command.args(["bench", "-p", "benches", "--"]).args(arguments);
            workspace.lend_samples(&mut command);
            step::run("benchmarks", &mut command)
        }
    }
}
