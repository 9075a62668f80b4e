//! The CSV of `show stat`: section 9.1 of HAProxy's management guide.

use std::borrow::Cow;

/// The fields of a line: a text in quotes where it has a comma or a quote of its own, which is doubled.
pub(super) fn fields(line: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let (field, after) = match text.strip_prefix('"') {
            Some(quoted) => in_quotes(quoted),
            None => match text.split_once(',') {
                Some((field, after)) => (Cow::Borrowed(field), Some(after)),
                None => (Cow::Borrowed(text), None),
            },
        };
        rest = after;
        Some(field)
    })
}

/// What stands up to the closing quote, and what follows the comma behind it. Without a closing quote it is the rest of the line.
fn in_quotes(text: &str) -> (Cow<'_, str>, Option<&str>) {
    let mut field = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let Some((part, after)) = rest.split_once('"') else {
            return (joined(field, rest), None);
        };
        field = joined(field, part);
        match after.strip_prefix('"') {
            Some(more) => {
                field.to_mut().push('"');
                rest = more;
            }
            None => return (field, after.split_once(',').map(|(_, after)| after)),
        }
    }
}

fn joined<'a>(field: Cow<'a, str>, part: &'a str) -> Cow<'a, str> {
    if field.is_empty() {
        Cow::Borrowed(part)
    } else {
        Cow::Owned(field.into_owned() + part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_commas_and_doubled_quotes() {
        for (line, expected) in [
            ("a,b,", &["a", "b", ""][..]),
            ("", &[""]),
            (",,", &["", "", ""]),
            (r#""a,b",c"#, &["a,b", "c"]),
            (r#""say ""x"", please",2"#, &[r#"say "x", please"#, "2"]),
            (r#""""#, &[""]),
            (r#""""",1"#, &[r#"""#, "1"]),
            (r#"a"b,c"#, &[r#"a"b"#, "c"]),
            (r#""never closed,1"#, &["never closed,1"]),
            (r#""é"x,1"#, &["é", "1"]),
        ] {
            assert_eq!(fields(line).collect::<Vec<_>>(), expected, "{line}");
        }
    }
}
