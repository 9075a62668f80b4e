//! The gateway agent.

use std::process::ExitCode;

fn main() -> ExitCode {
    vamp_bin::give_memory_back();
    vamp_bin::vga(std::env::args_os()).into()
}
