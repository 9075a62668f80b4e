//! YAML in block style.

use serde_core::Serialize;
use serde_json::Value;

use super::to_value;
use crate::tree::{Plain, Scalar};

/// An artifact as YAML in block style: the same content in the same order as in JSON.
///
/// Texts of several lines, such as scripts, stand in blocks of their own; texts that would read as something else are quoted.
/// Reading the text gives the same artifact again, with amounts of memory rounded to 0.01 MB.
///
/// What is stored can be shown as `to_yaml(&artifact.to_stored())`, which rounds nothing.
#[must_use]
pub fn to_yaml<T: Serialize + ?Sized>(artifact: &T) -> String {
    let mut text = String::new();
    document(&mut text, artifact);
    text
}

/// Several artifacts in one text, each as [`to_yaml`] writes it, behind a line `---`.
///
/// ```
/// use vamp_model::{AnyArtifact, Breed, Format, Scale, read, read_documents, to_yaml_documents};
///
/// let breed: Breed = read("{name: web:1, deployable: acme/web}", Format::Yaml)?;
/// let scale: Scale = read("{name: small, cpu: 0.2, memory: 64MB}", Format::Yaml)?;
/// let artifacts = [AnyArtifact::from(breed), AnyArtifact::from(scale)];
/// let text = to_yaml_documents(&artifacts);
/// assert!(text.starts_with("---\nname: web:1\nkind: breeds\n"));
/// assert_eq!(read_documents(&text, Format::Yaml)?.len(), 2);
/// # Ok::<(), vamp_model::Problems>(())
/// ```
#[must_use]
pub fn to_yaml_documents<'a, T: Serialize + 'a>(artifacts: impl IntoIterator<Item = &'a T>) -> String {
    let mut text = String::new();
    for artifact in artifacts {
        text.push_str("---\n");
        document(&mut text, artifact);
    }
    text
}

fn document<T: Serialize + ?Sized>(text: &mut String, artifact: &T) {
    match to_value(artifact) {
        Value::Object(map) if !map.is_empty() => block_mapping(text, &map, 0),
        Value::Array(list) if !list.is_empty() => block_sequence(text, &list, 0),
        value => {
            text.push_str(&scalar(&value));
            text.push('\n');
        }
    }
}

fn indent(text: &mut String, level: usize) {
    text.extend(std::iter::repeat_n("  ", level));
}

fn block_mapping(text: &mut String, map: &serde_json::Map<String, Value>, level: usize) {
    for (position, (key, value)) in map.iter().enumerate() {
        // Inside a list the first key stands behind the dash.
        if position > 0 || text.is_empty() || text.ends_with('\n') {
            indent(text, level);
        }
        write_key(text, key, level);
        match value {
            Value::Object(map) if !map.is_empty() => {
                text.push('\n');
                block_mapping(text, map, level + 1);
            }
            Value::Array(list) if !list.is_empty() => {
                text.push('\n');
                block_sequence(text, list, level);
            }
            value => {
                text.push(' ');
                leaf(text, value, level);
            }
        }
    }
}

/// What is no block of values: a text of several lines may still be a block of lines.
fn leaf(text: &mut String, value: &Value, level: usize) {
    match value {
        Value::String(lines) if stands_in_a_block(lines) => block_of_lines(text, lines, level + 1),
        value => {
            text.push_str(&scalar(value));
            text.push('\n');
        }
    }
}

/// Whether a text can be written as the lines that it has. It begins with a line that shows how far all of them are indented,
/// and ends with one that is not blank.
fn stands_in_a_block(text: &str) -> bool {
    let lines = text.strip_suffix('\n').unwrap_or(text);
    let last = lines.rsplit('\n').next().unwrap_or_default();
    let is_printable = |c: char| matches!(c, '\n' | '\t') || is_printable(c);
    text.contains('\n')
        && !lines.starts_with([' ', '\t', '\n'])
        && !last.trim_matches([' ', '\t']).is_empty()
        && lines.chars().all(is_printable)
}

fn block_of_lines(text: &mut String, lines: &str, level: usize) {
    let (mark, lines) = match lines.strip_suffix('\n') {
        Some(lines) => ("|\n", lines),
        None => ("|-\n", lines),
    };
    text.push_str(mark);
    for line in lines.split('\n') {
        if !line.is_empty() {
            indent(text, level);
            text.push_str(line);
        }
        text.push('\n');
    }
}

/// A key and its colon. Readers look for the colon in the first 1024 characters only, unless a `?` announces the key.
fn write_key(text: &mut String, key: &str, level: usize) {
    const LONGEST_PLAIN_KEY: usize = 1000;
    let key = string(key);
    if key.len() > LONGEST_PLAIN_KEY {
        text.push_str("? ");
        text.push_str(&key);
        text.push('\n');
        indent(text, level);
    } else {
        text.push_str(&key);
    }
    text.push(':');
}

