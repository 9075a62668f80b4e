//! Giving memory back to the system.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// From how many free bytes on the C library gives memory back: its own first value, which it raises unless it is told one.
const TRIM_THRESHOLD: (&str, &str) = ("MALLOC_TRIM_THRESHOLD_", "131072");

/// The program, the same as it is.
const SELF: &str = "/proc/self/exe";

/// Has memory that was taken for a moment given back. For the beginning of the program `vga`.
///
/// The C library of GNU keeps up to twice the largest block that was ever freed, in case it is needed again. For an agent whose configuration
/// has 6 MB that is more than everything else, for months. It hears otherwise only from the environment that it finds when the program
/// begins; so the program begins again, once. Where that cannot be done, it goes on with what it has.
pub fn give_memory_back() {
    let (name, value) = TRIM_THRESHOLD;
    if !cfg!(all(target_os = "linux", target_env = "gnu")) || std::env::var_os(name).is_some() {
        return;
    }
    let mut arguments = std::env::args_os();
    let called = arguments.next();
    let mut again = Command::new(SELF);
    again.args(arguments).env(name, value);
    if let Some(called) = called {
        again.arg0(called);
    }
    // It returns only when it has failed.
    let _ = again.exec();
}
