//! Walking through two values side by side.

use serde_json::{Map, Value};

use super::same::is_same;
use super::{Change, Difference, align};
use crate::{PathSegment, ValuePath};

/// Where the walk is, and what it has found.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// The way to the value in the old artifact.
    old: Vec<PathSegment>,
    /// The way to the value in the new artifact; the two differ in indices only.
    new: Vec<PathSegment>,
    found: Vec<Difference>,
}

impl Comparison {
    pub(super) fn of(old: &Value, new: &Value) -> Vec<Difference> {
        let mut comparison = Self::default();
        comparison.values(old, new);
        comparison.found
    }

    fn values(&mut self, old: &Value, new: &Value) {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => self.mappings(old, new),
            (Value::Array(old), Value::Array(new)) => self.lists(old, new),
            _ if is_same(old, new) => {}
            _ => self.report(Change::Replaced {
                old: old.clone(),
                new: new.clone(),
            }),
        }
    }

    /// A difference of the value at which the walk is.
    fn report(&mut self, change: Change) {
        self.found.push(Difference {
            path: self.new.iter().cloned().collect(),
            change,
        });
    }

    fn removed(&mut self, segment: PathSegment, old: &Value) {
        let path: ValuePath = self.old.iter().cloned().chain([segment]).collect();
        let change = Change::Removed { old: old.clone() };
        self.found.push(Difference { path, change });
    }

    fn added(&mut self, segment: PathSegment, new: &Value, before: Option<&str>) {
        let path: ValuePath = self.new.iter().cloned().chain([segment]).collect();
        let change = Change::Added {
            new: new.clone(),
            before: before.map(str::to_owned),
        };
        self.found.push(Difference { path, change });
    }

    /// The values below that both have.
    fn both(&mut self, in_old: PathSegment, in_new: PathSegment, old: &Value, new: &Value) {
        self.old.push(in_old);
        self.new.push(in_new);
        self.values(old, new);
        self.old.pop();
        self.new.pop();
    }

    fn mappings(&mut self, old: &Map<String, Value>, new: &Map<String, Value>) {
        let kept: Vec<&String> = old.keys().filter(|key| new.contains_key(*key)).collect();
        let kept_now: Vec<&String> = new.keys().filter(|key| old.contains_key(*key)).collect();
        if kept != kept_now {
            let owned = |keys: &[&String]| keys.iter().copied().cloned().collect();
            self.report(Change::Reordered {
                old: owned(&kept),
                new: owned(&kept_now),
            });
        }
        for (key, value) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
            self.removed(PathSegment::Key(key.clone()), value);
        }
        let mut behind = kept_now.into_iter().peekable();
        for (key, value) in new {
            let segment = PathSegment::Key(key.clone());
            match old.get(key) {
                Some(before) => {
                    behind.next();
                    self.both(segment.clone(), segment, before, value);
                }
                None => self.added(segment, value, behind.peek().map(|key| key.as_str())),
            }
        }
    }

    fn lists(&mut self, old: &[Value], new: &[Value]) {
        let pairs = align::pairs(old, new);
        let mut kept = pairs.iter().map(|(in_old, _)| *in_old).peekable();
        for (index, value) in old.iter().enumerate() {
            if kept.next_if_eq(&index).is_none() {
                self.removed(PathSegment::Index(index), value);
            }
        }
        let mut kept = pairs.iter().peekable();
        for (index, value) in new.iter().enumerate() {
            match kept.next_if(|(_, in_new)| *in_new == index) {
                Some((in_old, _)) => {
                    let segments = (PathSegment::Index(*in_old), PathSegment::Index(index));
                    self.both(segments.0, segments.1, &old[*in_old], value);
                }
                None => self.added(PathSegment::Index(index), value, None),
            }
        }
    }
}
