//! Guesses at what was meant.

/// The known word nearest to an unknown one, if it is near enough to be a slip, as a hint.
pub(super) fn did_you_mean(word: &str, known: &[&str]) -> Option<String> {
    nearest(word, known).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// The known word nearest to an unknown one, if it is near enough to be a slip.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    // Names longer than that are no slip of a short key, and comparing them costs.
    if word.len() > 40 {
        return None;
    }
    let lower = word.to_lowercase().replace('-', "_");
    let nearest = known
        .iter()
        .filter(|candidate| **candidate != "kind" || lower.len() > 2)
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), *candidate))
        .min_by_key(|(distance, _)| *distance)?;
    let (distance, candidate) = nearest;
    let allowed = candidate.chars().count().min(lower.chars().count()).div_ceil(3);
    (distance <= allowed).then_some(candidate)
}

/// The number of single-character edits, swaps of neighbours included, between two words.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, a) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, &b) in right.iter().enumerate() {
            let substitution = last[column] + usize::from(a != b);
            let mut best = substitution.min(last[column + 1] + 1).min(current[column] + 1);
            let swapped = column > 0 && previous == Some(b) && right[column - 1] == a;
            if swapped && let Some(earlier) = before_last.get(column - 1) {
                best = best.min(earlier + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(a);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = [
            "kind",
            "weight",
            "condition",
            "condition_strength",
            "scale",
            "env",
            "MODE",
        ];
        let cases = [
            ("weigth", Some("did you mean `weight`?")),
            ("MOOD", Some("did you mean `MODE`?")),
            ("scall", Some("did you mean `scale`?")),
            ("Condition", Some("did you mean `condition`?")),
            ("condition-strength", Some("did you mean `condition_strength`?")),
            ("envs", Some("did you mean `env`?")),
            ("owner", None),
            ("x", None),
        ];
        for (word, expected) in cases {
            assert_eq!(did_you_mean(word, &known).as_deref(), expected, "{word}");
        }
    }
}
