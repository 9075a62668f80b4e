//! What is written reads back as itself, in each form and notation.

use std::fmt::Debug;

use proptest::prelude::*;
use serde::Serialize;
use vamp_model::{
    AnyArtifact, Deployment, Format, FromText, Gateway, Phase, Problems, Readable, Stored, Workflow,
    arbitrary, read, read_stored, to_json, to_storage_json, to_yaml,
};
use vamp_testkit::extent;

/// One text in each notation that it has, with how it may be read.
fn notations(json: String, yaml: String) -> [(String, Format); 5] {
    [
        (json.clone(), Format::Json),
        (json.clone(), Format::Yaml),
        (json, Format::Auto),
        (yaml.clone(), Format::Yaml),
        (yaml, Format::Auto),
    ]
}

fn failed(text: &str, format: Format, problems: &Problems) -> TestCaseError {
    TestCaseError::fail(format!("{format:?}: {problems}\nof\n{text}"))
}

/// What is stored reads back exactly.
fn is_stored_without_loss<T: Readable + Stored + PartialEq + Debug>(
    artifact: &T,
) -> Result<(), TestCaseError> {
    let json = to_storage_json(artifact);
    for (text, format) in notations(json.clone(), to_yaml(&artifact.to_stored())) {
        let again: T = read_stored(&text, format).map_err(|problems| failed(&text, format, &problems))?;
        prop_assert_eq!(&again, artifact, "{:?} of\n{}", format, text);
        // Twice the same text: storing an unchanged artifact is no change.
        prop_assert_eq!(to_storage_json(&again), json.as_str());
    }
    Ok(())
}

/// What the API shows is accepted as input of the same kind, and nothing that can be seen is another afterwards.
fn is_shown_as_input<T: FromText + Serialize>(artifact: &T) -> Result<(), TestCaseError> {
    let json = to_json(artifact);
    for (text, format) in notations(json.clone(), to_yaml(artifact)) {
        let again: T = read(&text, format).map_err(|problems| failed(&text, format, &problems))?;
        prop_assert_eq!(to_json(&again), json.as_str(), "{:?} of\n{}", format, text);
    }
    Ok(())
}

/// What is read of a gateway that is shown: the targets of its routes are the engine's to find.
fn gateway_as_input(mut gateway: Gateway) -> Gateway {
    for (_, route) in gateway.inline_routes_mut() {
        route.targets.clear();
    }
    gateway
}

/// What is read of a workflow that is shown: how well it is, is the engine's to find.
fn workflow_as_input(workflow: Workflow) -> Workflow {
    Workflow {
        health: None,
        ..workflow
    }
}

/// What is read of a deployment that is shown: failures were met by somebody else.
fn deployment_as_input(mut deployment: Deployment) -> Deployment {
    let services = deployment
        .clusters
        .values_mut()
        .flat_map(|cluster| &mut cluster.services);
    for service in services {
        if let Phase::Failed { notification } = &mut service.status.phase {
            *notification = format!("{}{notification}", Phase::NOT_RESTORED);
        }
    }
    deployment
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(extent::pick(cases, cases * 32))
    }
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn a_breed_reads_back_as_itself(breed in arbitrary::breed()) {
        is_stored_without_loss(&breed)?;
        is_shown_as_input(&breed)?;
    }

    #[test]
    fn a_scale_reads_back_as_itself(scale in arbitrary::scale(true)) {
        is_stored_without_loss(&scale)?;
        is_shown_as_input(&scale)?;
    }

    #[test]
    fn a_gateway_reads_back_as_itself(gateway in arbitrary::gateway()) {
        is_stored_without_loss(&gateway)?;
        is_shown_as_input(&gateway_as_input(gateway))?;
    }

    #[test]
    fn an_sla_reads_back_as_itself(sla in arbitrary::stored_sla()) {
        is_stored_without_loss(&sla)?;
        is_shown_as_input(&sla)?;
    }

    #[test]
    fn an_escalation_reads_back_as_itself(escalation in arbitrary::stored_escalation()) {
        is_stored_without_loss(&escalation)?;
        is_shown_as_input(&escalation)?;
    }

    #[test]
    fn a_route_reads_back_as_itself(route in arbitrary::stored_route()) {
        is_stored_without_loss(&route)?;
        is_shown_as_input(&route)?;
    }

    #[test]
    fn a_condition_reads_back_as_itself(condition in arbitrary::stored_condition()) {
        is_stored_without_loss(&condition)?;
        is_shown_as_input(&condition)?;
    }

    #[test]
    fn a_rewrite_reads_back_as_itself(rewrite in arbitrary::stored_rewrite()) {
        is_stored_without_loss(&rewrite)?;
        is_shown_as_input(&rewrite)?;
    }

    #[test]
    fn a_template_reads_back_as_itself(template in arbitrary::template()) {
        is_stored_without_loss(&template)?;
        is_shown_as_input(&template)?;
    }

    #[test]
    fn a_workflow_reads_back_as_itself(workflow in arbitrary::workflow()) {
        is_stored_without_loss(&workflow)?;
        is_shown_as_input(&workflow_as_input(workflow))?;
    }

    #[test]
    fn an_event_reads_back_as_itself(event in arbitrary::event()) {
        is_shown_as_input(&event)?;
        prop_assert_eq!(read(&to_json(&event), Format::Json), Ok(event));
    }

    #[test]
    fn a_question_for_events_reads_back_as_itself(query in arbitrary::event_query()) {
        is_shown_as_input(&query)?;
        prop_assert_eq!(read(&to_json(&query), Format::Json), Ok(query));
    }

    #[test]
    fn an_artifact_of_any_kind_is_stored_like_itself(
        deployment in arbitrary::deployment(),
        scale in arbitrary::scale(true),
        workflow in arbitrary::workflow(),
    ) {
        prop_assert_eq!(to_storage_json(&deployment), to_storage_json(&AnyArtifact::from(deployment)));
        prop_assert_eq!(to_storage_json(&scale), to_storage_json(&AnyArtifact::from(scale)));
        prop_assert_eq!(to_storage_json(&workflow), to_storage_json(&AnyArtifact::from(workflow)));
    }

    #[test]
    fn no_text_makes_the_reader_fail_otherwise_than_with_problems(text in any::<String>()) {
        for format in [Format::Auto, Format::Json, Format::Yaml] {
            let _ = read::<vamp_model::Blueprint>(&text, format);
            let _ = vamp_model::read_documents(&text, format);
        }
    }
}

// These are large.
proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn a_blueprint_reads_back_as_itself(blueprint in arbitrary::blueprint()) {
        is_stored_without_loss(&blueprint)?;
        is_shown_as_input(&blueprint)?;
    }

    #[test]
    fn a_deployment_reads_back_as_itself(deployment in arbitrary::deployment()) {
        is_stored_without_loss(&deployment)?;
        is_shown_as_input(&deployment_as_input(deployment))?;
    }
}
