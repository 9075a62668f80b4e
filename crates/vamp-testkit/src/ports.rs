//! Free ports that no other test takes, in this process or another.
//!
//! Asking the kernel for port 0 gives a port that another test may be given the moment it is released again; and ports of the
//! ephemeral range (from 32768 on Linux) can be taken by any outgoing connection. So ports are leased below that range, each by
//! a lock on a file in the temporary directory. The kernel releases the lock when the process ends, however it ends.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::PathBuf,
};

use vamp_io::file_lock::FileLock;

use crate::Error;

/// The first port that may be leased.
pub const FIRST: u16 = 12_000;
/// The last port that may be leased: the one before Linux's ephemeral range.
pub const LAST: u16 = 32_767;

/// A port that nobody else who leases ports here is given until this value is dropped.
///
/// The port is free when the lease is given, for TCP and UDP on all addresses; who holds the lease may bind it as often as needed.
#[derive(Debug)]
pub struct Lease {
    number: u16,
    /// The file itself stays: removing it would let two processes lock two files of one name.
    _lock: FileLock,
}

impl Lease {
    /// The port's number.
    #[must_use]
    pub const fn number(&self) -> u16 {
        self.number
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), self.number)
    }
}

/// Leases one free port.
///
/// # Errors
/// [`Error::NoFreePort`] when the whole range is taken, [`Error::Io`] when the lock directory cannot be written.
pub fn lease() -> Result<Lease, Error> {
    let directory = lock_directory()?;
    let count = LAST - FIRST + 1;
    // A random start keeps processes that begin together from trying the same ports one after the other.
    let start = rand::random_range(0..count);
    for step in 0..count {
        let number = FIRST + (start + step) % count;
        if let Some(lease) = try_lease(&directory, number)? {
            return Ok(lease);
        }
    }
    Err(Error::NoFreePort {
        first: FIRST,
        last: LAST,
    })
}

/// Leases a free port and listens on it on loopback, so that nobody comes between: a process that leases none may bind any port.
///
/// # Errors
/// As [`lease`], and [`Error::Io`] when no port can be listened on.
pub fn listen() -> Result<(Lease, TcpListener), Error> {
    let mut tries = 1..=8;
    loop {
        let lease = lease()?;
        match TcpListener::bind(lease.address()) {
            Ok(listener) => return Ok((lease, listener)),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && tries.next().is_some() => {}
            Err(error) => return Err(Error::io("listen on", &lease.address().to_string())(error)),
        }
    }
}

/// Leases `count` free ports, not necessarily adjacent.
///
/// # Errors
/// As [`lease`].
pub fn lease_many(count: usize) -> Result<Vec<Lease>, Error> {
    (0..count).map(|_| lease()).collect()
}

/// Leases `count` free ports that follow each other, for settings that take a range (`first..first + count`).
///
/// # Errors
/// As [`lease`].
pub fn lease_range(count: u16) -> Result<Vec<Lease>, Error> {
    let directory = lock_directory()?;
    let last_start = LAST.saturating_sub(count.saturating_sub(1)).max(FIRST);
    let starts = last_start - FIRST + 1;
    let offset = rand::random_range(0..starts);
    let mut step = 0;
    while step < starts {
        let first = FIRST + (offset + step) % starts;
        let mut leases = Vec::with_capacity(usize::from(count));
        for number in first..=first.saturating_add(count.saturating_sub(1)).min(LAST) {
            match try_lease(&directory, number)? {
                Some(lease) => leases.push(lease),
                None => break,
            }
        }
        if leases.len() == usize::from(count) {
            return Ok(leases);
        }
        // The port after the last good one is taken: no range that contains it can be free.
        step += u16::try_from(leases.len()).unwrap_or(count).saturating_add(1);
    }
    Err(Error::NoFreePort {
        first: FIRST,
        last: LAST,
    })
}

fn try_lease(directory: &std::path::Path, number: u16) -> Result<Option<Lease>, Error> {
    let path = directory.join(number.to_string());
    let file = FileLock::open(&path).map_err(Error::io("open the lock file", &path))?;
    match FileLock::try_exclusive(file) {
        Ok(lock) => Ok(is_free(number).then_some(Lease { number, _lock: lock })),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(source)) => Err(Error::io("lock", &path)(source)),
    }
}

/// True if neither TCP nor UDP is bound on any address.
fn is_free(number: u16) -> bool {
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, number)).is_ok()
        && UdpSocket::bind((Ipv4Addr::UNSPECIFIED, number)).is_ok()
}

/// One directory a user: files of another user could not be opened for writing.
fn lock_directory() -> Result<PathBuf, Error> {
    let user = rustix::process::getuid().as_raw();
    let directory = std::env::temp_dir().join(format!("vamp-test-ports-{user}"));
    fs::create_dir_all(&directory).map_err(Error::io("create", &directory))?;
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn leased_ports_differ_and_lie_below_the_ephemeral_range() {
        let leases = lease_many(50).unwrap();
        let numbers: HashSet<u16> = leases.iter().map(Lease::number).collect();
        assert_eq!(numbers.len(), 50);
        assert!(numbers.iter().all(|number| (FIRST..=LAST).contains(number)));
    }

    #[test]
    fn a_leased_port_is_given_to_nobody_else_until_it_is_dropped() {
        // Neither other tests nor this one's neighbours get this port meanwhile; the locks that are looked at lie elsewhere.
        let kept = lease().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let lease = || try_lease(directory.path(), kept.number()).unwrap();
        let leased = lease();
        assert!(leased.is_some());
        assert!(lease().is_none());
        drop(leased);
        assert!(lease().is_some());
    }

    #[test]
    fn a_port_that_something_listens_on_is_not_leased() {
        let number = lease().unwrap().number();
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, number)).unwrap();
        assert!(try_lease(&lock_directory().unwrap(), number).unwrap().is_none());
    }

    #[test]
    fn the_ports_of_a_range_follow_each_other() {
        let leases = lease_range(20).unwrap();
        let numbers: Vec<u16> = leases.iter().map(Lease::number).collect();
        let expected: Vec<u16> = (numbers[0]..numbers[0] + 20).collect();
        assert_eq!(numbers, expected);
    }
}
