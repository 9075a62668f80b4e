//! TLS to a store: whom to trust, and with which certificate to come.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// How a store is reached with TLS. All files are PEM; they are read when the store is opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TlsConfig {
    /// Certificates of the authorities that are trusted, and no others. Default: those of the system.
    pub ca_file: Option<PathBuf>,
    /// The certificate of this client, with those between it and its authority. Default: none; comes with
    /// [`key_file`](Self::key_file) only.
    pub certificate_file: Option<PathBuf>,
    /// The private key of this client. Default: none; comes with [`certificate_file`](Self::certificate_file) only.
    pub key_file: Option<PathBuf>,
}

/// What the files of a [`TlsConfig`] say.
#[derive(Default)]
pub(crate) struct Material {
    /// Certificates of the authorities.
    pub(crate) ca: Option<Vec<u8>>,
    /// Certificate and key of this client.
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl TlsConfig {
    /// Reads the files.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`], with the file in it: it cannot be read, or certificate and key do not come together.
    pub(crate) async fn read(&self) -> Result<Material> {
        let ca = match &self.ca_file {
            Some(file) => Some(read(file, CERTIFICATE).await?),
            None => None,
        };
        let identity = match (&self.certificate_file, &self.key_file) {
            (Some(certificate), Some(key)) => {
                Some((read(certificate, CERTIFICATE).await?, read(key, KEY).await?))
            }
            (None, None) => None,
            (Some(alone), None) => return Err(lonely(alone, "the key of this certificate is missing")),
            (None, Some(alone)) => return Err(lonely(alone, "the certificate of this key is missing")),
        };
        Ok(Material { ca, identity })
    }
}

/// What a file has to have, and what its line says.
type Needed = (&'static str, &'static [u8]);
const CERTIFICATE: Needed = ("certificate", b"-----BEGIN CERTIFICATE-----");
/// `PRIVATE KEY`, `RSA PRIVATE KEY`, `EC PRIVATE KEY`.
const KEY: Needed = ("private key", b"PRIVATE KEY-----");

/// Reads a file that has this. The libraries take one without any, and trust nobody then.
async fn read(file: &Path, (what, line): Needed) -> Result<Vec<u8>> {
    let read = tokio::fs::read(file).await;
    let text =
        read.map_err(|error| Error::new(ErrorKind::Configuration, "read", file.display()).because(error))?;
    if text.windows(line.len()).any(|part| part == line) {
        return Ok(text);
    }
    let why = format!("there is no {what} in PEM in it");
    Err(Error::new(ErrorKind::Configuration, "use", file.display()).because(why))
}

fn lonely(file: &Path, why: &'static str) -> Error {
    Error::new(ErrorKind::Configuration, "use", file.display()).because(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_missing_is_named() {
        let config = TlsConfig {
            ca_file: Some("/nowhere/ca.pem".into()),
            ..TlsConfig::default()
        };
        let error = config.read().await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("/nowhere/ca.pem"), "{error}");
    }

    #[tokio::test]
    async fn a_file_without_a_certificate_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        std::fs::write(&file, "root:x:0:0:root:/root:/bin/sh\n").unwrap();
        let config = TlsConfig {
            ca_file: Some(file.clone()),
            ..TlsConfig::default()
        };
        let error = config.read().await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let told = format!(
            "use {}: the settings are wrong: there is no certificate in PEM in it",
            file.display()
        );
        assert_eq!(error.to_string(), told);
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\n").unwrap();
        assert!(config.read().await.is_ok());
    }

    #[tokio::test]
    async fn certificate_and_key_come_together() {
        let config = TlsConfig {
            key_file: Some("/nowhere/key.pem".into()),
            ..TlsConfig::default()
        };
        let error = config.read().await.err().unwrap();
        assert!(
            error
                .to_string()
                .ends_with("the certificate of this key is missing"),
            "{error}"
        );
    }
}
