//! From comments to claims: which statement a test proves, and in which words.

use super::scope::{Around, Scopes};
use super::token::{Sort, Token, tokens};

/// A test says that it proves a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Claim {
    /// `S`, the specification in two digits, a dash and the statement in three.
    pub(crate) tag: String,
    pub(crate) sentence: String,
    pub(crate) test: String,
    pub(crate) line: usize,
}

/// A tag that proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) tag: String,
    pub(crate) line: usize,
    pub(crate) reason: &'static str,
}

const NO_TEST: &str = "stands outside a test";
const NO_SENTENCE: &str = "has no sentence beside it";

/// The claims and faults of a source, in order.
pub(crate) fn of_source(source: &str, is_test_file: bool) -> (Vec<Claim>, Vec<Fault>) {
    let mut scopes = Scopes::new(is_test_file);
    let (mut claims, mut faults) = (Vec::new(), Vec::new());
    let tokens = tokens(source);
    let mut position = 0;
    while let Some(token) = tokens.get(position) {
        let lines = passage(&tokens[position..]);
        for mention in mentions(&lines) {
            match scopes.around() {
                Around::NoTest => faults.push(mention.fault(NO_TEST)),
                Around::Test(_) if mention.sentence.is_empty() => faults.push(mention.fault(NO_SENTENCE)),
                Around::Test(test) => claims.push(Claim {
                    tag: mention.tag,
                    sentence: mention.sentence,
                    test,
                    line: mention.line,
                }),
            }
        }
        scopes.pass(token);
        position += lines.len().max(1);
    }
    (claims, faults)
}

/// The lines with which the tokens begin and that belong together: a comment of several lines, one behind code, or a text that
/// begins with a tag, such as the message of an assertion.
fn passage(tokens: &[Token]) -> Vec<(usize, &str)> {
    let mut lines: Vec<(usize, &str)> = Vec::new();
    for token in tokens {
        match &token.sort {
            Sort::Text(text) if lines.is_empty() && tag(text, 0).is_some() => {
                return vec![(token.line, text)];
            }
            Sort::Comment { text, behind_code } => {
                let follows = lines.last().is_none_or(|(line, _)| line + 1 == token.line);
                if !follows || (*behind_code && !lines.is_empty()) {
                    break;
                }
                lines.push((token.line, text));
                if *behind_code {
                    break;
                }
            }
            _ => break,
        }
    }
    lines
}

/// A tag in a passage, and what the passage says about it.
#[derive(Debug)]
struct Mention {
    tag: String,
    line: usize,
    sentence: String,
}

impl Mention {
    fn fault(self, reason: &'static str) -> Fault {
        Fault {
            tag: self.tag,
            line: self.line,
            reason,
        }
    }
}

/// The tags of a passage. A row of tags with a colon behind it, or at the beginning of a line, begins a statement, which goes on to
/// the next such row; all tags in a statement share its words.
fn mentions(lines: &[(usize, &str)]) -> Vec<Mention> {
    let mut text = String::new();
    let mut begins = Vec::with_capacity(lines.len());
    for (line, part) in lines {
        begins.push((text.len(), *line));
        text.push_str(part);
        text.push(' ');
    }
    let line_of = |at: usize| {
        let before = begins.iter().rev().find(|(begin, _)| *begin <= at);
        before.map_or(0, |(_, line)| *line)
    };
    let tags = tags(&text);
    let mut statements = vec![Statement { begin: 0, words: 0 }];
    let is_line_begin = |at: usize| begins.iter().any(|(begin, _)| *begin == at);
    statements.extend(headings(&text, &tags, is_line_begin));
    let ends: Vec<usize> = statements
        .iter()
        .skip(1)
        .map(|next| next.begin)
        .chain([text.len()])
        .collect();
    let mut found = Vec::new();
    for (statement, end) in statements.iter().zip(ends) {
        let inside = tags
            .iter()
            .filter(|tag| (statement.begin..end).contains(&tag.begin));
        let sentence = sentence(&text[statement.words..end]);
        found.extend(inside.map(|tag| Mention {
            tag: tag.name.clone(),
            line: line_of(tag.begin),
            sentence: sentence.to_owned(),
        }));
    }
    found
}

/// Where a statement begins in its passage, and where its words do.
#[derive(Debug)]
struct Statement {
    begin: usize,
    words: usize,
}

/// The statements that begin with a row of tags: in front of a colon, or at the beginning of a line.
fn headings(text: &str, tags: &[Tag], is_line_begin: impl Fn(usize) -> bool) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut row: Option<usize> = None;
    for (position, tag) in tags.iter().enumerate() {
        let begin = *row.get_or_insert(tag.begin);
        let has_colon = text[tag.end..].starts_with(':');
        let next = tags.get(position + 1).map_or(text.len(), |next| next.begin);
        let between = text[tag.end..next].trim();
        if !has_colon && next < text.len() && matches!(between, "" | "," | "and" | ", and" | ";" | "/") {
            continue;
        }
        if has_colon || is_line_begin(begin) {
            let words = tag.end + usize::from(has_colon);
            found.push(Statement { begin, words });
        }
        row = None;
    }
    found
}

