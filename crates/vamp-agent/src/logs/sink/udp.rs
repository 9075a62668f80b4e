//! A datagram for each line.

mod refusal;

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::ops::Range;
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use async_trait::async_trait;
use nix::sys::socket::{MsgFlags, MultiHeaders, sendmmsg};
use tokio::io::Interest;
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::{Instant, timeout};

use super::{Failure, Report, Sink};
use crate::logs::chunk::{Batch, Fate, Part};
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
    /// Without addresses: the socket is connected.
    headers: MultiHeaders<()>,
    encoded: Encoded,
    /// What was handed over last, and when: at least [`AT_ONCE`] lines, when there were so many.
    gone: VecDeque<(Instant, Vec<Part>)>,
    /// What was refused after it had been handed over.
    refused: Vec<Part>,
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
}

impl Encoded {
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
            encoded: Encoded::default(),
            gone: VecDeque::new(),
            refused: Vec::new(),
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
        let mut lost = VecDeque::new();
        for (at, parts) in self.gone.drain(..).rev() {
            let is_recent = is_local || at.elapsed() <= RECENT;
            let lines = parts.iter().rev().flat_map(|part| {
                let single = |start: usize| Part {
                    chunk: part.chunk.clone(),
                    start,
                    end: start + 1,
                };
                (part.start..part.end).rev().map(single)
            });
            for line in lines.take(if is_recent { most - lost.len() } else { 0 }) {
                lost.push_front(line);
            }
        }
        self.refused = lost.into();
        self.is_doubtful = true;
        // The name may mean another machine by now.
        self.connection = None;
        self.failure(error)
    }

    /// It could not be sent. Whether because of a refusal of what went before, the socket has kept.
    fn not_sent(&mut self, error: &io::Error) -> Failure {
        match self.connection.as_ref().and_then(Connection::refusal) {
            Some(refusal) => self.refused(&refusal),
            None => {
                self.connection = None;
                self.failure(error)
            }
        }
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

    /// Hands over datagrams, and says how many.
    async fn send_many(&mut self, range: Range<usize>) -> io::Result<usize> {
        let Some(connection) = &self.connection else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let slices: Vec<[IoSlice<'_>; 1]> = range
            .map(|index| [IoSlice::new(self.encoded.datagram(index))])
            .collect();
        let addresses = [None; AT_ONCE];
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

    fn encode(&mut self, batch: &Batch, report: &mut Report) {
        let encoded = &mut self.encoded;
        encoded.data.clear();
        encoded.ends.clear();
        for line in batch.lines() {
            match self.format {
                // Unchanged, its end included.
                Format::Raw => encoded.data.extend_from_slice(line.bytes),
                format => {
                    let document = &self.document;
                    encode(&line, format, document, &mut report.read, &mut encoded.data);
                }
            }
            encoded.ends.push(encoded.data.len());
        }
    }

    /// Notes that datagrams were handed over; returns the one that comes next.
    fn sent(&mut self, batch: &mut Batch, next: usize, sent: usize) -> usize {
        let end = next + sent;
        self.gone.push_back((Instant::now(), batch.delivered(next, end)));
        let lines = |(_, parts): &(Instant, Vec<Part>)| parts.iter().map(Part::lines).sum::<usize>();
        let mut all: usize = self.gone.iter().map(lines).sum();
        while let Some(first) = self
            .gone
            .front()
            .map(lines)
            .filter(|first| all - first >= AT_ONCE)
        {
            all -= first;
            self.gone.pop_front();
        }
        end
    }
}

#[async_trait(?Send)]
impl Sink for Udp {
    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure> {
        self.connected().await?;
        self.encode(batch, report);
        let count = batch.len();
        let mut next = 0;
        while next < count {
            let length = self.encoded.datagram(next).len();
            if length > LONGEST {
                if let Some(fate) = batch.fates.get_mut(next) {
                    *fate = Fate::Rejected;
                }
                report.rejection = Some(format!("a line of {length} bytes is longer than a datagram"));
                next += 1;
                continue;
            }
            if self.is_doubtful {
                let datagram = self.encoded.datagram(next).to_vec();
                if let Err(error) = self.probe(&datagram).await {
                    return Err(self.refused(&error));
                }
                self.is_doubtful = false;
                next = self.sent(batch, next, 1);
                continue;
            }
            let fits = |index: &usize| self.encoded.datagram(*index).len() <= LONGEST;
            let wanted = (next..count).take(AT_ONCE).take_while(fits).count();
            let sent = match self.send_many(next..next + wanted).await {
                Ok(sent) => sent,
                Err(error) => return Err(self.not_sent(&error)),
            };
            next = self.sent(batch, next, sent);
            // Fewer than wanted: the kernel has no room for more at this moment, or one before was refused.
            if sent < wanted
                && let Some(error) = self.connection.as_ref().and_then(Connection::refusal)
            {
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

    fn take_back(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.refused)
    }

    /// The last datagram may have been refused.
    async fn finish(&mut self, _in_hand: &mut Batch) {
        if let Some(error) = self.connection.as_ref().and_then(Connection::refusal) {
            self.refused(&error);
        }
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
        refusal::keep(&socket, target.is_ipv4())?;
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
