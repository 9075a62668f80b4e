//! Conditions as ACLs: section 7 of HAProxy's configuration manual.
//!
//! HAProxy knows alternatives of tests that all hold, and no parentheses. Each test is an ACL, whose name is the hash of what it
//! says; each alternative is a line of its own, because a line has room for few words only.

use std::borrow::Cow;
use std::fmt;

use vamp_model::Condition;
use vamp_model::boolean::{Dnf, Expression, Literal, TERMS, TooComplex};
use vamp_model::condition::{InvalidLeaf, Leaf};

use crate::generate::names;
use crate::raw::{self, InvalidRaw};
use crate::text::{Text, Word, quoted};

/// Tests in an alternative: a line has at most 64 words, three of which are `use_backend`, the backend and `if`.
const MOST_TESTS: usize = 61;

/// Up to so many tests it is found out whether a condition always holds.
const FEW_TESTS: usize = 4;

/// A condition in HAProxy's words.
///
/// ```
/// use vamp_haproxy::acl::{Acls, When};
/// use vamp_model::Condition;
///
/// let condition: Condition = "has cookie beta and host != example.test".parse()?;
/// let acls = Acls::of(&condition)?;
/// assert_eq!(acls.tests[0].to_string(), "acl e3b8ac7e88324f02 req.cook(beta) -m found");
/// assert_eq!(acls.tests[1].definition.as_str(), "req.hdr(host) example.test");
/// let When::Alternatives(alternatives) = &acls.when else { panic!() };
/// assert_eq!(alternatives[0].as_str(), format!("{} !{}", acls.tests[0].name, acls.tests[1].name));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acls {
    /// Each test once, in the order of appearance.
    pub tests: Vec<Acl>,
    /// When the condition holds.
    pub when: When,
}

/// A test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acl {
    /// The hash of the definition.
    pub name: Word<'static>,
    /// What is tested.
    pub definition: Text<'static>,
}

/// When a condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// For every request.
    Always,
    /// For none.
    Never,
    /// In any of these cases: names of tests with single blanks between them, negated with `!`.
    Alternatives(Vec<Text<'static>>),
}

impl fmt::Display for Acl {
    /// The line of a configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "acl {} {}", self.name, self.definition)
    }
}

/// Why a condition cannot stand in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableCondition {
    /// An ACL expression that would break the configuration.
    #[error(transparent)]
    Raw(#[from] InvalidRaw),
    /// A test that HAProxy cannot be asked for.
    #[error(transparent)]
    Leaf(#[from] InvalidLeaf),
    /// The name of a cookie or header with a character that HAProxy takes for its own.
    #[error("'{0}' cannot be the name of a cookie or header: it contains a comma, a quote or a backslash")]
    Name(String),
    /// A test that the language has and this crate does not know.
    #[error("'{0}' is a test that this version cannot write")]
    Unknown(String),
    /// Too many alternatives.
    #[error(transparent)]
    TooComplex(#[from] TooComplex),
    /// An alternative with more tests than a line has room for.
    #[error("one of its alternatives has {0} tests, and a line has room for {MOST_TESTS}")]
    TooLong(usize),
}

/// Whether all combinations of few tests are among those that hold.
fn always_holds(tree: &Expression<Leaf>) -> bool {
    let mut leaves: Vec<&Leaf> = Vec::new();
    for leaf in tree.leaves() {
        if !leaves.contains(&leaf) {
            leaves.push(leaf);
        }
        if leaves.len() > FEW_TESTS {
            return false;
        }
    }
    tree.minterms(1 << FEW_TESTS)
        .is_ok_and(|minterms| minterms.len() == 1 << leaves.len())
}

impl Acls {
    /// The tests of a condition. Names of browsers stand for those of their `User-Agent` headers.
    ///
    /// # Errors
    /// What could not stand in a configuration: it would end the line, or not be one test.
    pub fn of(condition: &Condition) -> Result<Self, UnusableCondition> {
        let tree = condition.expanded_tree();
        let mut acls = Self {
            tests: Vec::new(),
            when: When::Never,
        };
        acls.when = match tree.to_dnf(TERMS)? {
            Dnf::False => When::Never,
            Dnf::True => When::Always,
            Dnf::Terms(_) if always_holds(&tree) => When::Always,
            Dnf::Terms(terms) => {
                let alternatives = terms.iter().map(|term| acls.alternative(term));
                When::Alternatives(alternatives.collect::<Result<_, _>>()?)
            }
        };
        Ok(acls)
    }

    /// What holds when this test does.
    pub(crate) fn one(definition: String) -> Self {
        let mut acls = Self {
            tests: Vec::new(),
            when: When::Never,
        };
        let name = acls.name(definition);
        acls.when = When::Alternatives(vec![Text::from(name)]);
        acls
    }

    fn alternative(&mut self, term: &[Literal<Leaf>]) -> Result<Text<'static>, UnusableCondition> {
        if term.len() > MOST_TESTS {
            return Err(UnusableCondition::TooLong(term.len()));
        }
        let mut alternative = String::with_capacity(term.len() * 18);
        for literal in term {
            let (definition, negated) = test(literal)?;
            if !alternative.is_empty() {
                alternative.push(' ');
            }
            if negated {
                alternative.push('!');
            }
            alternative.push_str(self.name(definition).as_str());
        }
        Ok(Text::trusted(alternative))
    }

    /// The name of a test, which is noted.
    fn name(&mut self, definition: String) -> Word<'static> {
        let known = |test: &&Acl| test.definition.as_str() == definition;
        if let Some(known) = self.tests.iter().find(known) {
            return known.name.clone();
        }
        let name = names::acl(&definition);
        self.tests.push(Acl {
            name: name.clone(),
            definition: Text::trusted(definition),
        });
        name
    }
}

