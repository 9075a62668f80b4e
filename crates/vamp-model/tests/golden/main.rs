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
use vamp_model::{Deployment, Format, FromText, Problem, Problems, code, read, read_stored};
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

/// Kinds of samples that no reader of this test knows: their answers are compared by the tests of what reads them.
const ELSEWHERE: &[&str] = &["artifact_list", "compose"];

#[test]
fn documents_are_answered_as_the_original_does() {
    let Some(folder) = samples() else { return };
    let mut samples: Vec<PathBuf> = std::fs::read_dir(folder.join("golden/model"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    samples.sort();
    let failures: Vec<String> = samples
        .iter()
        .filter_map(|sample| compare(sample).err())
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} samples differ:\n{}",
        failures.len(),
        samples.len(),
        failures.join("\n")
    );
    assert!(
        samples.len() >= 150,
        "only {} samples were compared",
        samples.len()
    );
}

#[test]
fn the_accepted_differences_are_those_that_the_samples_list() {
    let Some(folder) = samples() else { return };
    let listed = std::fs::read_to_string(folder.join("golden/model/DIFFERENCES.tsv")).unwrap();
    let listed: Vec<(&str, &str)> = listed
        .lines()
        .skip(1)
        .map(|row| {
            let mut cells = row.split('\t');
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect();
    for (sample, decision, _) in DIFFERENCES {
        assert!(listed.contains(&(sample, decision)), "{sample} {decision}");
    }
}

#[test]
fn deployments_as_the_original_stores_them_are_read() {
    let Some(folder) = samples() else { return };
    let stored: Vec<(String, Value)> = std::fs::read_dir(folder.join("golden/model"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let answer: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            (
                std::fs::read_to_string(path.with_extension("yml")).unwrap(),
                answer,
            )
        })
        .filter(|(_, answer)| answer["kind"] == "deployment" && answer.get("full_json").is_some())
        .collect();
    assert!(!stored.is_empty());
    for (text, answer) in stored {
        let deployment = read::<Deployment>(&text, Format::Yaml).unwrap();
        let stored: Deployment = read_stored(&answer["full_json"].to_string(), Format::Json).unwrap();
        assert_eq!(written(&stored), written(&deployment));
    }
}

fn compare(sample: &Path) -> Result<(), String> {
    let name = sample.file_stem().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(sample).unwrap();
    let kind = text.lines().next().unwrap().trim_start_matches("# kind: ").trim();
    if ELSEWHERE.contains(&kind) {
        return Ok(());
    }
    let answer: Value =
        serde_json::from_str(&std::fs::read_to_string(sample.with_extension("json")).unwrap()).unwrap();
    let Some(ours) = READERS.iter().find_map(|answer| answer(kind, &text)) else {
        return Err(format!("{name}: a sample of kind {kind} is not read"));
    };
    let same = match (differences::expected(&name), &ours) {
        (Some(Expected::Printed(changes)), Ok(ours)) => is_changed_answer(ours, &answer, changes),
        (Some(Expected::Ordered(orders)), Ok(ours)) => {
            *ours == answer["json"]
                && orders
                    .iter()
                    .all(|(pointer, keys)| keys_at(ours, pointer) == *keys)
        }
        (Some(Expected::Refused(code)), Err(problems)) => problems.first().code == *code,
        (Some(Expected::Told(code, words)), Err(problems)) => {
            let problem = problems.first();
            problem.code == *code && words.iter().all(|word| problem.message.contains(word))
        }
        (Some(_), _) => false,
        (None, Ok(ours)) => {
            let expected = shown(kind, &answer["json"]);
            answer["ok"] == true && *ours == expected && is_in_order(ours, &expected)
        }
        (None, Err(problems)) => answer["ok"] == false && is_same_refusal(problems.first(), &answer),
    };
    if same {
        return Ok(());
    }
    let ours = match ours {
        Ok(ours) => ours.to_string(),
        Err(problems) => problems
            .iter()
            .map(|problem| format!("{} {problem}", problem.code))
            .collect::<Vec<_>>()
            .join("; "),
    };
    Err(format!("{name}: {ours}\n    instead of {answer}"))
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

fn keys_at<'v>(value: &'v Value, pointer: &str) -> Vec<&'v str> {
    let mapping = value.pointer(pointer).and_then(Value::as_object);
    mapping.unwrap().keys().map(String::as_str).collect()
}

/// Whether the keys of mappings come in the same order, in those of up to four keys: the original forgets it in longer ones.
fn is_in_order(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            (ours.len() > 4 || ours.keys().eq(theirs.keys()))
                && ours.iter().all(|(key, value)| is_in_order(value, &theirs[key]))
        }
        (Value::Array(ours), Value::Array(theirs)) => ours
            .iter()
            .zip(theirs)
            .all(|(ours, theirs)| is_in_order(ours, theirs)),
        _ => true,
    }
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
