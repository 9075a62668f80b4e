//! Settings of `global` that HAProxy takes one line of, and the user says in two.

use std::collections::HashMap;

use super::branches::Branches;
use super::conflict::Conflict;
use super::place::{At, FIRST_OWN, Files};
use super::setting::is_taken_once;
use super::weave::Woven;

/// Tells of each line that says a setting which another line before it says. What is told as [ambiguous](super::weave::Ambiguous) is left
/// out.
pub(super) fn check(
    files: &Files<'_>,
    branches: &Branches,
    global: &Woven<'_>,
    conflicts: &mut Vec<Conflict>,
) {
    let is_ambiguous = |setting: &str| {
        global
            .ambiguous
            .iter()
            .any(|ambiguous| ambiguous.setting == setting)
    };
    let mut said: HashMap<&str, Vec<At>> = HashMap::new();
    for node in &global.own {
        node.settings(&mut |setting, at| {
            let own = at.filter(|at| at.file >= FIRST_OWN && is_taken_once(setting));
            let Some(at) = own.filter(|_| !is_ambiguous(setting)) else {
                return;
            };
            let before = said.entry(setting).or_default();
            let other = before.iter().find(|other| !branches.exclude(at, **other));
            conflicts.extend(other.map(|other| Conflict::Twice {
                setting: setting.to_owned(),
                place: files.place(at),
                other: files.place(*other),
            }));
            before.push(at);
        });
    }
}
