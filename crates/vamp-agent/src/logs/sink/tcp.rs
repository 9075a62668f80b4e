//! Lines over a connection, each with a line feed.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::{Failure, Report, Sink};
use crate::logs::chunk::{Batch, Fate};
use crate::logs::config::Format;
use crate::logs::encode::{Document, encode};

/// What was written this long before the last success is sent again when the connection breaks.
const RECENT: Duration = Duration::from_secs(2);

/// Most bytes that are sent again.
const MOST_AGAIN: usize = 1024 * 1024;

/// A connection takes at most this long.
const CONNECT: Duration = Duration::from_secs(10);

/// Bytes that are handed to the kernel at once.
const PIECE: usize = 16 * 1024;

/// Writes, and keeps what it wrote last: when a connection breaks nobody can know how much of what the kernel took has arrived.
pub(super) struct Tcp {
    address: String,
    format: Format,
    document: Document,
    connection: Option<TcpStream>,
    /// Whole lines written over the present connection, and when each piece was.
    written: VecDeque<Piece>,
    written_bytes: usize,
    /// What goes first over the next connection.
    again: VecDeque<Piece>,
}

#[derive(Clone)]
struct Piece {
    at: Instant,
    bytes: Vec<u8>,
    lines: u64,
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
            again: VecDeque::new(),
        }
    }

    fn failure(&self, error: &io::Error) -> Failure {
        Failure(format!("tcp {}: {error}", self.address))
    }

    /// The connection is gone: what it took last goes again.
    fn broken(&mut self, error: &io::Error) -> Failure {
        self.connection = None;
        self.forget_old();
        // What was still to go again comes after what had gone.
        let mut again = std::mem::take(&mut self.written);
        again.append(&mut self.again);
        self.again = again;
        self.written_bytes = 0;
        self.failure(error)
    }

    /// Pieces that were written long before the last one have arrived, as far as can be told.
    fn forget_old(&mut self) {
        let Some(newest) = self.written.back().map(|piece| piece.at) else {
            return;
        };
        while let Some(oldest) = self.written.front() {
            let is_old = newest.duration_since(oldest.at) > RECENT;
            if !is_old && self.written_bytes <= MOST_AGAIN {
                return;
            }
            self.written_bytes -= oldest.bytes.len();
            self.written.pop_front();
        }
    }

    fn keep(&mut self, bytes: Vec<u8>, lines: u64) {
        self.written_bytes += bytes.len();
        let at = Instant::now();
        self.written.push_back(Piece { at, bytes, lines });
        self.forget_old();
    }

    /// The open connection, if it is not closed at the other end.
    fn usable(&mut self) -> Result<Option<TcpStream>, Failure> {
        let Some(connection) = self.connection.take() else {
            return Ok(None);
        };
        match closed(&connection) {
            Some(error) => Err(self.broken(&error)),
            None => Ok(Some(connection)),
        }
    }
}

#[async_trait(?Send)]
impl Sink for Tcp {
    async fn deliver(&mut self, batch: &mut Batch, report: &mut Report) -> Result<(), Failure> {
        // While a call runs the connection is its own: a call that is dropped leaves half a line, and none writes behind it.
        let mut connection = match self.usable()? {
            Some(connection) => connection,
            None => {
                // A connection that a dropped call had ended without a word.
                if !self.written.is_empty() {
                    self.broken(&io::ErrorKind::TimedOut.into());
                }
                connect(&self.address)
                    .await
                    .map_err(|error| self.failure(&error))?
            }
        };
        while let Some(piece) = self.again.front().cloned() {
            if let Err(error) = connection.write_all(&piece.bytes).await {
                return Err(self.broken(&error));
            }
            self.again.pop_front();
            report.resent += piece.lines;
            self.keep(piece.bytes, piece.lines);
        }
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
            if let Err(error) = connection.write_all(&bytes).await {
                return Err(self.broken(&error));
            }
            let fates = batch.fates.get_mut(next..end).unwrap_or_default();
            fates.iter_mut().for_each(|fate| *fate = Fate::Delivered);
            self.keep(bytes, (end - next) as u64);
            next = end;
        }
        self.connection = Some(connection);
        Ok(())
    }

    async fn watch(&mut self) -> Failure {
        loop {
            let Some(connection) = &self.connection else {
                return std::future::pending().await;
            };
            let error = match connection.readable().await {
                Ok(()) => closed(connection),
                Err(error) => Some(error),
            };
            if let Some(error) = error {
                return self.broken(&error);
            }
        }
    }

    fn has_unfinished(&self) -> bool {
        !self.again.is_empty()
    }

    /// Says that this is all, and waits until the other side has understood: closing a connection in which something waits to be read would
    /// take back what is on its way.
    async fn finish(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let mut ignored = [0; 1024];
        if connection.shutdown().await.is_ok() {
            while connection.read(&mut ignored).await.is_ok_and(|length| length > 0) {}
        }
    }
}

/// A new connection. Its send buffer is the kernel's own: a small one would make a frozen sink known sooner, and each line dearer.
async fn connect(address: &str) -> io::Result<TcpStream> {
    let connecting = timeout(CONNECT, TcpStream::connect(address));
    let connection = connecting
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    connection.set_nodelay(true)?;
    Ok(connection)
}

/// Why nothing more should be written: the other side has ended the connection. Whatever it says otherwise is read away.
fn closed(connection: &TcpStream) -> Option<io::Error> {
    let mut ignored = [0; 1024];
    loop {
        match connection.try_read(&mut ignored) {
            Ok(0) => return Some(io::Error::other("the other side has closed the connection")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(error) => return Some(error),
        }
    }
}
