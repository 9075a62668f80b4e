//! Documents that are no artifacts.

use serde_json::json;
use vamp_model::{Format, code, read_value};

#[test]
fn a_document_of_any_shape_reads_as_a_value() {
    let cases = [
        ("", json!(null)),
        ("# nothing\n", json!(null)),
        (
            "tags: [a, yes, 017]\nvalue: {at: 2017-02-03, n: .nan}",
            json!({"tags": ["a", true, 15], "value": {"at": "2017-02-03T00:00:00Z", "n": "NaN"}}),
        ),
        ("[1, [2]]", json!([1, [2]])),
        ("text", json!("text")),
    ];
    for (text, expected) in cases {
        assert_eq!(read_value(text, Format::Auto).unwrap(), expected, "{text}");
    }
    assert_eq!(
        read_value("a\n---\nb\n", Format::Yaml).unwrap_err().first().line,
        3
    );
    assert_eq!(
        read_value("{", Format::Json).unwrap_err().first().code,
        code::YAML_PARSING
    );
}
