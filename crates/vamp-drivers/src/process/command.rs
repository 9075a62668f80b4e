//! The definition of a deployable: a command line.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::definition::refused;
use crate::{Result, ServiceSpec};

/// Programs that expand variables themselves.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ksh", "env"];

/// What is run: a program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// As it was written.
    pub(super) name: String,
    /// Where it is.
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
}

/// Splits the definition as a shell would, quotes and backslashes included, and looks the program up: a name in each directory
/// and then in `path`, a relative path in each directory, an absolute path as it is.
pub(super) fn command(spec: &ServiceSpec, directories: &[PathBuf], path: &Path) -> Result<Command> {
    let definition = &spec.deployable.definition;
    if definition.contains('\0') {
        return Err(refused(spec, "the command line contains a zero byte"));
    }
    let words = shell_words::split(definition).map_err(|_| {
        let message = format!("a quote is not closed in the command line: {definition}");
        refused(spec, message)
    })?;
    let Some((name, arguments)) = words.split_first() else {
        return Err(refused(spec, "the command line is empty"));
    };
    if name.is_empty() {
        return Err(refused(spec, "the program in the command line is empty"));
    }
    let program = find(name, directories, path).ok_or_else(|| not_found(spec, name, directories))?;
    Ok(Command {
        name: name.clone(),
        program,
        arguments: arguments.to_vec(),
    })
}

fn find(name: &str, directories: &[PathBuf], path: &Path) -> Option<PathBuf> {
    if Path::new(name).is_absolute() {
        return Some(PathBuf::from(name)).filter(|path| is_program(path));
    }
    let system: Vec<PathBuf> = if name.contains('/') {
        Vec::new()
    } else {
        std::env::split_paths(path).collect()
    };
    directories
        .iter()
        .chain(&system)
        // A relative directory would depend on where the server runs.
        .filter_map(|directory| std::path::absolute(directory.join(name)).ok())
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

fn not_found(spec: &ServiceSpec, name: &str, directories: &[PathBuf]) -> crate::Error {
    if Path::new(name).is_absolute() {
        return refused(spec, format!("{name} is no program that can be run"));
    }
    let searched: Vec<String> = directories
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let places = match (searched.is_empty(), name.contains('/')) {
        (true, true) => "no directories for programs are configured".to_owned(),
        (true, false) => "it is not in PATH".to_owned(),
        (false, true) => format!("it is not in {}", searched.join(", ")),
        (false, false) => format!("it is neither in {} nor in PATH", searched.join(", ")),
    };
    refused(spec, format!("the program '{name}' cannot be found: {places}"))
}

impl Command {
    /// An argument that looks as if a shell were expected, which there is not.
    pub(super) fn shell_syntax(&self) -> Option<&str> {
        let program = self.program.file_name().and_then(|name| name.to_str());
        if program.is_some_and(|name| SHELLS.contains(&name)) {
            return None;
        }
        let is_operator =
            |argument: &str| matches!(argument, "|" | "||" | "&&" | ";" | "&" | ">" | ">>" | "<");
        let is_variable = |argument: &str| {
            argument.match_indices('$').any(|(at, _)| {
                argument[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || "_{(".contains(c))
            })
        };
        self.arguments
            .iter()
            .map(String::as_str)
            .find(|argument| is_operator(argument) || is_variable(argument))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::process::sample;

    fn read(definition: &str, directories: &[PathBuf]) -> Result<Command> {
        command(&sample::spec(definition), directories, Path::new("/usr/bin:/bin"))
    }

    #[test]
    fn a_command_line_is_split_as_a_shell_would() {
        let command = read(r#"sh -c 'echo "a b"' "x y" z\ w "" # no comment"#, &[]);
        let expected = ["-c", r#"echo "a b""#, "x y", "z w", ""];
        let command = command.unwrap();
        assert_eq!(command.arguments[..5], expected);
        assert!(command.program.ends_with("bin/sh"), "{command:?}");
    }

    #[test]
    fn programs_are_looked_for_in_the_directories_first() {
        let directory = tempfile::tempdir().unwrap();
        let own = directory.path().join("sh");
        fs::write(&own, "#!/bin/true\n").unwrap();
        let directories = [PathBuf::from("/nowhere"), directory.path().to_path_buf()];
        let found = read("sh", &directories).unwrap().program;
        assert!(
            found.ends_with("bin/sh"),
            "what cannot be run is no program: {found:?}"
        );

        fs::set_permissions(&own, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(read("sh", &directories).unwrap().program, own);
        assert_eq!(
            read("/bin/sh", &directories).unwrap().program,
            Path::new("/bin/sh")
        );
        let nested = format!("{}/sh", directory.path().file_name().unwrap().display());
        let parent = directory.path().parent().unwrap().to_path_buf();
        assert_eq!(read(&nested, &[parent]).unwrap().program, own);
    }

    #[test]
    fn command_lines_that_cannot_work_are_refused_with_the_reason() {
        let cases = [
            ("sh -c 'x", "a quote is not closed"),
            ("\"\" x", "the program in the command line is empty"),
            (
                "no-such-program-anywhere --x",
                "'no-such-program-anywhere' cannot be found: it is not in PATH",
            ),
            ("/etc/passwd", "/etc/passwd is no program"),
            ("bin/sh", "no directories for programs"),
            ("sh \0", "zero byte"),
        ];
        for (definition, reason) in cases {
            let error = read(definition, &[]).unwrap_err();
            assert_eq!(*error.kind(), crate::ErrorKind::Definition, "{definition}");
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn what_only_a_shell_would_understand_is_noticed() {
        let cases = [
            ("sleep $SECONDS", Some("$SECONDS")),
            ("sleep 1 && true", Some("&&")),
            ("sleep 1$", None),
            ("sh -c 'sleep $SECONDS'", None),
        ];
        for (definition, expected) in cases {
            assert_eq!(
                read(definition, &[]).unwrap().shell_syntax(),
                expected,
                "{definition}"
            );
        }
    }
}
