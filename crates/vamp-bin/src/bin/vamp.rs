//! The server, and the command line that talks to it.

use std::process::ExitCode;

fn main() -> ExitCode {
    vamp_bin::vamp(std::env::args_os()).into()
}
