//! Guesses at what was meant.

/// How many names are compared with an unknown one.
const COMPARED: usize = 500;

/// Names longer than that are no slip of a short one, and comparing them costs.
const LONGEST: usize = 40;

/// The known key nearest to an unknown one, as a hint, if it is near enough to be a slip.
pub(super) fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    // Few letters are as near to `kind` as to anything.
    let known = known.into_iter().filter(|key| *key != "kind" || word.len() > 2);
    nearest(word, known).map(|key| format!("did you mean `{key}`?"))
}

/// The name nearest to an unknown one, if it is near enough to be a slip. Upper and lower case are the same, `-` and `_` are, too.
pub(crate) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if word.len() > LONGEST {
        return None;
    }
    let alike = |text: &str| text.to_lowercase().replace('-', "_");
    let word = alike(word);
    let length = word.chars().count();
    names
        .into_iter()
        .take(COMPARED)
        .filter(|name| name.len() <= LONGEST + LONGEST)
        .filter_map(|name| {
            let compared = alike(name);
            let other_length = compared.chars().count();
            let shorter = length.min(other_length);
            // A name of which nothing is left is another one.
            let allowed = shorter.div_ceil(3).min(shorter.saturating_sub(1));
            let may_be_near = length.abs_diff(other_length) <= allowed;
            let distance = may_be_near.then(|| distance(&word, &compared))?;
            (distance <= allowed).then_some((distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
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
            ("SCALE", Some("did you mean `scale`?")),
        ];
        for (word, expected) in cases {
            assert_eq!(did_you_mean(word, known).as_deref(), expected, "{word}");
        }
    }

    #[test]
    fn names_of_users_are_found_whatever_their_case() {
        assert_eq!(nearest("db-hots", ["DB_PORT", "DB_HOST"]), Some("DB_HOST"));
        assert_eq!(nearest("B", ["A"]), None);
        assert_eq!(nearest("", [""]), Some(""));
        let many = vec!["other"; COMPARED];
        assert_eq!(nearest("web", many.into_iter().chain(["web"])), None);
    }
}
