//! Guesses at what was meant.

/// The known word nearest to an unknown one, if it is near enough to be a slip.
pub(crate) fn similar<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // Longer words are no slips, and comparing them costs.
    if word.len() > 80 {
        return None;
    }
    let word = word.to_lowercase();
    let (nearest, candidate) = known
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    let shorter = candidate.chars().count().min(word.chars().count());
    (nearest <= shorter.div_ceil(4)).then_some(candidate)
}

/// The number of single-character edits between two words.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, &b) in right.iter().enumerate() {
            let substitution = last[column] + usize::from(a != b);
            current.push(substitution.min(last[column + 1] + 1).min(current[column] + 1));
        }
        last = current;
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["gateways", "blueprints", "breeds"];
        assert_eq!(similar("gatways", known), Some("gateways"));
        assert_eq!(similar("Breds", known), Some("breeds"));
        assert_eq!(similar("workflows", known), None);
        assert_eq!(similar("", known), None);
    }
}
