//! Files with patterns: what is in them, and how one becomes another.

use super::{PatternKind, PatternUpdate};

/// The entries of a file, as HAProxy reads it: lines that begin with `#` and blank ones are none.
pub(super) fn entries(kind: PatternKind, text: &str) -> Vec<(String, String)> {
    let blank = [' ', '\t'];
    let lines = text.split('\n').filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            line.split('\r')
                .next()
                .unwrap_or_default()
                .trim_start_matches(blank)
        })
        .filter(|line| !line.is_empty())
        .map(|line| match kind {
            PatternKind::Acl => (line.to_owned(), String::new()),
            PatternKind::Map => {
                let (key, value) = line.split_once(blank).unwrap_or((line, ""));
                (key.to_owned(), value.trim_matches(blank).to_owned())
            }
        })
        .collect()
}

/// How one list becomes another; none when they are the same. A change of a single entry keeps the others, any other replaces all.
pub(super) fn update(running: &[(String, String)], wanted: &[(String, String)]) -> Option<PatternUpdate> {
    if running == wanted {
        return None;
    }
    let single = single(running, wanted);
    Some(single.unwrap_or_else(|| PatternUpdate::Replace(wanted.to_vec())))
}

fn single(running: &[(String, String)], wanted: &[(String, String)]) -> Option<PatternUpdate> {
    let start = running
        .iter()
        .zip(wanted)
        .take_while(|(old, new)| old == new)
        .count();
    let (olds, news) = (running.get(start..)?, wanted.get(start..)?);
    match (olds, news) {
        // What is added comes last.
        ([], [(key, value)]) => Some(PatternUpdate::Add {
            key: key.clone(),
            value: value.clone(),
        }),
        ([(key, _), old_rest @ ..], news) if old_rest == news && is_once(running, key) => {
            Some(PatternUpdate::Remove { key: key.clone() })
        }
        ([(old, _), old_rest @ ..], [(key, value), new_rest @ ..])
            if old == key && old_rest == new_rest && is_once(running, key) =>
        {
            Some(PatternUpdate::Set {
                key: key.clone(),
                value: value.clone(),
            })
        }
        _ => None,
    }
}

/// A command for a key concerns all entries that have it.
fn is_once(entries: &[(String, String)], key: &str) -> bool {
    entries.iter().filter(|(found, _)| found == key).count() == 1
}

/// Whether commands can carry the entries: they are lines of text, and HAProxy reads no more of them than its buffer takes.
pub(super) fn are_sendable(entries: &[(String, String)]) -> bool {
    const LONGEST_ENTRY: usize = 8 * 1024;
    let plain = |text: &str| !text.contains(|c: char| c.is_control() && c != '\t');
    entries
        .iter()
        .all(|(key, value)| key.len() + value.len() <= LONGEST_ENTRY && plain(key) && plain(value))
}
