//! Which HAProxy is installed.

use std::io::ErrorKind as IoErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use vamp_haproxy::diff::Version;

use crate::error::{Error, ErrorKind, Result};

/// The oldest HAProxy whose configuration language and runtime commands suffice.
const OLDEST: Version = Version::new(2, 4);

/// The program's file, wherever it is; where there is none, what was asked for, so that whoever starts it is told.
pub(crate) fn located(program: PathBuf) -> PathBuf {
    vamp_io::program::find(&program).unwrap_or(program)
}

/// Asks the program for its version, such as `2.6.12-1+deb12u4`.
pub(crate) async fn version(program: &Path, limit: Duration) -> Result<String> {
    let failed = |kind, message: String| {
        Error::new(kind, "ask the version of", program.display().to_string(), message)
    };
    let asked = Command::new(program)
        .arg("-v")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = match tokio::time::timeout(limit, asked).await {
        Err(_) => return Err(failed(ErrorKind::Timeout, format!("no answer within {limit:?}"))),
        Ok(Err(error)) if error.kind() == IoErrorKind::NotFound => {
            let message = "HAProxy is not installed; on Debian and Ubuntu: apt-get install haproxy";
            return Err(failed(ErrorKind::Binary, message.to_owned()).caused_by(error));
        }
        Ok(Err(error)) => return Err(failed(ErrorKind::Binary, error.to_string()).caused_by(error)),
        Ok(Ok(output)) => output,
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(version) = parse_version(&text) else {
        let first_line = text.lines().next().unwrap_or_default();
        return Err(failed(
            ErrorKind::Binary,
            format!("this does not look like HAProxy: {first_line:?}"),
        ));
    };
    if is_supported(version) {
        Ok(version.to_owned())
    } else {
        Err(failed(
            ErrorKind::Binary,
            format!("version {version} is older than {OLDEST}"),
        ))
    }
}

/// Whether the program has rights that whoever starts it may lack: those of another user (setuid), or capabilities of its file, with which
/// it may bind ports below 1024.
pub(crate) fn has_own_rights(program: &Path) -> bool {
    vamp_io::program::find(program).is_some_and(|path| {
        let is_of_another_user = path
            .metadata()
            .is_ok_and(|metadata| metadata.permissions().mode() & 0o4000 != 0);
        // As long as there are some, which they are does not matter: HAProxy says so if they do not suffice.
        is_of_another_user || rustix::fs::getxattr(&path, "security.capability", &mut [0_u8; 64]).is_ok()
    })
}

/// `HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/`, before 2.4 `HA-Proxy version …`.
fn parse_version(text: &str) -> Option<&str> {
    let words = text
        .strip_prefix("HAProxy version ")
        .or_else(|| text.strip_prefix("HA-Proxy version "))?;
    words.split_ascii_whitespace().next()
}

fn is_supported(version: &str) -> bool {
    version.parse::<Version>().is_ok_and(|version| version >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_of_a_program_are_those_of_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("haproxy");
        assert!(!has_own_rights(&program), "it is not there");
        std::fs::write(&program, "").unwrap();
        assert!(!has_own_rights(&program));
        if rustix::process::geteuid().is_root() {
            // Version 2, effective; permitted is CAP_NET_BIND_SERVICE, the bit 10; as `setcap cap_net_bind_service+ep` writes it.
            let mut capability = [0_u8; 20];
            (capability[0], capability[3], capability[5]) = (1, 2, 4);
            let flags = rustix::fs::XattrFlags::empty();
            rustix::fs::setxattr(&program, "security.capability", &capability, flags).unwrap();
            assert!(has_own_rights(&program));
            rustix::fs::removexattr(&program, "security.capability").unwrap();
        }
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o4755)).unwrap();
        assert!(has_own_rights(&program));
        assert!(!has_own_rights(Path::new("sh")), "found on the path");
    }

    #[test]
    fn versions_are_read_and_compared() {
        let debian = "HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\n";
        assert_eq!(parse_version(debian), Some("2.6.12-1+deb12u4"));
        for (version, supported) in [
            ("2.6.12-1+deb12u4", true),
            ("2.4.0", true),
            ("3.2-dev5", true),
            ("2.2.9", false),
            ("1.8.8", false),
            ("x", false),
        ] {
            assert_eq!(is_supported(version), supported, "{version}");
        }
    }

    #[tokio::test]
    async fn a_missing_program_names_the_package() {
        let error = version(Path::new("/nonexistent/haproxy"), Duration::from_secs(5))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Binary);
        assert!(error.to_string().contains("apt-get install haproxy"), "{error}");
    }

    #[tokio::test]
    async fn another_program_is_not_taken_for_haproxy() {
        let error = version(Path::new("/bin/true"), Duration::from_secs(5))
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("does not look like HAProxy"),
            "{error}"
        );
    }
}
