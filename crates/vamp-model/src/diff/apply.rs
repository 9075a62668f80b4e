//! Carrying differences out.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::misfit::{Misfit, Reason, misfit};
use super::same::is_same;
use super::{Change, Difference};
use crate::PathSegment;

/// What is removed goes first, because its path leads through the old value; all other paths lead through the new one.
pub(super) fn apply(value: Value, differences: &[Difference]) -> Result<Value, Misfit> {
    let (removals, others): (Vec<&Difference>, Vec<&Difference>) = differences
        .iter()
        .partition(|difference| matches!(difference.change, Change::Removed { .. }));
    let rest = below(value, &removals, 0)?;
    below(rest, &others, 0)
}

/// Changes a value to which the first `depth` segments of all the paths lead.
///
/// Goes as deep as the value, however long the paths are.
fn below(value: Value, differences: &[&Difference], depth: usize) -> Result<Value, Misfit> {
    if differences.is_empty() {
        return Ok(value);
    }
    let here: Vec<&Difference> = differences
        .iter()
        .copied()
        .filter(|difference| difference.path.segments().len() == depth)
        .collect();
    let value = match here.as_slice() {
        [] => value,
        [only] => match &only.change {
            Change::Reordered { old, new } => reorder(value, only, old, new)?,
            Change::Replaced { old, new } if differences.len() == 1 => return replace(value, only, old, new),
            Change::Replaced { .. } => return Err(misfit(only, Reason::Twice)),
            // The document itself neither comes nor goes.
            Change::Added { .. } => return Err(misfit(only, Reason::Present)),
            Change::Removed { .. } => return Err(misfit(only, Reason::Absent)),
        },
        [_, second, ..] => return Err(misfit(second, Reason::Twice)),
    };
    match value {
        Value::Object(map) => mapping(map, Steps::of(differences, depth)?, depth),
        Value::Array(list) => sequence(list, Steps::of(differences, depth)?, depth),
        scalar => match differences
            .iter()
            .find(|difference| difference.path.segments().len() > depth)
        {
            Some(difference) => Err(misfit(difference, Reason::Absent)),
            None => Ok(scalar),
        },
    }
}

fn replace(value: Value, difference: &Difference, old: &Value, new: &Value) -> Result<Value, Misfit> {
    if is_same(&value, old) {
        return Ok(new.clone());
    }
    let reason = Reason::Other {
        expected: old.clone(),
        found: value,
    };
    Err(misfit(difference, reason))
}

fn reorder(value: Value, difference: &Difference, old: &[String], new: &[String]) -> Result<Value, Misfit> {
    let Value::Object(mut map) = value else {
        return Err(misfit(difference, Reason::Absent));
    };
    if !map.keys().eq(old) {
        let reason = Reason::Other {
            expected: Value::from(old),
            found: map.keys().map(String::as_str).collect(),
        };
        return Err(misfit(difference, reason));
    }
    let mut ordered = Map::with_capacity(map.len());
    for key in new {
        match map.get_mut(key) {
            // Each key is taken once, so that the value that is left behind is never seen.
            Some(value) if !ordered.contains_key(key) => {
                ordered.insert(key.clone(), value.take());
            }
            Some(_) => return Err(misfit(difference, Reason::Twice)),
            None => return Err(misfit(difference, Reason::Absent)),
        }
    }
    if ordered.len() < map.len() {
        return Err(misfit(difference, Reason::NoPlace));
    }
    Ok(Value::Object(ordered))
}

/// The differences below a mapping or list.
#[derive(Debug, Default)]
struct Steps<'d> {
    /// What goes, by key or index.
    removals: HashMap<&'d PathSegment, (&'d Difference, &'d Value)>,
    /// What comes, in the order given.
    additions: Vec<Addition<'d>>,
    /// What changes in a value, by the key or index that leads to it.
    inside: HashMap<&'d PathSegment, Vec<&'d Difference>>,
}

#[derive(Debug, Clone, Copy)]
struct Addition<'d> {
    difference: &'d Difference,
    at: &'d PathSegment,
    value: &'d Value,
    before: Option<&'d str>,
}

