//! Formulas of words: the skeleton that conditions and selectors share, and its normal form.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

use vamp_model::boolean::{self, DEPTH, Dnf, Expression, Mistake, OPERANDS, TERMS, Truth};

fn read(text: &str) -> Expression<String> {
    boolean::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn word(word: &str) -> Expression<String> {
    Expression::Leaf(word.to_owned())
}

/// The normal form as people write it: `!` for negation, parentheses around terms of several literals among others.
fn flat(text: &str) -> String {
    let terms = match read(text).to_dnf(TERMS).unwrap() {
        Dnf::True => return "true".to_owned(),
        Dnf::False => return "false".to_owned(),
        Dnf::Terms(terms) => terms,
    };
    let literal =
        |literal: &boolean::Literal<String>| [if literal.negated { "!" } else { "" }, &literal.leaf].concat();
    let terms: Vec<String> = terms
        .iter()
        .map(|term| term.iter().map(literal).collect::<Vec<_>>().join(" and "))
        .collect();
    terms.join(" or ")
}

#[test]
fn words_and_constants_stand_alone_or_in_parentheses() {
    // S01-226: blanks and parentheses around a word change nothing, in whatever number.
    for text in [
        "a",
        " a",
        "a ",
        "\t\r\n a \u{c}",
        "(a)",
        "( a)",
        " (a ) ",
        "((a))",
        "( (\n( a) ) )",
        &["(".repeat(20), "a".into(), ")".repeat(20)].concat(),
    ] {
        assert_eq!(read(text), word("a"), "{text:?}");
    }
    // S01-226: the constants in each of their spellings, any case.
    for text in ["true", "TRUE", "tRue", "t", "T", "1", " ( True ) "] {
        assert_eq!(read(text), Expression::True, "{text}");
    }
    for text in ["false", "False", "FALSE", "f", "F", "0", "((0))"] {
        assert_eq!(read(text), Expression::False, "{text}");
    }
    // A constant is a whole word.
    for text in ["tea", "f5", "10", "true1", "0x", "a-b", "not", "nota", "ähnlich"] {
        assert_eq!(read(text), word(text));
    }
}

#[test]
fn operators_have_several_spellings() {
    // S01-227: both signs of negation.
    for text in [
        "not a",
        "! a",
        "!a",
        "not  a",
        "NOT a",
        "not (a)",
        "!(a)",
        " ( not a )",
    ] {
        assert_eq!(read(text), !word("a"), "{text}");
    }
    // S01-227: each spelling of the two operators.
    for operator in ["and", "AND", "And", "&&", "&"] {
        assert_eq!(
            read(&format!("a {operator} b")),
            word("a") & word("b"),
            "{operator}"
        );
    }
    for operator in ["or", "Or", "OR", "||", "|"] {
        assert_eq!(
            read(&format!("a {operator} b")),
            word("a") | word("b"),
            "{operator}"
        );
    }
    assert_eq!(read("(a)and b"), word("a") & word("b"));
    assert_eq!(read("a& b"), word("a") & word("b"));
}

#[test]
fn and_binds_tighter_than_or_and_chains_are_grouped_from_the_left() {
    let (a, b, c) = (|| word("a"), || word("b"), || word("c"));
    // `&`, `|` and `!` build the same trees as the text, and equality does not mind the order of two operands.
    let cases = [
        // S01-228: from the left.
        ("a and b and c", (a() & b()) & c()),
        ("a or b or c", (a() | b()) | c()),
        // S01-228: `and` first.
        ("a or b and c", a() | (b() & c())),
        ("a and b or c", (a() & b()) | c()),
        // S01-228: unless there are parentheses.
        ("(a or b) and c", (a() | b()) & c()),
        ("a and (b and c)", a() & (b() & c())),
        // S01-228: a negated group is the group alone.
        ("!(a and b) and c", !(a() & b()) & c()),
        ("not a and b", !a() & b()),
        ("not (not a)", !!a()),
    ];
    for (text, tree) in cases {
        assert_eq!(read(text), tree, "{text}");
    }
    assert_eq!(a() & b(), b() & a());
    assert_eq!(a() | b(), b() | a());
    assert_ne!(a() & b(), a() | b());
    assert_ne!((a() & b()) & c(), a() & (b() & c()));
    assert_ne!(a() | a(), a() | b());
}

#[test]
fn what_is_no_formula_is_told_with_its_place() {
    let cases = [
        ("", 1, "expected `not`, a word or `(`"),
        ("(", 2, "expected `not`, a word or `(`"),
        ("a b", 3, "expected `and`, `or` or the end"),
        ("(a", 3, "expected `and`, `or` or `)`"),
        ("a)", 2, "expected `and`, `or` or the end"),
        ("a and", 6, "expected a blank"),
        ("a and ", 7, "expected `not`, a word or `(`"),
        ("a &b", 4, "expected a blank"),
        ("a|b", 3, "expected a blank"),
        ("!!a", 2, "expected a word or `(`"),
        ("ä and (ö or (ü)", 16, "expected `and`, `or` or `)`"),
    ];
    for (text, column, message) in cases {
        let error = boolean::parse(text).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("character {column}: {message}"),
            "{text}"
        );
        assert_eq!(text[..error.offset].chars().count() + 1, error.column, "{text}");
    }
}

