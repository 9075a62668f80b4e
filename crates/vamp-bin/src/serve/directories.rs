//! Where a server keeps what must survive a restart of the machine, and where its sockets are.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::{Error, Exit, Result};

/// What the defaults depend on.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    pub(crate) user: u32,
    pub(crate) home: Option<PathBuf>,
    /// `XDG_STATE_HOME`
    pub(crate) state_home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`
    pub(crate) runtime: Option<PathBuf>,
    pub(crate) temporary: PathBuf,
    /// Whether a directory belongs to the user of this process.
    pub(crate) is_own: fn(&Path) -> bool,
}

/// The runtime directory of a program that is root's, or that its package gives to the user of its service.
pub(crate) fn runtime_directory_of_system(program: &str) -> PathBuf {
    Path::new("/run").join(program)
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        let path = |name: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        Self {
            user: rustix::process::geteuid().as_raw(),
            home: path("HOME"),
            state_home: path("XDG_STATE_HOME"),
            runtime: path("XDG_RUNTIME_DIR"),
            temporary: PathBuf::from("/tmp"),
            is_own,
        }
    }

    /// The state directory of a program that is told none: below `/var/lib` for root and for the user of a package, below the home
    /// directory for others.
    pub(crate) fn state_directory(&self, program: &str) -> PathBuf {
        let of_system = Path::new("/var/lib").join(program);
        if self.user == 0 || (self.is_own)(&of_system) {
            return of_system;
        }
        let state_home = self.state_home.clone();
        let below_home = || self.home.as_ref().map(|home| home.join(".local/state"));
        state_home
            .or_else(below_home)
            .unwrap_or_else(|| self.temporary.join(format!("state-{}", self.user)))
            .join(program)
    }

    /// The runtime directory of a program that is told none. It is short, because HAProxy's sockets are in it.
    pub(crate) fn runtime_directory(&self, program: &str) -> PathBuf {
        let of_system = runtime_directory_of_system(program);
        if self.user == 0 || (self.is_own)(&of_system) {
            return of_system;
        }
        match &self.runtime {
            Some(runtime) if vamp_agent::validate_socket_directory(&runtime.join(program)).is_ok() => {
                runtime.join(program)
            }
            _ => self.temporary.join(format!("{program}-{}", self.user)),
        }
    }
}

/// Only root makes directories in `/run` and `/var/lib`: one that belongs to this user is meant for it.
fn is_own(path: &Path) -> bool {
    let user = rustix::process::geteuid().as_raw();
    fs::metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == user)
}

/// Makes a directory that only this user can look into.
///
/// # Errors
/// It belongs to somebody else, who could put other sockets there, or cannot be made.
pub(crate) fn make_private(path: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| Error::file(Exit::Usage, "make the directory", path, source))?;
    let metadata = fs::metadata(path).map_err(|source| Error::file(Exit::Usage, "look at", path, source))?;
    let user = rustix::process::geteuid().as_raw();
    let writable_by_others = metadata.mode() & 0o022 != 0;
    if metadata.uid() != user || writable_by_others {
        return Err(
            Error::usage(format!("cannot use the directory {}", path.display()))
                .hint("it must belong to the user of this program, and nobody else may write to it"),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn of_user(user: u32, runtime: Option<&str>) -> Surroundings {
        Surroundings {
            user,
            home: Some(PathBuf::from("/home/ann")),
            state_home: None,
            runtime: runtime.map(PathBuf::from),
            temporary: PathBuf::from("/tmp"),
            is_own: |_| false,
        }
    }

    #[test]
    fn root_gets_the_directories_of_the_system_and_others_their_own() {
        let root = of_user(0, Some("/run/user/0"));
        assert_eq!(root.state_directory("vamp"), Path::new("/var/lib/vamp"));
        assert_eq!(root.runtime_directory("vamp"), Path::new("/run/vamp"));
        let ann = of_user(1000, Some("/run/user/1000"));
        assert_eq!(
            ann.state_directory("vamp"),
            Path::new("/home/ann/.local/state/vamp")
        );
        assert_eq!(ann.runtime_directory("vamp"), Path::new("/run/user/1000/vamp"));
        assert_eq!(
            of_user(1000, None).runtime_directory("vamp"),
            Path::new("/tmp/vamp-1000")
        );
    }

    #[test]
    fn the_user_of_a_package_gets_the_directories_that_it_made() {
        let user = Surroundings {
            is_own: |path| path.ends_with("vga"),
            ..of_user(998, None)
        };
        assert_eq!(user.state_directory("vga"), Path::new("/var/lib/vga"));
        assert_eq!(user.runtime_directory("vga"), Path::new("/run/vga"));
        assert_eq!(user.runtime_directory("vamp"), Path::new("/tmp/vamp-998"));
    }

    #[test]
    fn a_directory_is_own_by_its_user() {
        let directory = tempfile::tempdir().unwrap();
        assert!(is_own(directory.path()));
        assert!(!is_own(&directory.path().join("none")));
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(directory.path(), Some(65534), None).unwrap();
            assert!(!is_own(directory.path()));
        }
    }

    #[test]
    fn a_runtime_directory_too_long_for_sockets_is_no_default() {
        let long = format!("/run/{}", "x".repeat(60));
        assert_eq!(
            of_user(7, Some(&long)).runtime_directory("vga"),
            Path::new("/tmp/vga-7")
        );
    }

    #[test]
    fn a_directory_that_others_can_write_to_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/run");
        make_private(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(make_private(&path).unwrap_err().exit(), Exit::Usage);
    }
}
