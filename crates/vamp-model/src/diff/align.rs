//! Which element of one list is which of another.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use serde_json::Value;

/// Positions of the elements that belong together in the old and the new list, both ascending. Whoever is in no pair came or went.
///
/// Takes time in proportion to the size of the lists, but for a logarithm.
pub(super) fn pairs(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let all = Stretch {
        old: 0..old.len(),
        new: 0..new.len(),
    };
    for stretch in around(
        &all,
        &alike(old, new, &all, |value| Some(value.to_string())),
        &mut pairs,
    ) {
        let known = alike(old, new, &stretch, |value| identity(value).map(str::to_owned));
        for stretch in around(&stretch, &known, &mut pairs) {
            // Nobody tells who is who: the order does.
            let common = stretch.old.len().min(stretch.new.len());
            pairs.extend(stretch.old.zip(stretch.new).take(common));
        }
    }
    pairs.sort_unstable();
    pairs
}

/// A part of both lists.
#[derive(Debug, Clone)]
struct Stretch {
    old: Range<usize>,
    new: Range<usize>,
}

/// Adds `known` pairs of a stretch to all others, and gives the stretches between them.
fn around(stretch: &Stretch, known: &[(usize, usize)], pairs: &mut Vec<(usize, usize)>) -> Vec<Stretch> {
    let mut between = Vec::with_capacity(known.len() + 1);
    let mut begin = (stretch.old.start, stretch.new.start);
    for &(old, new) in known.iter().chain([&(stretch.old.end, stretch.new.end)]) {
        if begin.0 < old || begin.1 < new {
            between.push(Stretch {
                old: begin.0..old,
                new: begin.1..new,
            });
        }
        begin = (old + 1, new + 1);
    }
    pairs.extend(known);
    between
}

/// Elements of a stretch that have the same mark in both lists and stand in the same order in both, as many as possible.
/// Of several with the same mark, the first belongs to the first, and so on.
fn alike(
    old: &[Value],
    new: &[Value],
    stretch: &Stretch,
    mark: impl Fn(&Value) -> Option<String>,
) -> Vec<(usize, usize)> {
    let marks = |values: &[Value]| -> Vec<Option<String>> { values.iter().map(&mark).collect() };
    let (old_marks, new_marks) = (marks(&old[stretch.old.clone()]), marks(&new[stretch.new.clone()]));
    let is_same = |(old, new): &(&Option<String>, &Option<String>)| old.is_some() && old == new;
    // What is the same at both ends stays where it is, also where it stands a second time in between.
    let begin = old_marks.iter().zip(&new_marks).take_while(is_same).count();
    let (rest_of_old, rest_of_new) = (&old_marks[begin..], &new_marks[begin..]);
    let from_end = rest_of_old.iter().rev().zip(rest_of_new.iter().rev());
    let end = from_end.take_while(is_same).count();
    let (old_end, new_end) = (old_marks.len() - end, new_marks.len() - end);

    let mut positions: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (index, mark) in new_marks.iter().enumerate().take(new_end).skip(begin) {
        if let Some(mark) = mark {
            positions.entry(mark).or_default().push_back(index);
        }
    }
    let between = old_marks.iter().enumerate().take(old_end).skip(begin);
    let candidates: Vec<(usize, usize)> = between
        .filter_map(|(index, mark)| {
            let partner = positions.get_mut(mark.as_deref()?)?.pop_front()?;
            Some((index, partner))
        })
        .collect();
    (0..begin)
        .map(|index| (index, index))
        .chain(longest_ascending(&candidates))
        .chain((0..end).map(|index| (old_end + index, new_end + index)))
        .map(|(in_old, in_new)| (stretch.old.start + in_old, stretch.new.start + in_new))
        .collect()
}

/// As many of the pairs, which ascend in the first position, as also ascend in the second: patience sorting.
fn longest_ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length of a row the pair with which the best one ends, and for each pair the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (_, position)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < *position);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut row = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(index) = next {
        row.push(pairs[index]);
        next = before[index];
    }
    row.reverse();
    row
}

/// What an element is called: its name, or that of the breed or artifact to which it refers; else its only key.
fn identity(value: &Value) -> Option<&str> {
    let mapping = value.as_object()?;
    let named = ["name", "reference", "breed"]
        .into_iter()
        .find_map(|key| mapping.get(key));
    match named {
        Some(Value::String(name)) => Some(name),
        Some(Value::Object(breed)) => breed.get("name").or_else(|| breed.get("reference"))?.as_str(),
        Some(_) => None,
        None if mapping.len() == 1 => mapping.keys().next().map(String::as_str),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_are_found_again_by_content_then_by_name_then_by_order() {
        let cases = [
            (json!([]), json!([]), vec![]),
            (json!([1, 2, 3]), json!([1, 2, 3]), vec![(0, 0), (1, 1), (2, 2)]),
            (json!([1, 2, 3]), json!([1, 3]), vec![(0, 0), (2, 1)]),
            (json!([1, 3]), json!([1, 2, 3]), vec![(0, 0), (1, 2)]),
            (json!([1, 2, 1]), json!([2, 1]), vec![(1, 0), (2, 1)]),
            (
                json!([1, 2, 3, 4]),
                json!([4, 1, 2, 3]),
                vec![(0, 1), (1, 2), (2, 3)],
            ),
            (json!([1, 2]), json!([2, 1]), vec![(1, 0)]),
            (json!(["a", "b"]), json!(["c"]), vec![(0, 0)]),
            (
                json!([{"name": "a", "x": 1}, {"name": "b", "x": 1}]),
                json!([{"name": "n", "x": 1}, {"name": "a", "x": 2}, {"name": "b", "x": 2}]),
                vec![(0, 1), (1, 2)],
            ),
            (
                json!([{"breed": {"reference": "a:1"}, "x": 1}, {"breed": "b:1"}]),
                json!([{"breed": "b:1", "x": 1}]),
                vec![(1, 0)],
            ),
            (
                json!([{"privileged": "true"}, {"memory": "1"}]),
                json!([{"memory": "2"}]),
                vec![(1, 0)],
            ),
        ];
        for (old, new, expected) in cases {
            let found = pairs(old.as_array().unwrap(), new.as_array().unwrap());
            assert_eq!(found, expected, "{old} {new}");
        }
    }

    #[test]
    fn the_longest_row_is_found() {
        let pairs =
            |positions: &[usize]| -> Vec<(usize, usize)> { positions.iter().copied().enumerate().collect() };
        let row = longest_ascending(&pairs(&[9, 1, 8, 2, 3, 7, 4, 0]));
        assert_eq!(row, [(1, 1), (3, 2), (4, 3), (6, 4)]);
        assert!(longest_ascending(&[]).is_empty());
    }
}