#[test]
fn size_and_nesting_are_limited() {
    let nested = |depth: usize| ["(".repeat(depth), "a".into(), ")".repeat(depth)].concat();
    assert_eq!(read(&nested(DEPTH)), word("a"));
    let error = boolean::parse(&nested(DEPTH + 1)).unwrap_err();
    assert_eq!((error.offset, error.mistake), (DEPTH, Mistake::TooDeep));
    let error = boolean::parse(&nested(100_000)).unwrap_err();
    assert_eq!(error.mistake, Mistake::TooDeep);
    let error = boolean::parse(&"not (".repeat(100_000)).unwrap_err();
    assert_eq!(error.mistake, Mistake::TooDeep);

    let long = |count: usize| vec!["a"; count].join(" or ");
    assert_eq!(read(&long(OPERANDS)).leaves().count(), OPERANDS);
    let error = boolean::parse(&long(OPERANDS + 1)).unwrap_err();
    assert_eq!((error.offset, error.mistake), (OPERANDS * 5, Mistake::TooLong));
}

#[test]
fn printing_keeps_the_shape_with_few_parentheses() {
    let cases = [
        ("a and b and c", "a and b and c"),
        ("a and (b and c)", "a and (b and c)"),
        ("a|| (b&& c)", "a or b and c"),
        ("((a or b)) and !c", "(a or b) and not c"),
        ("a or (b or c)", "a or (b or c)"),
        ("!(!a)", "not (not a)"),
        ("!(a and b) or t", "not (a and b) or true"),
        ("not 0", "not false"),
    ];
    for (text, printed) in cases {
        assert_eq!(read(text).to_string(), printed);
        assert_eq!(read(printed), read(text), "{text}");
    }
}

#[test]
fn flattening_gives_alternatives_in_the_order_of_the_truth_table() {
    let cases = [
        // S01-237: the seven rows of the table.
        ("a or b", "a or b"),
        ("!a or !b", "!b or !a"),
        ("(a or b) and c", "a and c or b and c"),
        ("(a or !b) and c", "!b and c or a and c"),
        ("a or !a", "true"),
        ("a and !a", "false"),
        ("a and (b or !c)", "a and !c or a and b"),
        // S01-237: the same twice, and constants.
        ("a or a", "a"),
        ("a and a", "a"),
        ("a or true", "true"),
        ("a and true", "a"),
        ("a or false", "a"),
        ("a and false", "false"),
        ("a or true and b", "a or b"),
        ("a and false or b", "b"),
        // No case is lost that merges with none.
        ("(a and b) or (!a and c)", "a and b or !a and c or b and c"),
        ("(a and !b) or (!a and b)", "a and !b or !a and b"),
        ("(a and b) or (not a and not b)", "!a and !b or a and b"),
        ("a", "a"),
        ("!a", "!a"),
        ("!(!a)", "a"),
        ("a and b and c and d", "a and b and c and d"),
        (
            "a or b or c",
            "a and !c or a and !b or b and !c or !a and b or a and b or !b and c or !a and c or a and c or b and c",
        ),
        // What always holds is written out where it has several words: there is one merging pass only.
        ("(a or !a) and (b or !b)", "!b or !a or a or b"),
        ("a or !a or b or !b", "!b or !a or a or b"),
        // S01-239: a formula of constants is the constant that comes out.
        ("true", "true"),
        ("0", "false"),
        ("true and !(false)", "true"),
        ("not (true or false) or f", "false"),
    ];
    for (text, expected) in cases {
        assert_eq!(flat(text), expected, "{text}");
    }
}

