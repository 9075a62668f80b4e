//! Which function of a test stands around a line.

use super::token::{Sort, Token};

/// What a tag stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Around {
    /// The test of this name, or a function or table of this name that tests use.
    Test(String),
    /// Neither.
    NoTest,
}

/// Follows the braces of a source, to know at each piece what stands around it.
#[derive(Debug)]
pub(super) struct Scopes {
    /// Whether the whole file is for tests.
    is_test_file: bool,
    open: Vec<Scope>,
    /// What the next brace opens.
    next: Scope,
    /// The last character that can begin an attribute: `#`, or `!` behind it.
    hash: Option<char>,
    attribute: Option<Attribute>,
    /// Round and square brackets that are open since the last brace.
    brackets: usize,
    /// A table that is being read, with the braces and brackets in which it stands.
    table: Option<(String, usize, usize)>,
    keyword: Option<Keyword>,
}

#[derive(Debug, Clone, Default)]
struct Scope {
    function: Option<String>,
    is_test: bool,
    /// Brackets that were open outside.
    brackets: usize,
}

/// An attribute that is being read.
#[derive(Debug)]
struct Attribute {
    /// Whether it speaks of what stands around it, as `#![…]` does.
    is_inner: bool,
    depth: usize,
    words: Vec<String>,
}

impl Scope {
    const fn function(&self) -> Option<&String> {
        self.function.as_ref()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Function,
    Table,
}

impl Scopes {
    pub(super) fn new(is_test_file: bool) -> Self {
        Self {
            is_test_file,
            open: Vec::new(),
            next: Scope::default(),
            hash: None,
            attribute: None,
            brackets: 0,
            table: None,
            keyword: None,
        }
    }

    /// What stands around the next piece.
    pub(super) fn around(&self) -> Around {
        let is_test = self.is_test_file || self.open.iter().any(|scope| scope.is_test);
        let inmost = || self.open.iter().rev();
        let test = inmost().filter(|scope| scope.is_test).find_map(Scope::function);
        let function = test.or_else(|| inmost().find_map(Scope::function));
        let table = self.table.as_ref().map(|(name, ..)| name);
        match function.or(table) {
            Some(name) if is_test => Around::Test(name.clone()),
            _ => Around::NoTest,
        }
    }

    pub(super) fn pass(&mut self, token: &Token) {
        match &token.sort {
            Sort::Comment { .. } | Sort::Text(_) => {}
            Sort::Word(word) => self.word(word),
            Sort::Mark(mark) => self.mark(*mark),
        }
    }

    fn word(&mut self, word: &str) {
        if let Some(attribute) = &mut self.attribute {
            attribute.words.push(word.to_owned());
            return;
        }
        self.hash = None;
        match (self.keyword.take(), word) {
            (_, "fn") => self.keyword = Some(Keyword::Function),
            // Not the `const` before `fn`, nor one among the parameters of a function.
            (None, "const" | "static") if self.next.function.is_none() => self.keyword = Some(Keyword::Table),
            (Some(Keyword::Table), "mut") => self.keyword = Some(Keyword::Table),
            (Some(Keyword::Function), name) => self.next.function = Some(name.to_owned()),
            (Some(Keyword::Table), name) if self.table.is_none() => {
                self.table = Some((name.to_owned(), self.open.len(), self.brackets));
            }
            _ => {}
        }
    }

