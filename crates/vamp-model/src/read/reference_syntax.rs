//! The syntax of `$` references in values.

/// Why a value with `$` is broken, if it is.
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let after = &rest[at + 1..];
        rest = if let Some(escaped) = after.strip_prefix('$') {
            escaped
        } else if let Some(inside) = after.strip_prefix('{') {
            let (variable, behind) = inside.split_once('}').ok_or("a reference `${…}` is not closed")?;
            check_braced(variable.trim_matches([' ', '\n', '\r', '\t', '\u{c}']))?;
            behind
        } else {
            let word = after.len() - after.trim_start_matches(is_word_character).len();
            if word == 0 {
                return Err("no name follows a `$`; `$$` stands for one `$`");
            }
            &after[word..]
        };
    }
    Ok(())
}

fn is_word_character(c: char) -> bool {
    !matches!(
        c,
        ' ' | '\n' | '\r' | '\t' | '\u{c}' | '/' | '[' | ']' | '.' | '{' | '}' | ':' | ';' | ',' | '$'
    )
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_word_character)
}

/// `scheme://path`, `cluster.group.name`, `cluster.host` or `name`.
fn check_braced(variable: &str) -> Result<(), &'static str> {
    if let Some((scheme, path)) = variable.split_once("://") {
        let good = is_word(scheme) && path.split('.').all(is_word);
        return if good {
            Ok(())
        } else {
            Err("a broken reference `${scheme://path}`")
        };
    }
    let words: Vec<&str> = variable.split('.').collect();
    match words.as_slice() {
        words if !words.iter().all(|word| is_word(word)) => Err("a broken name inside `${…}`"),
        [_] | [_, "host"] | [_, _, _] => Ok(()),
        _ => Err("inside `${…}` stands a name, `cluster.host` or `cluster.group.name`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_references_are_told_from_good_ones() {
        let good = [
            "",
            "abc",
            "$port",
            "a$$b",
            "$$$d",
            "http://${host}/",
            "a${db.host}",
            "{${es.constants.port}}",
            "/$a$b$c/",
            "$api.constants.version/",
            "a${http://x.y}/$config://c.d",
            "${ a }",
            "$a.b",
        ];
        for text in good {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in [
            "${a b}",
            "${unclosed",
            "5$ each",
            "$",
            "$ a",
            "${a.b}",
            "${}",
            "${a..c}",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
