//! Who asks, and over what: TLS, and the user.

use etcd_client::{Certificate, Client, Identity, TlsOptions};
use tokio::sync::OnceCell;

use super::config::EtcdConfig;
use crate::Result;

/// What the library needs for TLS; nothing where no address asks for it.
pub(super) async fn tls(config: &EtcdConfig) -> Result<Option<TlsOptions>> {
    let encrypted = |endpoint: &String| endpoint.starts_with("https:");
    if !config.endpoints.iter().any(encrypted) {
        if config.tls != crate::TlsConfig::default() {
            return Err(config
                .wrong()
                .because("files for TLS are named, and no address begins with https://"));
        }
        return Ok(None);
    }
    if !config.endpoints.iter().all(encrypted) {
        return Err(config
            .wrong()
            .because("all addresses begin with https://, or none does"));
    }
    let files = config.tls.read().await?;
    let mut options = match files.ca {
        Some(ca) => TlsOptions::new().ca_certificate(Certificate::from_pem(ca)),
        None => TlsOptions::new().with_enabled_roots(),
    };
    if let Some((certificate, key)) = files.identity {
        options = options.identity(Identity::from_pem(certificate, key));
    }
    Ok(Some(options))
}

/// A user who has to log in before anything is asked. The library renews the token when it has expired; it would also log in when the
/// connection is prepared, at which time the servers need not be there yet.
#[derive(Debug, Default)]
pub(super) struct Login {
    user: Option<(String, String)>,
    done: OnceCell<()>,
}

impl Login {
    pub(super) fn new(config: &EtcdConfig) -> Result<Self> {
        let user = match (&config.user, &config.password) {
            (Some(user), Some(password)) => Some((user.clone(), password.clone())),
            (None, None) => None,
            (Some(_), None) => return Err(config.wrong().because("the password of the user is missing")),
            (None, Some(_)) => return Err(config.wrong().because("a password is given without a user")),
        };
        Ok(Self {
            user,
            done: OnceCell::new(),
        })
    }

    /// Logs in, the first time.
    pub(super) async fn ensure(&self, client: &Client) -> std::result::Result<(), etcd_client::Error> {
        self.done.get_or_try_init(|| self.log_in(client)).await.map(drop)
    }

    /// Logs in, also where the token of before is no longer good.
    pub(super) async fn log_in(&self, client: &Client) -> std::result::Result<(), etcd_client::Error> {
        match &self.user {
            Some(user) => client.clone().update_user(Some(user.clone())).await,
            None => Ok(()),
        }
    }
}
