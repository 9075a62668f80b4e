//! What has been counted, and differences of it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    connection::History,
    outcome::{ConnectionKind, Loss, Lost},
};

/// More would say the same again.
const MOST_CIRCUMSTANCES: usize = 20;

/// What the client had counted at a moment, or between two ([`Snapshot::since`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    at: Instant,
    /// How long the client had been running, or the time between the two moments.
    pub elapsed: Duration,
    /// Requests that the client had committed itself to, by kind of connection. Each is answered, lost or in flight.
    pub sent: BTreeMap<ConnectionKind, u64>,
    /// Complete answers with a status of 2xx, by the version that gave them (`X-Vamp-Version`; empty when it was missing).
    pub answered: BTreeMap<Arc<str>, u64>,
    /// Lost requests by the kind of connection and the reason.
    pub lost: BTreeMap<(ConnectionKind, Loss), u64>,
    /// The circumstances of the first twenty of them.
    pub losses: Vec<Lost>,
    /// Connections that the server closed with notice: `Connection: close`, or a close seen before a request was written.
    pub announced_closes: u64,
    /// Connections that were opened.
    pub connections: u64,
}

impl Snapshot {
    pub(super) fn new() -> Self {
        Self {
            at: Instant::now(),
            elapsed: Duration::ZERO,
            sent: BTreeMap::new(),
            answered: BTreeMap::new(),
            lost: BTreeMap::new(),
            losses: Vec::new(),
            announced_closes: 0,
            connections: 0,
        }
    }

    pub(super) fn lose(&mut self, kind: ConnectionKind, loss: Loss, history: History) {
        *self.lost.entry((kind, loss)).or_default() += 1;
        if self.losses.len() < MOST_CIRCUMSTANCES {
            self.losses.push(Lost {
                kind,
                loss,
                after: self.at.elapsed(),
                answered_before: history.answered,
                quiet: history.since.elapsed(),
            });
        }
    }

    /// The same counts as seen now.
    pub(super) fn now(&self) -> Self {
        let now = Instant::now();
        Self {
            at: now,
            elapsed: now.saturating_duration_since(self.at),
            ..self.clone()
        }
    }

    /// Requests that were sent, of all kinds.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.values().sum()
    }

    /// Requests that were answered, by all versions.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.answered.values().sum()
    }

    /// Requests that were answered by this version.
    #[must_use]
    pub fn answered_by(&self, version: &str) -> u64 {
        self.answered.get(version).copied().unwrap_or(0)
    }

    /// Requests that were lost, of all kinds and for all reasons.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.values().sum()
    }

    /// The share of the answers that this version gave, in percent (0–100); 0 while there is no answer.
    #[must_use]
    pub fn share(&self, version: &str) -> f64 {
        match self.answered() {
            0 => 0.0,
            all => self.answered_by(version) as f64 * 100.0 / all as f64,
        }
    }

    /// What was counted after `earlier`. A request that was in flight then is among `answered` or `lost`, not among `sent`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            at: self.at,
            elapsed: self.at.saturating_duration_since(earlier.at),
            sent: less(&self.sent, &earlier.sent),
            answered: less(&self.answered, &earlier.answered),
            lost: less(&self.lost, &earlier.lost),
            losses: self
                .losses
                .get(earlier.losses.len()..)
                .unwrap_or_default()
                .to_vec(),
            announced_closes: self.announced_closes.saturating_sub(earlier.announced_closes),
            connections: self.connections.saturating_sub(earlier.connections),
        }
    }
}

/// Without the keys that did not grow.
fn less<K: Ord + Clone>(counts: &BTreeMap<K, u64>, earlier: &BTreeMap<K, u64>) -> BTreeMap<K, u64> {
    let grown = counts.iter().map(|(key, count)| {
        let before = earlier.get(key).copied().unwrap_or(0);
        (key.clone(), count.saturating_sub(before))
    });
    grown.filter(|(_, growth)| *growth > 0).collect()
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sent, {} answered, {} lost",
            self.sent(),
            self.answered(),
            self.lost()
        )?;
        for ((kind, loss), count) in &self.lost {
            write!(f, ", {count} × {loss} ({kind})")?;
        }
        write!(
            f,
            "; {} connections, {} closed with notice",
            self.connections, self.announced_closes
        )?;
        for lost in &self.losses {
            write!(f, "; {lost}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_only_what_was_counted_within_it() {
        let mut counts = Snapshot::new();
        counts.answered.insert("1.0".into(), 100);
        let before = counts.now();
        counts.answered.insert("2.0".into(), 30);
        *counts.answered.entry("1.0".into()).or_default() += 10;
        counts.lose(ConnectionKind::Idle, Loss::Unanswered, History::new());
        counts.lose(ConnectionKind::Idle, Loss::Unanswered, History::new());
        let window = counts.now().since(&before);
        assert_eq!(window.answered(), 40);
        assert!((window.share("2.0") - 75.0).abs() < 1e-9);
        assert_eq!(window.lost(), 2);
        assert_eq!(window.losses.len(), 2);
        assert!(window.sent.is_empty());
    }

    #[test]
    fn the_share_of_nothing_is_zero() {
        assert!(Snapshot::new().share("1.0").abs() < 1e-9);
    }
}
