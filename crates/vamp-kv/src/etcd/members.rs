//! The members of a cluster: one is asked as long as it answers, then the next.
//!
//! The library spreads calls over all addresses, and those that go to a dead one fail.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use etcd_client::{Client, ConnectOptions, Error as EtcdError};
use tokio::time::Instant;
use tokio::time::error::Elapsed;

use super::access::Login;
use super::config::EtcdConfig;
use super::{access, failure};
use crate::Result;

/// A client for each address.
pub(super) struct Members {
    clients: Vec<(Client, Login)>,
    current: AtomicUsize,
}

/// How a call has ended.
pub(super) struct Asked<T> {
    /// The place of the member that was asked last.
    pub(super) place: usize,
    pub(super) outcome: std::result::Result<std::result::Result<T, EtcdError>, Elapsed>,
}

impl Members {
    /// Prepares the connections; nobody need be there yet.
    pub(super) async fn prepare(config: &EtcdConfig) -> Result<Self> {
        config.check()?;
        let wrong = || config.wrong();
        if config.endpoints.is_empty() {
            return Err(wrong().because("no address is given"));
        }
        let mut options = ConnectOptions::new()
            .with_connect_timeout(config.connect_timeout)
            // Not while nothing is asked: etcd ends connections whose probes come more often than every 5 s, unless it has something to
            // say in between. A watch asks for that, see `watch::next`; where there is none, the next call finds a server that is gone.
            .with_keep_alive(config.probe_interval, config.probe_timeout)
            .with_keep_alive_while_idle(false)
            // A token lives as long as etcd likes, and not over its restart.
            .with_auto_token_refresh(true)
            // A member that is cut off from the others ends its watches instead of keeping silent.
            .with_require_leader(true);
        if let Some(tls) = access::tls(config).await? {
            options = options.with_tls(tls);
        }
        let mut clients = Vec::new();
        for endpoint in &config.endpoints {
            let client = Client::connect([endpoint], Some(options.clone())).await;
            let client = client.map_err(|error| wrong().because(failure::told(&error)))?;
            clients.push((client, Login::new(config)?));
        }
        Ok(Self {
            clients,
            current: AtomicUsize::new(0),
        })
    }

    /// Asks the current member, within `limit` over all; where it cannot be reached, so that nothing was sent, the others, each once.
    pub(super) async fn ask<T, Answer>(&self, limit: Duration, call: impl Fn(Client) -> Answer) -> Asked<T>
    where
        Answer: Future<Output = std::result::Result<T, EtcdError>>,
    {
        let end = Instant::now() + limit;
        let mut left = self.clients.len();
        loop {
            let place = self.current.load(Ordering::Relaxed);
            let (client, login) = &self.clients[place];
            let asked = async {
                login.ensure(client).await?;
                match call(client.clone()).await {
                    Err(error) if failure::token_is_outdated(&error) => {
                        login.log_in(client).await?;
                        call(client.clone()).await
                    }
                    outcome => outcome,
                }
            };
            left -= 1;
            match tokio::time::timeout_at(end, asked).await {
                Ok(Err(error)) if left > 0 && failure::was_not_sent(&error) => self.leave(place),
                outcome => return Asked { place, outcome },
            }
        }
    }

    /// The client of the member at this place.
    pub(super) fn client_at(&self, place: usize) -> Client {
        self.clients[place].0.clone()
    }

    /// The next call goes to the member after this one, which has failed; whoever else has left it meanwhile is not overtaken.
    pub(super) fn leave(&self, place: usize) {
        let next = (place + 1) % self.clients.len();
        let _ = self
            .current
            .compare_exchange(place, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}
