//! Edits change what they are told to and nothing else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use vamp_haproxy::document::{EditError, SectionKind};
use vamp_haproxy::{Document, Text, Word};

fn text(text: &str) -> Text<'_> {
    Text::new(text).unwrap()
}

/// What is done to a document.
type Edit = fn(&mut Document) -> Result<(), EditError>;

#[test]
fn only_what_is_edited_changes() {
    let cases: &[(&str, Edit, &str)] = &[
        (
            "# a\r\nbackend b #c\r\n\tserver  s\t10.0.0.1:80  weight   10  'x y' # \"d\r\n\r\n",
            |document| document.set_word(3, 4, &text("200")),
            "# a\r\nbackend b #c\r\n\tserver  s\t10.0.0.1:80  weight   200  'x y' # \"d\r\n\r\n",
        ),
        (
            "a  \"b c\"#d\n",
            |document| document.set_word(1, 1, &text("e")),
            "a  e#d\n",
        ),
        (
            "a b\n",
            |document| document.set_word(1, 1, &text("c d # $X \\ \"")),
            "a \"c d # \\$X \\\\ \\\"\"\n",
        ),
        ("a b\n", |document| document.set_word(1, 1, &text("")), "a \"\"\n"),
        (
            "a b\n",
            |document| document.set_word(1, 1, &text("100$%é")),
            "a 100$%é\n",
        ),
        (
            "a b c\n",
            |document| document.write_word(1, 1, "\"${X-1 2}\"'x'\\ y"),
            "a \"${X-1 2}\"'x'\\ y c\n",
        ),
        (
            "a b c # d\n",
            |document| document.append_words(1, &text("  e 'f g' ")),
            "a b c e 'f g' # d\n",
        ),
        ("a", |document| document.append_words(1, &text("b")), "a b"),
        (
            "a\r\nb\r\nc",
            |document| document.replace_line(2, &text("  x # y")),
            "a\r\n  x # y\r\nc",
        ),
        ("a\nb", |document| document.replace_line(2, &text("")), "a\n"),
        (
            "a\r\nb\r\nc",
            |document| document.replace_line(3, &text("d")),
            "a\r\nb\r\nd",
        ),
        (
            "a\r\nb\r\n",
            |document| document.insert_line(2, &text("x")),
            "a\r\nx\r\nb\r\n",
        ),
        (
            "a\nb",
            |document| document.insert_line(3, &text("x")),
            "a\nb\nx\n",
        ),
        ("", |document| document.insert_line(1, &text("x")), "x\n"),
        ("a\nb\nc", |document| document.remove_line(1), "b\nc"),
        ("a\nb\nc", |document| document.remove_line(3), "a\nb\n"),
        (
            "global\n\tdaemon\r\n",
            |document| {
                let name = Word::new("b").unwrap();
                document.append_section(
                    SectionKind::Backend,
                    Some(&name),
                    &[text("mode tcp"), text(""), text("  # x")],
                )
            },
            "global\n\tdaemon\r\n\nbackend b\n\tmode tcp\n\n\t# x\n",
        ),
        (
            "global\n\n",
            |document| document.append_section(SectionKind::Defaults, None, &[text("mode tcp")]),
            "global\n\ndefaults\n  mode tcp\n",
        ),
        (
            "",
            |document| document.append_section(SectionKind::Global, None, &[]),
            "global\n",
        ),
        (
            "global",
            |document| document.append_section(SectionKind::Traces, None, &[]),
            "global\n\ntraces\n",
        ),
        (
            "backend a\n server s x:1 weight 1\nlisten b\n server s x:1 cookie weight 'weight' \"1\" weight 3#c\n",
            |document| document.set_server_weight("b", "s", 256),
            "backend a\n server s x:1 weight 1\nlisten b\n server s x:1 cookie weight 'weight' \"1\" weight 256#c\n",
        ),
        (
            "backend a\n server s x:1 check # c\n",
            |document| document.set_server_weight("a", "s", 0),
            "backend a\n server s x:1 check weight 0 # c\n",
        ),
    ];
    for (before, edit, after) in cases {
        let mut document = Document::parse(*before);
        edit(&mut document).unwrap();
        assert_eq!(document.to_string(), *after, "{before:?}");
        // The index is that of the text.
        let read = Document::parse(*after);
        let starts = |document: &Document| -> Vec<_> {
            let sections = document.sections();
            sections
                .map(|section| (section.kind(), section.header().number()))
                .collect()
        };
        assert_eq!(starts(&document), starts(&read), "{before:?}");
        assert_eq!(document.problems(), read.problems(), "{before:?}");
    }
}

