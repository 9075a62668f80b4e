use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_server::net::xfer::Protocol;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use vamp_io::backoff::Backoff;
use vamp_io::shutdown::Shutdown;

use super::answer::Asked;
use super::board::Board;
use super::config::DnsConfig;

/// Connections at the same time; those above wait.
const CONNECTIONS: usize = 64;

/// How long a connection may do nothing, and how long one question and its answer may take.
const IDLE: Duration = Duration::from_secs(10);

/// How long a connection may last, idle or not: others may wait for its place.
const LIFETIME: Duration = Duration::from_secs(120);

/// No question is as long as that. The rest of a longer message is not read, and what is left cannot be understood.
const LONGEST_QUESTION: usize = 4096;

/// Pauses between tries to listen.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Answers queries.
#[derive(Debug)]
pub(crate) struct Responder {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: DnsConfig,
    board: Arc<Board>,
}

impl Responder {
    pub(crate) fn new(config: DnsConfig, board: Arc<Board>) -> Self {
        Self {
            shared: Arc::new(Shared { config, board }),
        }
    }

    /// Answers until the shutdown. A port that another program has is no reason for the agent not to do its work: it is told, and tried
    /// again.
    pub(crate) async fn run(self, shutdown: Shutdown) {
        tokio::select! {
            () = shutdown.wait() => {}
            () = self.serve() => {}
        }
    }

    async fn serve(&self) {
        let board = &self.shared.board;
        let mut texts = board.texts();
        // The HAProxy that an earlier agent left running has names already: nobody is refused for want of having read them.
        board.read_names().await;
        let follow = async {
            while texts.changed().await.is_ok() {
                board.read_names().await;
            }
        };
        let answer = async {
            let (datagrams, connections) = self.listen().await;
            tokio::join!(
                self.take_datagrams(&datagrams),
                self.take_connections(&connections)
            );
        };
        tokio::join!(follow, answer);
    }

    async fn listen(&self) -> (UdpSocket, TcpListener) {
        let wanted = self.shared.config.listen;
        let mut backoff = Backoff::new(RETRY.0, RETRY.1);
        let mut told = false;
        loop {
            match sockets(wanted).await {
                Ok((datagrams, connections)) => {
                    let address = connections.local_addr().unwrap_or(wanted);
                    tracing::info!(%address, "DNS queries for virtual hosts are answered");
                    self.shared.board.listens(address);
                    return (datagrams, connections);
                }
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(%error, "DNS queries for virtual hosts cannot be answered yet");
                    }
                    self.shared.board.failed(&error);
                }
            }
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }

    async fn take_datagrams(&self, socket: &UdpSocket) {
        let mut question = vec![0; LONGEST_QUESTION];
        let mut backoff = Backoff::watch();
        loop {
            match socket.recv_from(&mut question).await {
                Ok((length, asker)) => {
                    backoff.reset();
                    let question = question.get(..length).unwrap_or_default();
                    if let Some(answer) = self.shared.answer(question, asker, Protocol::Udp)
                        && let Err(error) = socket.send_to(&answer, asker).await
                    {
                        tracing::debug!(%asker, %error, "an answer could not be sent");
                    }
                }
                Err(error) => self.pause("take DNS queries by UDP", error, &mut backoff).await,
            }
        }
    }

    async fn take_connections(&self, listener: &TcpListener) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        // They end with the responder.
        let mut connections = JoinSet::new();
        let mut backoff = Backoff::watch();
        loop {
            let Ok(place) = room.clone().acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, asker)) => {
                    backoff.reset();
                    let shared = self.shared.clone();
                    connections.spawn(async move {
                        let connection = shared.connection(stream, asker);
                        if let Ok(Err(error)) = tokio::time::timeout(LIFETIME, connection).await {
                            tracing::debug!(%asker, %error, "a connection with DNS queries broke");
                        }
                        drop(place);
                    });
                }
                Err(error) => self.pause("take DNS queries by TCP", error, &mut backoff).await,
            }
            while connections.try_join_next().is_some() {}
        }
    }

    /// Something that works again by itself does not work.
    async fn pause(&self, what: &str, source: io::Error, backoff: &mut Backoff) {
        let error = cannot(what)(source);
        tracing::warn!(%error, "DNS queries are not answered for a moment");
        self.shared.board.failed(&error);
        tokio::time::sleep(backoff.next_delay()).await;
    }
}

impl Shared {
    fn answer(&self, message: &[u8], asker: SocketAddr, protocol: Protocol) -> Option<Vec<u8>> {
        let asked = Asked {
            message,
            asker,
            protocol,
            knows: |name: &str| self.board.knows(name),
            addresses: || self.addresses(asker),
            ttl: u32::try_from(self.config.ttl.as_secs()).unwrap_or(u32::MAX),
        };
        let (answer, outcome) = asked.answer()?;
        self.board.count(outcome);
        Some(answer)
    }

    /// Those that are named, else the one by which the asker reaches this machine.
    fn addresses(&self, asker: SocketAddr) -> io::Result<Vec<IpAddr>> {
        if !self.config.answers.is_empty() {
            return Ok(self.config.answers.clone());
        }
        let listen = self.config.listen.ip();
        if !listen.is_unspecified() {
            return Ok(vec![listen.to_canonical()]);
        }
        own_address(asker).map(|address| vec![address])
    }

    /// Questions one after the other, each with its length before it: RFC 7766, section 8.
    async fn connection(&self, mut stream: TcpStream, asker: SocketAddr) -> io::Result<()> {
        while tokio::time::timeout(IDLE, self.exchange(&mut stream, asker)).await?? {}
        Ok(())
    }

    /// Takes a question and answers it. False when there is none any more.
    async fn exchange(&self, stream: &mut TcpStream, asker: SocketAddr) -> io::Result<bool> {
        let length = match stream.read_u16().await {
            Ok(length) => usize::from(length),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        };
        if length > LONGEST_QUESTION {
            return Ok(false);
        }
        let mut question = vec![0; length];
        stream.read_exact(&mut question).await?;
        let Some(answer) = self.answer(&question, asker, Protocol::Tcp) else {
            return Ok(false);
        };
        let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
        // In one piece, as RFC 7766 asks.
        stream
            .write_all(&[&length.to_be_bytes(), &*answer].concat())
            .await?;
        Ok(true)
    }
}

/// One port for both protocols.
async fn sockets(wanted: SocketAddr) -> Result<(UdpSocket, TcpListener), String> {
    let connections = TcpListener::bind(wanted).await;
    let connections = connections.map_err(cannot(&format!("listen on {wanted} by TCP")))?;
    // The system may have chosen the port.
    let address = connections.local_addr().unwrap_or(wanted);
    let datagrams = UdpSocket::bind(address).await;
    let datagrams = datagrams.map_err(cannot(&format!("listen on {address} by UDP")))?;
    Ok((datagrams, connections))
}

fn cannot(what: &str) -> impl FnOnce(io::Error) -> String {
    move |error| format!("cannot {what}: {error}")
}

/// The address of this machine from which it would send to the asker. Nothing is sent.
fn own_address(mut asker: SocketAddr) -> io::Result<IpAddr> {
    // One that asks by IPv4 at a socket for both families is to be found by IPv4.
    asker.set_ip(asker.ip().to_canonical());
    let any = match asker.ip() {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = std::net::UdpSocket::bind((any, 0))?;
    socket.connect(asker)?;
    Ok(socket.local_addr()?.ip())
}
