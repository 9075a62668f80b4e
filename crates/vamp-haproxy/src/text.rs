//! The two kinds of text that lines are made of.

use std::borrow::Cow;
use std::fmt;

/// A text that cannot stand in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' {reason}", text.escape_debug())]
pub struct InvalidText {
    /// The text.
    pub text: String,
    /// What is wrong with it, as the end of a sentence.
    pub reason: &'static str,
}

/// One word of a line: one or more characters, no white space and no control characters.
///
/// It is borrowed where somebody has the text already.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word<'t>(Cow<'t, str>);

/// The rest of a line: anything without a line break.
///
/// It is borrowed where somebody has the text already.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<'t>(Cow<'t, str>);

impl<'t> Word<'t> {
    /// A word.
    ///
    /// # Errors
    /// The text is empty, or contains white space or a control character.
    pub fn new(text: impl Into<Cow<'t, str>>) -> Result<Self, InvalidText> {
        let text = text.into();
        if is_word(&text) {
            Ok(Self::trusted(text))
        } else {
            let reason = "is no single word: it is empty, or contains white space or a control character";
            Err(InvalidText {
                text: text.into_owned(),
                reason,
            })
        }
    }

    /// A word that is known to be one.
    pub(crate) fn trusted(text: impl Into<Cow<'t, str>>) -> Self {
        let text = text.into();
        debug_assert!(is_word(&text), "{text:?} is no word");
        Self(text)
    }

    /// The same word, borrowed.
    #[must_use]
    pub fn by_ref(&self) -> Word<'_> {
        Word(Cow::Borrowed(&self.0))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'t> Text<'t> {
    /// A text without control characters; tabs may stand in it.
    ///
    /// # Errors
    /// The text contains a control character, a line break for example, which could begin a line of its own.
    pub fn new(text: impl Into<Cow<'t, str>>) -> Result<Self, InvalidText> {
        let text = text.into();
        if text.chars().any(|c| c.is_control() && c != '\t') {
            let reason = "contains a line break or another control character";
            Err(InvalidText {
                text: text.into_owned(),
                reason,
            })
        } else {
            Ok(Self::trusted(text))
        }
    }

    /// A text that is known to have no line feed. What is read from a file may have other control characters.
    pub(crate) fn trusted(text: impl Into<Cow<'t, str>>) -> Self {
        let text = text.into();
        debug_assert!(!text.contains('\n'), "{text:?} has a line feed");
        Self(text)
    }

    /// The same text, borrowed.
    #[must_use]
    pub fn by_ref(&self) -> Text<'_> {
        Text(Cow::Borrowed(&self.0))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'t> From<Word<'t>> for Text<'t> {
    fn from(word: Word<'t>) -> Self {
        Self(word.0)
    }
}

pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte > b' ' && byte != 0x7f)
}

macro_rules! prints_as_its_text {
    ($type:ident) => {
        impl fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl AsRef<str> for $type<'_> {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

prints_as_its_text!(Word);
prints_as_its_text!(Text);

/// The text as one word of HAProxy's language: in double quotes, with whatever is special in them escaped.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '$') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_no_white_space_and_a_text_no_line_break() {
        for text in ["", "a b", "a\tb", "a\n", "\u{7f}"] {
            assert!(Word::new(text).is_err(), "{text:?}");
        }
        for text in ["a", "o_1f", "unix@/run/x.sock", "é"] {
            assert_eq!(Word::new(text).unwrap().as_str(), text);
        }
        for text in ["a\nb", "a\r", "\0", "\u{85}"] {
            // S02-088: control characters are refused wherever a text of the user enters a configuration.
            assert!(Text::new(text).is_err(), "{text:?}");
        }
        assert_eq!(Text::new("a\tb c").unwrap().as_str(), "a\tb c");
    }

    #[test]
    fn quoting_escapes_what_is_special_within_quotes() {
        assert_eq!(quoted(r#"a "b" \ $c #d"#), r#""a \"b\" \\ \$c #d""#);
    }
}
