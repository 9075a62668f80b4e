//! Where programs are.

use std::path::{Path, PathBuf};

/// The directories for administrators, which Debian leaves out of the `PATH` of users.
const FOR_ADMINISTRATORS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// The file of a program: that of its path when it has a directory in it, else the first of its name in `PATH` or in one of the
/// directories for administrators, where Debian puts servers such as HAProxy. Nothing when there is none.
///
/// ```
/// use std::path::Path;
///
/// let found = vamp_io::program::find(Path::new("sh"));
/// assert!(found.is_some_and(|file| file.is_absolute()));
/// assert_eq!(vamp_io::program::find(Path::new("/no/such/program")), None);
/// ```
#[must_use]
pub fn find(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return program.is_file().then(|| program.to_owned());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    find_in(
        program,
        std::env::split_paths(&path).chain(FOR_ADMINISTRATORS.map(PathBuf::from)),
    )
}

fn find_in(program: &Path, mut directories: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    directories.find_map(|directory| {
        let file = directory.join(program);
        file.is_file().then_some(file)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_directory_that_has_it_counts() {
        let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let directories = || {
            [&first, &second]
                .map(|directory| directory.path().to_owned())
                .into_iter()
        };
        let program = Path::new("server");
        assert_eq!(find_in(program, directories()), None);
        std::fs::write(second.path().join(program), "").unwrap();
        std::fs::create_dir(first.path().join(program)).unwrap();
        assert_eq!(find_in(program, directories()), Some(second.path().join(program)));
        std::fs::remove_dir(first.path().join(program)).unwrap();
        std::fs::write(first.path().join(program), "").unwrap();
        assert_eq!(find_in(program, directories()), Some(first.path().join(program)));
    }
}
