//! What a writer does.

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::play::{KEYS, seen};
use super::record::{Action, Expected};
use super::recorder::Recorder;
use crate::conformance::Failure;
use crate::{Condition, Key, KeyValueStore, Version};

/// One who writes, removes and reads keys, and knows what the answers said.
pub(super) struct Writer<'a> {
    pub(super) recorder: &'a Recorder,
    /// Below it are the keys.
    pub(super) base: &'a Key,
    pub(super) store: &'a dyn KeyValueStore,
    pub(super) name: String,
    /// The versions that the writer was told last.
    pub(super) known: [Option<Version>; KEYS.len()],
}

impl Writer<'_> {
    /// Makes one call; says whether it was answered.
    pub(super) async fn call(&mut self, choices: &mut StdRng, value: u64) -> Result<bool, Failure> {
        let index = choices.random_range(0..KEYS.len());
        let key = self.base.join(KEYS[index])?;
        let bytes = || value.to_string().into();
        let began = self.recorder.now();
        let (action, answered) = match choices.random_range(0..100) {
            0..25 => {
                let version = answer(self.store.put(&key, bytes(), None).await)?;
                self.known[index] = version;
                let answered = version.is_some();
                (
                    Action::Put {
                        value,
                        version: version.map(Version::number),
                    },
                    answered,
                )
            }
            25..65 => {
                let condition = self.known[index].map_or(Condition::Absent, Condition::Version);
                let written = answer(self.store.put_if(&key, bytes(), condition, None).await)?;
                self.known[index] = written.flatten();
                let expected = match condition {
                    Condition::Absent => Expected::Absent,
                    Condition::Version(version) => Expected::Version(version.number()),
                };
                let version = written.flatten().map(Version::number);
                (
                    Action::PutIf {
                        expected,
                        value,
                        version,
                    },
                    written.is_some(),
                )
            }
            65..80 => {
                let was_there = answer(self.store.delete(&key).await)?;
                self.known[index] = None;
                (
                    Action::Delete {
                        was_there: was_there.unwrap_or(true),
                    },
                    was_there.is_some(),
                )
            }
            _ => {
                let found = answer(self.store.get(&key).await)?;
                self.known[index] = found.as_ref().and_then(Option::as_ref).map(|entry| entry.version);
                let answered = found.is_some();
                (
                    Action::Get {
                        found: seen(found.flatten().as_ref())?,
                    },
                    answered,
                )
            }
        };
        self.recorder
            .call(&self.name, KEYS[index], began, answered, action);
        Ok(answered)
    }
}

/// The answer, or nothing when it is not known what became of the call.
fn answer<T>(answer: crate::Result<T>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_temporary() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