    fn mark(&mut self, mark: char) {
        if let Some(attribute) = &mut self.attribute {
            attribute.depth += usize::from(mark == '[');
            attribute.depth -= usize::from(mark == ']');
            if attribute.depth == 0 {
                self.next.is_test |= !attribute.is_inner && is_about_tests(&attribute.words);
                self.attribute = None;
            }
            return;
        }
        self.keyword = None;
        let hash = self.hash.take();
        match (hash, mark) {
            (_, '#') | (Some('#'), '!') => self.hash = Some(mark),
            (Some(before), '[') => {
                self.attribute = Some(Attribute {
                    is_inner: before == '!',
                    depth: 1,
                    words: Vec::new(),
                });
                return;
            }
            _ => {}
        }
        match mark {
            '{' => {
                let opened = std::mem::take(&mut self.next);
                self.open.push(Scope {
                    brackets: std::mem::take(&mut self.brackets),
                    ..opened
                });
            }
            '}' => {
                if let Some(closed) = self.open.pop() {
                    self.brackets = closed.brackets;
                }
                self.next = Scope::default();
            }
            '(' | '[' => self.brackets += 1,
            ')' | ']' => self.brackets = self.brackets.saturating_sub(1),
            ';' if self.brackets == 0 => self.next = Scope::default(),
            _ => {}
        }
        let here = (self.open.len(), self.brackets);
        if mark == ';'
            && self
                .table
                .as_ref()
                .is_some_and(|(_, open, brackets)| here <= (*open, *brackets))
        {
            self.table = None;
        }
    }
}

/// Whether an attribute makes a test of a function, or keeps a module for tests.
fn is_about_tests(words: &[String]) -> bool {
    match words.first().map(String::as_str) {
        Some("cfg_attr") | None => false,
        Some("cfg") => words.iter().any(|word| word == "test"),
        // `test`, `tokio::test(…)`: what is called is the last part of the path.
        Some(_) => words.iter().take(2).any(|word| word == "test"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    /// The name of what stands around the comment of a source.
    fn around(source: &str, is_test_file: bool) -> Option<String> {
        let mut scopes = Scopes::new(is_test_file);
        for token in tokens(source) {
            if matches!(token.sort, Sort::Comment { .. }) {
                return match scopes.around() {
                    Around::Test(name) => Some(name),
                    Around::NoTest => None,
                };
            }
            scopes.pass(&token);
        }
        panic!("no comment in {source}");
    }

    #[test]
    fn a_comment_belongs_to_the_test_around_it() {
        let cases = [
            ("#[test] fn a() { if x { // here\n } }", Some("a")),
            (
                "#[tokio::test(start_paused = true)] #[ignore = \"x\"] async fn a() -> R<()> { // here",
                Some("a"),
            ),
            ("#[test] fn a() { let x = [(1, // here\n", Some("a")),
            ("#[test] fn a() {} fn b() { // here", None),
            ("#[test] fn a() {} // here", None),
            ("// here\n #[test] fn a() {}", None),
            ("fn a() { // here", None),
            ("#[cfg(test)] mod tests { fn helper() { // here", Some("helper")),
            ("#[cfg(test)] mod tests { // here", None),
            ("#[cfg(test)] mod tests {} fn a() { // here", None),
            ("#[cfg_attr(test, x)] fn a() { // here", None),
            (
                "proptest! { #![config(x)] #[test] fn a(x in 0..3) { // here",
                Some("a"),
            ),
            ("#[test] fn a() { fn b() {} // here", Some("a")),
            ("#[test] fn a() { fn b(c: fn(u8) -> u8) { // here", Some("a")),
            ("const fn a<const N: usize>() { // here", None),
        ];
        for (source, expected) in cases {
            assert_eq!(around(source, false).as_deref(), expected, "{source}");
        }
    }

    #[test]
    fn in_a_file_for_tests_functions_and_tables_are_theirs() {
        let cases = [
            ("fn helper() { // here", Some("helper")),
            ("const CASES: &[(&str, fn(u8); 2)] = &[(1, // here", Some("CASES")),
            ("static CASES: [u8; 1] = [1]; // here", None),
            ("const CASES: [u8; 1] = [{ 1; 2 }, // here", Some("CASES")),
            ("type F = fn(u8); // here", None),
            ("impl A { fn b(&self) { // here", Some("b")),
            ("fn a(x: &r#type) {} // here", None),
            ("// here", None),
        ];
        for (source, expected) in cases {
            assert_eq!(around(source, true).as_deref(), expected, "{source}");
        }
    }
}
