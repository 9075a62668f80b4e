//! Leases: a file each, whose time is when it ends, on the clock that runs from the start of the host.
//!
//! It names the keys with the versions that were bound to it, so that a write under another lease, or under none, sets a key free.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::files::{Files, Locked, stamp};
use crate::{Key, LeaseId, Version};

/// The ending of a lease that could not be read.
const UNREADABLE: &str = "unreadable";

#[derive(Serialize, Deserialize)]
struct Lease {
    /// Which start of the host it belongs to: no process that kept it has survived another one.
    boot: String,
    /// Seconds.
    ttl: u64,
    /// A key that was about to be written again is here twice: in the version that was there, and in the one that it was to get.
    keys: Vec<(String, u64)>,
}

/// The time since the host was started.
pub(super) fn now() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(
        u64::try_from(now.tv_sec).unwrap_or_default(),
        u32::try_from(now.tv_nsec).unwrap_or_default(),
    )
}

fn boot() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?
        .trim()
        .to_owned())
}

impl Files {
    fn lease_file(&self, lease: LeaseId) -> PathBuf {
        self.own("leases").join(lease.number().to_string())
    }

    /// A lease; one that cannot be read is set aside, so that it stands in nobody's way, and has ended.
    fn read_lease(&self, lease: LeaseId) -> io::Result<Option<Lease>> {
        let path = self.lease_file(lease);
        let Some((_, _, text)) = self.read(&path)? else {
            return Ok(None);
        };
        match serde_json::from_slice(&text) {
            Ok(lease) => Ok(Some(lease)),
            Err(error) => {
                let aside = path.with_extension(UNREADABLE);
                fs::rename(&path, &aside)?;
                tracing::warn!(
                    file = %aside.display(),
                    %error,
                    "a lease could not be read and is set aside; its keys stay until they are written or deleted"
                );
                Ok(None)
            }
        }
    }

    fn write_lease(&self, locked: &Locked, id: LeaseId, lease: &Lease, ends: Duration) -> io::Result<()> {
        let prepared = self.prepare(&serde_json::to_vec(lease)?)?;
        locked.place(prepared, &self.root, &self.lease_file(id), ends)
    }

    /// The leases with the time at which each ends.
    fn leases(&self) -> io::Result<Vec<(LeaseId, Duration)>> {
        let mut leases = Vec::new();
        let directory = match fs::read_dir(self.own("leases")) {
            Ok(directory) => directory,
            Err(error) => return self.absent::<()>(error).map(|_| leases),
        };
        for item in directory {
            let item = item?;
            let Some(id) = item.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // Ended by another process meanwhile.
            let Ok(metadata) = item.metadata() else { continue };
            let ends = metadata
                .modified()?
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap_or_default();
            leases.push((LeaseId::from_number(id), ends));
        }
        Ok(leases)
    }

    /// When the next lease ends, if there is one.
    pub(super) fn next_end(&self) -> io::Result<Option<Duration>> {
        Ok(self.leases()?.into_iter().map(|(_, ends)| ends).min())
    }

    /// Ends the leases whose time has come; takes the lock only when there are such.
    pub(super) fn expire(&self) -> io::Result<()> {
        if self.next_end()?.is_some_and(|ends| ends <= now()) {
            self.expire_locked(&self.lock(false)?)?;
        }
        Ok(())
    }

    /// As [`expire`](Self::expire), also those of before the host was started.
    pub(super) fn expire_locked(&self, locked: &Locked) -> io::Result<()> {
        for (lease, ends) in self.leases()? {
            if ends <= now() {
                self.end_lease(locked, lease)?;
            }
        }
        Ok(())
    }

    /// Ends the leases of before the host was started.
    pub(super) fn expire_of_before(&self) -> io::Result<()> {
        let locked = self.lock(false)?;
        let boot = boot()?;
        for (id, _) in self.leases()? {
            if self.read_lease(id)?.is_some_and(|lease| lease.boot != boot) {
                self.end_lease(&locked, id)?;
            }
        }
        Ok(())
    }

