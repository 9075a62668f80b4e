//! What Debian ships: its configurations, its documentation, and the examples of the manual.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::configurations::is_accepted;
use vamp_haproxy::Document;
use vamp_haproxy::document::{SectionKind, Severity};
use vamp_testkit::{extent, skip};

const DOCUMENTATION: &str = "/usr/share/doc/haproxy";
const MANUAL: &str = "/usr/share/doc/haproxy/configuration.txt.gz";

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The text of a file, unpacked. What is no UTF-8 becomes U+FFFD.
fn read(path: &Path) -> String {
    let bytes = if path.extension().is_some_and(|extension| extension == "gz") {
        Command::new("gzip").arg("-dc").arg(path).output().unwrap().stdout
    } else {
        std::fs::read(path).unwrap()
    };
    String::from_utf8_lossy(&bytes).into_owned()
}

fn assert_prints_back(text: &str, name: &str) {
    assert_eq!(Document::parse(text).to_string(), text, "{name}");
}

/// What HAProxy accepts has no problems. It need not be asked about what has none: in a soak it is, and the answer is whether
/// it accepts the text.
fn assert_no_problems_where_accepted(text: &str, name: &str) -> bool {
    let problems = Document::parse(text).problems();
    let refused: Vec<_> = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Refused)
        .map(ToString::to_string)
        .collect();
    let is_asked = !refused.is_empty() || extent::is_soak();
    let is_accepted = is_asked && is_accepted(text);
    assert!(refused.is_empty() || !is_accepted, "{name}: {refused:?}\n{text}");
    is_accepted
}

fn is_documented() -> bool {
    let is_there = Path::new(MANUAL).is_file();
    if !is_there {
        skip::because("no manual (the documentation in Debian's package haproxy was left out)");
    }
    is_there
}

#[test]
fn every_file_of_the_packages_prints_back() {
    if skip::without("haproxy") || !is_documented() {
        return;
    }
    let mut configurations = 0;
    for directory in ["/etc/haproxy", DOCUMENTATION] {
        for path in files_below(Path::new(directory)) {
            let (name, text) = (path.display().to_string(), read(&path));
            assert_prints_back(&text, &name);
            if name.trim_end_matches(".gz").ends_with(".cfg") {
                configurations += 1;
                assert!(Document::parse(text.as_str()).sections().count() > 0, "{name}");
                assert_no_problems_where_accepted(&text, &name);
            }
        }
    }
    assert!(configurations > 0, "no configuration was found");
}

/// The indented blocks of a text, without their indentation: for each depth the runs of lines that are indented so far.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    for depth in [2, 3, 4, 5, 6, 7, 8, 10, 12] {
        let indentation = " ".repeat(depth);
        let mut block = String::new();
        for line in text.lines().chain(["end"]) {
            if line.trim().is_empty() {
                block.push('\n');
            } else if let Some(line) = line.strip_prefix(&indentation) {
                block.push_str(line);
                block.push('\n');
            } else {
                let whole = std::mem::take(&mut block);
                if !whole.trim().is_empty() {
                    blocks.push(whole);
                }
            }
        }
    }
    blocks.sort();
    blocks.dedup();
    blocks
}

/// Whether the first word could begin a configuration; HAProxy need not be asked about the others.
fn may_be_accepted(block: &str) -> bool {
    let lines = block.lines().map(str::trim);
    let first = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .find_map(|line| line.split([' ', '#']).next());
    first.is_some_and(|word| word.starts_with(['.', '[', '"', '\'', '\\']) || SectionKind::of(word).is_some())
}

#[test]
fn the_examples_of_the_manual_print_back_and_have_no_problems_where_haproxy_has_none() {
    if skip::without("haproxy") || !is_documented() {
        return;
    }
    let (mut all, mut accepted) = (0, 0);
    for block in blocks(&read(Path::new(MANUAL))) {
        assert_prints_back(&block, "a block of the manual");
        all += 1;
        if may_be_accepted(&block) && assert_no_problems_where_accepted(&block, "a block of the manual") {
            accepted += 1;
        }
    }
    println!("{all} blocks, {accepted} of them accepted as files");
    assert!(all > 1000, "{all} blocks");
    assert!(
        accepted >= 100 || !extent::is_soak(),
        "{accepted} of them are accepted"
    );
}
