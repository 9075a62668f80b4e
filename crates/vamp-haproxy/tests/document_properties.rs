//! What holds for a document of any text.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use support::configurations;
use vamp_haproxy::document::SectionKind;
use vamp_haproxy::{Document, Text};
use vamp_testkit::extent::pick;

fn mutated() -> impl Strategy<Value = String> {
    configurations::mutated(configurations::TEXTS, configurations::SOUP)
}

fn soup() -> impl Strategy<Value = String> {
    vec(select(configurations::SOUP.to_vec()), 0..60).prop_map(|pieces| pieces.concat())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => mutated(), 2 => soup(), 1 => any::<String>()]
}

/// Everything that can be asked is asked: nothing panics, and the parts are those of the text.
fn assert_holds_together(text: &str) -> Result<(), TestCaseError> {
    let document = Document::parse(text);
    prop_assert_eq!(document.to_string(), text);
    let written: String = document.lines().map(|line| line.written()).collect();
    prop_assert_eq!(&written, text);
    for line in document.lines() {
        prop_assert_eq!([line.text(), line.end().as_str()].concat(), line.written());
        let mut end = line.indentation().len();
        for word in line.words() {
            let span = word.span();
            prop_assert!(end <= span.start && span.start < span.end);
            prop_assert_eq!(&line.text()[span.clone()], word.written());
            prop_assert!(word.column() >= 1);
            let _ = (word.text(), word.has_variables());
            end = span.end;
        }
        prop_assert!(
            line.comment()
                .is_none_or(|comment| line.text().ends_with(comment))
        );
        let _ = (line.kind(), line.keyword(), line.arguments().count());
        prop_assert_eq!(
            line.section().map(|section| section.header().number()),
            document
                .sections()
                .map(|section| section.header().number())
                .rfind(|number| *number <= line.number())
        );
    }
    for section in document.sections() {
        let servers = section
            .servers()
            .map(|server| (server.weight(), server.is_checked()));
        let binds = section.binds().map(|bind| bind.parameters().count());
        let rules = section
            .http_requests()
            .map(|rule| (rule.arguments().count(), rule.condition().is_some()));
        let _ = (servers.count(), binds.count(), rules.count(), section.from());
        let _ = (
            section.acls().count(),
            section.options().count(),
            section.timeouts().count(),
        );
    }
    for problem in document.problems() {
        let line = document.line(problem.line).unwrap();
        prop_assert!(
            problem.column >= 1 && problem.column <= line.text().chars().count() + 1,
            "{}",
            problem
        );
    }
    let _ = document.conditional_blocks();
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(pick(1_000, 100_000)))]

    #[test]
    fn every_text_prints_as_it_was_read(text in text()) {
        assert_holds_together(&text)?;
    }

    #[test]
    fn a_word_that_is_set_is_read_back_and_nothing_else_changes(
        text in mutated(),
        at in any::<Index>(),
        value in prop_oneof![soup(), "[a-z0-9]{1,8}"],
    ) {
        let mut document = Document::parse(text.as_str());
        let before = document.clone();
        let words: Vec<_> = before.lines().flat_map(|line| (0..line.words().count()).map(move |word| (line.number(), word))).collect();
        let Ok(value) = Text::new(&value) else { return Ok(()) };
        if words.is_empty() { return Ok(()) }
        let (number, word) = words[at.index(words.len())];
        if document.set_word(number, word, &value).is_err() {
            prop_assert_eq!(document.to_string(), text);
            return Ok(());
        }
        for (new, old) in document.lines().zip(before.lines()) {
            if new.number() != number {
                prop_assert_eq!(new.written(), old.written());
                continue;
            }
            prop_assert_eq!(new.words().count(), old.words().count());
            for (index, (new, old)) in new.words().zip(old.words()).enumerate() {
                if index == word {
                    prop_assert_eq!(new.text(), value.as_str());
                    prop_assert!(!new.has_variables());
                } else {
                    prop_assert_eq!(new.written(), old.written());
                }
            }
            prop_assert_eq!(new.comment(), old.comment());
        }
        assert_holds_together(&document.to_string())?;
    }

    #[test]
    fn after_edits_a_document_is_the_document_of_its_text(
        text in mutated(),
        edits in vec((0_u8..4, any::<Index>(), select(configurations::LINES.to_vec())), 0..20),
    ) {
        let mut document = Document::parse(text);
        for (edit, at, line) in edits {
            let line = Text::new(line).unwrap();
            let number = at.index(document.line_count() + 1) + 1;
            let _ = match edit {
                0 => document.replace_line(number, &line),
                1 => document.insert_line(number, &line),
                2 => document.remove_line(number),
                _ => document.append_section(SectionKind::Global, None, &[]),
            };
        }
        let read = Document::parse(document.to_string());
        let shape = |document: &Document| -> Vec<_> {
            document.sections().map(|section| (section.kind(), section.header().number(), section.lines().count())).collect()
        };
        prop_assert_eq!(shape(&document), shape(&read));
        prop_assert_eq!(document.problems(), read.problems());
    }
}
