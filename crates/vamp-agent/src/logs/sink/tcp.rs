//! Lines over a connection, each with a line feed.

mod outstanding;

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use nix::sys::socket::{getsockopt, setsockopt, sockopt};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::{Failure, Report, Sink};
use crate::logs::chunk::{Batch, Part};
use crate::logs::config::Format;
use crate::logs::encode::{Document, encode};
use outstanding::Outstanding;

/// What was written this long before the last success is sent again when the connection breaks: the other side may have acknowledged it and
/// not read it.
const RECENT: Duration = Duration::from_secs(2);

/// Most bytes that are sent again.
const MOST_AGAIN: usize = 1024 * 1024;

/// The kernel takes about twice as much and no more, which is less than [`MOST_AGAIN`].
const SEND_BUFFER: usize = 256 * 1024;

/// What the kernel may have beyond what it says is its most: the packet that it was filling.
const LAST_PACKET: usize = 128 * 1024;

/// How often it is looked whether the rest has been acknowledged, while nothing is to be sent.
const LOOK: Duration = Duration::from_secs(1);

/// A connection takes at most this long.
const CONNECT: Duration = Duration::from_secs(10);

/// Bytes that are handed to the kernel at once.
const PIECE: usize = 16 * 1024;

/// Writes, and keeps what it wrote last: when a connection breaks, nobody brings what the kernel has of it, and nobody can know how much the
/// other side has read of what it acknowledged.
pub(super) struct Tcp {
    address: String,
    format: Format,
    document: Document,
    connection: Option<Connection>,
    /// Written over the present connection, or over the last one when there is none, and not known to have arrived.
    written: VecDeque<Piece>,
    written_bytes: usize,
}

/// Lines that were written at once.
struct Piece {
    at: Instant,
    bytes: usize,
    lines: Vec<Part>,
}

struct Connection {
    stream: TcpStream,
    outstanding: Option<Outstanding>,
    /// The kernel has no more than so many bytes that are not acknowledged.
    most_held: usize,
}

impl Connection {
    /// Its send buffer is bounded, so that what was written and is not kept any more has certainly left it.
    async fn open(address: &str) -> io::Result<Self> {
        let connecting = timeout(CONNECT, TcpStream::connect(address));
        let stream = connecting
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        setsockopt(&stream, sockopt::SndBuf, &SEND_BUFFER)?;
        let most_held = getsockopt(&stream, sockopt::SndBuf)? + LAST_PACKET;
        let outstanding = Outstanding::of(stream.local_addr()?, stream.peer_addr()?).ok();
        Ok(Self {
            stream,
            outstanding,
            most_held,
        })
    }

    /// How many bytes may not have been acknowledged. A kernel that does not tell may have all that it can.
    fn held(&self) -> usize {
        let told = self.outstanding.as_ref().map(Outstanding::bytes);
        told.and_then(Result::ok).unwrap_or(self.most_held)
    }

    /// Why nothing more should be written: the other side has ended the connection. Whatever it says otherwise is read away.
    fn closed(&self) -> Option<io::Error> {
        let mut ignored = [0; 1024];
        loop {
            match self.stream.try_read(&mut ignored) {
                Ok(0) => return Some(io::Error::other("the other side has closed the connection")),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(error) => return Some(error),
            }
        }
    }
}

impl Tcp {
    pub(super) fn new(address: String, format: Format, document: Document) -> Self {
        Self {
            address,
            format,
            document,
            connection: None,
            written: VecDeque::new(),
            written_bytes: 0,
        }
    }

    fn failure(&self, error: &io::Error) -> Failure {
        Failure(format!("tcp {}: {error}", self.address))
    }

    /// Forgets what has arrived: acknowledged, and so long before the last piece that it is read, as far as can be told.
    fn forget_arrived(&mut self, held: usize) {
        let Some(newest) = self.written.back().map(|piece| piece.at) else {
            return;
        };
        while let Some(oldest) = self.written.front() {
            let is_acknowledged = self.written_bytes - oldest.bytes >= held;
            let is_old = newest.duration_since(oldest.at) > RECENT;
            let is_beyond = self.written_bytes > MOST_AGAIN;
            if !is_acknowledged || !(is_old || is_beyond) {
                return;
            }
            self.written_bytes -= oldest.bytes;
            self.written.pop_front();
        }
    }

    fn keep(&mut self, bytes: usize, lines: Vec<Part>) {
        self.written_bytes += bytes;
        let at = Instant::now();
        self.written.push_back(Piece { at, bytes, lines });
    }

    /// The open connection, if it is not closed at the other end.
    fn usable(&mut self) -> Result<Option<Connection>, Failure> {
        let Some(connection) = self.connection.take() else {
            return Ok(None);
        };
        let Some(error) = connection.closed() else {
            return Ok(Some(connection));
        };
        self.forget_arrived(connection.held());
        Err(self.failure(&error))
    }
}

#[async_trait(?Send)]
impl Sink for Tcp {
    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure> {
        // While a call runs the connection is its own: a call that is dropped leaves half a line, and none writes behind it.
        let mut connection = match self.usable()? {
            Some(connection) => connection,
            None => Connection::open(&self.address)
                .await
                .map_err(|error| self.failure(&error))?,
        };
        let mut next = 0;
        while next < batch.len() {
            let mut bytes = Vec::with_capacity(PIECE + 1024);
            let mut end = next;
            for line in batch.lines().skip(next) {
                let (format, document) = (self.format, &self.document);
                encode(&line, format, document, &mut report.read, &mut bytes);
                bytes.push(b'\n');
                end += 1;
                if bytes.len() >= PIECE {
                    break;
                }
            }
            connection
                .stream
                .write_all(&bytes)
                .await
                .map_err(|error| self.failure(&error))?;
            self.keep(bytes.len(), batch.delivered(next, end));
            if self.written_bytes > MOST_AGAIN {
                self.forget_arrived(connection.held());
            }
            next = end;
        }
        self.forget_arrived(connection.held());
        self.connection = Some(connection);
        Ok(())
    }

    async fn watch(&mut self) -> Failure {
        loop {
            let Some(connection) = &self.connection else {
                return std::future::pending().await;
            };
            let held = connection.held();
            let readable = tokio::select! {
                readable = connection.stream.readable() => Some(readable),
                () = sleep(LOOK), if held > 0 => None,
            };
            let error = match readable {
                Some(Ok(())) => connection.closed(),
                Some(Err(error)) => Some(error),
                None => None,
            };
            // A connection that the other side has closed in good order is still known; of one that it has reset the last answer counts.
            let held = connection.held().min(held);
            self.forget_arrived(held);
            if let Some(error) = error {
                self.connection = None;
                return self.failure(&error);
            }
        }
    }

    fn take_back(&mut self) -> Vec<Part> {
        if self.connection.is_some() {
            return Vec::new();
        }
        self.written_bytes = 0;
        self.written.drain(..).flat_map(|piece| piece.lines).collect()
    }

    /// Says that this is all, and waits until the other side has understood: closing a connection in which something waits to be read would
    /// take back what is on its way.
    async fn finish(&mut self, _in_hand: &mut Batch) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let mut ignored = [0; 1024];
        if connection.stream.shutdown().await.is_err() {
            return;
        }
        loop {
            match connection.stream.read(&mut ignored).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(_) => return,
            }
        }
        // It has read everything before it saw the end.
        self.written.clear();
    }
}
