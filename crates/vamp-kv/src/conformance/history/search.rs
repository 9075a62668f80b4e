//! The search for an order of the writes of one key that explains all that was seen of it.
//!
//! The algorithm of Wing and Gong with the memory of Lowe, as checkers of linearizability have it. A read changes nothing, so it takes
//! its place as soon as there is one: only writes are tried in different orders. Each value is written by one call, so that an order in
//! which a value is overwritten before all who saw it have seen it is left at once. Writes that may never have happened and that nobody
//! saw are a [`Reserve`]: what they do, and not which of them does it, is tried.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::reserve::{Reserve, Spent};

/// A write that happened, or may have.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) label: String,
    pub(super) began: u64,
    /// None when it is not known whether it happened.
    pub(super) ended: Option<u64>,
    pub(super) effect: Effect,
}

/// What a write does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Set(u64),
    /// Sets the second in place of the first.
    SetIf(Option<u64>, u64),
    /// Removes the value that is there.
    Remove,
}

/// Something that tells what was there.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) label: String,
    /// It tells of a moment after this one …
    pub(super) began: u64,
    /// … and before this one.
    pub(super) ended: u64,
    pub(super) sees: Sees,
}

/// What a read tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sees {
    Is(Option<u64>),
    Not(Option<u64>),
}

/// Why there is no order.
#[derive(Debug)]
pub(super) enum Unexplained {
    /// The last write of the order that went furthest, and what had to come next and could not.
    Wrong {
        after: Option<String>,
        pending: Vec<String>,
    },
    /// [`LIMIT`] orders were begun.
    Undecided,
}

/// How many beginnings of orders are tried: some seconds.
const LIMIT: usize = 200_000;

impl Effect {
    /// The value that is there once it took effect; none when that removes what was there.
    pub(super) fn value(self) -> Option<u64> {
        match self {
            Self::Set(value) | Self::SetIf(_, value) => Some(value),
            Self::Remove => None,
        }
    }

    /// What is there after it; nothing when it does not take effect on what is there now.
    fn on(self, now: Option<u64>) -> Option<Option<u64>> {
        match self {
            Self::Set(value) => Some(Some(value)),
            Self::SetIf(expected, value) => (expected == now).then_some(Some(value)),
            Self::Remove => now.is_some().then_some(None),
        }
    }
}

/// Finds an order of the writes in which each reader, one read after the other, sees what it saw.
pub(super) fn explain(writes: &[Write], readers: &[Vec<Read>]) -> Result<(), Unexplained> {
    let search = Search::new(writes, readers);
    let mut furthest = Beginning::default();
    let mut tried = Tried::default();
    let mut open = vec![search.first()];
    while let Some(mut beginning) = open.pop() {
        search.read(&mut beginning);
        if search.is_complete(&beginning) {
            return Ok(());
        }
        if !tried.is_new(&beginning) {
            continue;
        }
        if tried.count > LIMIT {
            return Err(Unexplained::Undecided);
        }
        open.extend(search.next(&beginning));
        if beginning.length() >= furthest.length() {
            furthest = beginning;
        }
    }
    Err(Unexplained::Wrong {
        after: furthest.last.map(|index| search.writes[index].label.clone()),
        pending: search.due(&furthest),
    })
}

/// How far a beginning is: the writes that are in it, what is there, and what each reader has read.
type Place = (Vec<bool>, Option<u64>, Vec<usize>);

/// The beginnings that were tried.
#[derive(Default)]
struct Tried {
    /// What they spent of the reserve, none of which is less than another in all.
    spent: HashMap<Place, Vec<Spent>>,
    count: usize,
}

impl Tried {
    /// Notes a beginning, unless one was tried that is as far and has as much left: whatever can follow this one can follow that one.
    fn is_new(&mut self, beginning: &Beginning) -> bool {
        let place = (beginning.done.clone(), beginning.now, beginning.read.clone());
        let spent = match self.spent.entry(place) {
            Entry::Occupied(spent) => spent.into_mut(),
            Entry::Vacant(place) => place.insert(Vec::new()),
        };
        if spent.iter().any(|spent| spent.is_at_most(&beginning.spent)) {
            return false;
        }
        spent.retain(|other| !beginning.spent.is_at_most(other));
        spent.push(beginning.spent);
        self.count += 1;
        true
    }
}

/// The beginning of an order.
#[derive(Debug, Clone, Default)]
struct Beginning {
    /// Which writes are in it.
    done: Vec<bool>,
    /// The last of them.
    last: Option<usize>,
    now: Option<u64>,
    /// How many reads of each reader have their place in it.
    read: Vec<usize>,
    /// What it took from the reserve.
    spent: Spent,
}

impl Beginning {
    fn length(&self) -> usize {
        let written = self.done.iter().filter(|done| **done).count();
        written + self.read.iter().sum::<usize>()
    }
}

struct Search<'a> {
    /// All that happened, or that somebody may have seen.
    writes: Vec<&'a Write>,
    reserve: Reserve,
    readers: &'a [Vec<Read>],
    /// For each value: how far each reader has read when it has seen it for the last time.
    seen_until: HashMap<u64, HashMap<usize, usize>>,
}