fn block_sequence(text: &mut String, list: &[Value], level: usize) {
    for (position, value) in list.iter().enumerate() {
        if position > 0 || text.is_empty() || text.ends_with('\n') {
            indent(text, level);
        }
        text.push_str("- ");
        match value {
            Value::Object(map) if !map.is_empty() => block_mapping(text, map, level + 1),
            Value::Array(list) if !list.is_empty() => block_sequence(text, list, level + 1),
            value => leaf(text, value, level),
        }
    }
}

/// A value on one line: mappings and lists as JSON, which is YAML, too.
pub(crate) fn inline(value: &Value) -> String {
    scalar(value)
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Number(number) => number_text(number),
        // `null`, `true`, `false`, `{}` and `[]` are the same in both notations.
        other => other.to_string(),
    }
}

/// A number; with an exponent, a decimal point is needed for YAML 1.1 readers.
fn number_text(number: &serde_json::Number) -> String {
    let text = number.to_string();
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
            format!("{mantissa}{point}e{sign}{exponent}")
        }
        None => text,
    }
}

/// A text: plain where it reads as itself, else in single quotes, or in double quotes where it needs escapes.
fn string(text: &str) -> String {
    if reads_as_itself(text) {
        text.to_owned()
    } else if text.chars().all(is_printable) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        // A JSON text is a YAML text in double quotes; what YAML does not print beyond ASCII is escaped.
        let quoted = Value::from(text).to_string();
        quoted
            .chars()
            .map(|c| if is_printable(c) { c.to_string() } else { escape(c) })
            .collect()
    }
}

fn escape(c: char) -> String {
    let code = u32::from(c);
    if code <= 0xffff {
        format!("\\u{code:04x}")
    } else {
        format!("\\U{code:08x}")
    }
}

/// Characters that YAML takes inside quotes as they are. Line breaks of any sort would be folded.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}'
        | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

fn reads_as_itself(text: &str) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let harmless_start = first.is_alphanumeric() || matches!(first, '/' | '_' | '.' | '(' | '$' | '+');
    let harmless = |c: char| {
        is_printable(c)
            && !matches!(
                c,
                '#' | '{' | '}' | '[' | ']' | ',' | '"' | '\'' | '&' | '*' | '`'
            )
    };
    harmless_start
        && text.chars().all(harmless)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        // At the beginning of a line, points end a document.
        && !text.starts_with("...")
        && !matches!(text, "y" | "Y" | "n" | "N")
        && Scalar::plain(text).plain == Plain::Text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn mappings_and_lists_are_written_in_blocks() {
        let value = json!({
            "a": {"b": [1, {"c": null, "d": [true, []]}], "e": {}},
            "f": [[1, 2], {"g": 1.5}],
        });
        let expected = "\
a:
  b:
  - 1
  - c: null
    d:
    - true
    - []
  e: {}
f:
- - 1
  - 2
- g: 1.5
";
        assert_eq!(to_yaml(&value), expected);
    }

    #[test]
    fn texts_of_several_lines_stand_in_blocks() {
        let value = json!({
            "script": "if (a) {\n\n\tb();\n}\n",
            "list": ["one\n  two", "\n", "one\ntwo\n\n", " one\ntwo"],
        });
        let expected = "\
script: |
  if (a) {

  \tb();
  }
list:
- |-
  one
    two
- \"\\n\"
- \"one\\ntwo\\n\\n\"
- \" one\\ntwo\"
";
        assert_eq!(to_yaml(&value), expected);
        assert_eq!(
            to_yaml_documents(&[json!(1), json!({"a": 2})]),
            "---\n1\n---\na: 2\n"
        );
    }

    #[test]
    fn texts_that_would_read_as_something_else_are_quoted() {
        let cases = [
            ("plain text", "plain text"),
            ("acme/web:1.0", "acme/web:1.0"),
            ("64.00MB", "64.00MB"),
            ("< path_beg /a >", "'< path_beg /a >'"),
            ("", "''"),
            ("8080", "'8080'"),
            ("1.5", "'1.5'"),
            ("yes", "'yes'"),
            ("null", "'null'"),
            ("2017-02-03", "'2017-02-03'"),
            ("1:30", "'1:30'"),
            ("it's", "'it''s'"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("- a", "'- a'"),
            ("... a", "'... a'"),
            (".. a", ".. a"),
            ("two\nlines", "\"two\\nlines\""),
            ("\u{7f}", "\"\\u007f\""),
        ];
        for (text, expected) in cases {
            assert_eq!(string(text), expected);
        }
    }
}
