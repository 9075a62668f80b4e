//! The list of claims, for people and for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::FileClaims;
use super::claim::Claim;

/// A claim and the file in which it stands.
type Placed<'f> = (&'f Claim, &'f str);

/// All claims by tag, then by place.
fn sorted(files: &[FileClaims]) -> Vec<Placed<'_>> {
    let mut claims: Vec<Placed<'_>> = Vec::new();
    for file in files {
        claims.extend(file.claims.iter().map(|claim| (claim, file.path.as_str())));
    }
    claims.sort_by_key(|(claim, path)| (claim.tag.as_str(), *path, claim.line));
    claims
}

/// By specification: how many statements have a test, and in how many places.
fn counts<'f>(claims: &[Placed<'f>]) -> BTreeMap<&'f str, (usize, usize)> {
    let mut counts: BTreeMap<&str, (BTreeSet<&str>, usize)> = BTreeMap::new();
    for (claim, _) in claims {
        let specification = claim.tag.split_once('-').map_or("", |(before, _)| before);
        let (tags, places) = counts.entry(specification).or_default();
        tags.insert(&claim.tag);
        *places += 1;
    }
    counts
        .into_iter()
        .map(|(specification, (tags, places))| (specification, (tags.len(), places)))
        .collect()
}

/// Tag and sentence on one line, test and place on the next; at the end the counts.
pub(super) fn table(files: &[FileClaims]) -> String {
    let claims = sorted(files);
    let mut text = String::new();
    let mut last = "";
    for (claim, path) in &claims {
        // One statement that several tests prove is named once.
        let tag = if claim.tag == last { "" } else { &claim.tag };
        last = &claim.tag;
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{tag:7}  {}\n         {} ({path}:{})",
            claim.sentence, claim.test, claim.line
        );
    }
    if !claims.is_empty() {
        text.push('\n');
    }
    for (specification, (statements, places)) in counts(&claims) {
        let _ = writeln!(
            text,
            "{specification}: {statements} statements in {places} places"
        );
    }
    text
}

/// The same as one JSON value.
pub(super) fn json(files: &[FileClaims]) -> Value {
    let claims = sorted(files);
    let list = claims.iter().map(|(claim, path)| {
        json!({
            "tag": claim.tag,
            "sentence": claim.sentence,
            "test": claim.test,
            "file": path,
            "line": claim.line,
        })
    });
    let counts = counts(&claims)
        .into_iter()
        .map(|(specification, (statements, places))| {
            let count = json!({"statements": statements, "places": places});
            (specification.to_owned(), count)
        });
    let faults = files.iter().flat_map(|file| {
        file.faults.iter().map(
            |fault| json!({"tag": fault.tag, "reason": fault.reason, "file": file.path, "line": fault.line}),
        )
    });
    json!({
        "claims": list.collect::<Vec<_>>(),
        "counts": counts.collect::<serde_json::Map<_, _>>(),
        "faults": faults.collect::<Vec<_>>(),
    })
}

/// Tags that prove nothing, one line each.
pub(super) fn faults(files: &[FileClaims]) -> Vec<String> {
    let of_file = |file: &FileClaims| -> Vec<String> {
        let line =
            |fault: &super::Fault| format!("{}:{}: {} {}", file.path, fault.line, fault.tag, fault.reason);
        file.faults.iter().map(line).collect()
    };
    files.iter().flat_map(of_file).collect()
}

#[cfg(test)]
mod tests {
    use super::super::claim;
    use super::*;

    /// Claims of two files. `§` stands for the first letter of tags, so that none of these is one of this file.
    fn files() -> Vec<FileClaims> {
        let source = "
#[test]
fn works() {
    // §01-002: it works.
    // §01-001: it comes first.
    // §02-010
}
";
        let other = "
#[test]
fn goes_on() {
    // §01-002: it goes on.
}
";
        [("crates/b/src/lib.rs", source), ("crates/a/tests/a.rs", other)]
            .into_iter()
            .map(|(path, source)| {
                let (claims, faults) = claim::of_source(&source.replace('§', "S"), false);
                FileClaims {
                    path: path.to_owned(),
                    claims,
                    faults,
                }
            })
            .collect()
    }

    #[test]
    fn people_see_each_statement_with_its_words_and_tests() {
        let expected = "\
§01-001  it comes first.
         works (crates/b/src/lib.rs:5)
§01-002  it goes on.
         goes_on (crates/a/tests/a.rs:4)
         it works.
         works (crates/b/src/lib.rs:4)

§01: 2 statements in 3 places
";
        assert_eq!(table(&files()).replace('S', "§"), expected);
        assert_eq!(table(&[]), "");
    }

    #[test]
    fn programs_see_the_same() {
        let json = json(&files());
        let expected = json!({
            "tag": "§01-001".replace('§', "S"),
            "sentence": "it comes first.",
            "test": "works",
            "file": "crates/b/src/lib.rs",
            "line": 5,
        });
        assert_eq!(json["claims"][0], expected);
        assert_eq!(json["counts"], json!({"S01": {"statements": 2, "places": 3}}));
        assert_eq!(json["faults"][0]["line"], 6);
    }

    #[test]
    fn what_proves_nothing_is_told_with_its_place() {
        let expected = "crates/b/src/lib.rs:6: §02-010 has no sentence beside it".replace('§', "S");
        assert_eq!(faults(&files()), [expected]);
    }
}
