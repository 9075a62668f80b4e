//! Formulas, conditions and selectors.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::parsed;
use crate::boolean::Expression;
use crate::condition::{Leaf, Request};
use crate::{Condition, Selector};

/// Formulas over such leaves, with parentheses, negation and chains. Constants are among them only where that is wanted: there
/// is no word for one in a condition.
pub fn expression<T: Clone + std::fmt::Debug + 'static>(
    leaf: impl Strategy<Value = T> + 'static,
    with_constants: bool,
) -> impl Strategy<Value = Expression<T>> {
    let leaf = leaf.prop_map(Expression::Leaf);
    let atom = if with_constants {
        prop_oneof![
            8 => leaf,
            1 => Just(Expression::True),
            1 => Just(Expression::False),
        ]
        .boxed()
    } else {
        leaf.boxed()
    };
    atom.prop_recursive(5, 24, 2, |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(left, right)| left & right),
            3 => (inner.clone(), inner.clone()).prop_map(|(left, right)| left | right),
            1 => inner.prop_map(|inner| !inner),
        ]
    })
}

/// Tests of a request: values of any characters but control characters, and ACL expressions as brackets hold them.
pub fn condition_leaf() -> impl Strategy<Value = Leaf> {
    let value = || {
        prop_oneof![
            4 => "[a-zA-Z0-9._:/-]{1,8}",
            1 => "[^\\p{Cc}]{0,6}",
            1 => select(vec!["Safari", "ie", "has", "==", "and", "or", "not", "'", "\"", "''", "(", ")", "< a >", ""])
                .prop_map(str::to_owned),
        ]
    };
    let raw = "[^\\p{Cc}<> ]([^\\p{Cc}<>]{0,8}[^\\p{Cc}<> ])?";
    prop_oneof![
        value().prop_map(Leaf::Host),
        value().prop_map(Leaf::UserAgent),
        value().prop_map(Leaf::Cookie),
        value().prop_map(Leaf::Header),
        (value(), value()).prop_map(|(name, value)| Leaf::CookieContains(name, value)),
        (value(), value()).prop_map(|(name, value)| Leaf::HeaderContains(name, value)),
        raw.prop_map(Leaf::Value),
    ]
}

/// Conditions: formulas of all sorts of tests, spelled as they are printed, and ACL expressions without brackets.
pub fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        8 => expression(condition_leaf(), false)
            .prop_filter_map("too many tests", |tree| Condition::from_tree(&tree).ok()),
        1 => parsed("[a-z_]{1,8} [a-z0-9/:-]{1,12}"),
    ]
}

/// Requests with some headers and cookies.
pub fn request() -> impl Strategy<Value = Request> {
    let name = || "[a-zA-Z-]{1,4}";
    let value = || "[a-zA-Z0-9=;,\" ]{0,8}";
    (
        vec(value(), 0..2),
        vec(value(), 0..2),
        vec((name(), value()), 0..3),
        vec((name(), value()), 0..3),
    )
        .prop_map(|(hosts, user_agents, headers, cookies)| {
            let request = hosts.into_iter().fold(Request::new(), Request::host);
            let request = user_agents.into_iter().fold(request, Request::user_agent);
            let request = headers
                .into_iter()
                .fold(request, |request, (name, value)| request.header(name, value));
            cookies
                .into_iter()
                .fold(request, |request, (name, value)| request.cookie(name, value))
        })
}

/// Selectors: formulas of all sorts of questions.
pub fn selector() -> impl Strategy<Value = Selector> {
    let pattern = || {
        prop_oneof![
            "[a-z0-9:/]{1,6}",
            "[a-z]{0,3}\\((\\.\\*|[a-z0-9]{1,4})\\)[a-z]{0,3}",
            select(vec![
                ".*",
                "(.*)",
                "^web:(.*)$",
                "[0-9]+",
                "(?i)a",
                "a|b",
                "$namespace"
            ])
            .prop_map(str::to_owned),
        ]
    };
    let keyword = select(vec![
        "name",
        "id",
        "kind",
        "type",
        "namespace",
        "group",
        "image",
        "ip",
        "host",
    ]);
    let number = select(vec!["port", "index", "port_index"]);
    let question = prop_oneof![
        6 => (keyword, pattern()).prop_map(|(keyword, pattern)| format!("{keyword}({pattern})")),
        2 => (pattern(), pattern()).prop_map(|(name, value)| format!("label({name})({value})")),
        1 => (number, 0_u32..100_000).prop_map(|(keyword, number)| format!("{keyword}({number})")),
    ];
    parsed(expression(question, true).prop_map(|expression| expression.to_string()))
}
