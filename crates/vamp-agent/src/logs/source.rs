//! The sockets that HAProxy logs to, and the thread that reads them.

use std::io::{ErrorKind as IoErrorKind, IoSliceMut};
use std::net::UdpSocket;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fs, io};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, MultiHeaders, recvmmsg, setsockopt, sockopt};
use parking_lot::Mutex;
use vamp_haproxy::log::LogLine;
use vamp_io::backoff::Backoff;
use vamp_io::clock::Clock;

use super::chunk::Chunk;
use super::config::LogConfig;
use super::queue::Queue;
use crate::error::{Error, ErrorKind, Result};

/// Datagrams that are read at once.
const BATCH: usize = 64;

/// The longest line; HAProxy writes at most 8 KiB and a header.
const LONGEST: usize = 16 * 1024;

/// Reads from one socket before the other has its turn, and before the end.
const READS: usize = 16;
const LAST_READS: usize = 1000;

/// Between two tries to open the sockets: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What the kernel may keep while nobody reads. It gives as much of it as the machine allows.
const RECEIVE_BUFFER: usize = 8 * 1024 * 1024;

/// The open sockets.
#[derive(Debug)]
pub(crate) struct Sources {
    sockets: Vec<OwnedFd>,
    path: Option<PathBuf>,
}

/// What was read so far.
#[derive(Debug, Default)]
pub(crate) struct SourceCounters {
    pub(crate) received: AtomicU64,
    pub(crate) truncated: AtomicU64,
    /// Why the sockets cannot be opened, while they cannot.
    pub(crate) error: Mutex<Option<String>>,
}

impl Sources {
    /// The sockets as soon as they can be had; nothing when `stop` is closed at its other end before.
    pub(crate) fn open_in_time(
        config: &LogConfig,
        stop: &OwnedFd,
        counters: &SourceCounters,
    ) -> Option<Self> {
        let mut backoff = Backoff::new(PAUSES.0, PAUSES.1);
        loop {
            match Self::open(config) {
                Ok(sources) => {
                    if counters.error.lock().take().is_some() {
                        tracing::info!("log lines are taken");
                    }
                    return Some(sources);
                }
                Err(error) => {
                    let words = error.to_string();
                    let before = counters.error.lock().replace(words.clone());
                    if before.as_ref() != Some(&words) {
                        tracing::error!(%error, "HAProxy's log lines go nowhere; it is tried again");
                    }
                }
            }
            let pause = PollTimeout::try_from(backoff.next_delay()).unwrap_or(PollTimeout::MAX);
            let mut polled = [PollFd::new(stop.as_fd(), PollFlags::POLLIN)];
            match poll(&mut polled, pause) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) | Err(_) => return None,
            }
        }
    }

    pub(crate) fn open(config: &LogConfig) -> Result<Self> {
        let mut sockets: Vec<OwnedFd> = Vec::new();
        if let Some(path) = &config.socket {
            let socket =
                bind_unix(path).map_err(|source| cannot_listen(path.display().to_string(), source))?;
            sockets.push(socket.into());
        }
        if let Some(address) = config.udp {
            let socket = UdpSocket::bind(address)
                .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
                .map_err(|source| cannot_listen(format!("udp {address}"), source))?;
            sockets.push(socket.into());
        }
        for socket in &sockets {
            // The kernel takes what it allows; more than that would need privileges.
            let forced = setsockopt(socket, sockopt::RcvBufForce, &RECEIVE_BUFFER);
            if forced.is_err() {
                let _ = setsockopt(socket, sockopt::RcvBuf, &RECEIVE_BUFFER);
            }
        }
        Ok(Self {
            sockets,
            path: config.socket.clone(),
        })
    }

    /// Reads until `stop` is closed at its other end, then what is there already.
    pub(crate) fn read(&self, stop: &OwnedFd, into: &mut Reader) {
        let mut buffers = Buffers::new();
        loop {
            let mut polled: Vec<PollFd<'_>> = std::iter::once(stop)
                .chain(&self.sockets)
                .map(|socket| PollFd::new(socket.as_fd(), PollFlags::POLLIN))
                .collect();
            match poll(&mut polled, PollTimeout::NONE) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => {
                    tracing::error!(%error, "log lines cannot be read any more");
                    return;
                }
            }
            let is_ready = |polled: &PollFd<'_>| polled.any().unwrap_or_default();
            let ended = polled.first().is_some_and(is_ready);
            for (socket, polled) in self.sockets.iter().zip(polled.iter().skip(1)) {
                if ended || is_ready(polled) {
                    // One that never falls silent must not keep the others waiting, nor the end.
                    let most = if ended { LAST_READS } else { READS };
                    for _ in 0..most {
                        if buffers.receive(socket.as_fd(), into) < BATCH {
                            break;
                        }
                    }
                }
            }
            if ended {
                return;
            }
        }
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // HAProxy goes on without; the next agent makes it anew.
            let _ = fs::remove_file(path);
        }
    }
}

