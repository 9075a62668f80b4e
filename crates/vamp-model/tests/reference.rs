//! The samples of the language's reference, `docs/src/reference/*.md`: each is read.
//!
//! A block says behind its notation what it is read as: `yaml breed`, `json gateway`. One that shows a mistake says `refused` and the
//! code of the first problem: `yaml breed refused MissingPathValueError`. Text in no notation, `text`, is not read. A block of
//! `condition` or `selector` is one that is read, `refused` one that is not, and `condition fallback` an ACL expression without brackets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::path::PathBuf;

use serde::Serialize;
use vamp_model::{
    Blueprint, Breed, Condition, Deployment, Escalation, Event, EventQuery, Format, FromText, Gateway,
    Problems, Rewrite, Route, Scale, Selector, Sla, StoredCondition, Template, Workflow, read,
    read_documents, to_json, to_yaml,
};

type Reader = fn(&str, Format) -> Result<(), Problems>;

/// What a block may be read as.
const READERS: &[(&str, Reader)] = &[
    ("blueprint", artifact::<Blueprint>),
    ("breed", artifact::<Breed>),
    ("condition", artifact::<StoredCondition>),
    ("deployment", artifact::<Deployment>),
    ("documents", |text, format| read_documents(text, format).map(drop)),
    ("escalation", artifact::<Escalation>),
    ("event", artifact::<Event>),
    ("event-query", artifact::<EventQuery>),
    ("gateway", artifact::<Gateway>),
    ("rewrite", artifact::<Rewrite>),
    ("route", artifact::<Route>),
    ("scale", artifact::<Scale>),
    ("sla", artifact::<Sla>),
    ("template", artifact::<Template>),
    ("workflow", artifact::<Workflow>),
];

/// Reads an artifact, which must also read back as itself.
fn artifact<T>(text: &str, format: Format) -> Result<(), Problems>
where
    T: FromText + Serialize + PartialEq + std::fmt::Debug,
{
    let artifact: T = read(text, format)?;
    for (written, format) in [
        (to_yaml(&artifact), Format::Yaml),
        (to_json(&artifact), Format::Json),
    ] {
        assert_eq!(read::<T>(&written, format)?, artifact);
    }
    Ok(())
}

