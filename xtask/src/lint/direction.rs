//! The direction of dependencies between the crates: from user to used, never back.

use std::collections::BTreeSet;

use crate::workspace::Package;

/// Who uses whom. What a crate may use directly it may also use through another: a layer may reach to all below it.
const ARROWS: &[(&str, &[&str])] = &[
    ("vamp-bin", &["vamp-api", "vamp-agent", "vamp-client"]),
    ("vamp-api", &["vamp-engine", "vamp-client"]),
    (
        "vamp-engine",
        &["vamp-store", "vamp-drivers", "vamp-haproxy", "vamp-kv"],
    ),
    ("vamp-agent", &["vamp-haproxy", "vamp-kv", "vamp-client"]),
    ("vamp-client", &["vamp-model", "vamp-io"]),
    ("vamp-store", &["vamp-model", "vamp-io"]),
    ("vamp-drivers", &["vamp-model", "vamp-io"]),
    ("vamp-haproxy", &["vamp-model", "vamp-io"]),
    ("vamp-kv", &["vamp-model", "vamp-io"]),
    // Not published: for tests, benchmarks and what `up` plays.
    ("vamp-testkit", &["vamp-client"]),
    ("benches", &["vamp-bin"]),
    // The ends of all arrows.
    ("vamp-model", &[]),
    ("vamp-io", &[]),
    ("xtask", &[]),
];

/// Crates that must not use these others from outside, and why.
const KEPT_OUT: &[(&str, &[&str], &str)] = &[(
    "vamp-model",
    &["tokio", "reqwest", "hyper"],
    "the language does no input or output",
)];

/// Every dependency that goes the wrong way; what only tests use may go anywhere.
pub(crate) fn violations(packages: &[Package]) -> Vec<String> {
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut found = Vec::new();
    for package in packages {
        if arrows_from(&package.name).is_none() {
            found.push(format!(
                "{} has no place in the table of xtask/src/lint/direction.rs",
                package.name
            ));
            continue;
        }
        let allowed = below(&package.name);
        for dependency in package
            .dependencies
            .iter()
            .filter(|name| ours.contains(name.as_str()))
        {
            if !allowed.contains(dependency.as_str()) {
                found.push(format!("{} must not depend on {dependency}", package.name));
            }
        }
        for (name, kept_out, reason) in KEPT_OUT.iter().filter(|(name, ..)| *name == package.name) {
            let used = package
                .dependencies
                .iter()
                .filter(|dependency| kept_out.contains(&dependency.as_str()));
            found.extend(used.map(|dependency| format!("{name} must not depend on {dependency}: {reason}")));
        }
    }
    found
}

fn arrows_from(name: &str) -> Option<&'static [&'static str]> {
    ARROWS.iter().find(|(from, _)| *from == name).map(|(_, to)| *to)
}

/// All crates that can be reached from this one.
fn below(name: &str) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&'static str> = arrows_from(name).unwrap_or_default().to_vec();
    while let Some(name) = next.pop() {
        if reached.insert(name) {
            next.extend(arrows_from(name).unwrap_or_default());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        let dependencies = dependencies.iter().map(ToString::to_string).collect();
        Package {
            name: name.to_owned(),
            dependencies,
            ..Package::default()
        }
    }

    /// The violations when `name` depends on `dependencies`, all of which are ours.
    fn found(name: &str, dependencies: &[&str]) -> Vec<String> {
        let mut packages = vec![package(name, dependencies)];
        packages.extend(
            ARROWS
                .iter()
                .filter(|(other, _)| *other != name)
                .map(|(other, _)| package(other, &[])),
        );
        violations(&packages)
    }

    #[test]
    fn a_crate_may_use_all_below_it() {
        assert!(found("vamp-api", &["vamp-engine", "vamp-store", "vamp-model", "serde"]).is_empty());
        assert!(found("vamp-bin", &["vamp-agent", "vamp-kv", "vamp-drivers"]).is_empty());
    }

    #[test]
    fn nothing_points_back_or_sideways() {
        assert_eq!(
            found("vamp-kv", &["vamp-engine"]),
            ["vamp-kv must not depend on vamp-engine"]
        );
        assert_eq!(
            found("vamp-store", &["vamp-kv"]),
            ["vamp-store must not depend on vamp-kv"]
        );
        assert_eq!(
            found("vamp-agent", &["vamp-engine"]),
            ["vamp-agent must not depend on vamp-engine"]
        );
        assert_eq!(
            found("xtask", &["vamp-model"]),
            ["xtask must not depend on vamp-model"]
        );
        assert_eq!(
            found("vamp-api", &["vamp-testkit"]),
            ["vamp-api must not depend on vamp-testkit"]
        );
    }

    #[test]
    fn the_model_stays_free_of_input_and_output() {
        assert_eq!(
            found("vamp-model", &["tokio", "nom"]),
            ["vamp-model must not depend on tokio: the language does no input or output"]
        );
    }

    #[test]
    fn a_new_crate_needs_a_place_in_the_table() {
        assert_eq!(violations(&[package("vamp-new", &[])]).len(), 1);
    }
}
