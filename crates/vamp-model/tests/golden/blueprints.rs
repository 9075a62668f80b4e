//! Blueprints and deployments.

use vamp_model::{Blueprint, Deployment, DeploymentRequest, Format, read_deployment_request};

use super::{Answer, read_and_written, written};

pub(crate) fn answer(kind: &str, text: &str) -> Option<Answer> {
    Some(match kind {
        "blueprint" => read_and_written::<Blueprint>(text),
        "deployment" => read_and_written::<Deployment>(text),
        "deployment_blueprint" => read_deployment_request(text, Format::Yaml).map(|request| match request {
            DeploymentRequest::Blueprint(blueprint) => written(&blueprint),
            DeploymentRequest::Named(name) => written(&name),
        }),
        _ => return None,
    })
}
