//! Skipping a test whose server program is not installed, in a way that nobody overlooks.
//!
//! A skip writes one line `SKIPPED <test>: <reason>` to the standard error stream, past the capture of the test harness, and, when
//! the environment variable [`SKIP_LOG`] names a file, the same line to that file. `cargo xtask test` sets the variable, lists
//! the lines at the end and, under `CI=true`, fails for each that is not among its exceptions.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{Error, built};

/// The environment variable with the name of the file that skips are recorded in.
pub const SKIP_LOG: &str = "VAMP_SKIP_LOG";

/// True, and the line is written, when `program` is not installed: the test then returns.
///
/// ```
/// # use vamp_testkit::skip;
/// if skip::without("sh") {
///     return;
/// }
/// ```
#[must_use = "a test that has been skipped has to return"]
pub fn without(program: &str) -> bool {
    match find(program) {
        Ok(_) => false,
        Err(missing) => {
            because(&missing.to_string());
            true
        }
    }
}

/// Writes the line: the running test is skipped for `reason`. The test has to return by itself.
pub fn because(reason: &str) {
    let thread = std::thread::current();
    // The test harness names each thread after its test.
    let test = thread.name().unwrap_or("unnamed test");
    let line = format!("SKIPPED {test}: {}\n", reason.replace('\n', " "));
    // A line that cannot be written has nowhere to be reported; the other place still has it.
    let _ = io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os(SKIP_LOG).map(PathBuf::from) {
        let _ = File::options()
            .create(true)
            .append(true)
            .open(path)
            .and_then(|mut log| log.write_all(line.as_bytes()));
    }
}

/// Where `program` is: in a directory of `PATH`, or in one of those for administrators, which users' `PATH` lacks on Debian; for a
/// server that Debian lacks, in the cache directory that `cargo xtask setup` builds it into.
///
/// # Errors
/// [`Error::NotInstalled`] when it is in none, [`Error::NotPrepared`] when it is to be built and is not.
pub fn find(program: &str) -> Result<PathBuf, Error> {
    if let Some(built) = built::find(program) {
        return built;
    }
    vamp_io::program::find(Path::new(program)).ok_or_else(|| Error::NotInstalled {
        program: program.to_owned(),
        package: package_of(program),
    })
}

/// The Debian package that has the program.
fn package_of(program: &str) -> &'static str {
    match program {
        "curl" => "curl",
        "debootstrap" => "debootstrap",
        "docker" | "dockerd" => "docker.io",
        "etcd" => "etcd-server",
        "haproxy" => "haproxy",
        "ip" => "iproute2",
        "java" => "default-jre-headless",
        "man" => "man-db",
        "mount" => "mount",
        "openssl" => "openssl",
        "rsyslogd" => "rsyslog",
        "systemd-analyze" => "systemd",
        _ => "none that this is told of",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_there_is_found() {
        assert!(find("sh").unwrap().is_absolute());
        assert!(!without("sh"));
    }

    #[test]
    fn a_missing_program_is_named_with_its_package() {
        let message = Error::NotInstalled {
            program: "etcd".into(),
            package: package_of("etcd"),
        }
        .to_string();
        assert_eq!(message, "etcd is not installed (Debian package: etcd-server)");
        assert!(find("no-such-program-as-this").is_err());
    }
}
