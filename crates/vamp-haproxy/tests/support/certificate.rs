//! Certificates for TLS.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A certificate for a name with its key, made for this run.
pub(crate) fn certificate(directory: &Path, name: &str) -> PathBuf {
    let file = |end: &str| directory.join(format!("{name}.{end}"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-subj",
            &format!("/CN={name}"),
        ])
        .args(["-keyout".as_ref(), file("key").as_os_str()])
        .args(["-out".as_ref(), file("crt").as_os_str()])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
    let both = ["crt", "key"].map(|end| std::fs::read_to_string(file(end)).unwrap());
    std::fs::write(file("pem"), both.concat()).unwrap();
    file("pem")
}
