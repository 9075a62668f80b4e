//! The one HTTP client builder: one TLS stack, and no call without a time limit.

use std::time::Duration;

/// Time limits of a client.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// For a connection: 3 s.
    pub connect_timeout: Duration,
    /// For a whole request with its answer: 30 s; none for streams, which never end by themselves.
    pub total_timeout: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            total_timeout: Some(Duration::from_secs(30)),
        }
    }
}

/// A client with these limits.
///
/// # Errors
/// TLS cannot be set up on this machine.
pub fn client(options: Options) -> Result<reqwest::Client, reqwest::Error> {
    install_provider();
    let mut builder = reqwest::Client::builder()
        .connect_timeout(options.connect_timeout)
        .user_agent(concat!("vamp/", env!("CARGO_PKG_VERSION")));
    if let Some(limit) = options.total_timeout {
        builder = builder.timeout(limit);
    }
    builder.build()
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
}