impl<'d> Steps<'d> {
    fn of(differences: &[&'d Difference], depth: usize) -> Result<Self, Misfit> {
        let mut steps = Self::default();
        for &difference in differences {
            let segments = difference.path.segments();
            let Some(at) = segments.get(depth) else { continue };
            let is_own = segments.len() == depth + 1;
            match &difference.change {
                Change::Removed { old } if is_own => {
                    if steps.removals.insert(at, (difference, old)).is_some() {
                        return Err(misfit(difference, Reason::Twice));
                    }
                }
                Change::Added { new, before } if is_own => steps.additions.push(Addition {
                    difference,
                    at,
                    value: new,
                    before: before.as_deref(),
                }),
                _ => steps.inside.entry(at).or_default().push(difference),
            }
        }
        Ok(steps)
    }

    /// What is left of the value at a key or index; nothing where it is removed.
    fn carry_out(&mut self, at: &PathSegment, value: Value, depth: usize) -> Result<Option<Value>, Misfit> {
        let inside = self.inside.remove(at);
        match self.removals.remove(at) {
            None => below(value, &inside.unwrap_or_default(), depth + 1).map(Some),
            Some((difference, _)) if inside.is_some() => Err(misfit(difference, Reason::Twice)),
            Some((_, old)) if is_same(&value, old) => Ok(None),
            Some((difference, old)) => {
                let reason = Reason::Other {
                    expected: old.clone(),
                    found: value,
                };
                Err(misfit(difference, reason))
            }
        }
    }

    /// Refuses what was meant for values that are not there.
    fn finish(self) -> Result<(), Misfit> {
        let removal = self.removals.values().map(|(difference, _)| *difference);
        let remaining = removal.chain(self.inside.values().flatten().copied());
        // Always the same one of several.
        match remaining.min_by_key(|difference| difference.path.to_string()) {
            Some(difference) => Err(misfit(difference, Reason::Absent)),
            None => Ok(()),
        }
    }
}

fn mapping(map: Map<String, Value>, mut steps: Steps<'_>, depth: usize) -> Result<Value, Misfit> {
    let mut at_end = Vec::new();
    let mut by_successor: HashMap<&str, Vec<Addition<'_>>> = HashMap::new();
    for addition in std::mem::take(&mut steps.additions) {
        match addition.before {
            None => at_end.push(addition),
            Some(before) if map.contains_key(before) => {
                by_successor.entry(before).or_default().push(addition);
            }
            Some(_) => return Err(misfit(addition.difference, Reason::NoPlace)),
        }
        match addition.at {
            PathSegment::Key(key) if map.contains_key(key) => {
                return Err(misfit(addition.difference, Reason::Present));
            }
            PathSegment::Key(_) => {}
            PathSegment::Index(_) => return Err(misfit(addition.difference, Reason::NoPlace)),
        }
    }
    let mut changed = Map::with_capacity(map.len() + at_end.len());
    for (key, value) in map {
        for addition in by_successor.remove(key.as_str()).unwrap_or_default() {
            add(&mut changed, addition)?;
        }
        let at = PathSegment::Key(key);
        let rest = steps.carry_out(&at, value, depth)?;
        if let (Some(value), PathSegment::Key(key)) = (rest, at) {
            changed.insert(key, value);
        }
    }
    for addition in at_end {
        add(&mut changed, addition)?;
    }
    steps.finish()?;
    Ok(Value::Object(changed))
}

fn add(map: &mut Map<String, Value>, addition: Addition<'_>) -> Result<(), Misfit> {
    if let PathSegment::Key(key) = addition.at
        && map.insert(key.clone(), addition.value.clone()).is_some()
    {
        return Err(misfit(addition.difference, Reason::Twice));
    }
    Ok(())
}

fn sequence(list: Vec<Value>, mut steps: Steps<'_>, depth: usize) -> Result<Value, Misfit> {
    let mut additions: BTreeMap<usize, Addition<'_>> = BTreeMap::new();
    for addition in std::mem::take(&mut steps.additions) {
        match (addition.at, addition.before) {
            (PathSegment::Index(index), None) => {
                if additions.insert(*index, addition).is_some() {
                    return Err(misfit(addition.difference, Reason::Twice));
                }
            }
            _ => return Err(misfit(addition.difference, Reason::NoPlace)),
        }
    }
    let mut changed = Vec::with_capacity(list.len() + additions.len());
    let mut elements = list.into_iter();
    // Counts old elements where some go and new ones where some come: never both at once.
    let mut index = 0;
    loop {
        if let Some(addition) = additions.remove(&index) {
            changed.push(addition.value.clone());
        } else if let Some(value) = elements.next() {
            changed.extend(steps.carry_out(&PathSegment::Index(index), value, depth)?);
        } else {
            break;
        }
        index += 1;
    }
    if let Some(addition) = additions.values().next() {
        return Err(misfit(addition.difference, Reason::NoPlace));
    }
    steps.finish()?;
    Ok(Value::Array(changed))
}
