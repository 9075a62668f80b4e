//! The gateways' part as one text file that some other program writes.

use std::ffi::OsString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::stream::BoxStream;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use tokio::fs;
use tokio::io::{AsyncReadExt as _, unix::AsyncFd};
use vamp_io::backoff::Backoff;
use vamp_kv::handover::{HandedOver, Received};

use super::told::Told;
use crate::error::{Error, ErrorKind, Result};
use crate::hash::sha256_hex;

/// How often the file is looked at even if the kernel gives no notice: what a link points to may change anywhere.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// A file is taken for complete when it did not change for this long, where no notice says so.
const SETTLE: Duration = Duration::from_millis(50);

/// How many times that is waited for; a file that never rests is read as it is then.
const SETTLE_TIMES: u32 = 40;

/// The largest file that is read, in bytes: six times the configuration of 10,000 gateways.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Room for several hundred notices at once; more are read in turns.
const NOTICES: usize = 16 * 1024;

/// A file with the gateways' part of the configuration: what a store holds under its key `configuration`.
///
/// Any program may write it, in place or by putting another file in its place, and the file may be a link. A change is seen when the
/// writer closes the file or renames one to its name, others within 5 s. A file that is not there is an absent value, which never takes
/// anything away; one that cannot be read, or whose directory is gone, is an outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    path: PathBuf,
    directory: PathBuf,
    name: OsString,
}

impl TextFile {
    /// The file at this path, which need not be there yet; its directory does.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the path is not absolute or names no file.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let refused = |why: &str| {
            Error::new(
                ErrorKind::Configuration,
                "use the file",
                path.display().to_string(),
                why,
            )
        };
        if !path.is_absolute() {
            return Err(refused("the path must be absolute"));
        }
        let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(refused("the path names no file"));
        };
        Ok(Self {
            directory: directory.to_owned(),
            name: name.to_owned(),
            path,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What stands in it, and whenever that changes.
    pub(super) fn watch(&self) -> BoxStream<'static, vamp_kv::Result<HandedOver>> {
        Box::pin(follow(self.clone()))
    }

    fn away(&self, why: io::Error) -> vamp_kv::Error {
        vamp_kv::Error::new(vamp_kv::ErrorKind::Unavailable, "read", self.path.display()).because(why)
    }
}

fn follow(file: TextFile) -> impl futures::Stream<Item = vamp_kv::Result<HandedOver>> + Send {
    async_stream::stream! {
        let mut told = Told::default();
        let mut backoff = Backoff::watch();
        loop {
            let failed = match Follower::begin(&file).await {
                Err(error) => error,
                Ok(mut follower) => loop {
                    match follower.value().await {
                        Ok(Ok(found)) => {
                            backoff.reset();
                            if let Some(news) = told.news(found) {
                                yield Ok(news);
                            }
                        }
                        // What makes no sense stays so until somebody writes the file anew.
                        Ok(Err(error)) => yield Err(error),
                        Err(error) => break error,
                    }
                    if let Err(error) = follower.changed().await {
                        break error;
                    }
                },
            };
            told.outage();
            yield Err(file.away(failed));
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }
}

/// What tells one state of the file from another, without reading it.
type Look = Option<[i128; 5]>;

struct Follower<'f> {
    file: &'f TextFile,
    notices: AsyncFd<OwnedFd>,
    /// How the file looked when it was read.
    read: Look,
}

impl<'f> Follower<'f> {
    /// Asks for notices, then waits until the file is complete.
    async fn begin(file: &'f TextFile) -> io::Result<Self> {
        let notices = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let flags = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::ATTRIB
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        inotify::add_watch(&notices, &file.directory, flags)?;
        #[expect(
            deprecated,
            reason = "what replaces it is unsafe; an owned descriptor that is never given away is what it asks for"
        )]
        let notices = AsyncFd::new(notices)?;
        let follower = Self {
            file,
            notices,
            read: None,
        };
        follower.settle().await?;
        Ok(follower)
    }

    /// What stands in the file now. The inner error is of the content.
    async fn value(&mut self) -> io::Result<vamp_kv::Result<HandedOver>> {
        let bytes = loop {
            self.read = self.look().await?;
            if self.read.is_none() {
                return Ok(Ok(HandedOver::Absent));
            }
            match self.bytes().await {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                outcome => {
                    let bytes = outcome?;
                    if self.look().await? == self.read {
                        break bytes;
                    }
                }
            }
            self.settle().await?;
        };
        let hash = sha256_hex(&bytes);
        if bytes.is_empty() {
            return Ok(Ok(HandedOver::Empty { hash, revision: 0 }));
        }
        Ok(match String::from_utf8(bytes) {
            Ok(text) => Ok(HandedOver::Text(Received {
                text,
                hash,
                revision: 0,
                shrink_meant_from: Vec::new(),
            })),
            Err(error) => {
                let subject = self.file.path.display();
                let nonsense = vamp_kv::Error::new(vamp_kv::ErrorKind::Protocol, "read", subject);
                Err(nonsense.because(format!("the text is not UTF-8: {error}")))
            }
        })
    }

    async fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = fs::File::open(&self.file.path).await?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).await?;
        if bytes.len() as u64 > LARGEST {
            return Err(io::Error::other(format!(
                "it is larger than the {LARGEST} bytes that are read"
            )));
        }
        Ok(bytes)
    }

    /// Waits until the file is another one than the one that was read, and complete.
    async fn changed(&self) -> io::Result<()> {
        loop {
            let noticed = tokio::time::timeout(LOOK_INTERVAL, self.notices.readable()).await;
            if let Ok(ready) = noticed {
                ready?.clear_ready();
                if self.read_notices()? {
                    return Ok(());
                }
            }
            if self.look().await? != self.read {
                return self.settle().await;
            }
        }
    }

    /// Reads what the kernel has noticed; says whether a writer is done with the file.
    fn read_notices(&self) -> io::Result<bool> {
        let mut buffer = vec![MaybeUninit::uninit(); NOTICES];
        let mut reader = inotify::Reader::new(self.notices.get_ref(), &mut buffer);
        let mut done = false;
        loop {
            let notice = match reader.next() {
                Ok(notice) => notice,
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(done),
                Err(error) => return Err(error.into()),
            };
            let flags = notice.events();
            let directory_gone =
                ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::UNMOUNT | ReadFlags::IGNORED;
            if flags.intersects(directory_gone) {
                let gone = "the directory of the file is gone";
                return Err(io::Error::new(io::ErrorKind::NotFound, gone));
            }
            let ours = notice
                .file_name()
                .is_some_and(|name| name.to_bytes() == self.file.name.as_encoded_bytes());
            let complete =
                ReadFlags::CLOSE_WRITE | ReadFlags::MOVED_TO | ReadFlags::DELETE | ReadFlags::MOVED_FROM;
            done |= ours && flags.intersects(complete);
        }
    }

    /// Waits until the file does not change any more.
    async fn settle(&self) -> io::Result<()> {
        let mut before = self.look().await?;
        for _ in 0..SETTLE_TIMES {
            tokio::time::sleep(SETTLE).await;
            let now = self.look().await?;
            if now == before {
                break;
            }
            before = now;
        }
        Ok(())
    }

    async fn look(&self) -> io::Result<Look> {
        match fs::metadata(&self.file.path).await {
            Ok(metadata) if metadata.is_file() => Ok(Some([
                i128::from(metadata.dev()),
                i128::from(metadata.ino()),
                i128::from(metadata.size()),
                i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec()),
                i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec()),
            ])),
            Ok(_) => Err(io::Error::other("it is no file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
