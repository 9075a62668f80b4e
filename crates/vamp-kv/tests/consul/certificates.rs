//! Certificates of an authority of our own.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const SETTINGS: &str = "[req]\ndistinguished_name = name\n[name]\n\
    [authority]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign\nsubjectKeyIdentifier = hash\n\
    [server]\nbasicConstraints = critical, CA:FALSE\nextendedKeyUsage = serverAuth\nsubjectAltName = IP:127.0.0.1\n\
    [client]\nbasicConstraints = critical, CA:FALSE\nextendedKeyUsage = clientAuth\n";

/// An authority, and what it has signed, in a directory.
pub(crate) struct Authority {
    directory: TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("settings"), SETTINGS).unwrap();
        let authority = Self { directory };
        authority.make("authority", &[]);
        for name in ["server", "client"] {
            authority.make(name, &["-CA", "authority.pem", "-CAkey", "authority.key"]);
        }
        authority
    }

    /// `authority.pem`, `server.pem`, `server.key`, `client.pem`, `client.key`.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn make(&self, name: &str, signed_by: &[&str]) {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
        let made = Command::new("openssl")
            .current_dir(self.path())
            .args(["req", "-x509", "-config", "settings", "-extensions", name])
            .args([
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ])
            .args(["-subj", &format!("/CN={name}"), "-days", "2"])
            .args(["-keyout", &key, "-out", &certificate])
            .args(signed_by)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
}
