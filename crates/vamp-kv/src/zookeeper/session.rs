//! Sessions with the servers.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use parking_lot::Mutex;
use zookeeper::{Client, Error as ZooKeeperError, SessionInfo, SessionState};

use super::config::ZooKeeperConfig;

/// How long a connection may be silent before it counts as lost. The library looks at its clock eight times as often, which is most of
/// what an idle session does, and asks after three of these times whether anybody is there. A server that is silent from the
/// beginning is left after nine of them at the latest: so much that the next one still answers within the time of a call.
const SILENCE: Duration = Duration::from_millis(2600);

/// A server that is just starting takes connections on which it never answers. So another is tried beside one that is silent for so
/// long, for as long as the first may be.
const BESIDE: Duration = Duration::from_millis(500);
const MOST_BESIDE: usize = 5;

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

/// Begins a session, or takes one up again. Each server is tried once, and again beside it where it is silent.
pub(super) async fn connect(
    config: &ZooKeeperConfig,
    session_timeout: Duration,
    session: Option<SessionInfo>,
) -> Result<Client, ZooKeeperError> {
    // A session that is taken up twice at once would be taken from whoever has it first.
    let most = if session.is_some() { 1 } else { MOST_BESIDE };
    let connected = first_connected(most, || try_once(config, session_timeout, session.clone()));
    match tokio::time::timeout(config.connect_timeout, connected).await {
        Ok(connected) => connected,
        Err(_) => Err(ZooKeeperError::Timeout),
    }
}

/// The first of several tries to succeed, or else what has become of the last. A session that another one has begun ends unused.
async fn first_connected<T: Future<Output = Result<Client, ZooKeeperError>>>(
    most: usize,
    attempt: impl Fn() -> T,
) -> Result<Client, ZooKeeperError> {
    let mut tries = FuturesUnordered::from_iter([attempt()]);
    let mut begun = 1;
    loop {
        tokio::select! {
            Some(outcome) = tries.next() => if outcome.is_ok() || tries.is_empty() {
                return outcome;
            },
            () = tokio::time::sleep(BESIDE), if begun < most => {
                tries.push(attempt());
                begun += 1;
            }
        }
    }
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
