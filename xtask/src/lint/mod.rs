//! `cargo xtask lint`: everything about the source that is not a test.
//!
//! All checks run, also after one has failed, so that one run shows everything.

mod direction;
mod packages;

use std::process::Command;

use crate::{
    conformance,
    failure::Failure,
    setup::{self, Purpose},
    step,
    workspace::{Workspace, read},
};

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    setup::run(Purpose::Up)?;
    let mut checks = vec![
        step::run("format", workspace.cargo().args(["fmt", "--all", "--check"])),
        findings(
            "dependency direction",
            &direction::violations(&workspace.packages),
        ),
        packages(workspace),
        conformance::faults(workspace).and_then(|faults| findings("tags of statements", &faults)),
        step::run(
            "clippy",
            workspace.cargo().args([
                "clippy",
                "--quiet",
                "--workspace",
                "--all-features",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]),
        ),
        step::run(
            "documentation",
            workspace
                .cargo()
                .args(["doc", "--quiet", "--workspace", "--all-features", "--no-deps"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        ),
    ];
    checks.extend(features(workspace));
    checks.push(deny(workspace));

    let failed: Vec<String> = checks
        .into_iter()
        .filter_map(Result::err)
        .map(|failure| failure.to_string())
        .collect();
    if failed.is_empty() {
        println!("lint: all passed");
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "{} of the checks:\n  {}",
        failed.len(),
        failed.join("\n  ")
    )))
}

/// Each library crate alone, without its features and with each of them: an embedder pays for what it takes and no more.
fn features(workspace: &Workspace) -> Vec<Result<(), Failure>> {
    let mut checks = Vec::new();
    for package in workspace.packages.iter().filter(|package| package.is_library) {
        let alone = std::iter::once(None).chain(package.features.iter().map(Some));
        for feature in alone {
            let mut command = workspace.cargo();
            // Clippy, because its `-D warnings` holds for this crate only; RUSTFLAGS would build all dependencies again.
            command.args(["clippy", "--quiet", "-p", &package.name, "--no-default-features"]);
            let heading = match feature {
                Some(feature) => {
                    command.args(["--features", feature]);
                    format!("{} with {feature} alone", package.name)
                }
                None => format!("{} without features", package.name),
            };
            checks.push(step::run(&heading, command.args(["--", "-D", "warnings"])));
        }
    }
    checks
}

fn packages(workspace: &Workspace) -> Result<(), Failure> {
    let bans = packages::bans(&read(&workspace.root.join("deny.toml"))?)?;
    findings(
        "banned crates and TLS stack",
        &packages::violations(&workspace.locked()?, &bans),
    )
}

/// `cargo deny` where it is installed: it reads licences, which nothing here does.
fn deny(workspace: &Workspace) -> Result<(), Failure> {
    if step::output(Command::new("cargo-deny").arg("--version")).is_none() {
        println!(
            "── cargo deny: not installed, so licences and sources were not checked (`cargo install cargo-deny`)"
        );
        return Ok(());
    }
    step::run(
        "cargo deny",
        workspace
            .cargo()
            .args(["deny", "check", "bans", "licenses", "sources"]),
    )
}

/// A check that is done here: passed when it found nothing.
fn findings(heading: &str, findings: &[String]) -> Result<(), Failure> {
    println!("── {heading}");
    for finding in findings {
        println!("{finding}");
    }
    println!(
        "── {heading}: {}",
        if findings.is_empty() { "done" } else { "FAILED" }
    );
    if findings.is_empty() {
        Ok(())
    } else {
        Err(Failure::Failed(heading.to_owned()))
    }
}
