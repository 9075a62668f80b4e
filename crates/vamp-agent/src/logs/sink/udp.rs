//! A datagram for each line.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::ops::Range;
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use async_trait::async_trait;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg};
use tokio::io::Interest;
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::{Instant, timeout};

use super::{Failure, Report, Sink};
use crate::logs::chunk::{Batch, Fate};
use crate::logs::config::Format;
use crate::logs::encode::{Document, encode};

/// Datagrams that are handed over at once.
const AT_ONCE: usize = 64;

/// The longest datagram that UDP carries over IPv4.
const LONGEST: usize = 65_507;

/// A refusal comes back within this time, or it is not waited for.
const REFUSAL: Duration = Duration::from_millis(50);

/// What went to another machine this long before a refusal came is sent again, at most [`AT_ONCE`] lines. A refusal of this machine comes
/// at once and is that of the last line.
const RECENT: Duration = Duration::from_millis(20);

/// Sends, and hears when the port refuses, which is all that UDP tells.
pub(super) struct Udp {
    address: String,
    format: Format,
    document: Document,
    connection: Option<Connection>,
    /// Whether the other side refused lately, so that one line goes ahead alone.
    is_doubtful: bool,
    headers: MultiHeaders<SockaddrStorage>,
    current: Encoded,
    previous: Encoded,
    /// What was refused and goes first.
    again: Vec<Vec<u8>>,
}

struct Connection {
    socket: UdpSocket,
    is_local: bool,
}

/// Datagrams one after the other.
#[derive(Default)]
struct Encoded {
    data: Vec<u8>,
    ends: Vec<usize>,
    /// How many were handed over, and when the last ones.
    sent: usize,
    at: Option<Instant>,
}

impl Encoded {
    fn clear(&mut self) {
        self.data.clear();
        self.ends.clear();
        self.sent = 0;
        self.at = None;
    }

    fn datagram(&self, index: usize) -> &[u8] {
        let end = |index: usize| self.ends.get(index).copied().unwrap_or(0);
        let start = index.checked_sub(1).map_or(0, end);
        self.data.get(start..end(index)).unwrap_or_default()
    }
}

impl Udp {
    pub(super) fn new(address: String, format: Format, document: Document) -> Self {
        Self {
            address,
            format,
            document,
            connection: None,
            is_doubtful: false,
            headers: MultiHeaders::preallocate(AT_ONCE, None),
            current: Encoded::default(),
            previous: Encoded::default(),
            again: Vec::new(),
        }
    }

    async fn connected(&mut self) -> Result<(), Failure> {
        if self.connection.is_none() {
            let connection = connect(&self.address).await;
            self.connection = Some(connection.map_err(|error| self.failure(&error))?);
        }
        Ok(())
    }

    fn failure(&self, error: &io::Error) -> Failure {
        Failure(format!("udp {}: {error}", self.address))
    }

    /// The other side refused: what it may not have got goes again, and one line goes ahead of the others.
    fn refused(&mut self, error: &io::Error) -> Failure {
        let is_local = self
            .connection
            .as_ref()
            .is_some_and(|connection| connection.is_local);
        let most = if is_local { 1 } else { AT_ONCE };
        let mut lost = Vec::new();
        for encoded in [&self.current, &self.previous] {
            let is_recent = encoded.at.is_some_and(|at| is_local || at.elapsed() <= RECENT);
            let room = most - lost.len();
            if is_recent {
                let datagrams = (0..encoded.sent).rev().take(room);
                lost.extend(datagrams.map(|index| encoded.datagram(index).to_vec()));
            }
        }
        lost.reverse();
        // What was to go again when the refusal came is what was refused.
        if self.again.is_empty() {
            self.again = lost;
        }
        self.current.sent = 0;
        self.previous.clear();
        self.is_doubtful = true;
        // The name may mean another machine by now.
        self.connection = None;
        self.failure(error)
    }

    /// Sends one datagram and waits for its refusal.
    async fn probe(&self, datagram: &[u8]) -> io::Result<()> {
        let Some(connection) = &self.connection else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        connection.socket.send(datagram).await?;
        match timeout(REFUSAL, heard(&connection.socket)).await {
            Ok(error) => Err(error),
            Err(_) => Ok(()),
        }
    }

