//! Artifacts and their history in memory.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::artifact::{Step, check, step};
use crate::{Listing, Outcome, Page, Result, Revision, StoreOptions, Stored, Write};

/// Kind and name.
type Place = (String, String);

#[derive(Debug, Default)]
pub(super) struct Artifacts {
    /// By kind, then by name.
    present: BTreeMap<String, BTreeMap<String, Stored>>,
    /// Oldest first; it stays when the artifact goes, so that no revision is used twice.
    histories: HashMap<Place, VecDeque<Revision>>,
}

/// What a batch does.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) changes: Vec<Change>,
}

/// One new revision.
#[derive(Debug)]
pub(super) struct Change {
    place: Place,
    revision: u64,
    sequence: u64,
    content: Option<Arc<str>>,
    /// How many revisions are kept.
    kept: u64,
}

impl Artifacts {
    pub(super) fn get(&self, kind: &str, name: &str) -> Option<&Stored> {
        self.present.get(kind)?.get(name)
    }

    pub(super) fn page(&self, kind: &str, page: Page) -> Listing<Stored> {
        let Some(of_kind) = self.present.get(kind) else {
            return Listing::default();
        };
        Listing {
            items: page.of(of_kind.values()).cloned().collect(),
            total: of_kind.len() as u64,
        }
    }

    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        self.present
            .iter()
            .map(|(kind, artifacts)| (kind.clone(), artifacts.len() as u64))
            .collect()
    }

    pub(super) fn history(&self, kind: &str, name: &str) -> Vec<Revision> {
        self.revisions(kind, name).rev().cloned().collect()
    }

    pub(super) fn revision(&self, kind: &str, name: &str, revision: u64) -> Option<Revision> {
        self.revisions(kind, name)
            .find(|one| one.revision == revision)
            .cloned()
    }

    fn revisions(&self, kind: &str, name: &str) -> impl DoubleEndedIterator<Item = &Revision> {
        let place = (kind.to_owned(), name.to_owned());
        self.histories.get(&place).into_iter().flatten()
    }

    /// What the writes would do, each seeing those before it; nothing is changed.
    pub(super) fn plan(
        &self,
        writes: Vec<Write>,
        next: &mut impl FnMut() -> u64,
        options: &StoreOptions,
    ) -> Result<Plan> {
        // The last revision, and the content if the artifact is there, as the batch has left it so far.
        let mut seen: HashMap<Place, (u64, Option<Arc<str>>)> = HashMap::new();
        let mut plan = Plan {
            outcomes: Vec::with_capacity(writes.len()),
            changes: Vec::new(),
        };
        for (index, write) in writes.into_iter().enumerate() {
            check(&write)?;
            let place = (write.kind().to_owned(), write.name().to_owned());
            let (last, present) = seen.remove(&place).unwrap_or_else(|| self.now(&place));
            let step = step(index, &write, present.as_deref().map(|content| (last, content)))?;
            let kept = write.kept(options.revisions.get());
            let content = match (step, write) {
                (Step::Nothing(outcome), _) => {
                    plan.outcomes.push(outcome);
                    seen.insert(place, (last, present));
                    continue;
                }
                (_, Write::Put { content, .. }) => Some(Arc::from(content)),
                (_, Write::Delete { .. }) => None,
            };
            let revision = last + 1;
            plan.outcomes.push(if content.is_some() {
                Outcome::Written { revision }
            } else {
                Outcome::Deleted { revision }
            });
            seen.insert(place.clone(), (revision, content.clone()));
            plan.changes.push(Change {
                place,
                revision,
                sequence: next(),
                content,
                kept,
            });
        }
        Ok(plan)
    }

    /// The last revision that was given, and the content if the artifact is there.
    fn now(&self, place: &Place) -> (u64, Option<Arc<str>>) {
        self.histories
            .get(place)
            .and_then(VecDeque::back)
            .map_or((0, None), |last| (last.revision, last.content.clone()))
    }

    pub(super) fn apply(&mut self, changes: Vec<Change>, at: Timestamp) {
        for change in changes {
            let history = self.histories.entry(change.place.clone()).or_default();
            history.push_back(Revision {
                revision: change.revision,
                sequence: change.sequence,
                at,
                content: change.content.clone(),
            });
            while history.len() as u64 > change.kept {
                history.pop_front();
            }
            let (kind, name) = change.place;
            let Some(content) = change.content else {
                self.remove(&kind, &name);
                continue;
            };
            let stored = Stored {
                kind: kind.clone(),
                name: name.clone(),
                revision: change.revision,
                sequence: change.sequence,
                at,
                content,
            };
            self.present.entry(kind).or_default().insert(name, stored);
        }
    }

    fn remove(&mut self, kind: &str, name: &str) {
        let Some(of_kind) = self.present.get_mut(kind) else {
            return;
        };
        of_kind.remove(name);
        if of_kind.is_empty() {
            self.present.remove(kind);
        }
    }
}
