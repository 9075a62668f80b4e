//! Installing Debian packages without starting the services that they bring.

use std::process::Command;

use super::requirement::Requirement;
use crate::{failure::Failure, step};

const INSTALL: &str = include_str!("install.sh");

/// Debian, or a system that says it is like it.
pub(crate) fn is_debian() -> bool {
    std::fs::read_to_string("/etc/os-release").is_ok_and(|text| says_debian(&text))
}

pub(crate) fn is_root() -> bool {
    step::output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

/// Installs the packages of `requirements`, after fetching the package lists when a package is in none of them.
pub(crate) fn install(requirements: &[&Requirement]) -> Result<(), Failure> {
    let packages: Vec<&str> = requirements
        .iter()
        .map(|requirement| requirement.package)
        .collect();
    let services: Vec<&str> = requirements
        .iter()
        .flat_map(|requirement| requirement.services)
        .copied()
        .collect();
    let known = packages.iter().all(|package| {
        let policy = step::output(Command::new("apt-cache").args(["policy", package]));
        policy.is_some_and(|policy| has_candidate(&policy))
    });
    if !known {
        update()?;
    }
    let install = || {
        step::run(
            &format!("apt-get install {}", packages.join(" ")),
            &mut install_command(&packages, &services),
        )
    };
    match install() {
        // The lists may be so old that what they name is not on the mirrors any more.
        Err(_) if known => update().and_then(|()| install()),
        outcome => outcome,
    }
}

fn update() -> Result<(), Failure> {
    step::run("apt-get update", Command::new("apt-get").arg("update"))
}

fn install_command(packages: &[&str], services: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", INSTALL, "install"]).args(packages);
    command
        .env("SERVICES", services.join(" "))
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Reads `/etc/os-release`.
fn says_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .any(|(key, value)| {
            let mut words = value.trim_matches('"').split(' ');
            (key == "ID" || key == "ID_LIKE") && words.any(|word| word == "debian")
        })
}

/// Reads the answer of `apt-cache policy` for one package: empty for a name that no list has.
fn has_candidate(policy: &str) -> bool {
    let candidate = policy
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate: "));
    candidate.is_some_and(|version| version != "(none)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_its_descendants_are_recognised() {
        assert!(says_debian(
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"
        ));
        assert!(says_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!says_debian("ID=fedora\nNAME=\"not debian\"\n"));
    }

    #[test]
    fn a_package_without_a_candidate_asks_for_newer_lists() {
        assert!(has_candidate(
            "haproxy:\n  Installed: (none)\n  Candidate: 2.6.12-1+deb12u1\n  Version table:\n"
        ));
        assert!(!has_candidate(
            "haproxy:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n"
        ));
        assert!(!has_candidate(""));
    }
}
