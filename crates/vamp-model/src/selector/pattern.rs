use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// How many characters and ranges of characters a pattern may have with its repetitions written out. Counted here, because the
/// engine's own limit depends on what else a program is built with.
const MOST_CHARACTERS: usize = 5_000;

/// A regular expression for a whole value, with at most one group.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    expression: String,
    /// Made when a value is compared for the first time: making it takes far longer than reading it.
    engine: OnceLock<Option<Regex>>,
}

/// What a value is to a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Match {
    No,
    Yes,
    /// The value matches, and this is what the pattern's group has captured.
    Captured(String),
}

impl Match {
    pub(super) const fn when(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Pattern {
    /// Reads a pattern, or says in a line why it is none.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let expression = format!(r"\A(?:{})\z", translated(text)?);
        let parsed = ParserBuilder::new().nest_limit(NESTED).build().parse(&expression);
        let characters = written_out(&parsed.map_err(|error| reason(&error.to_string()))?);
        if characters > MOST_CHARACTERS {
            return Err(format!(
                "it is too large: {characters} characters with its repetitions written out, {MOST_CHARACTERS} are allowed"
            ));
        }
        let engine = OnceLock::new();
        Ok(Self { expression, engine })
    }

    pub(super) fn captured(&self, value: &str) -> Match {
        // What has been read can be made, as large as it may be.
        let make = || {
            RegexBuilder::new(&self.expression)
                .nest_limit(NESTED)
                .size_limit(usize::MAX)
                .build()
                .ok()
        };
        let captures = self.engine.get_or_init(make).as_ref();
        match captures.and_then(|regex| regex.captures(value)) {
            None => Match::No,
            Some(captures) => match captures.get(1) {
                Some(group) => Match::Captured(group.as_str().to_owned()),
                None => Match::Yes,
            },
        }
    }
}

/// How deep groups and repetitions may stand inside one another.
const NESTED: u32 = 50;

/// What is wrong: the last line of a message, after a drawing of several.
fn reason(message: &str) -> String {
    let last = message.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

/// How many characters and ranges of characters an expression has when its repetitions are written out.
fn written_out(expression: &Hir) -> usize {
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len(),
        HirKind::Capture(group) => written_out(&group.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(written_out).fold(0, usize::saturating_add)
        }
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            written_out(&repetition.sub).saturating_mul(times)
        }
    }
}

/// The pattern as the engine has it: `\d`, `\w` and `\s` mean characters of ASCII in patterns written for Java. A possessive
/// repetition is refused, because the engine takes its sign for another repetition, and so is a parenthesis that would end the
/// group around the whole pattern.
fn translated(text: &str) -> Result<String, String> {
    let mut translated = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut classes = 0_usize;
    let mut groups = 0_usize;
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('d') => translated.push_str("[0-9]"),
                Some('D') => translated.push_str("[^0-9]"),
                Some('w') => translated.push_str("[0-9A-Za-z_]"),
                Some('W') => translated.push_str("[^0-9A-Za-z_]"),
                Some('s') => translated.push_str(r"[ \t\n\x0B\f\r]"),
                Some('S') => translated.push_str(r"[^ \t\n\x0B\f\r]"),
                Some(other) => translated.extend(['\\', other]),
                None => return Err("nothing follows the backslash at its end".to_owned()),
            },
            '[' => {
                classes += 1;
                translated.push(character);
                // Right after the bracket, with or without a caret, a closing one stands for itself.
                translated.extend(characters.next_if_eq(&'^'));
                translated.extend(characters.next_if_eq(&']'));
            }
            ']' => {
                classes = classes.saturating_sub(1);
                translated.push(character);
            }
            '(' if classes == 0 => {
                groups += 1;
                translated.push(character);
            }
            ')' if classes == 0 => {
                groups = groups.checked_sub(1).ok_or("unopened group")?;
                translated.push(character);
            }
            '*' | '+' | '?' | '}' if classes == 0 && characters.peek() == Some(&'+') => {
                return Err("possessive repetitions are not supported".to_owned());
            }
            _ => translated.push(character),
        }
    }
    Ok(translated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_compared_with_the_whole_value() {
        let cases = [
            ("web", "web", Match::Yes),
            ("web", "web1", Match::No),
            ("eb", "web", Match::No),
            ("w|web", "web", Match::Yes),
            ("^web$", "web", Match::Yes),
            ("(?i)WEB", "web", Match::Yes),
            ("(?:a|b)", "b", Match::Yes),
            ("web:(.*)", "web:1.0", Match::Captured("1.0".into())),
            ("(.*)", "", Match::Captured(String::new())),
            ("(a)|b", "b", Match::Yes),
            (r"v\d+", "v12", Match::Yes),
            (r"v\d+", "v١", Match::No),
            (r"[\w.]+", "a_1.b", Match::Yes),
            (r"\S\s\D", "a\tb", Match::Yes),
            (r"a\+", "a+", Match::Yes),
            ("[a+]+", "a+", Match::Yes),
            ("[]a]", "]", Match::Yes),
            ("a+?", "aa", Match::Yes),
            (".{1,63}", "aé", Match::Yes),
            ("([a-z0-9.-]{1,253})", "a.b", Match::Captured("a.b".into())),
            (r"(\pL+|[^/]{1,900})", "é", Match::Captured("é".into())),
        ];
        for (pattern, value, expected) in cases {
            assert_eq!(
                Pattern::new(pattern).unwrap().captured(value),
                expected,
                "{pattern} {value}"
            );
        }
    }

    #[test]
    fn what_the_engine_lacks_is_refused_in_one_line() {
        let cases = [
            ("(?=a)", "look-around"),
            (r"(a)\1", "backreferences"),
            (r"\Qa", "unrecognized escape"),
            ("a++", "possessive"),
            ("a{1,2}+", "possessive"),
            ("a)|(b", "unopened group"),
            (r"\(a)|b", "unopened group"),
            (r"(a\)|b", "unclosed group"),
            ("[(]a)|b", "unopened group"),
            ("a{1000}{1000}", "too large: 1000000 characters"),
            (r"(?:a|b{400}|\pL)+(?:ab){2000,}", "too large"),
            (&"a".repeat(5001), "too large: 5001 characters"),
            ("${namespace}", "repetition"),
            ("*", "repetition"),
            ("a\\", "backslash at its end"),
            ("(?x)a#", "unclosed group"),
        ];
        for (pattern, reason) in cases {
            let error = Pattern::new(pattern).unwrap_err();
            assert!(
                error.contains(reason) && !error.contains('\n'),
                "{pattern}: {error}"
            );
        }
    }
}