/// The definition of a test, and whether it is negated where it is used. That something is absent is a test of its own.
fn test(literal: &Literal<Leaf>) -> Result<(String, bool), UnusableCondition> {
    let Literal { leaf, negated } = literal;
    let negated = *negated;
    leaf.check()?;
    Ok(match leaf {
        Leaf::Host(host) => (format!("req.hdr(host) {}", bare(host)), negated),
        Leaf::UserAgent(text) => (contains("req.fhdr(User-Agent)", text), negated),
        Leaf::Cookie(name) if negated => (format!("{} eq 0", fetch("req.cook_cnt", name)?), false),
        Leaf::Cookie(name) => (format!("{} -m found", fetch("req.cook", name)?), false),
        Leaf::Header(name) if negated => (format!("{} eq 0", fetch("req.hdr_cnt", name)?), false),
        Leaf::Header(name) => (format!("{} gt 0", fetch("req.hdr_cnt", name)?), false),
        Leaf::CookieContains(name, text) => (contains(&fetch("req.cook", name)?, text), negated),
        Leaf::HeaderContains(name, text) => (contains(&fetch("req.fhdr", name)?, text), negated),
        Leaf::Value(text) => {
            raw::check(text)?;
            (text.clone(), negated)
        }
        unknown => return Err(UnusableCondition::Unknown(unknown.to_string())),
    })
}

fn contains(fetch: &str, text: &str) -> String {
    format!("{fetch} -m sub {}", pattern(Cow::Owned(in_quotes(text)), text))
}

/// A fetch method with a name in parentheses: section 7.3 of the manual tells which characters mean something there.
fn fetch(method: &str, name: &str) -> Result<String, UnusableCondition> {
    if name.contains([',', '"', '\'', '\\']) {
        return Err(UnusableCondition::Name(name.to_owned()));
    }
    let fetch = format!("{method}({name})");
    // What follows an unquoted `#` is a comment.
    Ok(if name.contains('#') {
        in_quotes(&fetch)
    } else {
        fetch
    })
}

/// A value as it is where it can stand so, else in quotes.
fn bare(value: &str) -> Cow<'_, str> {
    let is_special = |c: char| c.is_whitespace() || matches!(c, '#' | '"' | '\'' | '\\');
    if value.is_empty() || value.contains(is_special) {
        pattern(Cow::Owned(in_quotes(value)), value)
    } else {
        pattern(Cow::Borrowed(value), value)
    }
}

/// Behind `--` what begins with `-` is a value and no flag.
fn pattern<'v>(written: Cow<'v, str>, value: &str) -> Cow<'v, str> {
    if value.starts_with('-') {
        Cow::Owned(format!("-- {written}"))
    } else {
        written
    }
}

/// One word, in single quotes if it has none itself: nothing is special between them.
fn in_quotes(text: &str) -> String {
    if text.contains('\'') {
        quoted(text)
    } else {
        format!("'{text}'")
    }
}
