//! Sessions with the servers.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use zookeeper::{Client, Error as ZooKeeperError, SessionInfo, SessionState};

use super::config::ZooKeeperConfig;
use crate::beside::first_good;

/// How long a connection may be silent before it counts as lost. The library looks at its clock eight times as often, which is most of
/// what an idle session does, and asks after three of these times whether anybody is there. A server that is silent from the
/// beginning is left after nine of them at the latest: so much that the next one still answers within the time of a call.
const SILENCE: Duration = Duration::from_millis(2600);

/// A server that is just starting takes connections on which it never answers. So another is tried beside those that are silent, each time so
/// much later.
const BESIDE: Duration = Duration::from_millis(500);
const MOST_BESIDE: usize = 10;

/// A session is taken up by one connection only, so there the next try takes the place of one that is silent for so long.
const TAKEN_UP_WITHIN: [Duration; 3] = [Duration::from_millis(700), Duration::from_secs(1), SILENCE];

/// Longer than any server lets a session live; the library counts milliseconds in 32 bits.
const LONGEST_SESSION: Duration = Duration::from_secs(24 * 3600);

/// The session of a store, begun when it is needed.
///
/// A session whose connection is lost is not waited for: the library would keep requests and send them when it is back, long
/// after they were given up, and would not watch again what was watched. So a new session begins, which is no loss, as nothing
/// hangs on the old one.
#[derive(Debug)]
pub(super) struct Sessions {
    config: Arc<ZooKeeperConfig>,
    current: Mutex<Option<Client>>,
    connecting: Arc<tokio::sync::Mutex<()>>,
}

impl Sessions {
    pub(super) fn new(config: Arc<ZooKeeperConfig>) -> Self {
        Self {
            config,
            current: Mutex::default(),
            connecting: Arc::default(),
        }
    }

    /// A client that was connected a moment ago.
    pub(super) async fn client(self: &Arc<Self>) -> Result<Client, ZooKeeperError> {
        if let Some(client) = self.connected() {
            return Ok(client);
        }
        let turn = Arc::clone(&self.connecting).lock_owned().await;
        if let Some(client) = self.connected() {
            return Ok(client);
        }
        let sessions = Arc::clone(self);
        // Goes on when the caller gives up: the next one finds what it has brought.
        let connecting = tokio::spawn(async move {
            let _turn = turn;
            let client = connect(&sessions.config, sessions.config.session_timeout, None).await?;
            *sessions.current.lock() = Some(client.clone());
            Ok(client)
        });
        connecting.await.unwrap_or(Err(ZooKeeperError::ClientClosed))
    }

    fn connected(&self) -> Option<Client> {
        let mut current = self.current.lock();
        if current.as_ref().is_some_and(is_connected) {
            return current.clone();
        }
        *current = None;
        None
    }
}

/// Whether a client has a connection, as far as it knows.
pub(super) fn is_connected(client: &Client) -> bool {
    client.state() == SessionState::SyncConnected
}

/// Begins a session, or takes one up again. Each server is tried once, and again where it is silent.
pub(super) async fn connect(
    config: &ZooKeeperConfig,
    session_timeout: Duration,
    session: Option<SessionInfo>,
) -> Result<Client, ZooKeeperError> {
    let attempt = || try_once(config, session_timeout, session.clone());
    let connected = async {
        match &session {
            // A session that another one has begun ends unused.
            None => first_good(BESIDE, MOST_BESIDE, attempt).await,
            Some(_) => one_after_the_other(attempt).await,
        }
    };
    match tokio::time::timeout(config.connect_timeout, connected).await {
        Ok(connected) => connected,
        Err(_) => Err(ZooKeeperError::Timeout),
    }
}

/// What becomes of the first try that is not silent.
async fn one_after_the_other<Client, Attempt>(attempt: impl Fn() -> Attempt) -> Result<Client, ZooKeeperError>
where
    Attempt: Future<Output = Result<Client, ZooKeeperError>>,
{
    for limit in TAKEN_UP_WITHIN {
        if let Ok(outcome) = tokio::time::timeout(limit, attempt()).await {
            return outcome;
        }
    }
    Err(ZooKeeperError::Timeout)
}

async fn try_once(
    config: &ZooKeeperConfig,
    session_timeout: Duration,
    session: Option<SessionInfo>,
) -> Result<Client, ZooKeeperError> {
    let mut connector = Client::connector()
        .with_session_timeout(session_timeout.min(LONGEST_SESSION))
        .with_connection_timeout(SILENCE)
        .with_fail_eagerly();
    if let (Some(user), Some(password)) = (&config.user, &config.password) {
        connector = connector.with_auth("digest", format!("{user}:{password}").as_bytes());
    }
    if let Some(session) = session {
        connector = connector.with_session(session);
    }
    connector.connect(&config.servers.join(",")).await
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_session_is_taken_up_by_one_connection_at_a_time() {
        for away in (0..=16).map(|tenth| Duration::from_millis(tenth * 100 + 50)) {
            let back = Instant::now() + away;
            let session = Rc::new(());
            let attempt = || {
                let taken = Rc::clone(&session);
                async move {
                    // The session itself and this try.
                    assert_eq!(Rc::strong_count(&taken), 2);
                    if Instant::now() < back {
                        sleep(SILENCE).await;
                    }
                    Ok(())
                }
            };
            one_after_the_other(attempt).await.unwrap();
            let late = back.elapsed();
            assert!(
                late <= TAKEN_UP_WITHIN[1],
                "away for {away:?}, there after another {late:?}"
            );
        }
    }
}
