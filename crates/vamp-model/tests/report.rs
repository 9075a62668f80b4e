//! Problems as `miette` shows them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use miette::{Diagnostic, JSONReportHandler, NarratableReportHandler};
use vamp_model::{Format, Gateway, Limits, Report, read, read_with};

const GATEWAY: &str = "\u{feff}name: édge
port: 8080
routes:
  shop/web: {weigth: 100%}
  shop/api:
    weight: 10
";

fn report(text: &str, limits: &Limits) -> Report {
    let problems = read_with::<Gateway>(text, Format::Yaml, limits).unwrap_err();
    problems.with_source("edge.yml", text)
}

#[test]
fn people_see_each_problem_with_the_piece_of_text_and_what_would_help() {
    let report = report(GATEWAY, &Limits::default());
    let mut shown = String::new();
    let handler = NarratableReportHandler::new();
    handler.render_report(&mut shown, &report).unwrap();
    insta::assert_snapshot!(shown);
}

#[test]
fn programs_see_codes_help_and_labels() {
    let report = report(GATEWAY, &Limits::default());
    let mut shown = String::new();
    JSONReportHandler::new()
        .render_report(&mut shown, &report)
        .unwrap();
    let value: serde_json::Value = serde_json::from_str(&shown).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn a_label_covers_the_text_at_fault() {
    let report = report(GATEWAY, &Limits::default());
    let covered: Vec<&str> = report
        .related()
        .unwrap()
        .flat_map(|problem| problem.labels().unwrap())
        .map(|label| &GATEWAY[label.offset()..label.offset() + label.len()])
        .collect();
    assert_eq!(covered, ["weigth", "10"]);
    // A text that ends too early has its label at the end.
    let text = "name: [edge";
    let problems = read::<Gateway>(text, Format::Yaml).unwrap_err();
    let report = problems.with_source("edge.yml", text);
    let label = report.related().unwrap().next().unwrap().labels().unwrap().next();
    assert_eq!(label.map(|label| (label.offset(), label.len())), Some((11, 0)));
    NarratableReportHandler::new()
        .render_report(&mut String::new(), &report)
        .unwrap();
}

#[test]
fn problems_that_are_left_out_are_counted() {
    let report = report(GATEWAY, &Limits::default().with_problems(1));
    assert_eq!(report.to_string(), "edge.yml has 2 problems");
    assert_eq!(report.help().unwrap().to_string(), "shown here: 1");
    assert_eq!(report.related().unwrap().count(), 1);
}
