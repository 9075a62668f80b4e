//! Properties of formulas, conditions and selectors, whatever they are made of.

use proptest::prelude::*;
use proptest::sample::select;
use vamp_model::boolean::{self, Dnf, Expression, TERMS, Truth};
use vamp_model::condition::Leaf;
use vamp_model::{Condition, Selector, arbitrary};

/// More terms than eight words give.
const MANY: usize = 6_561;

/// Formulas over at most so many words.
fn formula(words: u8) -> impl Strategy<Value = Expression<u8>> {
    arbitrary::expression(0..words, true)
}

/// Formulas of up to eight words, the large ones among them chains of smaller ones.
fn large_formula() -> impl Strategy<Value = Expression<u8>> {
    let part = || arbitrary::expression(0_u8..8, false);
    prop_oneof![
        formula(8),
        (part(), part(), part()).prop_map(|(a, b, c)| a & b | c),
        (part(), part(), part()).prop_map(|(a, b, c)| (a | b) & !c),
    ]
}

fn holds_in(expression: &Expression<u8>, case: u16) -> bool {
    expression.holds(|word| case >> word & 1 == 1)
}

/// That the normal form holds in the same cases, and is one.
fn is_flattened(expression: &Expression<u8>) -> Result<(), TestCaseError> {
    let flat = expression.to_dnf(MANY);
    prop_assert_eq!(&expression.to_dnf(MANY), &flat);
    let flat = flat.map_err(|error| TestCaseError::fail(error.to_string()))?;
    let as_expression = flat.to_expression();
    let mut cases = 0;
    for case in 0..256 {
        prop_assert_eq!(
            holds_in(expression, case),
            holds_in(&as_expression, case),
            "case {:b}",
            case
        );
        cases += u16::from(holds_in(expression, case));
    }
    match &flat {
        Dnf::True => prop_assert_eq!(cases, 256),
        Dnf::False => prop_assert_eq!(cases, 0),
        Dnf::Terms(terms) => {
            prop_assert!(cases >= 1, "no case needs no terms");
            let words = expression
                .leaves()
                .collect::<std::collections::HashSet<_>>()
                .len();
            prop_assert!(cases < 256 || (2..=4).contains(&words), "all cases need no terms");
            let order: Vec<&u8> = expression.leaves().collect();
            let place = |word: &u8| order.iter().position(|known| *known == word);
            for term in terms {
                prop_assert!(!term.is_empty());
                prop_assert!(
                    term.windows(2)
                        .all(|pair| place(&pair[0].leaf) < place(&pair[1].leaf)),
                    "{:?} is not in order of first appearance",
                    term
                );
            }
        }
    }
    Ok(())
}

