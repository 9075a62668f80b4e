//! A Rust source cut into what matters for finding comments and the functions around them.

/// A piece of source and the line on which it begins, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) sort: Sort,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sort {
    /// A comment without its slashes and stars, and whether code stands before it on its line.
    Comment { text: String, behind_code: bool },
    /// What stands between the quotes of a text, escapes as written.
    Text(String),
    /// A name, keyword or number.
    Word(String),
    /// Any other visible character.
    Mark(char),
}

/// The pieces of a source in order. Characters in quotes and lifetimes are left out.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut scanner = Scanner {
        rest: source,
        line: 1,
        has_code: false,
        found: Vec::new(),
    };
    while scanner.step() {}
    scanner.found
}

struct Scanner<'s> {
    rest: &'s str,
    line: usize,
    /// Whether the current line has had code.
    has_code: bool,
    found: Vec<Token>,
}

impl<'s> Scanner<'s> {
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        if let Some(comment) = self.rest.strip_prefix("//") {
            let end = comment.find('\n').unwrap_or(comment.len());
            let text = comment[..end].trim_start_matches(['/', '!']);
            self.push(Sort::Comment {
                text: text.trim().to_owned(),
                behind_code: self.has_code,
            });
            self.take(2 + end);
        } else if self.rest.starts_with("/*") {
            let length = block_comment(self.rest);
            let text = self.rest[..length].trim_matches(['/', '*', '!']);
            self.push(Sort::Comment {
                text: text.split_whitespace().collect::<Vec<_>>().join(" "),
                behind_code: self.has_code,
            });
            self.take(length);
        } else if first == '"' {
            self.text(0);
        } else if first == '\'' {
            self.has_code = true;
            self.take(quoted_character(self.rest));
        } else if first.is_alphanumeric() || first == '_' {
            self.word();
        } else {
            if !first.is_whitespace() {
                self.push(Sort::Mark(first));
                self.has_code = true;
            }
            self.take(first.len_utf8());
        }
        true
    }

    fn push(&mut self, sort: Sort) {
        self.found.push(Token {
            line: self.line,
            sort,
        });
    }

    fn take(&mut self, length: usize) -> &'s str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        let lines = taken.matches('\n').count();
        if lines > 0 {
            self.line += lines;
            self.has_code = false;
        }
        taken
    }

    /// A text whose quote stands behind `prefix` bytes.
    fn text(&mut self, prefix: usize) {
        let inside = &self.rest[prefix + 1..];
        let mut is_escaped = false;
        let end = inside.find(|c| {
            let is_end = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_end
        });
        let length = end.unwrap_or(inside.len());
        self.push(Sort::Text(inside[..length].to_owned()));
        self.take((prefix + length + 2).min(self.rest.len()));
        self.has_code = true;
    }

    /// A name, or the letters before a text such as `r#"…"#`.
    fn word(&mut self) {
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let (word, behind) = self.rest.split_at(end);
        let hashes = behind.len() - behind.trim_start_matches('#').len();
        let quote_follows = behind[hashes..].starts_with('"');
        match word {
            "r" | "br" | "cr" if quote_follows => self.raw_text(end, hashes),
            "b" | "c" if behind.starts_with('"') => self.text(end),
            _ => {
                self.push(Sort::Word(word.to_owned()));
                self.has_code = true;
                self.take(end);
            }
        }
    }

    fn raw_text(&mut self, prefix: usize, hashes: usize) {
        let begin = prefix + hashes + 1;
        let closing = format!("\"{}", "#".repeat(hashes));
        let inside = &self.rest[begin..];
        let length = inside.find(&closing).unwrap_or(inside.len());
        self.push(Sort::Text(inside[..length].to_owned()));
        self.take((begin + length + closing.len()).min(self.rest.len()));
        self.has_code = true;
    }
}

/// The length of a comment that begins with `/*`; such comments stand inside one another.
fn block_comment(source: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of `'x'` or `'\n'`; of a lifetime, that of its quote.
fn quoted_character(source: &str) -> usize {
    let mut characters = source.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            // The escaped character itself may be a quote.
            characters.next();
            characters.find(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1)
        }
        Some(_) => match characters.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> Vec<String> {
        tokens(source)
            .into_iter()
            .map(|token| match token.sort {
                Sort::Comment { text, behind_code } => {
                    format!("{} {}{text}", token.line, if behind_code { ";//" } else { "//" })
                }
                Sort::Text(text) => format!("{} \"{text}\"", token.line),
                Sort::Word(word) => word,
                Sort::Mark(mark) => mark.to_string(),
            })
            .collect()
    }

    #[test]
    fn comments_are_told_from_texts_and_characters() {
        let cases: [(&str, &[&str]); 12] = [
            ("a // b", &["a", "1 ;//b"]),
            ("\n  /// b\n//! c", &["2 //b", "3 //c"]),
            ("/* a /* b */\n c */ x // d", &["1 //a /* b */ c", "x", "2 ;//d"]),
            (
                r#"x("// no", "\"//", "a")"#,
                &["x", "(", "1 \"// no\"", ",", "1 \"\\\"//\"", ",", "1 \"a\"", ")"],
            ),
            ("r\"\\\" // b", &["1 \"\\\"", "1 ;//b"]),
            (
                "r#\"a\"// b\"# b\"c\" br##\"d\"#\"##",
                &["1 \"a\"// b\"", "1 \"c\"", "1 \"d\"#\""],
            ),
            ("'\"' // a", &["1 ;//a"]),
            ("'\\'' // a", &["1 ;//a"]),
            ("'\\u{1F}' '/' // a", &["1 ;//a"]),
            (
                "fn f<'a>(x: &'a str) {}",
                &[
                    "fn", "f", "<", "a", ">", "(", "x", ":", "&", "a", "str", ")", "{", "}",
                ],
            ),
            ("r#type x", &["r", "#", "type", "x"]),
            ("\"two\nlines\" // b", &["1 \"two\nlines\"", "2 ;//b"]),
        ];
        for (source, expected) in cases {
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    #[test]
    fn a_source_that_ends_in_the_middle_is_no_trouble() {
        for source in ["\"a", "r#\"a\"", "/* a", "'", "'\\", "b\"", "//", "r#"] {
            let _ = tokens(source);
        }
    }
}
