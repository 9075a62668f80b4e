//! Whether a store that keeps its word can have given a history.

use std::collections::{BTreeMap, HashMap};

use super::search::{Effect, Read, Sees, Unexplained, Write, explain};
use super::{Action, Call, Expected, History, Line, Seen, Told};

/// What a store that keeps its word cannot have given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key {key}: {what}")]
pub struct Wrong {
    /// The key, below the place of the history.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
}

impl History {
    /// Checks the history against the [rules](super#the-rules).
    ///
    /// # Errors
    /// The first key whose history breaks them. A history that is too tangled to be decided is wrong, too, and says so.
    pub fn check(&self) -> Result<(), Wrong> {
        let mut keys: BTreeMap<&str, OfKey<'_>> = BTreeMap::new();
        for line in &self.lines {
            match line {
                Line::Call(call) => keys.entry(&call.key).or_default().calls.push(call),
                Line::Told(told) => keys.entry(&told.key).or_default().told.push(told),
                Line::Plan { .. } | Line::Fault(_) | Line::Open { .. } => {}
            }
        }
        let open: Vec<&str> = self.lines.iter().filter_map(open_watch).collect();
        for (key, history) in keys {
            history.check(&open).map_err(|what| Wrong {
                key: key.to_owned(),
                what,
            })?;
        }
        Ok(())
    }
}

fn open_watch(line: &Line) -> Option<&str> {
    match line {
        Line::Open { watch } => Some(watch),
        _ => None,
    }
}

/// All that is about one key.
#[derive(Default)]
struct OfKey<'a> {
    calls: Vec<&'a Call>,
    told: Vec<&'a Told>,
}

