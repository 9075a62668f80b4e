//! `cargo xtask setup`: what has to be on a machine beside Rust.
//!
//! On Debian, as root, what is missing is installed, and the services that come with the packages are not started. Anywhere else
//! nothing is changed: what is missing is named, with the way to get it.

mod debian;
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
    let missing = missing(purpose);
    if missing.is_empty() {
        return Ok(());
    }
    println!("missing on this machine:");
    for requirement in &missing {
        println!("  {requirement}");
    }
    if !debian::is_debian() || !debian::is_root() {
        return Err(Failure::Missing(advice(&missing)));
    }
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

fn advice(missing: &[&Requirement]) -> String {
    let packages: Vec<&str> = missing.iter().map(|requirement| requirement.package).collect();
    let packages = packages.join(" ");
    if debian::is_debian() {
        return format!(
            "nothing was changed: installing packages needs root. As root:\n  \
             apt-get update && apt-get install --no-install-recommends {packages}\n\
             or run `cargo xtask setup` as root, which also keeps the packages' services from starting."
        );
    }
    format!(
        "nothing was changed: this is not Debian. Install the programs named above by the means of this system;\n\
         the Debian packages that have them are: {packages}"
    )
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
    fn the_advice_names_every_missing_package() {
        let all: Vec<&Requirement> = REQUIREMENTS.iter().collect();
        let advice = advice(&all);
        assert!(advice.starts_with("nothing was changed"));
        assert!(
            REQUIREMENTS
                .iter()
                .all(|requirement| advice.contains(requirement.package)),
            "{advice}"
        );
    }
}
