//! `cargo xtask setup`: what has to be on a machine beside Rust.
//!
//! On Debian, as root, what is missing is installed, and the services that come with the packages are not started. Anywhere else
//! nothing is changed: what is missing is named, with the way to get it. For the tests, servers that Debian lacks are built where there is
//! Go, and unpacked where there is Maven, once, into the user's cache directory.

mod cache;
mod consul;
mod debian;
mod elasticsearch;
mod requirement;

use crate::failure::Failure;
use requirement::{REQUIREMENTS, Requirement};

/// What the machine is to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Building, and `up`.
    Up,
    /// All tests.
    Tests,
}

/// Makes sure that everything needed for `purpose` is there.
pub(crate) fn run(purpose: Purpose) -> Result<(), Failure> {
    install(purpose)?;
    if purpose == Purpose::Tests {
        consul::prepare()?;
        elasticsearch::prepare()?;
    }
    Ok(())
}

fn install(purpose: Purpose) -> Result<(), Failure> {
    let missing = missing(purpose);
    if missing.is_empty() {
        return Ok(());
    }
    println!("missing on this machine:");
    for requirement in &missing {
        println!("  {requirement}");
    }
    may_install(&missing, debian::is_debian(), debian::is_root())?;
    debian::install(&missing)?;
    let still_missing = self::missing(purpose);
    if still_missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = still_missing.iter().map(ToString::to_string).collect();
    Err(Failure::Missing(format!(
        "still missing after the installation:\n  {}",
        names.join("\n  ")
    )))
}

fn missing(purpose: Purpose) -> Vec<&'static Requirement> {
    REQUIREMENTS
        .iter()
        .filter(|requirement| requirement.purpose <= purpose && !requirement.is_met())
        .collect()
}

/// Refuses, with what to do instead, where packages cannot be installed.
fn may_install(missing: &[&Requirement], is_debian: bool, is_root: bool) -> Result<(), Failure> {
    let packages: Vec<&str> = missing.iter().map(|requirement| requirement.package).collect();
    let packages = packages.join(" ");
    match (is_debian, is_root) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::Missing(format!(
            "nothing was changed: installing packages needs root. As root:\n  \
             apt-get update && apt-get install --no-install-recommends {packages}\n\
             or run `cargo xtask setup` as root, which also keeps the packages' services from starting."
        ))),
        (false, _) => Err(Failure::Missing(format!(
            "nothing was changed: this is not Debian. Install the programs named above by the means of this system;\n\
             the Debian packages that have them are: {packages}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_need_all_that_up_needs_and_more() {
        let needed = |purpose| {
            REQUIREMENTS
                .iter()
                .filter(move |requirement| requirement.purpose <= purpose)
                .count()
        };
        assert_eq!(needed(Purpose::Tests), REQUIREMENTS.len());
        assert!(needed(Purpose::Up) < needed(Purpose::Tests));
    }

    #[test]
    fn only_root_on_debian_installs_and_everybody_else_learns_what_is_missing() {
        let all: Vec<&Requirement> = REQUIREMENTS.iter().collect();
        assert!(may_install(&all, true, true).is_ok());
        for (is_debian, is_root, way) in [
            (true, false, "apt-get install --no-install-recommends haproxy"),
            (false, true, "this is not Debian"),
            (false, false, "this is not Debian"),
        ] {
            let refused = may_install(&all, is_debian, is_root).unwrap_err();
            assert_eq!(refused.exit_code(), std::process::ExitCode::from(2));
            let advice = refused.to_string();
            assert!(
                advice.starts_with("nothing was changed") && advice.contains(way),
                "{advice}"
            );
            let names = |requirement: &Requirement| advice.contains(requirement.package);
            assert!(REQUIREMENTS.iter().all(names), "{advice}");
        }
    }
}
