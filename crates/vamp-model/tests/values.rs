//! Values with references: what is printed is read as the same value.

use proptest::collection::vec;
use proptest::prelude::*;
use vamp_model::resolve::{DeploymentResolver, effective_variables};
use vamp_model::{
    Breed, Deployable, Deployment, EnvironmentVariable, TraitReference, ValuePart, ValueReference,
    ValueTemplate, arbitrary,
};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_is_read_as_it_was_printed(template in arbitrary::value_template()) {
        let text = template.to_string();
        prop_assert_eq!(text.parse(), Ok(template.clone()), "{}", text);
        let json = serde_json::to_string(&template).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(serde_json::from_str::<ValueTemplate>(&json).ok(), Some(template));
    }

    #[test]
    fn a_value_has_no_empty_texts_and_none_that_follow_each_other(template in arbitrary::value_template()) {
        let is_text = |part: &ValuePart| matches!(part, ValuePart::Text(_));
        prop_assert!(!template.parts().contains(&ValuePart::Text(String::new())));
        prop_assert!(!template.parts().windows(2).any(|pair| pair.iter().all(is_text)));
    }

    #[test]
    fn a_text_is_a_value_or_told_where_it_is_none(text in arbitrary::value_text()) {
        match text.parse::<ValueTemplate>() {
            Ok(template) => prop_assert_eq!(template.to_string().parse(), Ok(template)),
            Err(invalid) => {
                let before = text.get(..invalid.offset);
                prop_assert!(before.is_some(), "inside the text, between two characters");
                prop_assert_eq!(before.map(|before| before.chars().count() + 1), Some(invalid.character));
            }
        }
    }

    #[test]
    fn a_full_name_is_a_reference_and_the_reference_prints_it(
        cluster in arbitrary::reference_word(),
        group in arbitrary::reference_word(),
        name in arbitrary::reference_path(),
    ) {
        let full_name = format!("{cluster}.{group}.{name}");
        let reference: TraitReference = full_name.parse().map_err(|_| TestCaseError::fail("not read"))?;
        prop_assert_eq!(&reference, &TraitReference { cluster, group, name });
        // S01-222: every full name becomes a reference to that thing and back, with points in the last part or without.
        prop_assert_eq!(reference.to_string(), full_name);
    }

    #[test]
    fn a_reference_is_read_as_it_was_printed(reference in arbitrary::value_reference()) {
        prop_assert_eq!(reference.to_string().parse::<ValueReference>(), Ok(reference));
    }

    #[test]
    fn a_value_is_filled_in_once(template in arbitrary::value_template()) {
        // What is filled in looks like references and stays as it is.
        let resolved = template.resolve(|reference| format!("${{{reference}}}"));
        let unescaped = template.parts().iter().map(|part| match part {
            ValuePart::Text(text) => text.clone(),
            ValuePart::Reference(reference) => format!("${{{reference}}}"),
        });
        prop_assert_eq!(resolved, unescaped.collect::<String>());
    }

    #[test]
    fn values_of_a_service_are_resolved_or_refused_whatever_they_are(
        name in arbitrary::name(),
        values in vec(("[a-e]", prop_oneof![arbitrary::value_text(), "(\\$[a-e]){0,3}"]), 0..8),
    ) {
        let deployable = Deployable { kind: None, definition: String::new() };
        let mut breed = Breed::new(name, deployable);
        for (name, value) in values {
            let name = name.parse().map_err(|_| TestCaseError::fail("no name"))?;
            breed.environment_variables.insert(name, EnvironmentVariable::of(value));
        }
        let deployment = Deployment::new(breed.name.clone());
        let clusters = indexmap::IndexMap::new();
        let resolver = DeploymentResolver::new(&deployment, &()).for_service(&clusters);
        let variables = effective_variables(&breed, "c", &deployment.environment_variables, &indexmap::IndexMap::new());
        if let Ok(values) = resolver.values(&variables, &breed.constants) {
            prop_assert_eq!(values.container_environment().len(), variables.len());
        }
    }
}
