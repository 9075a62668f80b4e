//! Words, read by HAProxy and by us: it is made to repeat them with `.notice`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::process::Command;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use vamp_haproxy::Document;
use vamp_haproxy::document::{Piece, Severity, Token};
use vamp_testkit::{extent::pick, skip};

/// HAProxy stops after 50 errors.
const BATCH: usize = 45;

/// The longest first: HAProxy 2.6 reads a default of a variable wrongly in a line that is longer than all before it.
fn first_line() -> String {
    format!(".diag \"{}\"\n", "x".repeat(4000))
}

/// What HAProxy says of each line after `.notice`: the message that it read, or nothing when it refuses the line.
fn read_by_haproxy(lines: &[String]) -> Vec<Option<String>> {
    let directory = tempfile::tempdir().unwrap();
    let text: String = lines.iter().map(|line| format!(".notice {line}\n")).collect();
    std::fs::write(directory.path().join("f"), first_line() + &text).unwrap();
    let output = Command::new(skip::find("haproxy").unwrap())
        .args(["-c", "-f", "f"])
        .current_dir(directory.path())
        .env_clear()
        .env("X", "value")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (2..lines.len() + 2)
        .map(|number| {
            let begin = format!("parsing [f:{number}]: '");
            let (before, after) = said.split_once(&begin)?;
            before
                .rsplit('\n')
                .next()
                .filter(|level| level.starts_with("[NOTICE]"))?;
            let end = after.find("'.\n").unwrap();
            Some(after[..end].to_owned())
        })
        .collect()
}

/// What we say.
fn read_by_us(line: &str) -> Option<String> {
    let document = Document::parse(format!(".notice {line}\n"));
    if document
        .problems()
        .iter()
        .any(|problem| problem.severity == Severity::Refused)
    {
        return None;
    }
    let mut words = document.line(1).unwrap().words().skip(1).map(value);
    let message = words.next().unwrap_or_default();
    // Whether there is a second one may depend on the environment, which a document does not know.
    words
        .next()
        .is_none_or(|second| second.is_empty())
        .then_some(message)
}

/// What HAProxy makes of a word in the environment that it gets here.
fn value(word: Token<'_>) -> String {
    let mut bytes = Vec::new();
    for piece in word.pieces() {
        match piece {
            Piece::Escaped(0) => break,
            Piece::Escaped(byte) => bytes.push(byte),
            Piece::Text(text) => bytes.extend(text.bytes()),
            Piece::Variable(variable) if variable.name == "X" => bytes.extend(b"value"),
            Piece::Variable(variable) => bytes.extend(variable.default.unwrap_or_default().bytes()),
            _ => unreachable!(),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn assert_same(lines: &[String]) {
    for batch in lines.chunks(BATCH) {
        for (line, theirs) in batch.iter().zip(read_by_haproxy(batch)) {
            assert_eq!(read_by_us(line), theirs, "{line:?}");
        }
    }
}

#[test]
fn haproxy_reads_words_as_a_document_does() {
    if skip::without("haproxy") {
        return;
    }
    let lines = [
        r"a\ b",
        r"a\#b",
        r#"\"a\'"#,
        r"\x41\x7e",
        r"a\",
        r"\q\1",
        r#""\$X \q \t""#,
        r#"'\n$X\'"#,
        "$X",
        "${X}",
        r#""$X${X}""#,
        r#""${N-d e f}""#,
        r#"x"${X[*]-z}"y"#,
        r#""${N-a"b}c""#,
        r##""${N-a#$X\n}""##,
        r#""${N-}""#,
        r#""$X-x""#,
        r#""$X[*]""#,
        r#""éXé$Xé""#,
        r#""${X"#,
        r#""${X""#,
        r#""$1""#,
        r#""${X[x]}""#,
        r#""${X.y}""#,
        "'a",
        "\"a",
        r"\xzz",
        "a#b",
        "a\rb",
        "\"a\rb\"",
        "a \rb",
        "a\\x00b",
        "a b",
        "",
        "#",
        "\u{b}a",
        r"a\\",
        r#"'a"'"b'""#,
        "a\\\tb",
        "\"a\\\tb\"",
    ]
    .map(str::to_owned);
    assert_same(&lines);
}

#[test]
fn haproxy_reads_any_words_as_a_document_does() {
    if skip::without("haproxy") {
        return;
    }
    let pieces = select(vec![
        " ", "\t", "\u{b}", "\r", "#", "\"", "\"", "'", "\\", "\\x4", "\\x41", "x", "1", "a", "n", "$", "$X",
        "${", "${N-", "}", "[*]", "[", "-", "X", "N", "é", ".", "t", "r",
    ]);
    let soup = vec(pieces, 0..12).prop_map(|pieces| pieces.concat());
    let mut runner = TestRunner::deterministic();
    let lines: Vec<String> = (0..pick(900, 45_000))
        .map(|_| soup.new_tree(&mut runner).unwrap().current())
        .collect();
    assert_same(&lines);
}
