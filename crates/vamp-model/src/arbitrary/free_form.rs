//! Data and texts of any shape.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};

use crate::{Dialects, Metadata};

/// Free-form data: nested mappings and lists of all sorts of scalars.
pub fn metadata() -> impl Strategy<Value = Metadata> {
    vec((any_text(), value()), 0..3).prop_map(Map::from_iter)
}

/// Texts of container platforms. Names are lower case once they are read.
pub fn dialects() -> impl Strategy<Value = Dialects> {
    let name = prop_oneof![
        select(vec!["docker", "marathon", "kubernetes"]).prop_map(str::to_owned),
        any_text().prop_map(|name| name.to_lowercase()),
    ];
    let some = vec((name, value()), 1..3).prop_map(Map::from_iter);
    prop_oneof![2 => Just(Dialects::new()), 1 => some]
}

/// Values of any shape, as metadata and events hold them.
pub fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no others", |number| number.is_finite())
            .prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((any_text(), inner), 0..4).prop_map(|entries| Value::Object(Map::from_iter(entries))),
        ]
    })
}

/// Any text: all characters, control characters and line breaks too, and words that mean something in YAML.
pub(super) fn any_text() -> impl Strategy<Value = String> {
    const WORDS: [&str; 44] = [
        "", " ", "\n", "a\n", "\r\n", "\t", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}", "- a", "-", "a: b",
        "a:", ":a", "a #b", "# c", "? x", "---", "...", "--- a", "%a", "@", "`", "!x", "&a", "*a", "|", ">",
        "=", "<<", "'", "\"", "\\", "1_000", "1:30", "0b1", ".inf", "+.5", "012", "y", "No", "{}", "[a",
    ];
    prop_oneof![
        any::<String>(),
        vec(any::<char>(), 0..8).prop_map(String::from_iter),
        vec(select(&WORDS[..]), 1..4).prop_map(|words| words.concat()),
        vec(
            prop_oneof![
                "[ \\t]{0,3}[a-z#:{\\-]{0,5}[ \\t]{0,2}",
                select(&WORDS[..]).prop_map(str::to_owned)
            ],
            2..5
        )
        .prop_map(|lines| lines.join("\n")),
    ]
}

/// Text without references.
pub(super) fn text() -> impl Strategy<Value = String> {
    any_text().prop_map(|text| text.replace('$', ""))
}
