use regex_lite::{Regex, RegexBuilder};

/// The most memory that a compiled pattern may take, in bytes.
const COMPILED: usize = 64 * 1024;

/// A regular expression for a whole value, with at most one group.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Regex);

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
    /// Compiles a pattern, or says in a line why not.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let anchored = format!(r"\A(?:{})\z", translated(text)?);
        let built = RegexBuilder::new(&anchored).size_limit(COMPILED).build();
        built.map(Self).map_err(|error| error.to_string())
    }

    pub(super) fn captured(&self, value: &str) -> Match {
        match self.0.captures(value) {
            None => Match::No,
            Some(captures) => match captures.get(1) {
                Some(group) => Match::Captured(group.as_str().to_owned()),
                None => Match::Yes,
            },
        }
    }
}

/// The pattern as the engine has it: classes such as `\p{Alpha}`, which mean characters of ASCII in patterns written for Java, have
/// other names. A possessive repetition is refused, because the engine takes its sign for another repetition, and so is a
/// parenthesis that would end the group around the whole pattern.
fn translated(text: &str) -> Result<String, String> {
    let mut translated = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut classes = 0_usize;
    let mut groups = 0_usize;
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(sign @ ('p' | 'P')) => {
                    let class = posix_class(&mut characters)?;
                    let negated = if sign == 'P' { "^" } else { "" };
                    let class = format!("[:{negated}{class}:]");
                    translated.push_str(&if classes == 0 { format!("[{class}]") } else { class });
                }
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

/// The engine's name of a class that is written `{Alpha}`.
fn posix_class(characters: &mut impl Iterator<Item = char>) -> Result<String, String> {
    let written: String = characters.take_while(|character| *character != '}').collect();
    let name = written.strip_prefix('{').unwrap_or(&written).to_lowercase();
    let known = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
        "upper", "xdigit",
    ];
    if known.contains(&name.as_str()) {
        return Ok(name);
    }
    Err("of the classes of characters only those of ASCII are supported, such as `\\p{Alpha}`".to_owned())
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
            (
                r"(\p{Alpha}+[\p{Digit}.]*)",
                "v1.0",
                Match::Captured("v1.0".into()),
            ),
            (r"\P{Upper}+", "web", Match::Yes),
            (r"\P{Upper}+", "Web", Match::No),
            ("(?i)[W]EB", "web", Match::Yes),
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
            (r"(a\)|b", "without closing ')'"),
            ("[(]a)|b", "unopened group"),
            ("a{1000}{1000}", "size limit"),
            (r"\p{Greek}", r"such as `\p{Alpha}`"),
            (r"\pL", r"such as `\p{Alpha}`"),
            ("${namespace}", "no digits"),
            ("*", "repetition"),
            ("a\\", "backslash at its end"),
            ("(?x)a#", "without closing ')'"),
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
