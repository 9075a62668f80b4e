//! Host ports for instances.

use std::collections::BTreeMap;
use std::fs::{self, TryLockError};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use parking_lot::Mutex;
use vamp_io::file_lock::FileLock;

use super::config::ProcessConfig;
use crate::{Error, ErrorKind, Result};

/// Gives away ports that nobody uses.
///
/// A port counts as used while an instance of this driver has it, while another driver of the machine holds its lock, or while
/// something listens on it. Ports are given in turn, so that one that was given back is not given again soon: whoever still
/// knows its last user would reach another.
#[derive(Debug)]
pub(super) struct Ports {
    first: u16,
    last: u16,
    avoid: Vec<(u16, u16)>,
    locks: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    next: u16,
    /// With the lock, where it could be had.
    taken: BTreeMap<u16, Option<FileLock>>,
}

impl Ports {
    pub(super) fn new(config: &ProcessConfig) -> Self {
        if let Err(error) = fs::create_dir_all(&config.port_locks) {
            tracing::warn!(path = %config.port_locks.display(), %error, "ports cannot be locked against other drivers");
        }
        Self {
            first: config.first_port,
            last: config.last_port,
            avoid: config.avoid_ports.clone(),
            locks: config.port_locks.clone(),
            state: Mutex::new(State {
                next: rand::random_range(config.first_port..=config.last_port),
                taken: BTreeMap::new(),
            }),
        }
    }

    /// So many ports, which are taken until they are given back.
    pub(super) fn take(&self, count: usize) -> Result<Vec<u16>> {
        let mut state = self.state.lock();
        let mut found = Vec::with_capacity(count);
        let range = usize::from(self.last - self.first) + 1;
        for _ in 0..range {
            if found.len() == count {
                break;
            }
            let port = state.next;
            state.next = if port >= self.last { self.first } else { port + 1 };
            let avoided = self
                .avoid
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&port));
            if avoided || state.taken.contains_key(&port) {
                continue;
            }
            if let Some(lock) = self.lock(port).filter(|_| is_free(port)) {
                state.taken.insert(port, lock);
                found.push(port);
            }
        }
        if found.len() == count {
            return Ok(found);
        }
        for port in found {
            state.taken.remove(&port);
        }
        let range = format!("the ports {}-{}", self.first, self.last);
        let message = format!("{count} are needed, and not so many are free");
        Err(Error::new(ErrorKind::Unavailable, "take from", range).saying(message))
    }

    /// Ports that an instance has already.
    pub(super) fn keep(&self, ports: impl IntoIterator<Item = u16>) {
        let mut state = self.state.lock();
        for port in ports {
            let lock = self.lock(port).flatten();
            state.taken.insert(port, lock);
        }
    }

    pub(super) fn give_back(&self, ports: impl IntoIterator<Item = u16>) {
        let mut state = self.state.lock();
        for port in ports {
            state.taken.remove(&port);
        }
    }

    /// The lock of a port, which the kernel releases when this process ends; `None` when somebody else has it. Where locks cannot
    /// be made, the port is free as far as that goes.
    fn lock(&self, port: u16) -> Option<Option<FileLock>> {
        let Ok(file) = FileLock::open(&self.locks.join(port.to_string())) else {
            return Some(None);
        };
        match FileLock::try_exclusive(file) {
            Ok(lock) => Some(Some(lock)),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(_)) => Some(None),
        }
    }
}

/// Whether nothing listens on the port, on any address.
fn is_free(port: u16) -> bool {
    let bound = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port));
    !bound.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vamp_testkit::ports::{Lease, lease_range};

    fn ports(leases: &[Lease], locks: &std::path::Path, avoid: &[(u16, u16)]) -> Ports {
        Ports::new(&ProcessConfig {
            first_port: leases[0].number(),
            last_port: leases[leases.len() - 1].number(),
            avoid_ports: avoid.to_vec(),
            port_locks: locks.to_path_buf(),
            ..ProcessConfig::default()
        })
    }

    #[test]
    fn every_port_of_the_range_is_given_once_and_then_none() {
        let (leases, locks) = (lease_range(4).unwrap(), tempfile::tempdir().unwrap());
        let ports = ports(&leases, locks.path(), &[]);
        let mut given = ports.take(2).unwrap();
        let error = ports.take(3).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Unavailable);
        given.extend(ports.take(2).unwrap());
        given.sort_unstable();
        let all: Vec<u16> = leases.iter().map(Lease::number).collect();
        assert_eq!(given, all, "a take that failed kept nothing");
    }

    #[test]
    fn a_port_that_was_given_back_is_given_again_last() {
        let (leases, locks) = (lease_range(4).unwrap(), tempfile::tempdir().unwrap());
        let ports = ports(&leases, locks.path(), &[]);
        let first = ports.take(1).unwrap();
        ports.give_back(first.clone());
        let others = ports.take(3).unwrap();
        assert!(!others.contains(&first[0]), "{others:?}");
        assert_eq!(ports.take(1).unwrap(), first);
    }

    #[test]
    fn ports_that_others_use_are_left_alone() {
        let (leases, locks) = (lease_range(5).unwrap(), tempfile::tempdir().unwrap());
        let number = |place: usize| leases[place].number();
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, number(0))).unwrap();
        let avoid = [(number(1), number(2))];
        let other = ports(&leases[3..4], locks.path(), &[]);
        assert_eq!(other.take(1).unwrap(), [number(3)]);

        let ports = ports(&leases, locks.path(), &avoid);
        assert_eq!(
            ports.take(1).unwrap(),
            [number(4)],
            "listened on, avoided, locked"
        );
        drop(other);
        assert_eq!(ports.take(1).unwrap(), [number(3)]);
    }
}
