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

#[derive(Serialize, Deserialize)]
struct Lease {
    /// Which start of the host it belongs to: no process that kept it has survived another one.
    boot: String,
    /// Seconds.
    ttl: u64,
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

    fn read_lease(&self, lease: LeaseId) -> io::Result<Option<Lease>> {
        match self.read(&self.lease_file(lease))? {
            Some((_, _, text)) => Ok(Some(serde_json::from_slice(&text)?)),
            None => Ok(None),
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

    /// Binds a key in a version that it is about to get; says whether the lease was there.
    pub(super) fn bind(&self, locked: &Locked, id: LeaseId, key: &Key, version: Version) -> io::Result<bool> {
        let Some(mut lease) = self.read_lease(id)? else {
            return Ok(false);
        };
        let ends = fs::metadata(self.lease_file(id))?.modified()?;
        let ends = ends.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        lease.keys.retain(|(bound, _)| bound != key.as_str());
        lease.keys.push((key.to_string(), version.number()));
        self.write_lease(locked, id, &lease, ends)?;
        Ok(true)
    }
}