    /// Hands over datagrams of the current ones, and says how many.
    async fn send_many(&mut self, range: Range<usize>) -> io::Result<usize> {
        let Some(connection) = &self.connection else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let slices: Vec<[IoSlice<'_>; 1]> = range
            .map(|index| [IoSlice::new(self.current.datagram(index))])
            .collect();
        let addresses: [Option<SockaddrStorage>; AT_ONCE] = [None; AT_ONCE];
        let socket = &connection.socket;
        loop {
            socket.writable().await?;
            let headers = &mut self.headers;
            let sent = socket.try_io(Interest::WRITABLE, || {
                let flags = MsgFlags::MSG_DONTWAIT;
                let sent = sendmmsg(socket.as_raw_fd(), headers, slices.iter(), addresses, [], flags);
                sent.map(Iterator::count).map_err(io::Error::from)
            });
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other,
            }
        }
    }
}

#[async_trait(?Send)]
impl Sink for Udp {
    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure> {
        self.connected().await?;
        while let Some(datagram) = self.again.first().cloned() {
            if let Err(error) = self.probe(&datagram).await {
                return Err(self.refused(&error));
            }
            self.again.remove(0);
            self.is_doubtful = false;
            report.resent += 1;
        }

        std::mem::swap(&mut self.current, &mut self.previous);
        self.current.clear();
        for line in batch.lines() {
            match self.format {
                // Unchanged, its end included.
                Format::Raw => self.current.data.extend_from_slice(line.bytes),
                format => {
                    let document = &self.document;
                    encode(&line, format, document, &mut report.read, &mut self.current.data);
                }
            }
            self.current.ends.push(self.current.data.len());
        }
        let count = batch.len();
        let mut next = 0;
        while next < count {
            let length = self.current.datagram(next).len();
            if length > LONGEST {
                if let Some(fate) = batch.fates.get_mut(next) {
                    *fate = Fate::Rejected;
                }
                report.rejection = Some(format!("a line of {length} bytes is longer than a datagram"));
                next += 1;
                continue;
            }
            if self.is_doubtful {
                let datagram = self.current.datagram(next).to_vec();
                if let Err(error) = self.probe(&datagram).await {
                    return Err(self.refused(&error));
                }
                self.is_doubtful = false;
                next = self.sent(batch, next, 1);
                continue;
            }
            let fits = |index: &usize| self.current.datagram(*index).len() <= LONGEST;
            let wanted = (next..count).take(AT_ONCE).take_while(fits).count();
            let sent = match self.send_many(next..next + wanted).await {
                Ok(sent) => sent,
                Err(error) => return Err(self.refused(&error)),
            };
            next = self.sent(batch, next, sent);
            if sent < wanted {
                // The kernel keeps the reason to itself. Where it is a refusal, it is that of the last one sent.
                let error = io::Error::from(io::ErrorKind::ConnectionRefused);
                return Err(self.refused(&error));
            }
        }
        Ok(())
    }

    async fn watch(&mut self) -> Failure {
        let Some(connection) = &self.connection else {
            return std::future::pending().await;
        };
        let error = heard(&connection.socket).await;
        self.refused(&error)
    }

    fn has_unfinished(&self) -> bool {
        !self.again.is_empty()
    }
}

impl Udp {
    /// Notes that datagrams were handed over; returns the one that comes next.
    fn sent(&mut self, batch: &mut Batch, next: usize, sent: usize) -> usize {
        let end = next + sent;
        let fates = batch.fates.get_mut(next..end).unwrap_or_default();
        fates.iter_mut().for_each(|fate| *fate = Fate::Delivered);
        self.current.sent = end;
        self.current.at = Some(Instant::now());
        end
    }
}

async fn connect(address: &str) -> io::Result<Connection> {
    let mut last = io::Error::other("the name has no address");
    for target in lookup_host(address).await? {
        let any: SocketAddr = if target.is_ipv4() {
            ([0, 0, 0, 0], 0).into()
        } else {
            ([0_u16; 8], 0).into()
        };
        let socket = UdpSocket::bind(any).await?;
        match socket.connect(target).await {
            Ok(()) => {
                let is_local = target.ip().is_loopback();
                return Ok(Connection { socket, is_local });
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Waits for a refusal. Whatever else comes is none of ours.
async fn heard(socket: &UdpSocket) -> io::Error {
    let mut ignored = [0; 16];
    loop {
        if let Err(error) = socket.recv(&mut ignored).await {
            return error;
        }
    }
}
