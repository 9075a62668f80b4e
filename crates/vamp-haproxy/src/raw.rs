/// Why the text of a condition cannot stand in a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRaw {
    /// A line break or another control character.
    #[error("it contains a control character")]
    Control,
    /// A `#` outside of quotes: HAProxy reads nothing of what follows.
    #[error("`#` begins a comment; put it in quotes or write `\\#`")]
    Comment,
    /// A quote without its other half.
    #[error("a quote is not closed")]
    Quote,
    /// A backslash at the end.
    #[error("a backslash at the end has nothing to escape")]
    Backslash,
    /// It does not begin with the name of a sample fetch method or of an ACL.
    #[error("it begins with no name of a test")]
    Method,
    /// More words than a line can have.
    #[error("it has more words than a line has room for")]
    Words,
}

/// A line has at most so many words.
pub(crate) const MOST_WORDS: usize = 64;

/// Two of them are `acl` and the name.
const MOST_OF_A_TEST: usize = MOST_WORDS - 2;

/// Whether a text can be the definition of a test: one line of whole words. What they mean is for HAProxy to judge.
pub(crate) fn check(text: &str) -> Result<(), InvalidRaw> {
    if words(text)? > MOST_OF_A_TEST {
        Err(InvalidRaw::Words)
    } else {
        Ok(())
    }
}

/// Whether a text begins like a sample fetch method or a derivative ACL: with a name. HAProxy takes nothing else.
pub(crate) fn begins_with_method(text: &str) -> bool {
    let first = text.split(' ').find(|word| !word.is_empty()).unwrap_or_default();
    first
        .trim_start_matches('"')
        .starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

/// How many words of HAProxy's language a text is, which are whole and on one line: section 2.2 of its configuration manual.
pub(crate) fn words(text: &str) -> Result<usize, InvalidRaw> {
    if text.chars().any(char::is_control) {
        return Err(InvalidRaw::Control);
    }
    let mut characters = text.chars();
    let mut words = 0;
    let mut within_word = false;
    while let Some(character) = characters.next() {
        if character == ' ' {
            within_word = false;
            continue;
        }
        if !within_word {
            within_word = true;
            words += 1;
        }
        match character {
            '#' => return Err(InvalidRaw::Comment),
            '\\' => drop(characters.next().ok_or(InvalidRaw::Backslash)?),
            '\'' => drop(characters.find(|c| *c == '\'').ok_or(InvalidRaw::Quote)?),
            '"' => skip_double_quoted(&mut characters)?,
            _ => {}
        }
    }
    Ok(words)
}

fn skip_double_quoted(characters: &mut std::str::Chars<'_>) -> Result<(), InvalidRaw> {
    loop {
        match characters.next().ok_or(InvalidRaw::Quote)? {
            '"' => return Ok(()),
            '\\' => drop(characters.next().ok_or(InvalidRaw::Quote)?),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_means_itself() {
        for text in [
            "path_beg /a",
            "hdr_sub(user-agent) Android",
            r"path_beg /a\#b",
            r##"path_beg "/a#b \" c" '#' "##,
            r"hdr(x) a\ b",
            "hdr(x) 'it \" is'",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_would_not_end_where_it_seems_to_is_refused() {
        let long = "a ".repeat(63);
        for (text, reason) in [
            ("path_beg /a\nuse_backend x", InvalidRaw::Control),
            ("path_beg /a # b", InvalidRaw::Comment),
            ("path_beg /a#b", InvalidRaw::Comment),
            ("hdr(x) 'a", InvalidRaw::Quote),
            (r#"hdr(x) "a\""#, InvalidRaw::Quote),
            ("hdr(x) a\\", InvalidRaw::Backslash),
            (long.as_str(), InvalidRaw::Words),
        ] {
            // S02-088: nothing of a condition can break out of its line.
            assert_eq!(check(text), Err(reason), "{text}");
        }
        // S02-085: 62 words and the two before them are the 64 that HAProxy takes.
        assert_eq!(check(&"a ".repeat(62)), Ok(()));
    }
}
