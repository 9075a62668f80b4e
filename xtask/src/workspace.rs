//! The workspace as cargo sees it: its packages, their features and what they depend on.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{failure::Failure, step};

/// The workspace as cargo sees it.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// One crate of the workspace.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) is_library: bool,
    /// Without `default`.
    pub(crate) features: Vec<String>,
    /// The names of what it depends on, optional or not; what only its tests need is left out.
    pub(crate) dependencies: Vec<String>,
}

impl Workspace {
    pub(crate) fn read() -> Result<Self, Failure> {
        let json = step::output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))
            .ok_or_else(|| Failure::Failed("cargo metadata; run it by hand to see why".to_owned()))?;
        Self::from_json(&json)
            .ok_or_else(|| Failure::Failed("cargo metadata answered in a form not known here".to_owned()))
    }

    fn from_json(json: &str) -> Option<Self> {
        let json: Value = serde_json::from_str(json).ok()?;
        let packages = json["packages"]
            .as_array()?
            .iter()
            .map(Package::from_json)
            .collect::<Option<_>>()?;
        Some(Self {
            root: PathBuf::from(json["workspace_root"].as_str()?),
            target: PathBuf::from(json["target_directory"].as_str()?),
            packages,
        })
    }

    /// Where the programs are that `up`, `bench` and the whole-system tests run.
    pub(crate) fn programs(&self) -> PathBuf {
        self.target.join("fast")
    }

    /// Builds those programs: all there are, with all features.
    pub(crate) fn build_programs(&self) -> Result<(), Failure> {
        step::run(
            "build the programs (profile fast)",
            self.cargo().args([
                "build",
                "--profile",
                "fast",
                "-p",
                "vamp-bin",
                "-p",
                "vamp-testkit",
                "--bins",
                "--all-features",
            ]),
        )
    }

    /// One of those programs, told where the others are.
    pub(crate) fn program(&self, name: &str) -> Result<Command, Failure> {
        let path = self.programs().join(name);
        if !path.is_file() {
            return Err(Failure::Failed(format!("{} has not been built", path.display())));
        }
        let mut command = Command::new(path);
        command.env("VAMP_BIN_DIR", self.programs());
        Ok(command)
    }

    /// Tells a command where the samples are, where there are any, unless the caller has said it.
    pub(crate) fn lend_samples(&self, command: &mut Command) {
        let samples = self.root.join("../shared/fixtures");
        if samples.is_dir() && std::env::var_os("VAMP_SAMPLES").is_none() {
            command.env("VAMP_SAMPLES", samples);
        }
    }

    /// The versions of all packages in the lock file, by name.
    pub(crate) fn locked(&self) -> Result<BTreeMap<String, Vec<String>>, Failure> {
        let path = self.root.join("Cargo.lock");
        Ok(locked_versions(&read(&path)?))
    }

    /// cargo, in the root of the workspace. Under `CI=true`, which builds once and throws away, without what the next
    /// build would be quicker by: it is half of the build tree.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        if in_ci() {
            command.env("CARGO_INCREMENTAL", "0");
        }
        command
    }
}

impl Package {
    fn from_json(json: &Value) -> Option<Self> {
        let mut dependencies = Vec::new();
        for dependency in json["dependencies"].as_array()? {
            if dependency["kind"].as_str() != Some("dev") {
                dependencies.push(dependency["name"].as_str()?.to_owned());
            }
        }
        let features = json["features"]
            .as_object()?
            .keys()
            .filter(|name| *name != "default")
            .cloned()
            .collect();
        let is_library = |target: &Value| {
            target["kind"]
                .as_array()
                .is_some_and(|kinds| kinds.iter().any(|kind| kind == "lib"))
        };
        Some(Self {
            name: json["name"].as_str()?.to_owned(),
            is_library: json["targets"].as_array()?.iter().any(is_library),
            features,
            dependencies,
        })
    }
}

/// Whether this runs where `CI=true` is set, as most such services do.
pub(crate) fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// The cargo that runs this program, if one does.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The text of a file of the workspace.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::Failed(format!("cannot read {}: {error}", path.display())))
}

/// Cargo writes each `[[package]]` with a line `name = "…"` and after it `version = "…"`.
fn locked_versions(lock: &str) -> BTreeMap<String, Vec<String>> {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut name = None;
    for line in lock.lines() {
        if let Some(value) = quoted(line, "name = ") {
            name = Some(value);
        } else if let (Some(value), Some(name)) = (quoted(line, "version = "), name.take()) {
            versions
                .entry(name.to_owned())
                .or_default()
                .push(value.to_owned());
        }
    }
    versions
}

fn quoted<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_tests_need_is_not_a_dependency() {
        let json = r#"{"workspace_root": "/w", "target_directory": "/t", "packages": [{
            "name": "a", "features": {"default": [], "etcd": []}, "targets": [{"kind": ["lib"]}],
            "dependencies": [{"name": "b", "kind": null}, {"name": "c", "kind": "dev"}, {"name": "d", "kind": "build"}]
        }]}"#;
        let workspace = Workspace::from_json(json).unwrap();
        let package = &workspace.packages[0];
        assert!(package.is_library);
        assert_eq!(package.features, ["etcd"]);
        assert_eq!(package.dependencies, ["b", "d"]);
    }

    #[test]
    fn every_version_of_a_package_in_the_lock_file_is_seen() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n\
            [[package]]\nname = \"a\"\nversion = \"2.0.0\"\ndependencies = [\n \"b\",\n]\n";
        assert_eq!(locked_versions(lock)["a"], ["1.0.0", "2.0.0"]);
        assert_eq!(locked_versions(lock).len(), 1);
    }
}
