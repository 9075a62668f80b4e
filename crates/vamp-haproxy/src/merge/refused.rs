//! Which lines of the user are refused.

use super::conflict::Conflict;
use super::merging::Merging;
use super::need::{self, Need};
use super::parts::Parts;
use super::place::{BASE, FIRST_OWN, Files};
use crate::document::Line;

/// Tells of the settings that the agent needs. Ours are `global` and `defaults`.
pub(super) fn refuse(
    files: &Files<'_>,
    parts: &[Parts<'_>],
    [our_global, our_defaults]: [&Merging<'_>; 2],
    conflicts: &mut Vec<Conflict>,
) {
    let log = |line| Some((need::log_target(line)?, line));
    let targets: Vec<(String, Line<'_>)> = our_global.lines().filter_map(log).collect();
    for (parts, file) in parts.iter().zip(FIRST_OWN..) {
        let globals = parts.globals.iter().flat_map(|part| &part.body);
        let defaults = parts.defaults.iter().flat_map(|part| &part.body);
        let global = globals.map(|line| (line, our_global, need::against_global(*line)));
        let defaults = defaults.map(|line| (line, our_defaults, need::against_defaults(*line)));
        for (line, section, need) in global.chain(defaults) {
            let ours = match need {
                Some(need) => Some((need, section.same_as(*line))),
                None => same_target(*line, &targets).map(|ours| (Need::LogOnce, Some(ours))),
            };
            conflicts.extend(ours.map(|(need, ours)| Conflict::Refused {
                place: files.place_of(file, *line),
                setting: beginning(*line),
                ours: ours.map(|line| files.place_of(BASE, line)),
                need,
            }));
        }
    }
}

/// Our line that logs to the target of another.
fn same_target<'d>(line: Line<'_>, targets: &[(String, Line<'d>)]) -> Option<Line<'d>> {
    let target = need::log_target(line)?;
    let found = targets.iter().find(|(ours, _)| *ours == target);
    found.map(|(_, line)| *line)
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
