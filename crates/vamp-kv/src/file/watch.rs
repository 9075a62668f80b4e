//! A watch: a listing, then what the notices of the kernel point to, and a slow look at everything.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use tokio::io::unix::AsyncFd;
use vamp_io::backoff::Backoff;

use super::backend::FileStore;
use super::files::{Files, Look};
use super::layout::{self, VALUE};
use super::lease;
use crate::{Entry, Error, ErrorKind, Key, Result, Version, WatchEvent};

/// Room for several hundred notices at once; more are read in turns.
const NOTICES: usize = 16 * 1024;

/// Time between two looks at everything where the kernel has no notices to give.
const POLL: Duration = Duration::from_secs(1);

/// Lists, then follows. Whatever breaks is told, and a fresh listing follows.
pub(super) fn watch(store: FileStore, prefix: Key) -> impl futures::Stream<Item = Result<WatchEvent>> + Send {
    async_stream::stream! {
        let mut backoff = Backoff::watch();
        loop {
            match begin(&store, &prefix).await {
                Ok((entries, follower)) => {
                    backoff.reset();
                    yield Ok(WatchEvent::ListingStarted);
                    for entry in entries {
                        yield Ok(WatchEvent::Item(entry));
                    }
                    yield Ok(WatchEvent::ListingComplete);
                    loop {
                        match follower.next(&store).await {
                            Ok(events) => for event in events {
                                yield Ok(event);
                            },
                            Err(error) => {
                                yield Err(outage(&prefix, error));
                                break;
                            }
                        }
                    }
                }
                Err(error) => yield Err(outage(&prefix, error)),
            }
            tokio::time::sleep(backoff.next_delay()).await;
        }
    }
}

/// All that breaks a watch may pass: rights come back, too.
fn outage(prefix: &Key, error: io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "watch", prefix).because(error)
}

async fn begin(store: &FileStore, prefix: &Key) -> io::Result<(Vec<Entry>, Follower)> {
    let (files, prefix) = (store.files.clone(), prefix.clone());
    let looking = store.bounded(move || {
        files.expire()?;
        let _locked = files.lock(true)?;
        let notices = match inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC) {
            Ok(notices) => Some(Arc::new(notices)),
            Err(error) if is_limit(error) => None,
            Err(error) => return Err(error.into()),
        };
        let mut seen = Seen::new(files, prefix, notices);
        let mut found = Vec::new();
        seen.look_at_all(&mut found)?;
        #[expect(
            deprecated,
            reason = "what replaces it is unsafe; an owned descriptor that is never given away is what it asks for"
        )]
        let notices = seen.notices.clone().map(AsyncFd::new).transpose()?;
        let follower = Follower {
            notices,
            seen: Arc::new(Mutex::new(seen)),
        };
        Ok((found, follower))
    });
    looking.await
}

/// Whether the user has as many instances or watches of inotify as the kernel allows.
const fn is_limit(error: Errno) -> bool {
    matches!(error, Errno::NOSPC | Errno::MFILE)
}

/// Says it once; it is the same for all stores of a process.
fn tell_of_polling() {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        tracing::warn!(
            "the kernel gives no more notices of files (fs.inotify.max_user_watches, fs.inotify.max_user_instances): \
             file stores are looked at each second"
        );
    });
}

struct Follower {
    notices: Option<AsyncFd<Arc<OwnedFd>>>,
    seen: Arc<Mutex<Seen>>,
}

impl Follower {
    /// Waits for a notice, the end of a lease, or the time of the slow look; then tells what has changed.
    async fn next(&self, store: &FileStore) -> io::Result<Vec<WatchEvent>> {
        let files = store.files.clone();
        let ends = store.bounded(move || files.next_end()).await?;
        let until_end = ends.map_or(Duration::MAX, |ends| ends.saturating_sub(lease::now()));
        let polls = self.seen.lock().polls;
        let interval = if polls {
            POLL.min(store.look_interval)
        } else {
            store.look_interval
        };
        let jittered = interval.mul_f64(0.9 + f64::from(rand::random::<u8>()) / 1280.0);
        let noticed = tokio::time::timeout(jittered.min(until_end), self.noticed()).await;
        let all = match noticed {
            Ok(noticed) => {
                noticed?;
                false
            }
            Err(_) => polls || until_end > jittered,
        };
        let seen = Arc::clone(&self.seen);
        store.bounded(move || seen.lock().changes(all)).await
    }

