//! Which lines of the user are refused.

use super::conflict::Conflict;
use super::merging::Merging;
use super::need::{self, Need};
use super::parts::Parts;
use super::place::{BASE, FIRST_OWN, Files};
use crate::document::Line;

/// Tells of the settings that the agent needs. `ours` are `global` and `defaults`.
pub(super) fn refuse<'d>(
    files: &Files<'_>,
    parts: &[Parts<'d>],
    [our_global, our_defaults]: [&Merging<'d>; 2],
    conflicts: &mut Vec<Conflict>,
) {
    let targets = our_global
        .lines()
        .filter_map(|line| Some((need::log_target(line)?, line)));
    let targets: Vec<(String, Line<'_>)> = targets.collect();
    for (parts, file) in parts.iter().zip(FIRST_OWN..) {
        let globals = parts.globals.iter().flat_map(|part| &part.body);
        let defaults = parts.defaults.iter().flat_map(|part| &part.body);
        let global = globals.map(|line| (line, our_global, need::against_global(*line)));
        let defaults = defaults.map(|line| (line, our_defaults, need::against_defaults(*line)));
        for (line, ours, need) in global.chain(defaults) {
            let target = need::log_target(*line);
            let same = targets.iter().find(|(ours, _)| Some(ours) == target.as_ref());
            let (need, ours) = match (need, same) {
                (Some(need), _) => (need, ours.same_as(*line)),
                (None, Some((_, ours))) => (Need::LogOnce, Some(*ours)),
                (None, None) => continue,
            };
            conflicts.push(Conflict::Refused {
                place: files.place_of(file, *line),
                setting: beginning(*line),
                ours: ours.map(|line| files.place_of(BASE, line)),
                need,
            });
        }
    }
}

/// What a line sets: its keyword with `no` before it, and what tells it from others of this keyword.
fn beginning(line: Line<'_>) -> String {
    let prefix = line.keyword().and_then(|keyword| keyword.prefix);
    words(line, if prefix.is_some() { 3 } else { 2 })
}

/// The first words of a line.
pub(super) fn words(line: Line<'_>, most: usize) -> String {
    let words: Vec<&str> = line.words().take(most).map(|word| word.written()).collect();
    words.join(" ")
}
