//! The answers of the original to documents of the kinds and fields that are read here.
//!
//! The samples are not part of this repository: the folder is named by `VAMP_SAMPLES`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use vamp_model::{
    Blueprint, Breed, Deployment, DeploymentRequest, Format, Gateway, Problem, Problems, Readable, Scale,
    code, read, read_deployment_request,
};
use vamp_testkit::skip;

/// Where the original is not imitated, or answers with something that is none: what is expected instead.
const DIFFERENCES: &[(&str, Expected)] = &[
    (
        "013-breed-env-long-key",
        Expected::Printed(&[("/environment_variables/FLOAT", "\"1.50\"")]),
    ),
    (
        "030-breed-health-check-list-and-units",
        Expected::Printed(&[
            ("/health_checks/0/interval", "\"3600s\""),
            ("/health_checks/1/interval", "\"7200s\""),
        ]),
    ),
    (
        "038-breed-err-deployable-number",
        Expected::Printed(&[("/deployable/definition", "\"7\"")]),
    ),
    (
        "046-breed-err-bad-http-port",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
    (
        "047-breed-err-bad-tcp-port",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
    (
        "067-breed-err-kind-singular",
        Expected::Printed(&[("/kind", "\"breeds\"")]),
    ),
    ("088-breed-lone-dollar-accepted", Expected::Refused(code::PARSER)),
    (
        "110-blueprint-health-check-reference-breed-unchecked",
        Expected::Printed(&[("/clusters/one/health_checks/0/interval", "\"3s\"")]),
    ),
    (
        "152-blueprint-err-env-short-form",
        Expected::Printed(&[("/environment_variables/one.A", "\"1\"")]),
    ),
    (
        "197-gateway-err-port-bad",
        Expected::Refused(code::UNEXPECTED_TYPE),
    ),
    ("251-scale-rounding", Expected::Printed(&[("/cpu", "0.126")])),
    ("252-scale-reference", Expected::Refused(code::MISSING_PATH_VALUE)),
    ("253-scale-anonymous", Expected::Refused(code::MISSING_PATH_VALUE)),
];

enum Expected {
    /// The answer of the original where it has one, with these values, as JSON, at these pointers.
    Printed(&'static [(&'static str, &'static str)]),
    /// The code of the first problem.
    Refused(&'static str),
}

#[test]
fn documents_are_answered_as_the_original_does() {
    let Some(folder) = std::env::var_os("VAMP_SAMPLES") else {
        skip::because("no samples (VAMP_SAMPLES is not set)");
        return;
    };
    let mut samples: Vec<PathBuf> = std::fs::read_dir(Path::new(&folder).join("golden/model"))
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
    let ours = match kind {
        "breed" => answer_of::<Breed>(&text),
        "scale" => answer_of::<Scale>(&text),
        "blueprint" => answer_of::<Blueprint>(&text),
        "gateway" => answer_of::<Gateway>(&text),
        "deployment" => answer_of::<Deployment>(&text),
        "deployment_blueprint" => match read_deployment_request(&text, Format::Yaml) {
            Ok(DeploymentRequest::Blueprint(blueprint)) => Ok(json(&blueprint)),
            Ok(DeploymentRequest::Named(name)) => Ok(json(&name)),
            Err(problems) => Err(problems),
        },
        _ => return Outcome::NotReadYet,
    };
    if let Err(problems) = &ours
        && problems.iter().any(|problem| problem.code == code::NOT_SUPPORTED)
    {
        return Outcome::NotReadYet;
    }
    let difference = DIFFERENCES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, expected)| expected);
    let same = match (difference, &ours) {
        (Some(Expected::Printed(changes)), Ok(ours)) => is_changed_answer(ours, &answer, changes),
        (Some(Expected::Refused(code)), Err(problems)) => problems.first().code == *code,
        (Some(_), _) => false,
        (None, Ok(ours)) => answer["ok"] == true && *ours == answer["json"],
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

fn answer_of<T: Readable + Serialize>(text: &str) -> Result<Value, Problems> {
    read::<T>(text, Format::Yaml).map(|artifact| json(&artifact))
}

fn json<T: Serialize>(artifact: &T) -> Value {
    serde_json::to_value(artifact).unwrap()
}
