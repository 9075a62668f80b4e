//! What is written reads back as itself.

use proptest::prelude::*;
use serde::Serialize;
use vamp_model::{Format, FromText, arbitrary, read, to_json, to_yaml};

fn reads_back<T>(artifact: &T) -> Result<(), TestCaseError>
where
    T: FromText + Serialize + PartialEq + std::fmt::Debug,
{
    let json = to_json(artifact);
    let yaml = to_yaml(artifact);
    for (text, format) in [
        (&json, Format::Json),
        (&json, Format::Yaml),
        (&json, Format::Auto),
        (&yaml, Format::Yaml),
        (&yaml, Format::Auto),
    ] {
        match read::<T>(text, format) {
            Ok(again) => prop_assert_eq!(&again, artifact, "{:?} of\n{}", format, text),
            Err(problems) => prop_assert!(false, "{:?}: {}\nof\n{}", format, problems, text),
        }
        // Twice the same text: storing an unchanged artifact is no change.
        let again: T = read(text, format).map_err(|problems| TestCaseError::fail(problems.to_string()))?;
        prop_assert_eq!(&to_json(&again), &json);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_breed_reads_back_as_itself(breed in arbitrary::breed()) {
        reads_back(&breed)?;
    }

    #[test]
    fn a_scale_reads_back_as_itself(scale in arbitrary::scale(true)) {
        reads_back(&scale)?;
    }

    #[test]
    fn a_gateway_reads_back_as_itself(gateway in arbitrary::gateway()) {
        reads_back(&gateway)?;
    }

    #[test]
    fn a_stored_route_reads_back_as_itself(route in arbitrary::stored_route()) {
        reads_back(&route)?;
    }

    #[test]
    fn a_stored_condition_reads_back_as_itself(condition in arbitrary::stored_condition()) {
        reads_back(&condition)?;
    }

    #[test]
    fn a_stored_rewrite_reads_back_as_itself(rewrite in arbitrary::stored_rewrite()) {
        reads_back(&rewrite)?;
    }

    #[test]
    fn a_blueprint_reads_back_as_itself(blueprint in arbitrary::blueprint()) {
        reads_back(&blueprint)?;
    }

    #[test]
    fn a_deployment_reads_back_as_itself(deployment in arbitrary::deployment()) {
        reads_back(&deployment)?;
    }

    #[test]
    fn an_event_reads_back_as_itself(event in arbitrary::event()) {
        reads_back(&event)?;
    }

    #[test]
    fn a_question_for_events_reads_back_as_itself(query in arbitrary::event_query()) {
        reads_back(&query)?;
    }

    #[test]
    fn a_template_reads_back_as_itself(template in arbitrary::template()) {
        reads_back(&template)?;
    }

    #[test]
    fn a_workflow_reads_back_as_itself(workflow in arbitrary::workflow()) {
        reads_back(&workflow)?;
    }

    #[test]
    fn no_text_makes_the_reader_fail_otherwise_than_with_problems(text in any::<String>()) {
        for format in [Format::Auto, Format::Json, Format::Yaml] {
            let _ = read::<vamp_model::Blueprint>(&text, format);
            let _ = vamp_model::read_documents(&text, format);
        }
    }
}
