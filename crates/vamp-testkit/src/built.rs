//! Servers that Debian lacks: `cargo xtask setup` builds or unpacks them into a cache directory named by their version.

use std::path::PathBuf;

use crate::{Error, skip};

/// The directory of the version that is built, and the program in it.
const BUILT: &[(&str, &str)] = &[("consul-1.16.2", "consul")];

/// Where a program is that is built here; nothing for one that is not.
///
/// # Errors
/// [`Error::NotPrepared`] when it has not been built yet, or cannot be.
pub(crate) fn find(program: &str) -> Option<Result<PathBuf, Error>> {
    let (directory, _) = BUILT.iter().find(|(_, name)| *name == program)?;
    let path = cache().join("vamp").join(directory).join(program);
    if path.is_file() {
        return Some(Ok(path));
    }
    Some(Err(Error::NotPrepared {
        program: program.to_owned(),
        reason: reason(program, skip::find("go").is_ok()),
    }))
}

/// Where the distribution of a server of this version is unpacked; its tests know what is in it.
///
/// # Errors
/// [`Error::NotPrepared`] when it is not there yet, or cannot be.
pub(crate) fn unpacked(version: &str) -> Result<PathBuf, Error> {
    let home = cache().join("vamp").join(version);
    if home.join("lib").is_dir() {
        return Ok(home);
    }
    let reason = if skip::find("mvn").is_ok() {
        format!("{version} is not there: `cargo xtask setup` unpacks it")
    } else {
        format!("no Maven on this machine, which brings {version}")
    };
    Err(Error::NotPrepared {
        program: version.to_owned(),
        reason,
    })
}

/// The directory for what can be made again, as the XDG Base Directory Specification has it.
pub(crate) fn cache() -> PathBuf {
    let set = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = || set("HOME").unwrap_or_default().join(".cache");
    set("XDG_CACHE_HOME").unwrap_or_else(home)
}

fn reason(program: &str, has_go: bool) -> String {
    if has_go {
        format!("{program} is not built: `cargo xtask setup` builds it")
    } else {
        format!("no Go on this machine, which builds {program}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_compiler_is_an_excuse() {
        let missing = |has_go| Error::NotPrepared {
            program: "consul".to_owned(),
            reason: reason("consul", has_go),
        };
        assert!(missing(false).to_string().starts_with("no Go"));
        assert!(missing(true).to_string().contains("cargo xtask setup"));
        assert!(find("sh").is_none(), "a shell is not built here");
    }
}
