//! What to do next, as a plain function over plain values.

use tokio::time::Instant;

use super::burst::Burst;
use crate::config::Limits;

/// How what is wanted differs from what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Difference {
    /// The same text.
    None,
    /// Another text that means the same, say another comment.
    TextOnly,
    /// Commands on the runtime socket lead from one to the other.
    Runtime,
    /// Only a reload leads from one to the other, or what runs is not known.
    Structure,
}

/// The value of the last refusal or failure, by its hash: the same value is not tried again, or not yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setback {
    /// HAProxy calls the configuration invalid; only another value can help.
    Refused {
        /// Hash of the value.
        hash: String,
    },
    /// HAProxy could not load a valid configuration, say because a port is taken; it may succeed later.
    Failed {
        /// Hash of the value.
        hash: String,
        /// When to try again.
        retry_at: Instant,
    },
}

/// What is known at the moment of the decision.
#[derive(Debug, Clone)]
pub(crate) struct Facts<'a> {
    pub(crate) now: Instant,
    /// Hash of the wanted value.
    pub(crate) wanted: &'a str,
    pub(crate) difference: Difference,
    pub(crate) setback: Option<&'a Setback>,
    pub(crate) burst: &'a Burst,
    /// When the last reload began.
    pub(crate) last_reload: Option<Instant>,
    /// Workers of earlier configurations that still serve connections.
    pub(crate) old_workers: usize,
    /// Whether HAProxy runs.
    pub(crate) haproxy: Presence,
}

/// Whether HAProxy runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It runs.
    Runs,
    /// It does not, and is to be started, not before a moment when it has just crashed again and again.
    Absent {
        /// The earliest moment.
        start_at: Option<Instant>,
    },
}

/// The next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// What runs is what is wanted, or nothing can be done about it.
    Nothing,
    /// Only the file has to follow.
    WriteFile,
    /// Runtime commands, then the file.
    Runtime,
    /// Check, file, reload, confirmation.
    Reload,
    /// Start HAProxy with what is wanted, or else with the last good configuration.
    Start,
    /// Decide again then, unless something happens before.
    WaitUntil(Instant),
}

/// Decides the next step towards the wanted value.
pub(crate) fn plan(facts: &Facts<'_>, limits: &Limits) -> Step {
    if let Presence::Absent { start_at } = facts.haproxy {
        return match start_at {
            Some(start_at) if start_at > facts.now => Step::WaitUntil(start_at),
            _ => Step::Start,
        };
    }
    match facts.setback {
        Some(Setback::Refused { hash }) if hash == facts.wanted => return Step::Nothing,
        Some(Setback::Failed { hash, retry_at }) if hash == facts.wanted && *retry_at > facts.now => {
            return Step::WaitUntil(*retry_at);
        }
        _ => {}
    }
    match facts.difference {
        Difference::None => Step::Nothing,
        Difference::TextOnly => Step::WriteFile,
        Difference::Runtime => Step::Runtime,
        Difference::Structure => reload_when_allowed(facts, limits),
    }
}

fn reload_when_allowed(facts: &Facts<'_>, limits: &Limits) -> Step {
    let settled = facts.burst.due_at(limits.quiet, limits.settle);
    let spaced = facts.last_reload.map(|last| last + limits.reload_interval);
    let due = [settled, spaced].into_iter().flatten().max();
    match due {
        Some(due) if due > facts.now => Step::WaitUntil(due),
        _ if facts.old_workers >= limits.old_workers => Step::WaitUntil(facts.now + limits.old_worker_poll),
        _ => Step::Reload,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn facts<'a>(burst: &'a Burst, difference: Difference) -> Facts<'a> {
        Facts {
            now: Instant::now(),
            wanted: "aa",
            difference,
            setback: None,
            burst,
            last_reload: None,
            old_workers: 0,
            haproxy: Presence::Runs,
        }
    }

    #[test]
    fn each_difference_has_its_step() {
        let burst = Burst::default();
        let limits = Limits::default();
        for (difference, step) in [
            (Difference::None, Step::Nothing),
            (Difference::TextOnly, Step::WriteFile),
            (Difference::Runtime, Step::Runtime),
            (Difference::Structure, Step::Reload),
        ] {
            assert_eq!(plan(&facts(&burst, difference), &limits), step, "{difference:?}");
        }
    }

    #[test]
    fn reloads_keep_their_distance_and_runtime_commands_do_not_wait() {
        let burst = Burst::default();
        let limits = Limits::default();
        let mut facts = facts(&burst, Difference::Structure);
        let last = facts.now;
        facts.last_reload = Some(last);
        facts.now = last + Duration::from_millis(10);
        assert_eq!(
            plan(&facts, &limits),
            Step::WaitUntil(last + limits.reload_interval)
        );
        facts.difference = Difference::Runtime;
        assert_eq!(plan(&facts, &limits), Step::Runtime);
        facts.difference = Difference::Structure;
        facts.now = last + limits.reload_interval;
        assert_eq!(plan(&facts, &limits), Step::Reload);
    }

    #[test]
    fn too_many_old_workers_put_a_reload_off() {
        let burst = Burst::default();
        let limits = Limits::default();
        let mut facts = facts(&burst, Difference::Structure);
        facts.old_workers = limits.old_workers;
        assert_eq!(
            plan(&facts, &limits),
            Step::WaitUntil(facts.now + limits.old_worker_poll)
        );
        facts.old_workers -= 1;
        assert_eq!(plan(&facts, &limits), Step::Reload);
    }

    #[test]
    fn a_refused_value_is_tried_again_only_when_it_changes() {
        let burst = Burst::default();
        let limits = Limits::default();
        let refused = Setback::Refused {
            hash: "aa".to_owned(),
        };
        let mut facts = facts(&burst, Difference::Structure);
        facts.setback = Some(&refused);
        assert_eq!(plan(&facts, &limits), Step::Nothing);
        facts.wanted = "bb";
        assert_eq!(plan(&facts, &limits), Step::Reload);
    }

    #[test]
    fn a_failed_value_is_tried_again_after_its_delay() {
        let burst = Burst::default();
        let limits = Limits::default();
        let mut facts = facts(&burst, Difference::Structure);
        let retry_at = facts.now + Duration::from_secs(2);
        let failed = Setback::Failed {
            hash: "aa".to_owned(),
            retry_at,
        };
        facts.setback = Some(&failed);
        assert_eq!(plan(&facts, &limits), Step::WaitUntil(retry_at));
        facts.now = retry_at;
        assert_eq!(plan(&facts, &limits), Step::Reload);
    }

    #[test]
    fn haproxy_is_started_before_anything_else_and_not_in_a_busy_loop() {
        let burst = Burst::default();
        let limits = Limits::default();
        let refused = Setback::Refused {
            hash: "aa".to_owned(),
        };
        let mut facts = facts(&burst, Difference::None);
        facts.setback = Some(&refused);
        facts.haproxy = Presence::Absent { start_at: None };
        assert_eq!(plan(&facts, &limits), Step::Start);
        let start_at = facts.now + Duration::from_secs(1);
        facts.haproxy = Presence::Absent {
            start_at: Some(start_at),
        };
        assert_eq!(plan(&facts, &limits), Step::WaitUntil(start_at));
    }
}
