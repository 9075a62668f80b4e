//! One layout for every configuration.

use proptest::prelude::*;
use vamp_haproxy::Document;

fn formatted(text: &str) -> String {
    Document::parse(text).formatted()
}

#[test]
fn sections_and_what_they_hold_have_one_layout() {
    for (text, expected) in [
        ("", ""),
        ("\n\n", ""),
        ("global\r\n\tmaxconn\t 5\r\n", "global\n  maxconn 5\n"),
        (
            "global\nbackend a\n\n\n\nbackend b\n",
            "global\n\nbackend a\n\nbackend b\n",
        ),
        // Words and comments stay as they are written.
        (
            "backend  'a'   # one\n   server \"x y\"  10.0.0.1:80\\ # no comment? \n",
            "backend 'a' # one\n  server \"x y\" 10.0.0.1:80\\  # no comment?\n",
        ),
        // A comment right before a section is that section's, one that is set apart is not.
        (
            "# file\n\nglobal\n# of global\n\n#of a\nbackend a\n#last\n",
            "# file\n\nglobal\n  # of global\n\n#of a\nbackend a\n  #last\n",
        ),
        // Conditions stand where they are read.
        (
            ".if defined(X)\n.notice hello\n.endif\nglobal\n.if version_atleast(2.6)\nfd-hard-limit 5\n.endif\n",
            ".if defined(X)\n.notice hello\n.endif\n\nglobal\n  .if version_atleast(2.6)\n  fd-hard-limit 5\n  .endif\n",
        ),
        // What HAProxy would refuse is left alone.
        (
            "backend a\n\tserver  'x\n\tmode  tcp\n",
            "backend a\n\tserver  'x\n  mode tcp\n",
        ),
    ] {
        assert_eq!(formatted(text), expected, "{text:?}");
    }
}

/// What HAProxy reads: the words of each line that has some.
fn meaning(text: &str) -> Vec<Vec<String>> {
    let document = Document::parse(text);
    let lines = document
        .lines()
        .map(|line| line.words().map(|word| word.written().to_owned()).collect());
    lines.filter(|words: &Vec<String>| !words.is_empty()).collect()
}

proptest! {
    #[test]
    fn the_layout_changes_no_word_and_is_stable(
        lines in proptest::collection::vec(
            "(global|backend [a-c]|[ \t]{0,3}(#|mode|server|\\.if|\\.endif|'a  b'|\\\\ x|\\[s\\]|)[ \t]{0,2}([a-z#\"'\\\\ ]{0,8}))",
            0..12,
        ),
    ) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let once = formatted(&text);
        prop_assert_eq!(meaning(&once), meaning(&text), "{:?}", text);
        prop_assert_eq!(formatted(&once), once, "{:?}", text);
    }
}
