//! A connection to a server that can be cut, be slow, and hold what it was given.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::tcp::ReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Error;

/// How much is read at once.
const PART: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Passes,
    Holds,
    Cut,
}

/// Stands before a server of this machine and passes on what is said, until it is told otherwise. Its connections end when it is dropped.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    state: watch::Sender<State>,
    held: Arc<Mutex<Vec<u8>>>,
    silent: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Relay {
    /// A relay before this server. What the server says is passed on so much later.
    ///
    /// # Errors
    /// [`Error::Io`] when the kernel has no port.
    pub async fn to(server: SocketAddr, later: Duration) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(Error::io("listen before", server.to_string()))?;
        let address = listener
            .local_addr()
            .map_err(Error::io("listen before", server.to_string()))?;
        let (state, watched) = watch::channel(State::Passes);
        let held = Arc::<Mutex<Vec<u8>>>::default();
        let way = Way {
            server,
            later,
            state: watched,
            held: Arc::clone(&held),
        };
        let silent = Arc::<AtomicUsize>::default();
        let left = Arc::clone(&silent);
        let task = tokio::spawn(async move {
            let mut unanswered = Vec::new();
            while let Ok((client, _)) = listener.accept().await {
                let one_less = |left: usize| left.checked_sub(1);
                if left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
                    .is_ok()
                {
                    unanswered.push(client);
                } else {
                    tokio::spawn(way.clone().pass(client));
                }
            }
        });
        Ok(Self {
            address,
            state,
            held,
            silent,
            task,
        })
    }

    /// Where clients reach the server.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// So many of the next connections stay open, and nothing is said on them.
    pub fn leave_unanswered(&self, connections: usize) {
        self.silent.store(connections, Ordering::Relaxed);
    }

    /// How many connections are still to be left without an answer.
    #[must_use]
    pub fn still_unanswered(&self) -> usize {
        self.silent.load(Ordering::Relaxed)
    }

    /// Ends all connections; new ones end at once.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// From now on what clients say is taken from them and does not arrive, as when it is on its way for long. What was held before is
    /// forgotten by [`Relay::held`].
    pub fn hold(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.state.send_replace(State::Holds);
    }

    /// Everything is passed on again, what was held first.
    pub fn mend(&self) {
        self.state.send_replace(State::Passes);
    }

    /// What clients have said since [`Relay::hold`], of all connections as it came.
    #[must_use]
    pub fn held(&self) -> Vec<u8> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What each connection needs.
#[derive(Debug, Clone)]
struct Way {
    server: SocketAddr,
    later: Duration,
    state: watch::Receiver<State>,
    held: Arc<Mutex<Vec<u8>>>,
}

impl Way {
    async fn pass(mut self, mut client: TcpStream) {
        if *self.state.borrow_and_update() == State::Cut {
            return;
        }
        let Ok(mut server) = TcpStream::connect(self.server).await else {
            return;
        };
        let ((asked, answer), (answered, ask)) = (client.split(), server.split());
        let mut state = self.state.clone();
        tokio::select! {
            _ = async { tokio::join!(self.ask(asked, ask), self.answer(answered, answer)) } => {}
            // Also when the relay is gone.
            _ = state.wait_for(|state| *state == State::Cut) => {}
        }
    }

    /// What the client says; it is read in any state, so that it is known what is held.
    async fn ask(&self, mut asked: ReadHalf<'_>, mut ask: impl AsyncWrite + Unpin) {
        let mut state = self.state.clone();
        let mut part = vec![0; PART];
        let mut waiting = Vec::new();
        let mut more = true;
        while more || !waiting.is_empty() {
            tokio::select! {
                () = passes(&mut state), if !waiting.is_empty() => {
                    if ask.write_all(&waiting).await.is_err() {
                        return;
                    }
                    waiting.clear();
                }
                read = asked.read(&mut part), if more => {
                    let said = &part[..read.unwrap_or_default()];
                    more = !said.is_empty();
                    if *self.state.borrow() == State::Holds {
                        self.held.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(said);
                    }
                    waiting.extend_from_slice(said);
                }
            }
        }
        let _ = ask.shutdown().await;
    }

    async fn answer(&self, mut answered: ReadHalf<'_>, mut answer: impl AsyncWrite + Unpin) {
        let mut part = vec![0; PART];
        while let Ok(length @ 1..) = answered.read(&mut part).await {
            if !self.later.is_zero() {
                tokio::time::sleep(self.later).await;
            }
            if answer.write_all(&part[..length]).await.is_err() {
                return;
            }
        }
        let _ = answer.shutdown().await;
    }
}

async fn passes(state: &mut watch::Receiver<State>) {
    // Without a relay nobody is left to pass anything on.
    let _ = state.wait_for(|state| *state == State::Passes).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wait;

    const LIMIT: Duration = Duration::from_secs(10);

    /// Answers each byte with itself.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut asked, mut answer) = client.split();
                    let _ = tokio::io::copy(&mut asked, &mut answer).await;
                });
            }
        });
        address
    }

    #[tokio::test]
    async fn what_is_held_arrives_when_it_is_mended_and_not_before() {
        let relay = Relay::to(echo().await, Duration::ZERO).await.unwrap();
        let mut client = TcpStream::connect(relay.address()).await.unwrap();
        client.write_all(b"a").await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), b'a');
        assert_eq!(relay.held(), b"", "nothing is held");

        relay.hold();
        client.write_all(b"bc").await.unwrap();
        wait::until(LIMIT, || async { relay.held() == b"bc" })
            .await
            .unwrap();
        let early = tokio::time::timeout(Duration::from_millis(50), client.read_u8()).await;
        assert!(early.is_err(), "it arrived all the same");
        relay.mend();
        assert_eq!(client.read_u8().await.unwrap(), b'b');
        assert_eq!(client.read_u8().await.unwrap(), b'c');
    }

    #[tokio::test]
    async fn a_cut_ends_connections_and_new_ones_until_it_is_mended() {
        let relay = Relay::to(echo().await, Duration::ZERO).await.unwrap();
        let mut client = TcpStream::connect(relay.address()).await.unwrap();
        relay.cut();
        client.read_u8().await.unwrap_err();
        let mut client = TcpStream::connect(relay.address()).await.unwrap();
        client.read_u8().await.unwrap_err();
        relay.mend();
        let mut client = TcpStream::connect(relay.address()).await.unwrap();
        client.write_all(b"a").await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), b'a');
    }

    #[tokio::test]
    async fn connections_are_left_unanswered_as_often_as_was_asked_for() {
        let relay = Relay::to(echo().await, Duration::ZERO).await.unwrap();
        relay.leave_unanswered(1);
        let mut silent = TcpStream::connect(relay.address()).await.unwrap();
        silent.write_all(b"a").await.unwrap();
        let mut client = TcpStream::connect(relay.address()).await.unwrap();
        client.write_all(b"b").await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), b'b');
        assert_eq!(relay.still_unanswered(), 0);
        let answered = tokio::time::timeout(Duration::from_millis(50), silent.read_u8()).await;
        assert!(answered.is_err(), "it was answered all the same");
    }
}
