//! The documentation is true: the shell commands of *Getting started* are run, and every test that *Guarantees* and *Known bugs* name exists.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use vamp_testkit::ports::{Lease, lease, lease_range};
use vamp_testkit::programs;

use crate::support::{TestResult, lacks};

const GUARANTEES: &str = include_str!("../../../../docs/src/guarantees.md");
const KNOWN_BUGS: &str = include_str!("../../../../docs/src/known-bugs.md");
const PAGE: &str = include_str!("../../../../docs/src/getting-started.md");

/// The blocks of shell commands of a page, one after the other.
fn commands(page: &str) -> String {
    let mut commands = String::new();
    let mut inside = false;
    for line in page.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            _ if inside => {
                commands.push_str(line);
                commands.push('\n');
            }
            _ => {}
        }
    }
    commands
}

fn range(leases: &[Lease]) -> String {
    format!("{}-{}", leases[0].number(), leases[leases.len() - 1].number())
}

#[test]
fn getting_started_can_be_followed_to_the_letter() -> TestResult {
    if lacks(&["haproxy", "curl"]) {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let runtime = directory.path().join("run");
    let (api, gateway, statistics) = (lease()?, lease()?, lease()?);
    let (gateways, instances) = (lease_range(8)?, lease_range(12)?);
    // Only the addresses differ from what the page says, so that tests can run side by side.
    let script = commands(PAGE)
        .replace("127.0.0.1:8080", &api.address().to_string())
        .replace("9050", &gateway.number().to_string())
        .replace("127.0.0.1:1988", &statistics.address().to_string())
        .replace("/tmp/vamp-run", &runtime.to_string_lossy())
        .replace(
            "--virtual-hosts off",
            &format!(
                "--virtual-hosts off --port-range {} --instance-ports {}",
                range(&gateways),
                range(&instances)
            ),
        );
    let programs = programs::find("vamp")?;
    let programs = programs.parent().ok_or("no directory")?;
    let path = std::env::join_paths([programs.to_path_buf()].into_iter().chain(std::env::split_paths(
        &std::env::var_os("PATH").unwrap_or_default(),
    )))?;
    let output = Command::new("sh")
        .args(["-e", "-u", "-x", "-c", &script])
        .current_dir(directory.path())
        .env("PATH", &path)
        .stdin(Stdio::null())
        .output()?;
    // Whatever happened: nothing is left behind.
    let stopped = Command::new(programs.join("vamp"))
        .args(["serve", "--stop-all", "--state-dir"])
        .arg(directory.path().join("state"))
        .arg("--runtime-dir")
        .arg(&runtime)
        .output()?;
    let (said, traced) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let log = std::fs::read_to_string(directory.path().join("vamp.log")).unwrap_or_default();
    assert!(
        output.status.success(),
        "{}\n{said}\n{traced}\n{log}",
        output.status
    );
    assert!(
        stopped.status.success(),
        "{}",
        String::from_utf8_lossy(&stopped.stderr)
    );
    let answers: Vec<&str> = said.lines().filter(|line| line.starts_with("sample ")).collect();
    assert_eq!(
        answers,
        ["sample 1.0", "sample 2.0", "sample 2.0"],
        "the gateway answered three times"
    );
    Ok(())
}

#[test]
fn every_guarantee_and_known_bug_names_a_test_that_exists() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for page in [GUARANTEES, KNOWN_BUGS] {
        let named: Vec<(&str, &str)> = page
            .split('`')
            .filter_map(|text| text.split_once(": "))
            .filter(|(package, _)| package.starts_with("vamp-"))
            .collect();
        assert!(named.len() > 20, "{named:?}");
        for (package, test) in named {
            let mut files = Vec::new();
            sources(&crates.join(package), &mut files);
            let exists = files.iter().any(|file| has_test(file, test));
            assert!(exists, "{package} has no test {test}");
        }
    }
}

/// Whether a file has a test of this name, or a case that the suite for stores plays.
fn has_test(file: &Path, name: &str) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else {
        return false;
    };
    let attributes = before.rsplit("\n\n").next().unwrap_or_default();
    let is_case = file.components().any(|part| part.as_os_str() == "conformance");
    is_case
        || ["#[test]", "#[tokio::test"]
            .iter()
            .any(|mark| attributes.contains(mark))
}

/// All Rust files below a directory.
fn sources(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
