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
    let mut compared = 0;
    let mut failures = Vec::new();
    for sample in &samples {
        match compare(sample) {
            Outcome::Same => compared += 1,
            Outcome::NotReadYet => {}
            Outcome::Different(failure) => failures.push(failure),
        }
    }
    assert!(
        failures.is_empty(),
        "{} samples differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
    println!("{compared} of {} samples compared", samples.len());
    assert!(
        compared >= 70,
        "only {compared} of {} samples were compared",
        samples.len()
    );
}

#[test]
fn every_accepted_difference_is_one_that_the_samples_list() {
    let Some(folder) = samples() else { return };
    let listed = std::fs::read_to_string(folder.join("golden/model/DIFFERENCES.tsv")).unwrap();
    let listed: Vec<&str> = listed.lines().filter_map(|row| row.split('\t').next()).collect();
    for (sample, _) in DIFFERENCES {
        assert!(listed.contains(sample), "{sample}");
    }
}

enum Outcome {
    Same,
    /// A kind or field that this version says it does not read.
    NotReadYet,
    Different(String),
}

fn compare(sample: &Path) -> Outcome {
    let name = sample.file_stem().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(sample).unwrap();
    let kind = text.lines().next().unwrap().trim_start_matches("# kind: ").trim();
    let answer: Value =
        serde_json::from_str(&std::fs::read_to_string(sample.with_extension("json")).unwrap()).unwrap();
    let Some(ours) = READERS.iter().find_map(|answer| answer(kind, &text)) else {
        return Outcome::NotReadYet;
    };
    if let Err(problems) = &ours
        && problems.iter().any(|problem| problem.code == code::NOT_SUPPORTED)
    {
        return Outcome::NotReadYet;
    }
    let same = match (differences::expected(&name), &ours) {
        (Some(Expected::Printed(changes)), Ok(ours)) => is_changed_answer(ours, &answer, changes),
        (Some(Expected::Refused(code)), Err(problems)) => problems.first().code == *code,
        (Some(_), _) => false,
        (None, Ok(ours)) => answer["ok"] == true && *ours == shown(kind, &answer["json"]),
        (None, Err(problems)) => answer["ok"] == false && is_same_refusal(problems.first(), &answer),
    };
    if same {
        return Outcome::Same;
    }
    let ours = match ours {
        Ok(ours) => ours.to_string(),
        Err(problems) => problems
            .iter()
            .map(|problem| format!("{} {problem}", problem.code))
            .collect::<Vec<_>>()
            .join("; "),
    };
    Outcome::Different(format!("{name}: {ours}\n    instead of {answer}"))
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
    let same_path = match problem.code {
        code::MISSING_PATH_VALUE => problem.message == answer["message"],
        code::UNEXPECTED_TYPE => answer["message"]
            .as_str()
            .is_some_and(|message| problem.message.starts_with(message.trim_end_matches('.'))),
        code::UNEXPECTED_ELEMENT => problem.message == answer["message"],
        _ => true,
    };
    answer["error"] == problem.code && same_path
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
