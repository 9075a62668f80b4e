//! The tables of the reference's page on units: each row is what it says.

use std::fmt::Display;

use vamp_model::{InvalidUnit, Memory, Percentage, Period, Quantity, Seconds};

/// The value and its printed forms, as the columns of a table have them.
type Columns = Result<Vec<String>, InvalidUnit>;
type Reader = fn(&str) -> Columns;

/// What the tables below a heading are tables of.
const READERS: [(&str, Reader); 5] = [
    ("Percentage", |text| {
        text.parse()
            .map(|value: Percentage| columns(value.value(), value))
    }),
    ("Memory", |text| {
        text.parse().map(|value: Memory| {
            let mut columns = columns(value.value(), value);
            columns.push(value.exact());
            columns
        })
    }),
    ("Quantity", |text| {
        text.parse().map(|value: Quantity| columns(value.value(), value))
    }),
    ("Time", |text| {
        text.parse().map(|value: Seconds| columns(value.get(), value))
    }),
    ("Period", |text| {
        text.parse().map(|value: Period| vec![value.to_string()])
    }),
];

fn columns(number: impl Display, printed: impl Display) -> Vec<String> {
    vec![number.to_string(), printed.to_string()]
}

/// A cell without its code marks. What is code keeps its blanks.
fn cell(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('`')
        .and_then(|text| text.strip_suffix('`'))
        .unwrap_or(text)
}

#[test]
fn every_row_of_the_page_on_units_is_true() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/reference/units.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (mut heading, mut header) = ("", "");
    let mut checked = [[0, 0]; READERS.len()];
    for line in page.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            heading = text;
        }
        let Some(row) = line.strip_prefix('|').and_then(|row| row.strip_suffix('|')) else {
            header = "";
            continue;
        };
        let cells: Vec<&str> = row.split('|').map(cell).collect();
        if header.is_empty() {
            header = cells[0];
            continue;
        }
        if cells[0].starts_with("---") {
            continue;
        }
        let reader = READERS.iter().position(|(known, _)| *known == heading).unwrap();
        let read = READERS[reader].1(cells[0]);
        match header {
            "Written" => {
                assert_eq!(read.unwrap(), cells[1..], "{heading} {}", cells[0]);
                checked[reader][0] += 1;
            }
            "Refused" => {
                assert!(read.is_err(), "{heading} {}", cells[0]);
                checked[reader][1] += 1;
            }
            other => panic!("a table of '{other}'"),
        }
    }
    for ((unit, _), [written, refused]) in READERS.iter().zip(checked) {
        assert!(
            written >= 4 && refused >= 4,
            "{unit}: {written} and {refused} rows"
        );
    }
}
