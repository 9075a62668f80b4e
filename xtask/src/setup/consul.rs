//! Consul, which Debian lacks: built with Go, once, into the user's cache directory.
//!
//! 1.16.2 is the last line under the Mozilla Public License. `go install` refuses it, because its module excludes versions of others;
//! so a module of our own requires it. The checksums of everything that goes into it are here, and Go verifies them.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use super::cache::{broken, cache};
use super::requirement::find;
use crate::failure::Failure;

const VERSION: &str = "consul-1.16.2";
const PACKAGE: &str = "github.com/hashicorp/consul";

const MODULE: [(&str, &str); 3] = [
    ("go.mod", include_str!("consul/go.mod")),
    ("go.sum", include_str!("consul/go.sum")),
    ("tools.go", include_str!("consul/tools.go")),
];

/// A line is shown each time so many packages are compiled.
const STEP: usize = 100;

/// Builds Consul unless it is there. Where there is no Go, that is said, and the tests that need Consul skip.
pub(crate) fn prepare() -> Result<(), Failure> {
    let cache = cache();
    let program = cache.join(VERSION).join("consul");
    if program.is_file() {
        return Ok(());
    }
    let Some(go) = find("go") else {
        println!("no Go on this machine: Consul is not built, and the tests with it are skipped");
        return Ok(());
    };
    println!(
        "── build {VERSION} into {} (5 to 20 minutes, once)",
        cache.display()
    );
    let began = Instant::now();
    let place = cache.join(format!("{VERSION}.building-{}", std::process::id()));
    let built = build(&go, &place).and_then(|built| {
        let home = cache.join(VERSION);
        fs::create_dir_all(&home).map_err(|error| broken(&home, &error))?;
        fs::rename(&built, &program).map_err(|error| broken(&program, &error))
    });
    // Go's own cache of it is more than a gigabyte, and nothing else uses it.
    let removed = fs::remove_dir_all(&place).map_err(|error| broken(&place, &error));
    built.and(removed)?;
    println!(
        "── build {VERSION}: done in {:.0} s",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Builds the program in a directory of its own, and returns where it is.
fn build(go: &Path, place: &Path) -> Result<PathBuf, Failure> {
    let module = place.join("module");
    fs::create_dir_all(&module).map_err(|error| broken(&module, &error))?;
    for (name, text) in MODULE {
        let path = module.join(name);
        fs::write(&path, text).map_err(|error| broken(&path, &error))?;
    }
    let program = place.join("consul");
    let mut command = Command::new(go);
    command.current_dir(&module);
    command.args(["build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false"]);
    command.args(["-ldflags=-s -w", "-o"]).arg(&program).arg(PACKAGE);
    command.env("CGO_ENABLED", "0").env("GOFLAGS", "");
    command.env("GOCACHE", place.join("cache"));
    run(&mut command)?;
    Ok(program)
}

/// Go names each package that it compiles, and each module that it downloads, in a line of its own.
fn run(command: &mut Command) -> Result<(), Failure> {
    let failed = |what: String| Failure::Failed(format!("build {VERSION}: {what}"));
    let started = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| failed(format!("cannot start Go: {error}")))?;
    let mut last = Vec::new();
    let mut compiled = 0;
    for line in child
        .stderr
        .take()
        .into_iter()
        .flat_map(|lines| BufReader::new(lines).lines())
    {
        let line = line.map_err(|error| failed(error.to_string()))?;
        if line.starts_with("go: downloading ") {
            continue;
        }
        compiled += 1;
        if compiled % STEP == 0 {
            println!("   {compiled} packages compiled");
        }
        last.push(line);
        if last.len() > 20 {
            last.remove(0);
        }
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    if status.success() {
        return Ok(());
    }
    Err(failed(format!("{status}\n{}", last.join("\n"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_required_has_a_checksum() {
        let (module, sums) = (MODULE[0].1, MODULE[1].1);
        let required = module.lines().map(str::trim).filter_map(|line| {
            let line = line.strip_prefix("require ").unwrap_or(line);
            let mut words = line.split(' ');
            let (name, version) = (words.next()?, words.next()?);
            (name.contains('.') && version.starts_with('v')).then(|| format!("{name} {version}"))
        });
        let required: Vec<String> = required.collect();
        assert!(required.contains(&format!("{PACKAGE} v1.16.2")));
        for requirement in required.iter().filter(|line| !line.contains("go-msgpack v1.1.")) {
            assert!(
                sums.contains(&format!("{requirement}/go.mod h1:")),
                "{requirement}"
            );
        }
    }

    #[test]
    fn a_build_that_fails_says_what_was_said() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo 'no network' >&2; exit 3"]);
        let failure = run(&mut command).unwrap_err().to_string();
        assert!(
            failure.contains("no network") && failure.contains('3'),
            "{failure}"
        );
    }
}
