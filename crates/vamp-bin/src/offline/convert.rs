//! `vamp convert`.

use serde::Serialize;
use vamp_model::{
    AnyArtifact, ArtifactMap, Content, DeploymentRequest, Document, Kind, NoArtifacts, Problems, code,
    expand_references, only_references, to_yaml,
};

use super::arguments::{ConvertArguments, Notation};
use super::validate::declared_in;
use crate::client::output::Output;
use crate::input::Input;
use crate::{Error, Exit, Result};

pub(super) fn run(output: &Output, arguments: &ConvertArguments) -> Result<Exit> {
    let input = Input::read(&arguments.file)?;
    let artifacts = artifacts(&input, arguments.kind)?;
    if artifacts.is_empty() {
        return Err(Error::new(
            Exit::Invalid,
            format!("no artifacts in {}", input.name),
        ));
    }
    let shown = if arguments.expand {
        expanded(&input, &artifacts)?
    } else if arguments.references {
        artifacts.iter().map(only_references).collect()
    } else {
        artifacts
    };
    output.text(&written(&shown, arguments.output)?)?;
    Ok(Exit::Success)
}

/// The artifacts of a text, with what they import from one another; those that name no kind are of the one given.
pub(super) fn artifacts(input: &Input, kind: Option<Kind>) -> Result<Vec<AnyArtifact>> {
    let parsed = input.parsed().map_err(|problems| invalid(input, &problems))?;
    match kind {
        Some(kind) => {
            let own = declared_in(&parsed, Some(kind));
            parsed
                .check_any_list(kind, &own.or(&NoArtifacts))
                .map(|checked| checked.artifact)
                .map_err(|problems| invalid(input, &problems))
        }
        None => parsed
            .check_documents(&NoArtifacts)
            .map_err(|problems| invalid(input, &problems))?
            .artifact
            .into_iter()
            .map(|document| artifact(input, document))
            .collect(),
    }
}

fn invalid(input: &Input, problems: &Problems) -> Error {
    let count = match problems.len() + problems.omitted() {
        1 => "there is a problem".to_owned(),
        count => format!("there are {count} problems"),
    };
    let error = Error::new(Exit::Invalid, format!("{} is not valid: {count}", input.name));
    let error = error.at(input.complaints(problems));
    if problems
        .iter()
        .any(|problem| problem.message.ends_with("path: /kind"))
    {
        error.hint("where documents do not name their kind, --kind KIND does")
    } else if problems.iter().any(|problem| problem.code == code::NOT_CHECKED) {
        error.hint("what is imported must stand in the same file")
    } else {
        error
    }
}

fn artifact(input: &Input, document: Document) -> Result<AnyArtifact> {
    match document.content {
        Content::Artifact(artifact) => Ok(artifact),
        Content::Deployment(DeploymentRequest::Blueprint(blueprint)) => Ok(AnyArtifact::Blueprint(blueprint)),
        _ => {
            let message = format!(
                "{}:{}: the request to deploy '{}' only names a blueprint: there is nothing to print",
                input.name, document.line, document.name
            );
            Err(Error::new(Exit::Invalid, message))
        }
    }
}

/// The artifacts with what they refer to, as far as it is in the same text.
fn expanded(input: &Input, artifacts: &[AnyArtifact]) -> Result<Vec<AnyArtifact>> {
    let known: ArtifactMap = artifacts.iter().cloned().collect();
    let expanded = artifacts.iter().map(|artifact| {
        expand_references(artifact, &known).map_err(|error| {
            let (kind, name) = (artifact.kind().singular(), artifact.name().unwrap_or_default());
            let message = format!("{kind} '{name}' of {} cannot be expanded: {error}", input.name);
            Error::new(Exit::Invalid, message).hint("what it refers to must stand in the same file")
        })
    });
    expanded.collect()
}

fn written(artifacts: &[AnyArtifact], notation: Notation) -> Result<String> {
    match (notation, artifacts) {
        (Notation::Yaml, artifacts) => {
            let documents: Vec<String> = artifacts.iter().map(to_yaml).collect();
            Ok(documents.join("---\n"))
        }
        (Notation::Json, [single]) => pretty(single),
        (Notation::Json, several) => pretty(&several),
    }
}

fn pretty(value: &impl Serialize) -> Result<String> {
    let value = serde_json::to_value(value).map_err(|error| {
        Error::new(Exit::Failed, format!("cannot print the artifacts: {error}")).because(error)
    })?;
    Ok(format!("{value:#}\n"))
}