#[test]
fn text_that_breaks_out_of_its_place_is_refused() {
    for broken in ["a\nglobal", "a\rb", "\0", "a\u{85}b"] {
        assert!(Text::new(broken).is_err(), "{broken:?}");
    }
    let before = "backend b\n server s x:1 weight 1 check # c\n\n";
    let not_one_word = [
        "a b",
        "a#",
        "#",
        "\"",
        "'a",
        "a\\",
        "",
        "\"$1\"",
        "\"${A\"",
        "\\xg",
        "a\n",
        "a\r",
        "\"a\nb\"",
        " a",
        "a ",
        "\"${A-\n}\"",
        "\0",
    ];
    for written in not_one_word {
        let mut document = Document::parse(before);
        let refused = document.write_word(2, 4, written);
        assert_eq!(
            refused,
            Err(EditError::NotOneWord {
                written: written.to_owned()
            })
        );
        assert_eq!(document.to_string(), before);
    }
    for written in ["", " ", "# a", "a # b", "a \"b", "\"$1\""] {
        let mut document = Document::parse("a b\nc\n");
        let refused = document.append_words(1, &text(written));
        assert_eq!(
            refused,
            Err(EditError::NoWords {
                written: written.to_owned()
            })
        );
    }
    let mut document = Document::parse(before);
    let word = |name| Word::new(name).unwrap();
    let refused: [(Result<(), EditError>, &str); 14] = [
        (
            document.set_word(1, 0, &text("[x")),
            "'[x' is not one word in this place",
        ),
        (document.set_word(9, 0, &text("x")), "there is no line 9"),
        (document.set_word(0, 0, &text("x")), "there is no line 0"),
        (document.set_word(2, 9, &text("x")), "line 2 has no word 9"),
        (
            document.append_words(3, &text("x")),
            "'x' cannot stand at the end of this line",
        ),
        (document.replace_line(4, &text("x")), "there is no line 4"),
        (document.insert_line(5, &text("x")), "there is no line 5"),
        (document.insert_line(0, &text("x")), "there is no line 0"),
        (document.remove_line(4), "there is no line 4"),
        (
            document.append_section(SectionKind::Backend, None, &[]),
            "'' is no name for a section 'backend'",
        ),
        (
            document.append_section(SectionKind::Global, Some(&word("a")), &[]),
            "'a' is no name for a section 'global'",
        ),
        (
            document.append_section(SectionKind::Peers, Some(&word("a\"#")), &[]),
            "'a\\\"#' is no name for a section 'peers'",
        ),
        (
            document.append_section(SectionKind::Peers, Some(&word("p")), &[text(" global")]),
            "' global' begins a section",
        ),
        (
            document.set_server_weight("b", "t", 1),
            "there is no server 't' in 'b'",
        ),
    ];
    for (result, message) in refused {
        assert_eq!(result.unwrap_err().to_string(), message);
    }
    assert_eq!(
        document.set_server_weight("b", "s", 257),
        Err(EditError::Weight { weight: 257 })
    );
    assert_eq!(document.to_string(), before);
}

#[test]
fn many_edits_leave_a_document_that_reads_as_its_text() {
    let mut document = Document::parse("global\n daemon\nbackend a\n server s x:1\n");
    document.set_word(3, 0, &text("listen")).unwrap();
    document.insert_line(1, &text("# first")).unwrap();
    document.remove_line(1).unwrap();
    document.insert_line(3, &text("backend between")).unwrap();
    document.replace_line(1, &text("# no global")).unwrap();
    document.set_word(5, 1, &text("t")).unwrap();
    document.set_word(5, 1, &text("u")).unwrap();
    assert_eq!(
        document.to_string(),
        "# no global\n daemon\nbackend between\nlisten a\n server u x:1\n"
    );
    let headers: Vec<_> = document
        .sections()
        .map(|section| section.header().text())
        .collect();
    assert_eq!(headers, ["backend between", "listen a"]);
    assert_eq!(
        document.line(5).unwrap().section().unwrap().kind(),
        SectionKind::Listen
    );
    assert!(document.line(2).unwrap().section().is_none());
}
