//! The answers of the original to documents of the kinds and fields that are read here.
//!
//! The samples are not part of this repository: the folder is named by `VAMP_SAMPLES`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod blueprints;
mod breeds;
mod conditions;
mod differences;
mod events;
mod gateways;
mod slas;
mod workflows;

use std::path::{Path, PathBuf};

use differences::{DIFFERENCES, Expected};
use serde::Serialize;
use serde_json::Value;
use vamp_model::{Format, FromText, Problem, Problems, code, read};
use vamp_testkit::skip;

/// What a reader says to a sample: the artifact as it is written, or what is wrong.
type Answer = Result<Value, Problems>;

/// The readers of samples. Each knows some kinds, as samples name them, and answers nothing to the others.
const READERS: &[fn(&str, &str) -> Option<Answer>] = &[
    blueprints::answer,
    breeds::answer,
    events::answer,
    gateways::answer,
    slas::answer,
    workflows::answer,
];

/// The folder of the samples; where there is none, the test that asks is counted as skipped.
fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("VAMP_SAMPLES").map(PathBuf::from);
    if folder.is_none() {
        skip::because("no samples (VAMP_SAMPLES is not set)");
    }
    folder
}

#[test]
fn documents_are_answered_as_the_original_does() {
    let Some(folder) = samples() else { return };
    let mut samples: Vec<PathBuf> = std::fs::read_dir(folder.join("golden/model"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    samples.sort();
    assert!(samples.len() >= 150, "only {} samples", samples.len());
    let differences: Vec<String> = samples.iter().filter_map(|sample| difference(sample)).collect();
    assert!(
        differences.is_empty(),
        "{} of {} samples differ:\n{}",
        differences.len(),
        samples.len(),
        differences.join("\n")
    );
}

#[test]
fn every_accepted_difference_is_one_that_the_samples_list() {
    let Some(folder) = samples() else { return };
    let listed = std::fs::read_to_string(folder.join("golden/model/DIFFERENCES.tsv")).unwrap();
    let listed: Vec<Vec<&str>> = listed.lines().map(|row| row.split('\t').collect()).collect();
    for (sample, decisions, _) in DIFFERENCES {
        let known = listed.iter().any(|row| row.starts_with(&[*sample, *decisions]));
        assert!(known, "{sample} {decisions}");
    }
}

/// In what the answer to a sample differs, if it does and is not meant to.
fn difference(sample: &Path) -> Option<String> {
    let name = sample.file_stem().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(sample).unwrap();
    let kind = text.lines().next().unwrap().trim_start_matches("# kind: ").trim();
    let answer: Value =
        serde_json::from_str(&std::fs::read_to_string(sample.with_extension("json")).unwrap()).unwrap();
    let Some(ours) = READERS.iter().find_map(|answer| answer(kind, &text)) else {
        return Some(format!("{name}: nobody reads the kind '{kind}'"));
    };
    let same = match (differences::expected(&name), &ours) {
        (Some(Expected::Printed(changes)), Ok(ours)) => is_changed_answer(ours, &answer, changes),
        (Some(Expected::Refused(code)), Err(problems)) => problems.first().code == *code,
        (Some(_), _) => false,
        (None, Ok(ours)) => answer["ok"] == true && *ours == shown(kind, &answer["json"]),
        (None, Err(problems)) => answer["ok"] == false && is_same_refusal(problems.first(), &answer),
    };
    if same {
        return None;
    }
    let ours = match ours {
        Ok(ours) => ours.to_string(),
        Err(problems) => problems
            .iter()
            .map(|problem| format!("{} {problem}", problem.code))
            .collect::<Vec<_>>()
            .join("; "),
    };
    Some(format!("{name}: {ours}\n    instead of {answer}"))
}

fn is_changed_answer(ours: &Value, answer: &Value, changes: &[(&str, &str)]) -> bool {
    let mut expected = if answer["ok"] == true {
        answer["json"].clone()
    } else {
        ours.clone()
    };
    changes.iter().all(|(pointer, value)| {
        let changed = expected
            .pointer_mut(pointer)
            .map(|place| *place = serde_json::from_str(value).unwrap());
        changed.is_some()
    }) && *ours == expected
}

fn is_same_refusal(problem: &Problem, answer: &Value) -> bool {
    let message = answer["message"].as_str().unwrap_or_default();
    let same_message = match (problem.code, message) {
        // In the words of another parser.
        (code::YAML_PARSING | code::PARSER, _) => true,
        // The words of a value that the message lacked.
        (_, "Error.") => true,
        (code::UNRESOLVED_GATEWAY_PORT, _) => problem.message == message.replace("Some(9050)", "9050"),
        _ => problem.message == message,
    };
    answer["error"] == problem.code && same_message
}

/// An answer as it is printed here: without absent parts, where they were shown for the samples only.
fn shown(kind: &str, answer: &Value) -> Value {
    let mut answer = answer.clone();
    if kind == "event_query" {
        events::remove_absent(&mut answer);
    }
    answer
}

fn read_and_written<T: FromText + Serialize>(text: &str) -> Answer {
    read::<T>(text, Format::Yaml).map(|artifact| written(&artifact))
}

fn written<T: Serialize>(artifact: &T) -> Value {
    serde_json::to_value(artifact).unwrap()
}
