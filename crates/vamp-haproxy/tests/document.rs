//! How a document reads lines: words, quotes, sections, conditional blocks, and what it finds wrong.

use vamp_haproxy::Document;
use vamp_haproxy::document::{
    Branch, Level, LineEnd, LineKind, Piece, Prefix, ProblemKind as P, SectionKind, Severity, Variable,
};

/// A line, the words in it as HAProxy reads them, and its comment.
type Case<'t> = (&'t str, &'t [&'t str], Option<&'t str>);

#[test]
fn words_are_read_as_haproxy_reads_them() {
    let cases: &[Case<'_>] = &[
        ("", &[], None),
        (" \t ", &[], None),
        ("# all", &[], Some("# all")),
        ("  mode\thttp  # or tcp", &["mode", "http"], Some("# or tcp")),
        ("global#this is", &["global"], Some("#this is")),
        (r"a\ b \# \\ \' \x41", &["a b", "#", r"\", "'", "A"], None),
        ("a\\tb\\nc\\r", &["a\tb\nc\r"], None),
        // No escapes: these backslashes are characters.
        (r"\d \1 \$X \.", &[r"\d", r"\1", r"\$X", r"\."], None),
        ("a\\\tb", &["a\\", "b"], None),
        (r##""a b # ' \" \$ \x24" c"##, &["a b # ' \" $ $", "c"], None),
        (r#"'a " \n $X #' b"#, &["a \" \\n $X #", "b"], None),
        (r#""%{+Q}o %t"' %s'\ %{-Q}r"#, &["%{+Q}o %t %s %{-Q}r"], None),
        (r#"x"" '' """#, &["x", "", ""], None),
        // Variables stay as they are written.
        (r#"bind "fd@${A-b c}:80""#, &["bind", "fd@${A-b c}:80"], None),
        (r##""${A-"#}" b"##, &[r##"${A-"#}"##, "b"], None),
        ("$X ${X}", &["$X", "${X}"], None),
        // A carriage return ends the line, but not after other white space.
        ("a\rb", &["a"], None),
        ("a \rb", &["a", "b"], None),
        ("\ra\u{b}b\u{c}c", &["a", "b", "c"], None),
        ("a\0b", &["a"], None),
        (r"a\x00b", &["a"], None),
        ("é 'ü ä'", &["é", "ü ä"], None),
        // What is wrong is read as far as it goes.
        (r#"a "b c # d"#, &["a", "b c # d"], None),
        (r#"a\xg1 "$1 b" c"#, &[r"a\xg1", "$1 b", "c"], None),
        (r#""${A" b"#, &["${A", "b"], None),
    ];
    for (text, words, comment) in cases {
        let document = Document::parse(format!("{text}\n"));
        let line = document.line(1).unwrap();
        let read: Vec<_> = line.words().map(|word| word.text().into_owned()).collect();
        assert_eq!(read, *words, "{text:?}");
        assert_eq!(line.comment(), *comment, "{text:?}");
        for word in line.words() {
            assert_eq!(&line.text()[word.span()], word.written());
        }
    }
}

#[test]
fn variables_are_told_from_text_that_looks_like_them() {
    let document = Document::parse(r#"a "x$A\$B${C-d}${.LINE}${E[*]}" $F"#);
    let words: Vec<_> = document.line(1).unwrap().words().collect();
    let variable = |written, name, default, splits| {
        Piece::Variable(Variable {
            written,
            name,
            default,
            splits,
        })
    };
    let pieces: Vec<_> = words[1].pieces().collect();
    let expected = [
        Piece::Text("x"),
        variable("$A", "A", None, false),
        Piece::Escaped(b'$'),
        Piece::Text("B"),
        variable("${C-d}", "C", Some("d"), false),
        variable("${.LINE}", ".LINE", None, false),
        variable("${E[*]}", "E", None, true),
    ];
    assert_eq!(pieces, expected);
    assert!(words[1].has_variables() && !words[2].has_variables());
    assert_eq!(words[1].column(), 3);
}

#[test]
fn lines_know_their_number_end_and_section() {
    let text = "# top\r\nglobal\r\n\tdaemon\n\nlisten a # x\n mode http";
    let document = Document::parse(text);
    let lines: Vec<_> = document.lines().collect();
    let read: Vec<_> = lines
        .iter()
        .map(|line| {
            let section = line.section().map(|section| section.kind());
            (
                line.number(),
                line.indentation(),
                line.text(),
                line.end(),
                section,
            )
        })
        .collect();
    let (global, listen) = (Some(SectionKind::Global), Some(SectionKind::Listen));
    let expected = [
        (1, "", "# top", LineEnd::CrLf, None),
        (2, "", "global", LineEnd::CrLf, global),
        (3, "\t", "\tdaemon", LineEnd::Lf, global),
        (4, "", "", LineEnd::Lf, global),
        (5, "", "listen a # x", LineEnd::Lf, listen),
        (6, " ", " mode http", LineEnd::None, listen),
    ];
    assert_eq!(read, expected);
    assert_eq!(document.line_count(), 6);
    assert!(document.line(0).is_none() && document.line(7).is_none());
    assert_eq!(Document::parse("").line_count(), 0);
}

#[test]
fn sections_are_found_wherever_and_however_their_keyword_is_written() {
    let text = "\
defaults
defaults web from base
   frontend  \"my site\" from web
bind \"$X\"
\\x62ackend b
\"list\"en l
  acl backend path /
  default_backend b
crt-store
traces
acme x
healthcheck y
";
    let document = Document::parse(text);
    let sections: Vec<_> = document
        .sections()
        .map(|section| {
            let name = section.name().map(|name| name.text().into_owned());
            let from = section.from().map(|from| from.text().into_owned());
            (section.kind().as_str(), name, from, section.lines().count())
        })
        .collect();
    let of = |kind, name: Option<&str>, from: Option<&str>, lines| {
        (kind, name.map(str::to_owned), from.map(str::to_owned), lines)
    };
    let expected = [
        of("defaults", None, None, 0),
        of("defaults", Some("web"), Some("base"), 0),
        of("frontend", Some("my site"), Some("web"), 1),
        of("backend", Some("b"), None, 0),
        of("listen", Some("l"), None, 2),
        of("crt-store", None, None, 0),
        of("traces", None, None, 0),
        // What this version does not know stays a line of the section before it.
        of("acme", Some("x"), None, 1),
    ];
    assert_eq!(sections, expected);
    let found = document.section(SectionKind::Frontend, "my site").unwrap();
    assert_eq!(found.header().number(), 3);
    for kind in "global defaults frontend backend listen userlist peers resolvers mailers cache program ring \
                 http-errors log-forward log-profile fcgi-app crt-store traces acme namespace_list"
        .split(' ')
    {
        assert_eq!(SectionKind::of(kind).unwrap().as_str(), kind);
    }
}

#[test]
fn keywords_may_have_a_prefix() {
    let document = Document::parse("  no option httplog x\n default log\n option no\n no\n\"\" a\n# b\n");
    let keywords: Vec<_> = document
        .lines()
        .map(|line| {
            let arguments: Vec<_> = line.arguments().map(|word| word.written()).collect();
            let keyword = line.keyword();
            (
                keyword.map(|found| (found.prefix, found.token.written())),
                arguments,
            )
        })
        .collect();
    let expected = [
        (Some((Some(Prefix::No), "option")), vec!["httplog", "x"]),
        (Some((Some(Prefix::Default), "log")), vec![]),
        (Some((None, "option")), vec!["no"]),
        (None, vec![]),
        (None, vec![]),
        (None, vec![]),
    ];
    assert_eq!(keywords, expected);
}

#[test]
fn every_line_has_a_kind() {
    let cases = [
        ("  ", LineKind::Blank),
        ("\"\" a", LineKind::Blank),
        ("\t# a", LineKind::Comment),
        (" [web]", LineKind::Scope),
        ("backend a", LineKind::Section(SectionKind::Backend)),
        (".if 1", LineKind::Condition(Branch::If)),
        ("  .elif \"$X\" # a", LineKind::Condition(Branch::ElseIf)),
        ("\".else\"", LineKind::Condition(Branch::Else)),
        (".endif", LineKind::Condition(Branch::EndIf)),
        (".diag a", LineKind::Message(Level::Diag)),
        (".notice a", LineKind::Message(Level::Notice)),
        (".warning a", LineKind::Message(Level::Warning)),
        (".alert a", LineKind::Message(Level::Alert)),
        (".endif2", LineKind::Keyword),
        ("no option x", LineKind::Keyword),
        ("backends", LineKind::Keyword),
    ];
    for (text, kind) in cases {
        assert_eq!(Document::parse(text).line(1).unwrap().kind(), kind, "{text:?}");
    }
}

#[test]
fn conditional_blocks_are_nested() {
    let text = "\
.if a
  .if b
  .elif c
  .else
   x
  .endif
.else
.endif
.endif
.if d
";
    let blocks = Document::parse(text).conditional_blocks();
    let shape: Vec<_> = blocks
        .iter()
        .map(|block| {
            let lines: Vec<_> = block.branches.iter().map(|branch| branch.line).collect();
            (block.depth, lines, block.end)
        })
        .collect();
    let expected = [
        (0, vec![1, 7], Some(8)),
        (1, vec![2, 3, 4], Some(6)),
        (0, vec![10], None),
    ];
    assert_eq!(shape, expected);
    assert!(blocks[1].contains(5) && blocks[0].contains(5) && blocks[0].contains(3));
    assert!(!blocks[0].contains(7) && !blocks[1].contains(6) && blocks[2].contains(11));
}

/// A text, and its problems: line, column, what is wrong.
type ProblemCase<'t> = (&'t str, &'t [(usize, usize, P)]);

#[test]
fn problems_have_a_place() {
    let many = |count: usize, end: &str| format!("global\nx{}{end}\n", " a".repeat(count));
    let cases: &[ProblemCase<'_>] = &[
        ("global\n  daemon # \" '\n", &[]),
        ("", &[]),
        ("\n\n", &[]),
        ("global\n  a \"b c\n", &[(2, 5, P::UnclosedQuote)]),
        ("global\n  é 'b \"c\" \n", &[(2, 5, P::UnclosedQuote)]),
        ("global\n a b\\x4g\n", &[(2, 5, P::Hexadecimal)]),
        ("global\n a \"$1\"\n", &[(2, 6, P::VariableName)]),
        ("global\n a \"${\"\n", &[(2, 7, P::VariableName)]),
        ("global\n a \"${A\"\n", &[(2, 6, P::VariableBrace)]),
        ("global\n a \"${A-b\"\n", &[(2, 6, P::VariableBrace)]),
        ("global\n a \"${A[x]}\"\n", &[(2, 8, P::VariableExpansion)]),
        (&many(63, ""), &[]),
        (&many(63, " "), &[(2, 129, P::TooManyWords)]),
        (&many(63, "\\ "), &[]),
        (&many(64, ""), &[(2, 129, P::TooManyWords)]),
        ("global\n a\0b\n", &[(2, 3, P::Nul)]),
        ("global\n #\0\n", &[(2, 3, P::Nul)]),
        ("global\n a\rb\n", &[(2, 4, P::CarriageReturn)]),
        ("global\n a\r\r\n", &[]),
        ("global\n a \\\n b\n", &[(2, 4, P::Continuation)]),
        (
            "global\n a \\",
            &[(2, 4, P::Continuation), (2, 5, P::MissingLineFeed)],
        ),
        ("global\n a \\\\\n '\\'\n", &[]),
        ("global", &[(1, 7, P::MissingLineFeed)]),
        (".endif\n", &[(1, 1, P::LoneBranch)]),
        (
            " .elif 1\n.else\n",
            &[(1, 2, P::LoneBranch), (2, 1, P::LoneBranch)],
        ),
        (
            ".if 1\n.else\n.elif 1\n .else\n.endif\n",
            &[(3, 1, P::AfterElse), (4, 2, P::AfterElse)],
        ),
        ("  .if 1\n.if 2\n.endif\n", &[(1, 3, P::UnclosedIf)]),
        (
            ".if 1 # a\n.else x\n.endif y\n",
            &[(2, 7, P::UnexpectedWord), (3, 8, P::UnexpectedWord)],
        ),
        (".notice a b\n", &[(1, 11, P::UnexpectedWord)]),
        (".if 1\n.else \"\"\n.endif \"$X\"\n.notice a \"\"\n", &[]),
        (".foo\n", &[(1, 1, P::UnknownDirective)]),
        ("\n  daemon\nglobal\n", &[(2, 3, P::OutsideSection)]),
        ("\u{feff}global\n  daemon\n", &[(1, 1, P::ByteOrderMark)]),
        ("\"$A\" b\n", &[]),
        ("backend\n", &[(1, 1, P::MissingName)]),
        ("backend \"\"\ndefaults\n", &[(1, 9, P::MissingName)]),
        ("backend a/b\nbackend \"$X/b\"\n", &[(1, 9, P::InvalidName)]),
        ("global\n no\n", &[(2, 2, P::MissingKeyword)]),
        ("[web]\n [web\n", &[(2, 2, P::InvalidScope)]),
        // What a condition may leave out is not said to be refused; a text that is no words is.
        (".if 0\n a\n backend\n.endif\n", &[(3, 2, P::MissingName)]),
    ];
    for (text, expected) in cases {
        let problems = Document::parse(*text).problems();
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (problem.line, problem.column, problem.kind))
            .collect();
        assert_eq!(found, *expected, "{text:?}");
    }
    let left_out = Document::parse(".if 0\n backend\n.endif\n").problems();
    assert_eq!(left_out[0].severity, Severity::Doubtful);
}

#[test]
fn a_problem_says_what_is_wrong_and_what_was_expected() {
    let problems = Document::parse("global\n  stats socket \"/run/x\n").problems();
    insta::assert_snapshot!(
        problems[0],
        @"line 2, column 16: this quote is not closed; expected: the same quote once more before the end of the line"
    );
    let problems = Document::parse("backend b\n balance \\\n   roundrobin\n").problems();
    insta::assert_snapshot!(
        problems[0],
        @"line 2, column 10: a backslash at the end does not continue the line but is read as a character; expected: the whole line in one; HAProxy has no continued lines"
    );
}

#[test]
fn the_work_grows_with_the_text_and_not_faster() {
    // Each of these would take minutes if a part of the line were looked at again for each of its characters.
    let lines = [
        "\"${a-",
        "\"${a-\" ",
        "\"$",
        "\\",
        "\\x",
        "'",
        "\"",
        "\"' ",
        "a ",
        "\t",
        "# ",
        "\r",
        "\0",
        "[",
        "${",
        "\"${a[",
        "\\x00",
        "\"${a.}",
        "no ",
    ];
    for line in lines {
        let text = line.repeat(100_000 / line.len());
        let document = Document::parse(text.as_str());
        assert!(!document.problems().is_empty(), "{line:?}");
        let words = document.lines().flat_map(|line| line.words());
        assert!(words.map(|word| word.text().len()).sum::<usize>() <= 3 * text.len());
    }
    for line in [".if 1\n", "backend b\n", "\n", "\"$\n"] {
        let document = Document::parse(line.repeat(20_000));
        let blocks = document.conditional_blocks().len();
        assert!(document.problems().len() <= 40_001 && blocks <= 20_000);
    }
}
