//! Certificates for the tests of TLS: an authority of the test's own, and what it issues, as PEM files in a directory.
//!
//! ```
//! # fn main() -> Result<(), vamp_testkit::Error> {
//! use vamp_testkit::certificates::Authority;
//!
//! # let directory = std::env::temp_dir().join(format!("vamp-certificates-{}", std::process::id()));
//! # std::fs::create_dir_all(&directory).ok();
//! let authority = Authority::new(&directory, "tests")?;
//! let server = authority.issue_server("127.0.0.1")?;
//! let client = authority.issue_client("vamp")?;
//! assert!(authority.certificate().is_file() && server.key.is_file() && client.certificate.is_file());
//! # std::fs::remove_dir_all(&directory).ok();
//! # Ok(()) }
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::Error;

/// An authority that signs certificates. Its key is never written.
#[derive(Debug)]
pub struct Authority {
    directory: PathBuf,
    certificate: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, each in a PEM file.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The file of the certificate.
    pub certificate: PathBuf,
    /// The file of the private key, PKCS #8.
    pub key: PathBuf,
}

impl Authority {
    /// Makes an authority and writes its certificate to `<directory>/<name>-ca.pem`. The directory must be there; what the authority
    /// issues is written to it, too.
    ///
    /// # Errors
    /// [`Error::Certificate`], or [`Error::Io`] when the file cannot be written.
    pub fn new(directory: &Path, name: &str) -> Result<Self, Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, format!("authority {name}"));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let file = directory.join(format!("{name}-ca.pem"));
        write(&file, &params.self_signed(&key)?.pem())?;
        Ok(Self {
            directory: directory.to_owned(),
            certificate: file,
            issuer: Issuer::new(params, key),
        })
    }

    /// The file of the authority's certificate: what a client that trusts it is given.
    #[must_use]
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// A certificate of a server at `host`, a name or an address. It is good for clients, too, since etcd calls itself with it.
    ///
    /// # Errors
    /// As [`Authority::new`]; also when `host` is no name of a host.
    pub fn issue_server(&self, host: &str) -> Result<Identity, Error> {
        let usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        self.issue("server", host, vec![host.to_owned()], usages)
    }

    /// A certificate of a client; servers see `name` as its common name.
    ///
    /// # Errors
    /// As [`Authority::new`].
    pub fn issue_client(&self, name: &str) -> Result<Identity, Error> {
        self.issue(
            "client",
            name,
            Vec::new(),
            vec![ExtendedKeyUsagePurpose::ClientAuth],
        )
    }

    fn issue(
        &self,
        side: &str,
        name: &str,
        hosts: Vec<String>,
        usages: Vec<ExtendedKeyUsagePurpose>,
    ) -> Result<Identity, Error> {
        let mut params = CertificateParams::new(hosts)?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = usages;
        let key = KeyPair::generate()?;
        let signed = params.signed_by(&key, &self.issuer)?;
        let identity = Identity {
            certificate: self.directory.join(format!("{side}-{name}.pem")),
            key: self.directory.join(format!("{side}-{name}-key.pem")),
        };
        write(&identity.certificate, &signed.pem())?;
        write(&identity.key, &key.serialize_pem())?;
        Ok(identity)
    }
}

fn write(file: &Path, pem: &str) -> Result<(), Error> {
    fs::write(file, pem).map_err(Error::io("write", file))
}