    pub(super) fn end_lease(&self, locked: &Locked, lease: LeaseId) -> io::Result<()> {
        let Some(content) = self.read_lease(lease)? else {
            return Ok(());
        };
        for (key, version) in content.keys {
            let Ok(key) = Key::parse(&key) else { continue };
            if self.version(&key)? == Some(Version::from_number(version)) {
                self.remove(locked, &key)?;
            }
        }
        fs::remove_file(self.lease_file(lease))
    }

    pub(super) fn grant_lease(&self, ttl: Duration) -> io::Result<LeaseId> {
        let locked = self.lock(false)?;
        let number = locked.next_version()?.number();
        let id = LeaseId::from_number(i64::try_from(number).unwrap_or(i64::MAX));
        let lease = Lease {
            boot: boot()?,
            ttl: ttl.as_secs(),
            keys: Vec::new(),
        };
        self.write_lease(&locked, id, &lease, now() + ttl)?;
        Ok(id)
    }

    /// Says whether the lease was there.
    pub(super) fn keep_lease(&self, id: LeaseId) -> io::Result<bool> {
        let locked = self.lock(false)?;
        self.expire_locked(&locked)?;
        let Some(lease) = self.read_lease(id)? else {
            return Ok(false);
        };
        let file = File::options().write(true).open(self.lease_file(id))?;
        stamp(&file, now() + Duration::from_secs(lease.ttl))?;
        Ok(true)
    }

    /// Binds a key in a version that it is about to get; says whether the lease was there. The version that is there stays bound, for
    /// the new one may never come.
    pub(super) fn bind(&self, locked: &Locked, id: LeaseId, key: &Key, version: Version) -> io::Result<bool> {
        let Some(mut lease) = self.read_lease(id)? else {
            return Ok(false);
        };
        let ends = fs::metadata(self.lease_file(id))?.modified()?;
        let ends = ends.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let there = self.version(key)?.map(Version::number);
        lease
            .keys
            .retain(|(bound, version)| bound != key.as_str() || Some(*version) == there);
        lease.keys.push((key.to_string(), version.number()));
        self.write_lease(locked, id, &lease, ends)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{FileConfig, FileStore};
    use crate::{ErrorKind, KeyValueStore as _};

    const LONG: Duration = Duration::from_secs(60);

    async fn open(directory: &tempfile::TempDir) -> FileStore {
        FileStore::open(FileConfig::new(directory.path())).await.unwrap()
    }

    #[tokio::test]
    async fn a_writer_killed_before_its_value_stands_leaves_the_one_before_bound() {
        let directory = tempfile::tempdir().unwrap();
        let store = open(&directory).await;
        let key = Key::parse("/leader").unwrap();
        let lease = store.grant_lease(LONG).await.unwrap();
        store.put(&key, "first".into(), Some(lease)).await.unwrap();
        for _ in 0..2 {
            // The lock is gone with the writer, and the value was not placed.
            let locked = store.files.lock(false).unwrap();
            let version = locked.next_version().unwrap();
            assert!(store.files.bind(&locked, lease, &key, version).unwrap());
        }
        assert_eq!(store.files.read_lease(lease).unwrap().unwrap().keys.len(), 2);
        store.revoke_lease(lease).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_lease_that_cannot_be_read_stands_in_nobodys_way() {
        let directory = tempfile::tempdir().unwrap();
        let store = open(&directory).await;
        let key = Key::parse("/leader").unwrap();
        let (torn, whole) = (
            store.grant_lease(LONG).await.unwrap(),
            store.grant_lease(LONG).await.unwrap(),
        );
        let file = store.files.lease_file(torn);
        fs::write(&file, "{\"boot\": \"").unwrap();
        // Its time has come, so that each call tries to end it.
        stamp(&File::options().write(true).open(&file).unwrap(), Duration::ZERO).unwrap();

        store.put(&key, "led".into(), Some(whole)).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap().unwrap().value, "led");
        let ended = store.keep_lease(torn).await.unwrap_err();
        assert_eq!(ended.kind(), ErrorKind::LeaseExpired);
        assert!(!file.exists() && file.with_extension(UNREADABLE).exists());
        open(&directory).await.keep_lease(whole).await.unwrap();
    }
}
