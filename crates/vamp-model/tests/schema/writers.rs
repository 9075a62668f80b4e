//! Writers write no keys that are not described.

use proptest::prelude::*;
use serde::Serialize;
use serde_json::Value;
use vamp_model::schema::{Block, KINDS, Type};
use vamp_model::{arbitrary, to_yaml};

use crate::maximal::{Sample, samples};
use crate::readers::{APART, reader};

/// Keys of a value that the description does not have.
fn undescribed(kind: &Type, value: &Value, path: &str, found: &mut Vec<String>) {
    match (kind, value) {
        (Type::Block(block), Value::Object(_)) => undescribed_in_block(block, value, path, found),
        (Type::Reference(block), Value::Object(map)) => {
            let is_named = map.contains_key("reference");
            if !is_named {
                undescribed_in_block(block, value, path, found);
            }
        }
        (Type::Mapping { value: kind, .. }, Value::Object(map)) => {
            for (key, value) in map {
                undescribed(kind, value, &format!("{path}.{key}"), found);
            }
        }
        (Type::List(kind), Value::Array(list)) => {
            list.iter()
                .for_each(|value| undescribed(kind, value, path, found));
        }
        _ => {}
    }
}

fn undescribed_in_block(block: &Block, value: &Value, path: &str, found: &mut Vec<String>) {
    let Some(map) = value.as_object() else { return };
    for (key, value) in map {
        let path = format!("{path}.{key}");
        match block.field(key) {
            Some(field) => undescribed(&field.value, value, &path, found),
            None => found.push(path),
        }
    }
}

fn assert_described(kind: &str, value: &Value) -> Result<(), String> {
    let block = KINDS.iter().find(|block| block.name == kind).unwrap();
    let mut found = Vec::new();
    undescribed_in_block(block, value, kind, &mut found);
    if found.is_empty() {
        Ok(())
    } else {
        Err(format!("not described: {}", found.join(", ")))
    }
}

#[test]
fn what_is_written_of_a_document_with_every_field_is_described() {
    for block in KINDS {
        let Some(reader) = reader(block) else { continue };
        for Sample { value, .. } in samples(block, APART) {
            let Ok(written) = reader(&to_yaml(&value)) else {
                continue;
            };
            assert_described(block.name, &written).unwrap();
        }
    }
}

fn described<T: Serialize>(kind: &str, artifact: &T) -> Result<(), TestCaseError> {
    let value = serde_json::to_value(artifact).unwrap();
    assert_described(kind, &value).map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_of_a_breed_is_described(breed in arbitrary::breed()) {
        described("breed", &breed)?;
    }

    #[test]
    fn what_is_written_of_a_scale_is_described(scale in arbitrary::scale(true)) {
        described("scale", &scale)?;
    }

    #[test]
    fn what_is_written_of_a_gateway_is_described(gateway in arbitrary::gateway()) {
        described("gateway", &gateway)?;
    }

    #[test]
    fn what_is_written_of_a_blueprint_is_described(blueprint in arbitrary::blueprint()) {
        described("blueprint", &blueprint)?;
    }

    #[test]
    fn what_is_written_of_a_workflow_is_described(workflow in arbitrary::workflow()) {
        described("workflow", &workflow)?;
    }

    #[test]
    fn what_is_written_of_a_template_is_described(template in arbitrary::template()) {
        described("template", &template)?;
    }

    #[test]
    fn what_is_written_of_an_event_and_of_a_query_is_described(
        event in arbitrary::event(),
        query in arbitrary::event_query(),
    ) {
        described("event", &event)?;
        described("event_query", &query)?;
    }

    #[test]
    fn what_is_written_of_a_deployment_is_described(deployment in arbitrary::deployment()) {
        described("deployment", &deployment)?;
    }
}
