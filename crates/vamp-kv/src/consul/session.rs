//! Leases: Consul's sessions, which it names by itself, with more letters than a lease has.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::LeaseId;
use crate::store::whole_seconds;

/// What Consul grants at the least and at the most.
const SHORTEST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(86_400);

/// So many names are kept in mind; others are asked for.
const KNOWN: usize = 1000;

/// The wish for a session.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wanted {
    name: &'static str,
    #[serde(rename = "TTL")]
    ttl: String,
    behavior: &'static str,
    lock_delay: &'static str,
    node_checks: [&'static str; 0],
}

impl Wanted {
    /// A session that takes its keys away, lets others have them at once, and ends for no other reason than its time.
    pub(super) fn of(ttl: Duration) -> Self {
        let ttl = whole_seconds(ttl).clamp(SHORTEST, LONGEST);
        Self {
            name: "vamp",
            ttl: format!("{}s", ttl.as_secs()),
            behavior: "delete",
            lock_delay: "0s",
            node_checks: [],
        }
    }
}

/// For how long Consul keeps a session at the least.
pub(super) fn ttl(asked: Duration) -> Duration {
    whole_seconds(asked).min(LONGEST)
}

/// A session as Consul tells of it.
#[derive(Debug, Deserialize)]
pub(super) struct Session {
    #[serde(rename = "ID")]
    pub(super) id: String,
}

/// The lease that a session is: the first half of its random name, so that every process finds the same.
pub(super) fn lease(id: &str) -> Option<LeaseId> {
    let digits: String = id.chars().filter(char::is_ascii_hexdigit).take(16).collect();
    if digits.len() < 16 {
        return None;
    }
    let number = u64::from_str_radix(&digits, 16).ok()?;
    Some(LeaseId::from_number(number.cast_signed()))
}

/// The names of the sessions that this process has seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(Arc<Mutex<HashMap<i64, String>>>);

impl Names {
    pub(super) fn get(&self, lease: LeaseId) -> Option<String> {
        self.0.lock().get(&lease.number()).cloned()
    }

    pub(super) fn keep(&self, lease: LeaseId, id: String) {
        let mut names = self.0.lock();
        if names.len() >= KNOWN {
            names.clear();
        }
        names.insert(lease.number(), id);
    }

    pub(super) fn forget(&self, lease: LeaseId) {
        self.0.lock().remove(&lease.number());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_live_is_within_what_consul_grants() {
        for (seconds, wanted) in [(0, "10s"), (1, "10s"), (60, "60s"), (1_000_000, "86400s")] {
            assert_eq!(Wanted::of(Duration::from_secs(seconds)).ttl, wanted);
        }
        assert_eq!(Wanted::of(Duration::MAX).ttl, "86400s");
    }

    #[test]
    fn a_lease_is_the_first_half_of_a_session() {
        let found = lease("ffffffff-ffff-fffe-8000-000000000000").unwrap();
        assert_eq!(found.number(), -2);
        assert_eq!(lease("short"), None);
    }

    #[test]
    fn names_are_kept_up_to_a_number() {
        let names = Names::default();
        for n in 0..3 * KNOWN {
            let lease = LeaseId::from_number(n.try_into().unwrap());
            names.keep(lease, n.to_string());
            assert_eq!(names.get(lease), Some(n.to_string()));
        }
        assert!(names.0.lock().len() <= KNOWN);
    }
}