#[test]
fn more_than_four_words_are_multiplied_out_in_the_order_written() {
    let cases = [
        ("a or b or c or d or e", "a or b or c or d or e"),
        ("a and b or c and d or e and g", "a and b or c and d or e and g"),
        (
            "(a or b) and (c or d) and e",
            "a and c and e or a and d and e or b and c and e or b and d and e",
        ),
        ("!(a and b and c and d and !e)", "!a or !b or !c or !d or e"),
        // What another term covers is left out, before it and after it.
        ("a and b and c or a or d and e and a or d and e", "a or d and e"),
        ("(a or b or c or d or e) and a", "a"),
        ("(a or b or c or d or e) and not (a or b or c or d or e)", "false"),
        ("a and b or !a or !b and c or !c and d or !d and e or !e", "true"),
        ("a or b or c or d or e or !a", "true"),
        ("(a or b or c or d) and (e or true)", "a or b or c or d"),
        ("a and b and c and d and (e and false)", "false"),
    ];
    for (text, expected) in cases {
        if expected == "true" {
            assert!(
                read(text).to_dnf(TERMS).unwrap() == Dnf::True,
                "{text}: {}",
                flat(text)
            );
        } else {
            assert_eq!(flat(text), expected, "{text}");
        }
    }
}

#[test]
fn too_many_alternatives_are_told_with_their_number() {
    let product = |sums: usize| {
        let sums: Vec<String> = (0..sums).map(|sum| format!("(a{sum} or b{sum})")).collect();
        read(&sums.join(" and "))
    };
    let Ok(Dnf::Terms(terms)) = product(8).to_dnf(TERMS) else {
        panic!("256 terms are allowed");
    };
    assert_eq!(terms.len(), 256);
    let error = product(9).to_dnf(TERMS).unwrap_err();
    assert_eq!((error.terms, error.limit), (512, TERMS));
    assert_eq!(
        error.to_string(),
        "written out without parentheses the formula has 512 alternatives; 256 are allowed"
    );
    assert!(product(9).to_dnf(512).is_ok());
    // Given up early: nobody waits for 2 to the power of 20 or 128 terms.
    assert_eq!(product(20).to_dnf(TERMS).unwrap_err().terms, 1 << 20);
    assert_eq!(product(128).to_dnf(TERMS).unwrap_err().terms, usize::MAX);
    assert_eq!(product(128).to_dnf(1_000).unwrap_err().limit, 1_000);
    // A small one of many alternatives is refused by a smaller limit, too.
    assert_eq!(read("a or b or c").to_dnf(8).unwrap_err().terms, 9);
    // What is large only on its way is not refused.
    let Ok(Dnf::Terms(terms)) = (product(9) & word("a0") & word("a1") | word("x")).to_dnf(TERMS) else {
        panic!("129 terms are allowed");
    };
    assert_eq!(terms.len(), 129);
}

#[test]
fn minterms_are_the_cases_in_ascending_order() {
    let minterms = |text: &str| -> Vec<String> {
        let cases = read(text).minterms(TERMS).unwrap();
        let literal = |literal: &boolean::Literal<String>| {
            [if literal.negated { "!" } else { "" }, &literal.leaf].concat()
        };
        cases
            .iter()
            .map(|case| case.iter().map(literal).collect::<Vec<_>>().join(" "))
            .collect()
    };
    // S01-238: the first word changes fastest.
    assert_eq!(minterms("a or b"), ["a !b", "!a b", "a b"]);
    // S01-238: three cases each.
    assert_eq!(minterms("(a or b) and c"), ["a !b c", "!a b c", "a b c"]);
    assert_eq!(minterms("(a or !b) and c"), ["!a !b c", "a !b c", "a b c"]);
    // S01-239: a constant has one case without words, or none.
    assert_eq!(minterms("true or false"), [""]);
    assert!(minterms("true and false").is_empty());
    assert_eq!(read("a or b").minterms(2).unwrap_err().terms, 3);
    let many: Vec<String> = (0..40).map(|number| format!("w{number}")).collect();
    assert!(read(&many.join(" and ")).minterms(TERMS).is_err());
}

#[test]
fn what_is_unknown_is_decided_by_what_is_known() {
    let known = |leaf: &String| match leaf.as_str() {
        "yes" => Truth::Yes,
        "no" => Truth::No,
        _ => Truth::Unknown,
    };
    let cases = [
        ("yes and what", Truth::Unknown),
        ("no and what", Truth::No),
        ("what and no", Truth::No),
        ("yes or what", Truth::Yes),
        ("what or yes", Truth::Yes),
        ("no or what", Truth::Unknown),
        ("what or no", Truth::Unknown),
        ("not what", Truth::Unknown),
        ("not no", Truth::Yes),
        ("not (yes and what)", Truth::Unknown),
        ("not (no and what)", Truth::Yes),
        ("what or not what", Truth::Unknown),
        ("true", Truth::Yes),
        ("false or what and no", Truth::No),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).evaluate(known), expected, "{text}");
    }
}
