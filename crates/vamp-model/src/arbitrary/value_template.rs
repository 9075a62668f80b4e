//! Values with references.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{any_text, parsed};
use crate::{
    GlobalReference, ReferencePath, ReferenceWord, TraitReference, ValuePart, ValueReference, ValueTemplate,
};

/// Names inside references: of all characters that they may have.
pub fn reference_word() -> impl Strategy<Value = ReferenceWord> {
    let special = select(vec![
        "host", "ports", "hosts", "workflow", "name", "1", "a-b", "é", "\u{85}",
    ]);
    parsed(prop_oneof![
        4 => "[a-zA-Z0-9_-]{1,6}",
        1 => special.prop_map(str::to_owned),
        1 => "[^ \n\r\t\u{c}/\\[\\].{}:;,$]{1,4}",
    ])
}

/// One to three names with points between them.
pub fn reference_path() -> impl Strategy<Value = ReferencePath> {
    let words = vec(reference_word(), 1..=3);
    parsed(words.prop_map(|words| {
        let words: Vec<&str> = words.iter().map(ReferenceWord::as_str).collect();
        words.join(".")
    }))
}

/// References of all kinds.
pub fn value_reference() -> impl Strategy<Value = ValueReference> {
    prop_oneof![
        reference_word().prop_map(ValueReference::Local),
        reference_word().prop_map(ValueReference::Host),
        (reference_word(), reference_word(), reference_path()).prop_map(|(cluster, group, name)| {
            ValueReference::Trait(TraitReference { cluster, group, name })
        }),
        (reference_word(), reference_path())
            .prop_map(|(scheme, path)| ValueReference::Global(GlobalReference { scheme, path })),
    ]
}

/// Values of texts and references in any order.
pub fn value_template() -> impl Strategy<Value = ValueTemplate> {
    let text = prop_oneof![any_text(), "[$.{}:/ a]{1,4}".prop_map(String::from)];
    let part = prop_oneof![
        text.prop_map(ValuePart::Text),
        value_reference().prop_map(ValuePart::Reference),
    ];
    vec(part, 0..6).prop_map(ValueTemplate::from_iter)
}

/// Texts that are values or come close to being one.
pub fn value_text() -> impl Strategy<Value = String> {
    const PIECES: [&str; 22] = [
        "$", "$$", "${", "}", "{", ".", ":", "://", "/", " ", "\n", "a", "b1", "é", "host", ".host", "ports",
        "config", "workflow", ".name", ";", "[",
    ];
    prop_oneof![
        4 => vec(select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat()),
        1 => any_text(),
    ]
}
