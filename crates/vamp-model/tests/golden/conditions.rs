//! The answers of the original to conditions: whether they are read, as what tree, and in which order their alternatives and
//! tests come out. The tests are named as in its configurations, by a hash of what HAProxy is asked.

use vamp_model::boolean::{Dnf, Expression, Literal, TERMS};
use vamp_model::condition::Leaf;
use vamp_model::{Condition, lookup};

use super::samples;

/// Where the original is not imitated: rows of `conditions-DIFFERENCES.tsv`, each with the condition and its decision. Rows on
/// warnings and on texts that are refused in a configuration agree here, as do those on redundant alternatives, which are kept.
const DIFFERENCES: &[(&str, &str, Expected)] = &[
    (
        "(<a> and <b>) or (not <a> and not <b>)",
        "D5",
        Expected::Alternatives("not < a > and not < b > or < a > and < b >"),
    ),
    (
        "<a> or <b> or <c> or <d> or <e>",
        "D30",
        Expected::Alternatives("< a > or < b > or < c > or < d > or < e >"),
    ),
    (
        "<a> and <b> or <c> and <d> or <e> and <f>",
        "D30",
        Expected::Alternatives("< a > and < b > or < c > and < d > or < e > and < f >"),
    ),
    (
        "User-Agent = \"Firéfox\"",
        "D43",
        Expected::Tree("UserAgent(Firéfox)"),
    ),
];

