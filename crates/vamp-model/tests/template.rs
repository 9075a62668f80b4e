//! Templates.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use serde_json::{Value, json};
use vamp_model::{Format, Template, code, read, to_json};

fn template(text: &str) -> Template {
    read(text, Format::Yaml).unwrap()
}

#[test]
fn a_template_has_a_definition_of_any_shape() {
    let defaults =
        template("name: defaults\nmetadata: {team: shop}\ndefinition: {env: {B: 1, A: [x, {y: ~}]}}\n");
    assert_eq!(
        Value::Object(defaults.definition.clone()),
        json!({"env": {"B": 1, "A": ["x", {"y": null}]}})
    );
    assert_eq!(
        to_json(&defaults),
        r#"{"name":"defaults","kind":"templates","metadata":{"team":"shop"},"definition":{"env":{"B":1,"A":["x",{"y":null}]}}}"#
    );
    assert_eq!(
        template("name: defaults\nmetadata: {team: shop}\ndef: {env: {B: 1, A: [x, {y: ~}]}}\n"),
        defaults
    );
}

#[test]
fn what_is_no_mapping_is_an_empty_definition() {
    for nothing in [
        "",
        "definition: {}",
        "definition: text",
        "definition: [a]",
        "def: 5",
        "definition: ~\ndef: ~",
    ] {
        let empty = template(&format!("name: t\n{nothing}\n"));
        assert!(empty.definition.is_empty(), "{nothing}");
    }
}

#[test]
fn the_long_key_counts_where_both_are_there() {
    for beside in ["~", "{}", "5", "text"] {
        let both = template(&format!("name: t\ndefinition: {{a: 1}}\ndef: {beside}\n"));
        assert_eq!(Value::Object(both.definition), json!({"a": 1}));
    }
    let problems = read::<Template>("{name: t, definition: {}, def: {a: 1}}", Format::Yaml).unwrap_err();
    assert_eq!(problems.first().message, r#"Unexpected in DSL: {"def":{"a":1}}"#);
}

#[test]
fn what_is_wrong_with_a_template_is_told() {
    for (text, code) in [
        ("{definition: {a: 1}}", code::MISSING_PATH_VALUE),
        ("{name: a/b}", code::ILLEGAL_NAME),
        ("{name: t, body: {}}", code::UNEXPECTED_ELEMENT),
        ("{name: t, kind: breeds}", code::INCONSISTENT_ARTIFACT_KIND),
        ("{name: t, metadata: 5}", code::UNSUPPORTED_METADATA),
    ] {
        let problems = read::<Template>(text, Format::Yaml).unwrap_err();
        assert_eq!(problems.first().code, code, "{text}");
    }
}