impl OfKey<'_> {
    fn check(&self, open: &[&str]) -> Result<(), String> {
        let versions = self.versions()?;
        let (writes, mut readers) = self.split(&versions)?;
        readers.extend(self.watches(&writes)?.into_values());
        explain(&writes, &readers).map_err(|unexplained| match unexplained {
            Unexplained::Undecided => "there are too many orders to try them all".to_owned(),
            Unexplained::Wrong { after, pending } => {
                let after = after.map_or_else(String::new, |last| format!("after {last}, "));
                format!("no order explains, {after}one of: {}", pending.join("; "))
            }
        })?;
        self.converged(open)
    }

    /// Which value has which version, as answers and watches have it.
    fn versions(&self) -> Result<HashMap<u64, u64>, String> {
        let written = self.calls.iter().filter_map(|call| match call.action {
            Action::Put { value, version } | Action::PutIf { value, version, .. } => {
                version.map(|version| Seen { value, version })
            }
            Action::Get { found } => found,
            Action::Delete { .. } => None,
        });
        let told = self.told.iter().filter_map(|told| told.found);
        let (mut values, mut versions) = (HashMap::new(), HashMap::new());
        for Seen { value, version } in written.chain(told) {
            let first = *values.entry(version).or_insert(value);
            if first != value {
                return Err(format!("version {version} was given to {first} and to {value}"));
            }
            let first = *versions.entry(value).or_insert(version);
            if first != version {
                return Err(format!(
                    "{value} was written once, and has the versions {first} and {version}"
                ));
            }
        }
        Ok(values)
    }

    /// The calls that change the key, and those that only tell what was there.
    fn split(&self, values: &HashMap<u64, u64>) -> Result<(Vec<Write>, Vec<Vec<Read>>), String> {
        let (mut writes, mut reads) = (Vec::new(), Vec::new());
        for call in &self.calls {
            let label = label(call);
            let effect = match (&call.action, call.ended) {
                (Action::Put { value, .. }, _) => Ok(Effect::Set(*value)),
                (
                    Action::PutIf {
                        expected,
                        value,
                        version,
                    },
                    ended,
                ) => {
                    let expected = match expected {
                        Expected::Absent => None,
                        Expected::Version(version) => Some(
                            *values
                                .get(version)
                                .ok_or_else(|| format!("{label}: nobody was ever told that version"))?,
                        ),
                    };
                    if ended.is_some() && version.is_none() {
                        Err(Sees::Not(expected))
                    } else {
                        Ok(Effect::SetIf(expected, *value))
                    }
                }
                (Action::Delete { was_there: false }, Some(_)) => Err(Sees::Is(None)),
                (Action::Delete { .. }, _) => Ok(Effect::Remove),
                (Action::Get { found }, _) => Err(Sees::Is(found.map(|found| found.value))),
            };
            match (effect, call.ended) {
                (Ok(effect), ended) => writes.push(Write {
                    label,
                    began: call.began,
                    ended,
                    effect,
                }),
                (Err(sees), Some(ended)) => reads.push(vec![Read {
                    label,
                    began: call.began,
                    ended,
                    sees,
                }]),
                // A read that was not answered says nothing.
                (Err(_), None) => {}
            }
        }
        Ok((writes, reads))
    }

    /// What each watch told, in its order.
    fn watches(&self, writes: &[Write]) -> Result<BTreeMap<&str, Vec<Read>>, String> {
        let mut watches: BTreeMap<&str, Vec<Read>> = BTreeMap::new();
        for told in &self.told {
            let value = told.found.map(|found| found.value);
            let label = format!("{} ({} µs): {}", told.watch, told.at, found(told.found));
            if value.is_some_and(|value| !writes.iter().any(|write| write.effect.value() == Some(value))) {
                return Err(format!("{label}, which nobody wrote"));
            }
            watches.entry(&told.watch).or_default().push(Read {
                label,
                began: told.since,
                ended: told.at,
                sees: Sees::Is(value),
            });
        }
        Ok(watches)
    }

    /// Whether this can be what a call of unknown outcome has made of the key, at any time.
    fn may_come_late(&self, found: Option<Seen>) -> bool {
        let of_unknown_outcome = self.calls.iter().filter(|call| call.ended.is_none());
        of_unknown_outcome
            .map(|call| &call.action)
            .any(|action| match action {
                Action::Put { value, .. } | Action::PutIf { value, .. } => {
                    found.is_some_and(|found| found.value == *value)
                }
                Action::Delete { .. } => found.is_none(),
                Action::Get { .. } => false,
            })
    }

    /// Whether each watch that was open at the end told what the last read found, or what was carried out only after it.
    fn converged(&self, open: &[&str]) -> Result<(), String> {
        let last = self
            .calls
            .iter()
            .filter_map(|call| match (&call.action, call.ended) {
                (Action::Get { found }, Some(ended)) => Some((ended, *found)),
                _ => None,
            });
        let Some((ended, last)) = last.max_by_key(|(ended, _)| *ended) else {
            return Ok(());
        };
        for watch in open {
            let told = self.told.iter().rev().find(|told| told.watch == *watch);
            let is_later = told.is_some_and(|told| told.at > ended && self.may_come_late(told.found));
            let told = told.and_then(|told| told.found);
            if told != last && !is_later {
                return Err(format!(
                    "at the end {watch}: {}; a read: {}",
                    found(told),
                    found(last)
                ));
            }
        }
        Ok(())
    }
}

fn label(call: &Call) -> String {
    let did = match &call.action {
        Action::Put { value, .. } => format!("put {value}"),
        Action::PutIf {
            expected,
            value,
            version,
        } => {
            let refused = if call.ended.is_some() && version.is_none() {
                ", refused"
            } else {
                ""
            };
            match expected {
                Expected::Absent => format!("put {value} if absent{refused}"),
                Expected::Version(expected) => format!("put {value} in place of version {expected}{refused}"),
            }
        }
        Action::Delete { was_there: true } => "deleted".to_owned(),
        Action::Delete { was_there: false } => "delete, nothing there".to_owned(),
        Action::Get { found: seen } => found(*seen),
    };
    match call.ended {
        Some(ended) => format!("{} ({} to {ended} µs): {did}", call.by, call.began),
        None => format!("{} (since {} µs, outcome unknown): {did}", call.by, call.began),
    }
}

fn found(seen: Option<Seen>) -> String {
    seen.map_or_else(
        || "read nothing".to_owned(),
        |seen| format!("read {} of version {}", seen.value, seen.version),
    )
}