/// What is expected instead of the answer of the original.
enum Expected {
    /// The same tree, and these alternatives.
    Alternatives(&'static str),
    /// This tree, and alternatives accordingly.
    Tree(&'static str),
}

struct Sample {
    condition: String,
    is_read: bool,
    is_never: bool,
    alternatives: String,
    tests: String,
    tree: String,
}

fn rows(text: &str) -> Vec<Vec<String>> {
    let unescape = |cell: &str| {
        let mut text = String::new();
        let mut characters = cell.chars();
        while let Some(character) = characters.next() {
            text.push(match character {
                '\\' => match characters.next().unwrap() {
                    't' => '\t',
                    'n' => '\n',
                    'r' => '\r',
                    other => other,
                },
                other => other,
            });
        }
        text
    };
    text.lines()
        .skip(1)
        .map(|line| line.split('\t').map(unescape).collect())
        .collect()
}

#[test]
fn conditions_are_answered_as_the_original_does() {
    let Some(folder) = samples() else { return };
    let text = std::fs::read_to_string(folder.join("golden/conditions.tsv")).unwrap();
    let mut failures = Vec::new();
    let mut count = 0;
    for row in rows(&text) {
        let [condition, is_read, result, alternatives, tests, tree] = row.try_into().unwrap();
        let sample = Sample {
            is_read: is_read == "yes",
            is_never: result == "never",
            condition,
            alternatives,
            tests,
            tree,
        };
        count += 1;
        if let Err(failure) = compare(&sample) {
            failures.push(format!("{}: {failure}", sample.condition));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count >= 80, "only {count} conditions were compared");
}

#[test]
fn every_accepted_difference_of_a_condition_is_one_that_the_samples_list() {
    let Some(folder) = samples() else { return };
    let text = std::fs::read_to_string(folder.join("golden/conditions-DIFFERENCES.tsv")).unwrap();
    let listed = rows(&text);
    for (condition, decision, _) in DIFFERENCES {
        let is_listed = listed
            .iter()
            .any(|row| row[0] == *condition && row[1] == *decision);
        assert!(is_listed, "{condition} {decision}");
    }
}

fn compare(sample: &Sample) -> Result<(), String> {
    let same = |what: &str, ours: &str, theirs: &str| {
        if ours == theirs {
            Ok(())
        } else {
            Err(format!("{what} {ours} instead of {theirs}"))
        }
    };
    let condition = Condition::new(sample.condition.as_str()).map_err(|error| error.to_string())?;
    let flat = condition.to_dnf(TERMS).map_err(|error| error.to_string())?;
    let difference = DIFFERENCES
        .iter()
        .find(|(known, ..)| *known == sample.condition)
        .map(|(.., expected)| expected);
    if let Some(Expected::Tree(expected)) = difference {
        same("read", &(!condition.is_fallback()).to_string(), "true")?;
        return same("tree", &tree(&condition.tree()), expected);
    }
    same(
        "read",
        &(!condition.is_fallback()).to_string(),
        &sample.is_read.to_string(),
    )?;
    if sample.is_read {
        same("tree", &tree(&condition.tree()), &sample.tree)?;
    }
    if let Some(Expected::Alternatives(expected)) = difference {
        return same("alternatives", &flat.to_string(), expected);
    }
    same(
        "never",
        &(flat == Dnf::False).to_string(),
        &sample.is_never.to_string(),
    )?;
    if sample.is_never {
        return Ok(());
    }
    let (alternatives, tests) = configured(&flat);
    same("alternatives", &alternatives, &sample.alternatives)?;
    same("tests", &tests, &sample.tests)
}

/// A tree as the samples show it.
fn tree(expression: &Expression<Leaf>) -> String {
    match expression {
        Expression::And(left, right) => format!("And({},{})", tree(left), tree(right)),
        Expression::Or(left, right) => format!("Or({},{})", tree(left), tree(right)),
        Expression::Not(inner) => format!("Negation({})", tree(inner)),
        Expression::True => "True".to_owned(),
        Expression::False => "False".to_owned(),
        Expression::Leaf(leaf) => match leaf {
            Leaf::Host(value) => format!("Host({value})"),
            Leaf::UserAgent(value) => format!("UserAgent({value})"),
            Leaf::Cookie(name) => format!("Cookie({name})"),
            Leaf::Header(name) => format!("Header({name})"),
            Leaf::CookieContains(name, value) => format!("CookieContains({name},{value})"),
            Leaf::HeaderContains(name, value) => format!("HeaderContains({name},{value})"),
            Leaf::Value(text) => format!("Value({text})"),
            other => format!("{other:?}"),
        },
    }
}

/// What `use_backend` gets, and the lines with the tests.
fn configured(flat: &Dnf<Leaf>) -> (String, String) {
    let Dnf::Terms(terms) = flat else {
        return ("<none>".to_owned(), String::new());
    };
    let mut tests: Vec<String> = Vec::new();
    let mut alternatives = Vec::new();
    for term in terms {
        let mut words = Vec::new();
        for literal in term {
            let (definition, negated) = question(literal);
            let name: String = lookup::hash(&definition, "0000").chars().take(16).collect();
            let line = format!("acl {name} {definition}");
            if !tests.contains(&line) {
                tests.push(line);
            }
            words.push([if negated { "!" } else { "" }, &name].concat());
        }
        alternatives.push(words.join(" "));
    }
    (alternatives.join(" or "), tests.join("\n"))
}

/// What the original asks HAProxy for a test, and whether it negates the answer.
fn question(literal: &Literal<Leaf>) -> (String, bool) {
    let definition = match (&literal.leaf, literal.negated) {
        (Leaf::Cookie(name), true) => return (format!("req.cook_cnt({name}) eq 0"), false),
        (Leaf::Header(name), true) => return (format!("req.hdr_cnt({name}) eq 0"), false),
        (Leaf::Host(value), _) => format!("req.hdr(host) {value}"),
        (Leaf::UserAgent(value), _) => format!("req.fhdr(User-Agent) -m sub '{value}'"),
        (Leaf::Cookie(name), _) => format!("req.cook({name}) -m found"),
        (Leaf::Header(name), _) => format!("req.hdr_cnt({name}) gt 0"),
        (Leaf::CookieContains(name, value), _) => format!("req.cook_sub({name}) {value}"),
        (Leaf::HeaderContains(name, value), _) => format!("req.fhdr({name}) -m sub '{value}'"),
        (Leaf::Value(text), _) => text.clone(),
        (other, _) => format!("{other:?}"),
    };
    (definition, literal.negated)
}