impl<'a> Search<'a> {
    fn new(writes: &'a [Write], readers: &'a [Vec<Read>]) -> Self {
        let mut seen_until: HashMap<u64, HashMap<usize, usize>> = HashMap::new();
        for (reader, reads) in readers.iter().enumerate() {
            for (index, read) in reads.iter().enumerate() {
                if let Sees::Is(Some(value)) = read.sees {
                    seen_until.entry(value).or_default().insert(reader, index + 1);
                }
            }
        }
        // Whoever names a value has seen it.
        let named: HashSet<u64> = {
            let expected = writes.iter().filter_map(|write| match write.effect {
                Effect::SetIf(expected, _) => expected,
                Effect::Set(_) | Effect::Remove => None,
            });
            let denied = readers.iter().flatten().filter_map(|read| match read.sees {
                Sees::Not(value) => value,
                Sees::Is(_) => None,
            });
            expected.chain(denied).collect()
        };
        let is_seen = |value| seen_until.contains_key(&value) || named.contains(&value);
        let may_be_missing = |write: &&Write| {
            write.ended.is_none() && write.effect.value().is_none_or(|value| !is_seen(value))
        };
        let (spare, writes): (Vec<&Write>, Vec<&Write>) = writes.iter().partition(may_be_missing);
        Self {
            writes,
            reserve: Reserve::new(&spare),
            readers,
            seen_until,
        }
    }

    fn first(&self) -> Beginning {
        Beginning {
            done: vec![false; self.writes.len()],
            read: vec![0; self.readers.len()],
            ..Beginning::default()
        }
    }

    fn is_complete(&self, beginning: &Beginning) -> bool {
        let written = self.writes.iter().zip(&beginning.done);
        let read = self.readers.iter().zip(&beginning.read);
        written
            .into_iter()
            .all(|(write, done)| *done || write.ended.is_none())
            && read.into_iter().all(|(reads, read)| *read == reads.len())
    }

    /// The reads that come next, one of each reader.
    fn next_reads<'s>(&'s self, beginning: &'s Beginning) -> impl Iterator<Item = (usize, &'a Read)> + 's {
        let readers = self.readers.iter().zip(&beginning.read).enumerate();
        readers.filter_map(|(reader, (reads, &read))| Some((reader, reads.get(read)?)))
    }

    fn open_writes<'s>(&'s self, beginning: &'s Beginning) -> impl Iterator<Item = (usize, &'a Write)> + 's {
        let writes = self.writes.iter().copied().enumerate();
        writes.filter(|(index, _)| !beginning.done[*index])
    }

    /// The moment before which the next in order must take effect: the first end of all that is not yet in it.
    fn deadline(&self, beginning: &Beginning) -> u64 {
        let reads = self.next_reads(beginning).map(|(_, read)| read.ended);
        let writes = self.open_writes(beginning).filter_map(|(_, write)| write.ended);
        reads.chain(writes).min().unwrap_or(u64::MAX)
    }

    /// Gives every read its place that can have it now.
    fn read(&self, beginning: &mut Beginning) {
        loop {
            let deadline = self.deadline(beginning);
            let sees_now = |read: &Read| match read.sees {
                Sees::Is(value) => value == beginning.now,
                Sees::Not(value) => value != beginning.now,
            };
            let ready: Vec<usize> = self
                .next_reads(beginning)
                .filter(|(_, read)| read.began < deadline && sees_now(read))
                .map(|(reader, _)| reader)
                .collect();
            if ready.is_empty() {
                return;
            }
            for reader in ready {
                beginning.read[reader] += 1;
            }
        }
    }

    /// All beginnings that are longer by one write; the likeliest last.
    fn next(&self, beginning: &Beginning) -> Vec<Beginning> {
        if !self.was_seen_by_all(beginning) {
            return Vec::new();
        }
        let deadline = self.deadline(beginning);
        let possible = self
            .open_writes(beginning)
            .filter(|(_, write)| write.began < deadline);
        let mut possible: Vec<(usize, Option<u64>)> = possible
            .filter_map(|(index, write)| Some((index, write.effect.on(beginning.now)?)))
            .collect();
        // What ended first is tried first; of what may never have happened, what somebody saw.
        possible.sort_by_key(|&(index, now)| {
            let write = &self.writes[index];
            let seen = now.is_some_and(|value| self.seen_until.contains_key(&value));
            std::cmp::Reverse((write.ended.unwrap_or(u64::MAX), !seen, write.began))
        });
        let longer = possible.into_iter().map(|(index, now)| {
            let mut longer = beginning.clone();
            longer.last = Some(index);
            longer.done[index] = true;
            longer.now = now;
            longer
        });
        let reserve = self.reserve.next(beginning.now, &beginning.spent, deadline);
        let with_reserve = reserve.map(|(spent, now)| Beginning {
            spent,
            now,
            ..beginning.clone()
        });
        with_reserve.chain(longer).collect()
    }

    /// Whether all who saw the value that is there now have seen it; no other moment has it.
    fn was_seen_by_all(&self, beginning: &Beginning) -> bool {
        let seen_until = beginning.now.and_then(|value| self.seen_until.get(&value));
        seen_until.is_none_or(|readers| {
            readers
                .iter()
                .all(|(&reader, &until)| beginning.read[reader] >= until)
        })
    }

    /// What has to take effect before anything else can, and who sees the value that is there, later than that.
    fn due(&self, beginning: &Beginning) -> Vec<String> {
        let deadline = self.deadline(beginning);
        let reads = self
            .next_reads(beginning)
            .map(|(_, read)| (read.ended, &read.label));
        let writes = self
            .open_writes(beginning)
            .filter_map(|(_, write)| Some((write.ended?, &write.label)));
        let mut due: Vec<_> = reads.chain(writes).collect();
        due.sort();
        let first = due
            .iter()
            .position(|(ended, _)| *ended > deadline)
            .unwrap_or(due.len());
        due.truncate(first.max(3));
        let mut due: Vec<String> = due.into_iter().map(|(_, label)| label.clone()).collect();
        let seen_until = beginning.now.and_then(|value| self.seen_until.get(&value));
        for (&reader, &until) in seen_until.into_iter().flatten() {
            let last = &self.readers[reader][until - 1].label;
            if beginning.read[reader] < until && !due.contains(last) {
                due.push(last.clone());
            }
        }
        due
    }
}