    /// Waits for a notice.
    async fn noticed(&self) -> io::Result<()> {
        match &self.notices {
            Some(notices) => notices.readable().await.map(|mut ready| ready.clear_ready()),
            None => std::future::pending().await,
        }
    }
}

/// What a watch has told.
struct Seen {
    files: Files,
    prefix: Key,
    /// None where the kernel gives no more of them.
    notices: Option<Arc<OwnedFd>>,
    /// Whether there may be changes without a notice.
    polls: bool,
    /// The directories that the kernel gives notice of.
    directories: HashMap<i32, PathBuf>,
    known: BTreeMap<Key, (Look, Version)>,
}

/// What notices point to.
#[derive(Default)]
struct Hints {
    /// Directories with whether what is below them has to be looked at, too.
    directories: BTreeMap<PathBuf, bool>,
    all: bool,
}

impl Seen {
    fn new(files: Files, prefix: Key, notices: Option<Arc<OwnedFd>>) -> Self {
        Self {
            files,
            prefix,
            notices,
            polls: false,
            directories: HashMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// The changes since the last time, in the order in which they were made. No writer is at work meanwhile, so that a value is not told
    /// before one that was written earlier.
    fn changes(&mut self, all: bool) -> io::Result<Vec<WatchEvent>> {
        self.files.expire()?;
        let files = self.files.clone();
        let _locked = files.lock(true)?;
        let mut hints = self.read_notices()?;
        hints.all |= all;
        let mut found = Vec::new();
        let mut gone = Vec::new();
        if hints.all {
            self.look_at_all(&mut found)?;
            let prefix = self.files.root.join(layout::directory(&self.prefix));
            self.find_gone(&prefix, true, &mut gone)?;
        }
        for (directory, below) in &hints.directories {
            self.look_at(directory, *below, &mut found)?;
            self.find_gone(directory, *below, &mut gone)?;
        }
        // Those of other writers, whose versions tell no order, come where they come.
        found.sort_by_key(|entry| entry.version.number());
        let gone = gone.into_iter().map(WatchEvent::Deleted);
        Ok(gone.chain(found.into_iter().map(WatchEvent::Put)).collect())
    }

    fn read_notices(&mut self) -> io::Result<Hints> {
        let mut hints = Hints::default();
        let Some(notices) = &self.notices else {
            return Ok(hints);
        };
        let mut buffer = vec![MaybeUninit::uninit(); NOTICES];
        let mut reader = inotify::Reader::new(&**notices, &mut buffer);
        loop {
            let notice = match reader.next() {
                Ok(notice) => notice,
                Err(Errno::WOULDBLOCK) => return Ok(hints),
                Err(error) => return Err(error.into()),
            };
            let flags = notice.events();
            if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
                hints.all = true;
                continue;
            }
            let Some(directory) = self.directories.get(&notice.wd()) else {
                continue;
            };
            let is_root = *directory == self.files.root;
            if is_root && flags.intersects(ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::UNMOUNT)
            {
                return Err(io::Error::new(
                    io::ErrorKind::NotFound,
                    "the directory of the store is gone",
                ));
            }
            if flags.contains(ReadFlags::IGNORED) {
                self.directories.remove(&notice.wd());
                continue;
            }
            let name = notice.file_name().map(|name| name.to_string_lossy().into_owned());
            match name {
                Some(name) if flags.contains(ReadFlags::ISDIR) => {
                    hints.directories.insert(directory.join(name), true);
                }
                Some(name) if name == VALUE => {
                    hints.directories.entry(directory.clone()).or_insert(false);
                }
                Some(_) => {}
                // The rights of the directory itself.
                None => {
                    hints.directories.insert(directory.clone(), true);
                }
            }
        }
    }

    /// Looks at everything at and below the prefix.
    fn look_at_all(&mut self, found: &mut Vec<Entry>) -> io::Result<()> {
        let root = self.files.root.clone();
        // Until one of the directories has none.
        self.polls = false;
        self.follow(&root)?;
        let leases = self.files.own("leases");
        self.follow(&leases)?;
        self.look_at(&root, true, found)
    }

    /// Looks at a directory, and below it if wanted, as far as the prefix goes.
    fn look_at(&mut self, directory: &Path, below: bool, found: &mut Vec<Entry>) -> io::Result<()> {
        let prefix = self.files.root.join(layout::directory(&self.prefix));
        if directory.starts_with(&prefix) {
            return self.look(directory, below, found);
        }
        // On the way to the prefix.
        if below && prefix.starts_with(directory) && self.follow(directory)? {
            let rest = prefix.strip_prefix(directory).unwrap_or(&prefix);
            if let Some(next) = rest.components().next() {
                return self.look_at(&directory.join(next), true, found);
            }
        }
        Ok(())
    }

    fn look(&mut self, directory: &Path, below: bool, found: &mut Vec<Entry>) -> io::Result<()> {
        if below {
            // Noticed from here on; what was there before is found next.
            if !self.follow(directory)? {
                return Ok(());
            }
            for item in self.files.directories_in(directory)? {
                self.look(&item, true, found)?;
            }
        }
        self.look_at_value(directory, found)
    }

    fn look_at_value(&mut self, directory: &Path, found: &mut Vec<Entry>) -> io::Result<()> {
        let path = directory.join(VALUE);
        let Some(key) = directory
            .strip_prefix(&self.files.root)
            .ok()
            .and_then(layout::key)
        else {
            return Ok(());
        };
        let look = match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => Look::at(&metadata),
            Ok(_) => return Ok(()),
            Err(error) => return self.files.absent::<()>(error).map(drop),
        };
        // An editor may write twice between two ticks of the clock of the kernel; only times of ours are never the same.
        if self
            .known
            .get(&key)
            .is_some_and(|(known, _)| *known == look && look.is_ours())
        {
            return Ok(());
        }
        let Some((look, version, value)) = self.files.read(&path)? else {
            return Ok(());
        };
        let known = self.known.insert(key.clone(), (look, version));
        if known.is_none_or(|(_, known)| known != version) {
            found.push(Entry { key, value, version });
        }
        Ok(())
    }