/// What people put into conditions and selectors, right and wrong.
const PIECES: [&str; 56] = [
    " ",
    "  ",
    "\n",
    "\t",
    "(",
    ")",
    "<",
    ">",
    "< a >",
    "!",
    "!=",
    "=",
    "==",
    "and",
    "AND",
    "or",
    "Or",
    "not",
    "NOT",
    "&",
    "&&",
    "|",
    "||",
    "host",
    "Host",
    "user-agent",
    "user.agent",
    "useragent",
    "user",
    "has",
    "contains",
    "misses",
    "is",
    "cookie",
    "header",
    "'",
    "\"",
    "''",
    "a",
    "b c",
    "é",
    "😀",
    "\0",
    "true",
    "0",
    "name(a)",
    "label(a)(b)",
    "label(a)",
    "kind((.*))",
    "port(1)",
    "port(99999999999)",
    "index (0)",
    "(.*)",
    "namespace($namespace)",
    "image(*)",
    "type(a++)",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        prop::collection::vec(select(PIECES.as_slice()), 0..16).prop_map(|pieces| pieces.concat()),
        prop::collection::vec(select(PIECES.as_slice()), 0..16).prop_map(|pieces| pieces.join(" ")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn flattening_keeps_the_truth_table_of_few_words(expression in formula(4)) {
        is_flattened(&expression)?;
    }

    #[test]
    fn flattening_keeps_the_truth_table_of_many_words(expression in large_formula()) {
        is_flattened(&expression)?;
    }

    #[test]
    fn minterms_are_the_cases_in_which_a_formula_holds(expression in formula(4)) {
        let minterms = expression.minterms(TERMS).unwrap();
        let holding = Dnf::Terms(minterms.clone()).to_expression();
        for case in 0..16 {
            prop_assert_eq!(holds_in(&expression, case), holds_in(&holding, case));
        }
        let mut words: Vec<&u8> = expression.leaves().collect();
        words.sort();
        words.dedup();
        prop_assert!(minterms.iter().all(|minterm| minterm.len() == words.len()));
    }

    #[test]
    fn a_printed_formula_reads_as_the_same_one(expression in arbitrary::expression("[a-eg-su-z]{1,3}", true)) {
        // `not`, `and` and `or` are words, too, where nothing makes them operators.
        let expression = expression.replace(|word| match word.as_str() {
            "not" | "and" | "or" => Expression::Leaf(format!("{word}_")),
            _ => Expression::Leaf(word),
        });
        let printed = expression.to_string();
        prop_assert_eq!(boolean::parse(&printed), Ok(expression), "{}", printed);
    }

    #[test]
    fn a_printed_condition_reads_as_the_same_one(condition in arbitrary::condition()) {
        let tree = condition.tree();
        prop_assert_eq!(Condition::new(tree.to_string()).map(|again| again.tree()), Ok(tree.clone()));
        prop_assert_eq!(Condition::from_tree(&tree).map(|again| again.tree()), Ok(tree));
        prop_assert_eq!(Condition::new(condition.to_string()), Ok(condition));
    }

    #[test]
    fn every_tree_of_tests_can_be_written(tree in arbitrary::expression(arbitrary::condition_leaf(), false)) {
        let condition = Condition::from_tree(&tree);
        prop_assert_eq!(condition.map(|condition| condition.tree()), Ok(tree));
    }

    #[test]
    fn no_control_character_of_a_condition_reaches_a_configuration(text in text()) {
        let Ok(condition) = Condition::new(text) else { return Ok(()) };
        for leaf in condition.expanded_tree().leaves() {
            prop_assert!(!leaf.to_string().contains(char::is_control), "{:?}", leaf);
        }
        let is_single = matches!(condition.tree(), Expression::Leaf(Leaf::Value(_)));
        prop_assert_eq!(condition.raw().is_some(), is_single);
        if let (Some(raw), Expression::Leaf(Leaf::Value(text))) = (condition.raw(), condition.tree()) {
            prop_assert_eq!(raw, text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in text()) {
        let condition = Condition::new(text.as_str()).ok();
        let errors = [
            boolean::parse(&text).err(),
            text.parse::<Selector>().err().map(|error| error.source),
            condition.and_then(|condition| condition.syntax_error()),
        ];
        for error in errors.into_iter().flatten() {
            prop_assert!(text.is_char_boundary(error.offset), "{:?}", error);
            prop_assert_eq!(text[..error.offset].chars().count() + 1, error.column);
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn a_request_meets_a_condition_or_its_negation(
        condition in arbitrary::condition(),
        request in arbitrary::request(),
    ) {
        let negated = Condition::from_tree(&!condition.tree()).unwrap();
        prop_assert_eq!(negated.matches(&request), !condition.matches(&request));
        let is_raw = |leaf: &Leaf| matches!(leaf, Leaf::Value(_));
        if !condition.tree().leaves().any(is_raw) {
            prop_assert_ne!(condition.matches(&request), Truth::Unknown);
        }
        // The normal form says the same, as far as it is known.
        if let Ok(flat) = condition.tree().to_dnf(TERMS) {
            let flat = flat.to_expression().evaluate(|leaf| request.meets(leaf));
            let direct = condition.matches(&request);
            prop_assert!(flat == direct || flat == Truth::Unknown || direct == Truth::Unknown);
        }
    }

    #[test]
    fn selectors_keep_their_text(selector in arbitrary::selector()) {
        prop_assert_eq!(selector.to_string().parse::<Selector>(), Ok(selector));
    }
}
