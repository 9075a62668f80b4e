//! The one HTTP client builder: one TLS stack, and no call without a time limit.

use std::fmt;
use std::time::Duration;

/// How a client speaks.
#[derive(Debug, Clone)]
pub struct Options {
    /// For a connection: 3 s.
    pub connect_timeout: Duration,
    /// For a whole request with its answer: 30 s; none for streams, which never end by themselves, and where each request has its own.
    pub total_timeout: Option<Duration>,
    /// Whether an answer that names another address is followed: yes. Not where a header carries a secret, which would go along.
    pub redirects: bool,
    /// Whether the proxies that the environment names (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`) are used: yes. Not for what stands in the same
    /// network: a proxy that answers in its place would be believed.
    pub proxies: bool,
    /// Whom to trust, and as whom to come, where that is not what the system says.
    pub tls: Tls,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            total_timeout: Some(Duration::from_secs(30)),
            redirects: true,
            proxies: true,
            tls: Tls::default(),
        }
    }
}

/// Certificates and keys, as PEM.
#[derive(Clone, Default)]
pub struct Tls {
    /// Certificates of the authorities that are trusted, and no others. Default: those of the system.
    pub authorities: Option<Vec<u8>>,
    /// The certificate of this client, with those between it and its authority, and its private key. Default: none.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for Tls {
    /// Says what is there, and nothing of a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("authorities", &self.authorities.is_some())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

/// Why there is no client.
#[derive(Debug)]
pub struct Error {
    what: &'static str,
    source: Option<reqwest::Error>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        let mut cause: Option<&dyn std::error::Error> = self.source.as_ref().map(|error| error as _);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

fn wrong(what: &'static str) -> impl FnOnce(reqwest::Error) -> Error {
    move |error| Error {
        what,
        source: Some(error),
    }
}

/// A client that speaks so.
///
/// # Errors
/// What is in [`Options::tls`] is not what it should be, or TLS cannot be set up on this machine.
pub fn client(options: Options) -> Result<reqwest::Client, Error> {
    install_provider();
    let mut builder = reqwest::Client::builder()
        .connect_timeout(options.connect_timeout)
        .user_agent(concat!("vamp/", env!("CARGO_PKG_VERSION")));
    if let Some(limit) = options.total_timeout {
        builder = builder.timeout(limit);
    }
    if !options.redirects {
        builder = builder.redirect(reqwest::redirect::Policy::none());
    }
    if !options.proxies {
        builder = builder.no_proxy();
    }
    if let Some(pem) = options.tls.authorities {
        let authorities = reqwest::Certificate::from_pem_bundle(&pem);
        let authorities = authorities.map_err(wrong("the certificates of the authorities are no PEM"))?;
        if authorities.is_empty() {
            return Err(Error {
                what: "there is no certificate of an authority",
                source: None,
            });
        }
        builder = builder.tls_certs_only(authorities);
    }
    if let Some((certificate, key)) = options.tls.identity {
        let both = [certificate, b"\n".to_vec(), key].concat();
        let identity = reqwest::Identity::from_pem(&both);
        builder = builder.identity(identity.map_err(wrong("certificate and key of this client are no PEM"))?);
    }
    builder.build().map_err(wrong("the HTTP client cannot be set up"))
}

/// Makes ring the cryptography of the process, unless the embedding program has chosen already.
fn install_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let provider = rustls::crypto::ring::default_provider();
        // Somebody else may have been quicker, which is as good.
        let _ = provider.install_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_accepts_and_never_answers_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let limits = Options {
            total_timeout: Some(Duration::from_millis(50)),
            ..Options::default()
        };
        let error = client(limits).unwrap().get(url).send().await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
    }

    #[test]
    fn a_second_client_finds_the_cryptography_of_the_first() {
        assert!(client(Options::default()).is_ok() && client(Options::default()).is_ok());
    }

    #[test]
    fn what_is_no_certificate_or_key_is_refused() {
        let with = |authorities: Option<&[u8]>, identity: Option<(&[u8], &[u8])>| {
            let tls = Tls {
                authorities: authorities.map(<[u8]>::to_vec),
                identity: identity.map(|(certificate, key)| (certificate.to_vec(), key.to_vec())),
            };
            client(Options {
                tls,
                ..Options::default()
            })
        };
        let nobody = with(Some(b"no certificate"), None).unwrap_err();
        assert_eq!(nobody.to_string(), "there is no certificate of an authority");
        let torn = b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
        assert!(with(Some(torn), None).is_err());
        let nameless = with(None, Some((b"none", b"none"))).unwrap_err();
        assert!(
            nameless
                .to_string()
                .starts_with("certificate and key of this client"),
            "{nameless}"
        );
    }

    #[test]
    fn nothing_of_a_key_is_shown() {
        let tls = Tls {
            authorities: None,
            identity: Some((b"certificate".to_vec(), b"secret".to_vec())),
        };
        assert_eq!(format!("{tls:?}"), "Tls { authorities: false, identity: true }");
    }
}
