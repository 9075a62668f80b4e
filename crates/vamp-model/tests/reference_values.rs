//! The samples and tables of the reference's page on values: each is what it says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use vamp_model::{ValuePart, ValueReference, ValueTemplate};

fn page() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/reference/values.md");
    std::fs::read_to_string(page).unwrap()
}

/// The rows of the table whose first column has that heading.
fn rows<'p>(page: &'p str, heading: &str) -> Vec<Vec<&'p str>> {
    let begins = format!("| {heading} |");
    let table = page.lines().skip_while(|line| !line.starts_with(&begins)).skip(2);
    let rows: Vec<Vec<&str>> = table
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() >= 4, "the table of '{heading}' is short or missing");
    rows
}

fn code(cell: &str) -> &str {
    cell.strip_prefix('`').unwrap().strip_suffix('`').unwrap()
}

fn kind(reference: &ValueReference) -> &'static str {
    match reference {
        ValueReference::Local(_) => "local",
        ValueReference::Host(_) => "host",
        ValueReference::Trait(_) => "trait",
        ValueReference::Global(_) => "global",
    }
}

#[test]
fn every_sample_of_a_value_is_one() {
    let page = page();
    let blocks = page.split("\n```value\n").skip(1);
    let samples: Vec<&str> = blocks
        .flat_map(|block| block.split("\n```").next().unwrap().lines())
        .collect();
    assert!(samples.len() >= 2, "{samples:?}");
    for sample in samples {
        let template: ValueTemplate = sample.parse().unwrap();
        assert!(template.references().count() > 0, "{sample}");
    }
}

#[test]
fn every_sort_of_reference_is_named_as_what_it_is() {
    for row in rows(&page(), "Reference") {
        let reference: ValueReference = code(row[0]).parse().unwrap();
        assert_eq!(kind(&reference), row[1], "{reference}");
        let is_known = match &reference {
            ValueReference::Trait(reference) => reference.known_group().is_some(),
            ValueReference::Global(reference) => reference.known_scheme().is_some(),
            ValueReference::Local(_) | ValueReference::Host(_) => true,
        };
        assert!(is_known, "{reference}");
        // Other spellings of a scheme mean the same.
        if let ValueReference::Global(reference) = &reference {
            for scheme in row[2].split('`').filter_map(|word| word.strip_suffix("://")) {
                let other: ValueReference = format!("{scheme}://a").parse().unwrap();
                let ValueReference::Global(other) = other else {
                    panic!("{scheme}");
                };
                assert_eq!(other.known_scheme(), reference.known_scheme(), "{scheme}");
            }
        }
    }
}

#[test]
fn every_value_has_the_parts_of_its_row() {
    for row in rows(&page(), "Value") {
        let template: ValueTemplate = code(row[0]).parse().unwrap();
        let parts: Vec<String> = template
            .parts()
            .iter()
            .map(|part| match part {
                ValuePart::Text(text) => format!("text `{text}`"),
                ValuePart::Reference(reference) => format!("{} `{reference}`", kind(reference)),
            })
            .collect();
        assert_eq!(parts.join(", "), row[1], "{}", row[0]);
    }
}

#[test]
fn every_mistake_is_told_as_its_row_says() {
    for row in rows(&page(), "Mistake") {
        let invalid = code(row[0]).parse::<ValueTemplate>().unwrap_err();
        assert_eq!(invalid.to_string(), row[1], "{}", row[0]);
    }
}