    /// The keys that were told and are not there any more.
    fn find_gone(&mut self, directory: &Path, below: bool, gone: &mut Vec<Key>) -> io::Result<()> {
        let there = directory
            .strip_prefix(&self.files.root)
            .ok()
            .and_then(layout::key);
        let keys: Vec<Key> = match there {
            Some(key) if !below => self.known.contains_key(&key).then_some(key).into_iter().collect(),
            Some(key) => {
                let range = self.known.range(key.clone()..);
                let begins = range.take_while(|(known, _)| known.as_str().starts_with(key.as_str()));
                begins.map(|(known, _)| known.clone()).collect()
            }
            // Above every key, or between two names of one segment.
            None => self.known.keys().cloned().collect(),
        };
        for key in keys {
            match fs::metadata(self.files.value_of(&key)) {
                Ok(_) => continue,
                Err(error) => self.files.absent::<()>(error)?,
            };
            self.known.remove(&key);
            gone.push(key);
        }
        Ok(())
    }

    /// Asks for notices of a directory; says whether it is there.
    fn follow(&mut self, directory: &Path) -> io::Result<bool> {
        let flags = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::ATTRIB
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::ONLYDIR;
        let followed = match &self.notices {
            Some(notices) => inotify::add_watch(&**notices, directory, flags),
            None => Err(Errno::MFILE),
        };
        match followed {
            Ok(number) => {
                self.directories.insert(number, directory.to_owned());
                Ok(true)
            }
            Err(error) if is_limit(error) => {
                self.polls = true;
                tell_of_polling();
                match fs::metadata(directory) {
                    Ok(metadata) => Ok(metadata.is_dir()),
                    Err(error) => Ok(self.files.absent::<()>(error)?.is_some()),
                }
            }
            Err(error) => Ok(self.files.absent::<()>(error.into())?.is_some()),
        }
    }
}

impl Files {
    /// The directories in a directory, but for our own.
    fn directories_in(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let items = match fs::read_dir(directory) {
            Ok(items) => items,
            Err(error) => return Ok(self.absent(error)?.unwrap_or_default()),
        };
        let mut directories = Vec::new();
        for item in items {
            let item = item?;
            let is_own = item.file_name().as_encoded_bytes().starts_with(b".");
            if !is_own && item.file_type()?.is_dir() {
                directories.push(item.path());
            }
        }
        Ok(directories)
    }

    /// Everything at and below a key.
    pub(super) fn below(&self, prefix: &Key) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut open = vec![self.root.join(layout::directory(prefix))];
        // An absent prefix must not hide that the store is gone.
        fs::read_dir(&self.root)?;
        while let Some(directory) = open.pop() {
            let key = directory.strip_prefix(&self.root).ok().and_then(layout::key);
            if let Some(key) = key
                && let Some(entry) = self.get(&key)?
            {
                entries.push(entry);
            }
            open.extend(self.directories_in(&directory)?);
        }
        Ok(entries)
    }
}