fn cannot_listen(subject: String, source: io::Error) -> Error {
    Error::new(ErrorKind::Logs, "take log lines at", subject, source.to_string()).caused_by(source)
}

/// A socket file that a crash has left is no obstacle; one that somebody listens to is.
fn bind_unix(path: &Path) -> io::Result<UnixDatagram> {
    if let Ok(found) = fs::symlink_metadata(path) {
        // The file that a mistyped path names is not ours to remove.
        if !found.file_type().is_socket() {
            return Err(IoErrorKind::AlreadyExists.into());
        }
        let probe = UnixDatagram::unbound()?;
        match probe.connect(path) {
            Ok(()) => return Err(IoErrorKind::AddrInUse.into()),
            Err(error) if error.kind() == IoErrorKind::ConnectionRefused => fs::remove_file(path)?,
            Err(error) => return Err(error),
        }
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let socket = UnixDatagram::bind(path)?;
    socket.set_nonblocking(true)?;
    // HAProxy may run as another user.
    fs::set_permissions(path, fs::Permissions::from_mode(0o666))?;
    Ok(socket)
}

/// Where lines go from the sockets.
pub(crate) struct Reader {
    pub(crate) queues: Vec<Arc<Queue>>,
    pub(crate) counters: Arc<SourceCounters>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Number of the first line: one that no earlier agent of this host has given.
    pub(crate) first: u64,
    /// Told of each line.
    pub(crate) observer: Option<Observer>,
}

/// Hears each line when it comes, and when that was in milliseconds since 1970-01-01 00:00 UTC. It must be quick: while it thinks nobody reads.
pub type Observer = Box<dyn FnMut(&LogLine<'_>, i64) + Send>;

impl Reader {
    fn lines(&mut self, data: Vec<u8>, ends: Vec<u32>, truncated: u64) {
        let count = ends.len() as u64;
        let before = self.counters.received.fetch_add(count, Ordering::Relaxed);
        let first = self.first + before;
        if truncated > 0 {
            self.counters.truncated.fetch_add(truncated, Ordering::Relaxed);
        }
        let now = self.clock.now().as_millisecond();
        let chunk = Arc::new(Chunk::new(now, first, data, ends));
        if let Some(observer) = &mut self.observer {
            (0..chunk.lines()).for_each(|index| observer(&LogLine::read(chunk.line(index)), now));
        }
        for queue in &self.queues {
            queue.push(chunk.clone());
        }
    }
}

/// Memory that is read into.
struct Buffers {
    /// Without addresses: nobody asks who has sent a line.
    headers: MultiHeaders<()>,
    /// One after the other, each as long as the longest line; memory that is never touched is not taken.
    space: Vec<u8>,
}

impl Buffers {
    fn new() -> Self {
        Self {
            headers: MultiHeaders::preallocate(BATCH, None),
            space: vec![0; BATCH * LONGEST],
        }
    }

    /// Takes what is there, at most [`BATCH`] datagrams; says how many there were.
    fn receive(&mut self, socket: BorrowedFd<'_>, into: &mut Reader) -> usize {
        let mut lengths = [(0_usize, false); BATCH];
        let mut count = 0;
        {
            let mut slices: Vec<[IoSliceMut<'_>; 1]> = self
                .space
                .chunks_exact_mut(LONGEST)
                .map(|space| [IoSliceMut::new(space)])
                .collect();
            let flags = MsgFlags::MSG_DONTWAIT;
            match recvmmsg(
                socket.as_raw_fd(),
                &mut self.headers,
                slices.iter_mut(),
                flags,
                None,
            ) {
                Ok(received) => {
                    for (message, length) in received.zip(&mut lengths) {
                        *length = (message.bytes, message.flags.contains(MsgFlags::MSG_TRUNC));
                        count += 1;
                    }
                }
                Err(Errno::EAGAIN | Errno::EINTR) => return 0,
                Err(error) => {
                    tracing::debug!(%error, "a log line could not be read");
                    return 0;
                }
            }
        }
        let received = lengths.get(..count).unwrap_or_default();
        // Exactly what is needed: it becomes the chunk as it is.
        let mut data = Vec::with_capacity(received.iter().map(|(length, _)| length).sum());
        let mut ends = Vec::with_capacity(received.iter().filter(|(length, _)| *length > 0).count());
        let mut truncated = 0;
        for ((length, is_truncated), space) in received.iter().zip(self.space.chunks_exact(LONGEST)) {
            truncated += u64::from(*is_truncated);
            if *length > 0 {
                data.extend_from_slice(space.get(..*length).unwrap_or_default());
                // 64 lines of 16 KiB fit.
                ends.push(u32::try_from(data.len()).unwrap_or(u32::MAX));
            }
        }
        if !ends.is_empty() {
            into.lines(data, ends, truncated);
        }
        count
    }
}
