//! Events in memory, found by tag, kind and time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::time::microseconds_down;
use crate::{Event, EventFilter, EventPage, EventQuery, Page, StoreOptions};

/// Time in microseconds, then place in the order of the store: the order of answers, backwards.
type Place = (i64, u64);

#[derive(Debug, Default)]
pub(super) struct Events {
    all: BTreeMap<Place, Arc<Event>>,
    tags: HashMap<String, BTreeSet<Place>>,
    kinds: HashMap<String, BTreeSet<Place>>,
}

impl Events {
    /// Stores events, and forgets the oldest ones that are over the limits.
    pub(super) fn insert(&mut self, events: &[Arc<Event>], options: &StoreOptions) {
        for event in events {
            let place = place(event);
            for tag in &event.tags {
                self.tags.entry(tag.clone()).or_default().insert(place);
            }
            self.kinds.entry(event.kind.clone()).or_default().insert(place);
            self.all.insert(place, Arc::clone(event));
        }
        let kinds: BTreeSet<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        for kind in kinds {
            self.keep_of_kind(kind, options.events_of_a_kind.get());
        }
        while self.all.len() as u64 > options.events.get() {
            let Some((_, oldest)) = self.all.pop_first() else {
                return;
            };
            self.forget(&oldest);
        }
    }

    fn keep_of_kind(&mut self, kind: &str, limit: u64) {
        while let Some(of_kind) = self.kinds.get(kind) {
            let oldest = of_kind.first().filter(|_| of_kind.len() as u64 > limit);
            let Some(event) = oldest.and_then(|oldest| self.all.remove(&oldest.clone())) else {
                return;
            };
            self.forget(&event);
        }
    }

    /// Takes an event that is gone out of the indexes.
    fn forget(&mut self, event: &Event) {
        let place = place(event);
        for tag in &event.tags {
            forget_in(&mut self.tags, tag, place);
        }
        forget_in(&mut self.kinds, &event.kind, place);
    }

    pub(super) fn query(&self, query: &EventQuery) -> EventPage {
        let (first, last) = query.time.microseconds();
        if first > last {
            return EventPage::default();
        }
        let range = (first, u64::MIN)..=(last, u64::MAX);
        match self.narrowest(&query.filter) {
            Narrowest::Nothing => EventPage::default(),
            Narrowest::Everything => self.answer(query, self.all.range(range).map(|(place, _)| *place)),
            Narrowest::These(places) => self.answer_filtered(query, places, range),
        }
    }

    /// A look at all of them: nobody asks often for what was missed.
    pub(super) fn since(&self, filter: &EventFilter, after: u64, limit: u64) -> Vec<Event> {
        let mut missed: Vec<&Arc<Event>> = self
            .all
            .values()
            .filter(|event| event.sequence > after && filter.matches(event))
            .collect();
        missed.sort_by_key(|event| event.sequence);
        Page::first(limit)
            .of(missed.into_iter())
            .map(|event| Event::clone(event))
            .collect()
    }

    fn answer_filtered(
        &self,
        query: &EventQuery,
        places: &BTreeSet<Place>,
        range: RangeInclusive<Place>,
    ) -> EventPage {
        let matching = places.range(range).copied().filter(|place| {
            self.all
                .get(place)
                .is_some_and(|event| query.filter.matches(event))
        });
        self.answer(query, matching)
    }

    fn answer(&self, query: &EventQuery, matching: impl DoubleEndedIterator<Item = Place>) -> EventPage {
        let places: Vec<Place> = matching.rev().collect();
        let items = query
            .page
            .of(places.iter())
            .filter_map(|place| self.all.get(place))
            .map(|event| Event::clone(event))
            .collect();
        EventPage {
            items,
            total: places.len() as u64,
        }
    }

    /// The shortest index that has every event that the filter means.
    fn narrowest(&self, filter: &EventFilter) -> Narrowest<'_> {
        let tags = filter.tags.iter().map(|tag| self.tags.get(tag));
        let kind = filter.kind.iter().map(|kind| self.kinds.get(kind));
        let mut narrowest = Narrowest::Everything;
        for places in tags.chain(kind) {
            let Some(places) = places else {
                return Narrowest::Nothing;
            };
            match narrowest {
                Narrowest::These(others) if others.len() <= places.len() => {}
                _ => narrowest = Narrowest::These(places),
            }
        }
        narrowest
    }
}

enum Narrowest<'a> {
    Nothing,
    These(&'a BTreeSet<Place>),
    Everything,
}

fn place(event: &Event) -> Place {
    (microseconds_down(event.at), event.sequence)
}

fn forget_in(index: &mut HashMap<String, BTreeSet<Place>>, key: &str, place: Place) {
    let Some(places) = index.get_mut(key) else { return };
    places.remove(&place);
    if places.is_empty() {
        index.remove(key);
    }
}
