//! Certificates for the tests of encrypted connections: an authority of a test's own, and what it issues.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::Error;

/// An authority whose certificates lie as PEM files in a directory.
#[derive(Debug)]
pub struct Authority {
    directory: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, both PEM files.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The certificate.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl Authority {
    /// A new authority that writes to this directory.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory cannot be written to.
    pub fn new(directory: &Path) -> Result<Self, Error> {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        parameters
            .distinguished_name
            .push(DnType::CommonName, "authority of a test");
        let key = KeyPair::generate().map_err(refused)?;
        let issuer = CertifiedIssuer::self_signed(parameters, key).map_err(refused)?;
        let authority = Self {
            directory: directory.to_owned(),
            issuer,
        };
        authority.write("ca.pem", &authority.issuer.pem())?;
        Ok(authority)
    }

    /// The file with its own certificate.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.directory.join("ca.pem")
    }

    /// A certificate for a server on this machine: `127.0.0.1`, `::1` and `localhost`. It may come as a client, too, as servers do
    /// that ask themselves.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn server(&self, name: &str) -> Result<Issued, Error> {
        let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned);
        let purposes = [
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        self.issue(name, &names, &purposes)
    }

    /// A certificate for a client of this name.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn client(&self, name: &str) -> Result<Issued, Error> {
        self.issue(name, &[], &[ExtendedKeyUsagePurpose::ClientAuth])
    }

    fn issue(
        &self,
        name: &str,
        names: &[String],
        purposes: &[ExtendedKeyUsagePurpose],
    ) -> Result<Issued, Error> {
        let mut parameters = CertificateParams::new(names).map_err(refused)?;
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.extended_key_usages = purposes.to_vec();
        let key = KeyPair::generate().map_err(refused)?;
        let certificate = parameters.signed_by(&key, &self.issuer).map_err(refused)?;
        Ok(Issued {
            certificate: self.write(&format!("{name}.pem"), &certificate.pem())?,
            key: self.write(&format!("{name}.key"), &key.serialize_pem())?,
        })
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, Error> {
        let path = self.directory.join(name);
        fs::write(&path, text).map_err(Error::io("write", &path))?;
        Ok(path)
    }
}

fn refused(error: rcgen::Error) -> Error {
    Error::io("make", "a certificate")(std::io::Error::other(error))
}