#[test]
fn every_sample_of_the_reference_is_read_as_its_page_says() {
    let mut failures = Vec::new();
    for (page, text) in pages() {
        for block in blocks(&text) {
            if let Err(failure) = check(&block) {
                failures.push(format!("{page}:{}: {failure}", block.line));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_page_of_the_reference_is_in_the_table_of_contents() {
    let summary = std::fs::read_to_string(docs().join("SUMMARY.md")).unwrap();
    for (page, _) in pages() {
        assert!(summary.contains(&format!("(reference/{page})")), "{page}");
    }
}

#[test]
fn a_sample_that_is_not_what_its_block_says_is_noticed() {
    let cases = [
        ("```yaml scale\nname: s\ncpu: 1\nmemory: 64MB\n```", true),
        ("```yaml scale\nname: s\ncpu: 1\n```", false),
        ("```json scale\nname: s\ncpu: 1\nmemory: 64MB\n```", false),
        (
            "```yaml scale refused MissingPathValueError\nname: s\ncpu: 1\n```",
            true,
        ),
        (
            "```yaml scale refused UnexpectedElement\nname: s\ncpu: 1\n```",
            false,
        ),
        (
            "```yaml scale refused MissingPathValueError\nname: s\ncpu: 1\nmemory: 64MB\n```",
            false,
        ),
        ("```yaml\nname: s\n```", false),
        ("```yaml nothing\nname: s\n```", false),
        ("~~~yaml scale\nname: s\n~~~", false),
        ("```text\nname: s\n```", true),
        ("```condition\nhost == a\n```", true),
        ("```condition\nhost = a b\n```", false),
        ("```condition fallback\nhost = a b\n```", true),
        ("```condition fallback\nhost == a\n```", false),
        ("```condition refused\n< >\n```", true),
        ("```condition refused\nhost == a\n```", false),
        ("```condition what\nhost == a\n```", false),
        ("```selector\nname(a)\n```", true),
        ("```selector\nname(a\n```", false),
        ("```selector refused\nname(a\n```", true),
        ("```selector refused\nname(a)\n```", false),
        ("    ```yaml scale\n    name: s\n    ```", false),
    ];
    for (page, good) in cases {
        let found = blocks(page);
        assert_eq!(found.len(), 1, "{page}");
        assert_eq!(check(&found[0]).is_ok(), good, "{page}");
    }
}

fn docs() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src"))
}

/// The pages of the reference: name and text, in the order of their names.
fn pages() -> Vec<(String, String)> {
    let mut pages: Vec<(String, String)> = std::fs::read_dir(docs().join("reference"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    pages.sort();
    pages
}

struct Block {
    /// Where it begins, from 1.
    line: usize,
    /// What follows the opening fence.
    about: String,
    text: String,
}

/// The fenced blocks of a page.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut fence: Option<String> = None;
    for (at, line) in page.lines().enumerate() {
        let stripped = line.trim_start();
        match &fence {
            None => {
                let marker = stripped.trim_start_matches(['`', '~']);
                let length = stripped.len() - marker.len();
                if length >= 3 {
                    fence = Some(stripped[..length].to_owned());
                    blocks.push(Block {
                        line: at + 1,
                        about: marker.trim().to_owned(),
                        text: String::new(),
                    });
                }
            }
            Some(closing) if stripped.trim_end() == closing => fence = None,
            Some(_) => {
                let block = blocks.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
    }
    assert!(fence.is_none(), "a block does not end");
    blocks
}

/// Why a block is not what it says.
fn check(block: &Block) -> Result<(), String> {
    let words: Vec<&str> = block.about.split_whitespace().collect();
    let (format, kind, code) = match words.as_slice() {
        ["yaml", kind] => (Format::Yaml, kind, None),
        ["json", kind] => (Format::Json, kind, None),
        ["yaml", kind, "refused", code] => (Format::Yaml, kind, Some(*code)),
        ["json", kind, "refused", code] => (Format::Json, kind, Some(*code)),
        ["condition" | "selector", ..] => return check_text(&words, block.text.trim_end_matches('\n')),
        ["yaml" | "json", ..] | [] => return Err(format!("'{}' says no kind", block.about)),
        _ => return Ok(()),
    };
    let reader = READERS.iter().find(|(known, _)| known == kind);
    let (_, read) = reader.ok_or_else(|| format!("no sample is read as '{kind}'"))?;
    match (read(&block.text, format), code) {
        (Ok(()), None) => Ok(()),
        (Ok(()), Some(code)) => Err(format!("read without {code}")),
        (Err(problems), None) => Err(problems.to_string()),
        (Err(problems), Some(code)) if problems.first().code == code => Ok(()),
        (Err(problems), Some(code)) => Err(format!("{problems} instead of {code}")),
    }
}

/// Why a condition or selector is not what its block says.
fn check_text(words: &[&str], text: &str) -> Result<(), String> {
    let found = match words[0] {
        "condition" => match Condition::new(text) {
            Err(error) => Err(error.to_string()),
            Ok(condition) => match condition.check() {
                Err(error) => Err(error.to_string()),
                Ok(()) if condition.is_fallback() => Ok("fallback"),
                Ok(()) => Ok(""),
            },
        },
        _ => match text.parse::<Selector>() {
            Err(error) => Err(format!("{error} {}", error.source)),
            Ok(_) => Ok(""),
        },
    };
    match (&words[1..], found) {
        ([], Ok("")) | (["fallback"], Ok("fallback")) | (["refused"], Err(_)) => Ok(()),
        (said, found) => Err(format!("{found:?} instead of {said:?}")),
    }
}
