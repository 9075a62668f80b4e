//! Which names somebody may have meant.

/// So many names are told.
const MOST: usize = 3;

/// So many characters may differ.
const MOST_UNLIKE: usize = 2;

/// The names that a wrong one is most like, the nearest first.
///
/// There may be thousands of each: a name is compared up to where it differs, from both ends.
pub(super) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut found: Vec<(usize, &str)> = names
        .filter_map(|name| Some((distance(wanted, name)?, name)))
        .collect();
    found.sort_unstable();
    let names = found.into_iter().map(|(_, name)| name.to_owned());
    names.take(MOST).collect()
}

/// The length of what stands in one of the names and not in the other, if they are alike or one begins with the other.
fn distance(wanted: &str, name: &str) -> Option<usize> {
    let shorter = wanted.len().min(name.len());
    let longer = wanted.len().max(name.len());
    let equal = |(one, other): &(u8, u8)| one == other;
    let start = wanted.bytes().zip(name.bytes()).take_while(equal).count();
    let from_end = wanted.bytes().rev().zip(name.bytes().rev());
    let end = from_end.take(shorter - start).take_while(equal).count();
    let unlike = longer - start - end;
    // Of names of one or two characters, everything is like everything.
    let is_like = unlike <= MOST_UNLIKE || start == shorter;
    (is_like && shorter > MOST_UNLIKE).then_some(unlike)
}