/// The words of a statement without what joins it to others; empty where there are none.
fn sentence(text: &str) -> &str {
    let is_joint = |c: char| c.is_whitespace() || matches!(c, ';' | ',');
    let sentence = text.trim_matches(is_joint);
    let mut rest = sentence.to_owned();
    for tag in tags(sentence).iter().rev() {
        rest.replace_range(tag.begin..tag.end, "");
    }
    if rest.contains(char::is_alphabetic) {
        sentence
    } else {
        ""
    }
}

#[derive(Debug)]
struct Tag {
    begin: usize,
    end: usize,
    name: String,
}

/// The tags of a text: `S`, two digits, a dash and up to three digits, with no letter or digit around them.
fn tags(text: &str) -> Vec<Tag> {
    let starts = text.match_indices('S').map(|(begin, _)| begin);
    starts.filter_map(|begin| tag(text, begin)).collect()
}

fn tag(text: &str, begin: usize) -> Option<Tag> {
    let is_wordy = |c: char| c.is_alphanumeric() || c == '_';
    if text[..begin].ends_with(is_wordy) {
        return None;
    }
    let (specification, behind) = digits(text[begin..].strip_prefix('S')?);
    let (number, rest) = digits(behind.strip_prefix('-')?);
    if specification.len() != 2 || !(1..=3).contains(&number.len()) || rest.starts_with(is_wordy) {
        return None;
    }
    Some(Tag {
        begin,
        end: text.len() - rest.len(),
        name: format!("S{specification}-{number:0>3}"),
    })
}

/// The digits with which a text begins, and what follows.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Claims and faults of the body of a test. `§` stands for the first letter of tags, so that none of these is one of this file.
    fn found(body: &str) -> Vec<String> {
        let source = format!("#[test]\nfn works() {{\n{body}\n}}\n").replace('§', "S");
        let (claims, faults) = of_source(&source, false);
        let claims = claims.into_iter().map(|claim| {
            format!(
                "{} {} {} {}",
                claim.line - 2,
                claim.tag,
                claim.test,
                claim.sentence
            )
        });
        let faults = faults
            .into_iter()
            .map(|fault| format!("{} {} {}", fault.line - 2, fault.tag, fault.reason));
        claims.chain(faults).map(|text| text.replace('S', "§")).collect()
    }

    #[test]
    fn a_tag_has_the_sentence_beside_it() {
        let cases: [(&str, &[&str]); 13] = [
            ("// §01-002: it works.", &["1 §01-002 works it works."]),
            (
                "x(); // §01-2: it works.\n// More.",
                &["1 §01-002 works it works."],
            ),
            (
                "// §01-002: it works,\n// always.\nx();\n// Not here.",
                &["1 §01-002 works it works, always."],
            ),
            (
                "// Why so.\n// §01-002: it works.",
                &["2 §01-002 works it works."],
            ),
            (
                "// §01-002: one.\n// §01-003: two.",
                &["1 §01-002 works one.", "2 §01-003 works two."],
            ),
            (
                "// §01-002: one. §01-003: two.",
                &["1 §01-002 works one.", "1 §01-003 works two."],
            ),
            (
                "// §01-002: one; §01-003: two.",
                &["1 §01-002 works one", "1 §01-003 works two."],
            ),
            (
                "// §01-002, §03-004: both.",
                &["1 §01-002 works both.", "1 §03-004 works both."],
            ),
            (
                "// §01-002 and §01-003: both.",
                &["1 §01-002 works both.", "1 §01-003 works both."],
            ),
            (
                "// §01-002: one, natively (§01-003), too.",
                &[
                    "1 §01-002 works one, natively (§01-003), too.",
                    "1 §01-003 works one, natively (§01-003), too.",
                ],
            ),
            (
                "assert!(x, \"§01-002: it works\");",
                &["1 §01-002 works it works"],
            ),
            (
                "// Proves §01-002 wholly.",
                &["1 §01-002 works Proves §01-002 wholly."],
            ),
            ("/* §01-002: it\n works. */", &["1 §01-002 works it works."]),
        ];
        for (body, expected) in cases {
            assert_eq!(found(body), expected, "{body}");
        }
    }

    #[test]
    fn a_tag_without_a_sentence_or_outside_a_test_is_a_fault() {
        let no_sentence = "1 §01-002 has no sentence beside it";
        for body in ["// §01-002", "// §01-002:", "// §01-002.\nx(); // It works."] {
            assert_eq!(found(body), [no_sentence], "{body}");
        }
        let outside = found("}\n// §01-002: it works.\nfn other() {");
        assert_eq!(outside, ["2 §01-002 stands outside a test"]);
        let both = found("// §01-002\n}\n/// §01-003: of documentation.\nfn other() {");
        assert_eq!(both, [no_sentence, "3 §01-003 stands outside a test"]);
    }

    #[test]
    fn what_only_looks_like_a_tag_is_none() {
        for body in [
            "// §1-002: x",
            "// §001-002: x",
            "// A§01-002: x",
            "// §01-0022: x",
            "// §01-: x",
            "x(\"see §01-002: x\")",
            "§01 - 002",
        ] {
            assert!(found(body).is_empty(), "{body}: {:?}", found(body));
        }
    }
}
