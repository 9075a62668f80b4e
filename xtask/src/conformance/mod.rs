//! `cargo xtask conformance`: which statements of the specifications have a test, told by the tests themselves.
//!
//! A comment inside a test that begins with a tag, `S<specification>-<statement>:`, says in its own words which statement the
//! assertion beside it proves. What is listed here is therefore the project's own record of what it keeps; it needs no specification at hand.

mod claim;
mod report;
mod scope;
mod token;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use claim::{Claim, Fault};

use crate::{
    failure::Failure,
    workspace::{Workspace, read},
};

/// What one file says.
#[derive(Debug)]
struct FileClaims {
    /// Below the root of the workspace.
    path: String,
    claims: Vec<Claim>,
    faults: Vec<Fault>,
}

/// How the list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    Table,
    Json,
}

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let (output, filters) = parse(arguments)?;
    let files = of_workspace(workspace)?;
    let is_wanted = |tag: &str| filters.is_empty() || filters.iter().any(|filter| tag.starts_with(filter));
    let wanted: Vec<FileClaims> = files
        .into_iter()
        .map(|mut file| {
            file.claims.retain(|claim| is_wanted(&claim.tag));
            file.faults.retain(|fault| is_wanted(&fault.tag));
            file
        })
        .collect();
    let list = match output {
        Output::Table => report::table(&wanted),
        Output::Json => format!("{}\n", report::json(&wanted)),
    };
    // Whoever has read enough may close the pipe.
    let _ = std::io::stdout().write_all(list.as_bytes());
    match report::faults(&wanted).as_slice() {
        [] => Ok(()),
        faults => Err(Failure::Failed(format!(
            "{} tags prove nothing:\n  {}",
            faults.len(),
            faults.join("\n  ")
        ))),
    }
}

/// Tags of the workspace that prove nothing, one line each.
pub(crate) fn faults(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    Ok(report::faults(&of_workspace(workspace)?))
}

fn parse(arguments: &[String]) -> Result<(Output, Vec<&str>), Failure> {
    let mut output = Output::Table;
    let mut filters = Vec::new();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "-o" | "--output" => {
                output = match rest.next() {
                    Some("json") => Output::Json,
                    Some("table") => Output::Table,
                    _ => return Err(Failure::Usage(format!("{argument} is followed by table or json"))),
                }
            }
            option if option.starts_with('-') => {
                return Err(Failure::Usage(format!("unknown option '{option}'")));
            }
            filter => filters.push(filter),
        }
    }
    Ok((output, filters))
}

fn of_workspace(workspace: &Workspace) -> Result<Vec<FileClaims>, Failure> {
    let mut sources = Vec::new();
    for folder in ["benches", "crates", "xtask"] {
        collect(&workspace.root.join(folder), &mut sources)?;
    }
    sources.sort();
    sources
        .into_iter()
        .map(|source| {
            let path = source.strip_prefix(&workspace.root).unwrap_or(&source);
            let (claims, faults) = claim::of_source(&read(&source)?, is_test_file(path));
            Ok(FileClaims {
                path: path.display().to_string(),
                claims,
                faults,
            })
        })
        .collect()
}

/// The Rust files in a folder and those below it, without what was built there.
fn collect(folder: &Path, sources: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable =
        |error: std::io::Error| Failure::Failed(format!("cannot read {}: {error}", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            if !path.ends_with("target") {
                collect(&path, sources)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
    Ok(())
}

/// Whether all of a file is for tests: integration tests, the suites to which backends are held, and modules called `tests`.
fn is_test_file(path: &Path) -> bool {
    path.with_extension("").components().any(|part| {
        ["tests", "conformance"]
            .iter()
            .any(|name| part.as_os_str() == *name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integration_tests_and_suites_are_test_files() {
        let cases = [
            ("crates/a/tests/b.rs", true),
            ("crates/a/tests/b/c.rs", true),
            ("crates/a/src/conformance/b.rs", true),
            ("crates/a/src/b/tests.rs", true),
            ("crates/a/src/b.rs", false),
            ("crates/vamp-testkit/src/b.rs", false),
        ];
        for (path, expected) in cases {
            assert_eq!(is_test_file(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn the_command_line_names_the_form_and_the_tags() {
        let parsed = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            parse(&arguments)
                .map(|(output, filters)| (output, filters.join(" ")))
                .map_err(|failure| failure.to_string())
        };
        assert_eq!(parsed(&[]), Ok((Output::Table, String::new())));
        assert_eq!(
            parsed(&["a", "-o", "json", "b"]),
            Ok((Output::Json, "a b".to_owned()))
        );
        assert_eq!(parsed(&["-o"]), Err("-o is followed by table or json".to_owned()));
        assert_eq!(
            parsed(&["-o", "xml"]),
            Err("-o is followed by table or json".to_owned())
        );
        assert_eq!(
            parsed(&["--missing"]),
            Err("unknown option '--missing'".to_owned())
        );
    }
}
