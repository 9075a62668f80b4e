//! `cargo xtask …`: the one entry point for people and CI.
//!
//! It depends on no other crate of the workspace, so that it builds on a machine that has nothing but Rust.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that people watch in a terminal"
)]

mod bench;
mod conformance;
mod failure;
mod lint;
mod setup;
mod step;
mod test;
mod up;
mod workspace;

use std::process::ExitCode;

use failure::Failure;
use workspace::Workspace;

const HELP: &str = "\
usage: cargo xtask COMMAND

  setup               install what `up` and `test` need (Debian packages), or name what is missing
  up [--once]         release a sample service from one version to the next, live; --once stops after it
  test [FILTER…]      all tests, with real HAProxy and etcd; only those whose name contains a FILTER
  soak [FILTER…]      the same tests with full counts; takes long
  lint                format, clippy, documentation, features, dependency direction, TLS stack, banned crates,
                      tags of statements
  ci                  test, then lint
  conformance [TAG…]  the statements that tests prove, with sentence and test; -o json for programs
  bench [FILTER…]     the benchmarks of `benches/`
  bench change […]    time from an API call to the first request that is routed anew

Exit status: 0 success, 1 something failed, 2 wrong usage or something is missing on this machine.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_code()
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => return Err(Failure::Usage(HELP.to_owned())),
    };
    match command {
        "setup" => none(rest).and_then(|()| setup::run(setup::Purpose::Tests)),
        "up" => up::run(&Workspace::read()?, rest),
        "test" => test::run(&Workspace::read()?, test::Extent::Normal, rest),
        "soak" => test::run(&Workspace::read()?, test::Extent::Full, rest),
        "lint" => none(rest).and_then(|()| lint::run(&Workspace::read()?)),
        "ci" => {
            none(rest)?;
            let workspace = Workspace::read()?;
            test::run(&workspace, test::Extent::Normal, &[])?;
            lint::run(&workspace)
        }
        "conformance" => conformance::run(&Workspace::read()?, rest),
        "bench" => bench::run(&Workspace::read()?, rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(Failure::Usage(format!("unknown command '{other}'\n\n{HELP}"))),
    }
}

/// For commands that take no arguments.
fn none(rest: &[String]) -> Result<(), Failure> {
    match rest.first() {
        None => Ok(()),
        Some(argument) => Err(Failure::Usage(format!(
            "unexpected argument '{argument}'\n\n{HELP}"
        ))),
    }
}
