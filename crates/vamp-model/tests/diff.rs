//! What makes one artifact another, and making it so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use vamp_model::{
    Blueprint, Change, Difference, Format, Stored, apply, arbitrary, diff, diff_values, read, to_yaml,
};

/// The differences as people read them.
fn shown(old: &Value, new: &Value) -> Vec<String> {
    let differences = diff_values(old, new);
    assert_becomes(old, &differences, new);
    differences.iter().map(ToString::to_string).collect()
}

fn assert_becomes(old: &Value, differences: &[Difference], new: &Value) {
    let made = apply(old.clone(), differences).unwrap();
    assert_eq!(made.to_string(), new.to_string(), "{differences:#?}");
}

#[test]
fn a_blueprint_that_becomes_another_tells_each_change_with_its_path() {
    let old: Blueprint = read(
        "
name: shop
clusters:
  cart:
  - breed: {name: 'cart:1', deployable: acme/cart:1, ports: {web: 8080}}
    scale: {cpu: 0.2, memory: 64MB}
  db:
  - breed: db:9
gateways:
  9050: cart/web
",
        Format::Yaml,
    )
    .unwrap();
    let mut new = old.clone();
    let (_, mut cart) = new.clusters.shift_remove_entry("cart").unwrap();
    let added = read::<Blueprint>("{name: x, clusters: {cart: {breed: 'cart:2'}}}", Format::Yaml).unwrap();
    cart.services
        .insert(0, added.clusters["cart"].services[0].clone());
    if let Some(vamp_model::Reference::Inline(scale)) = &mut cart.services[1].scale {
        scale.cpu = "0.4".parse().unwrap();
    }
    new.clusters.insert("cart".parse().unwrap(), cart);
    new.gateways.clear();
    let differences: Vec<String> = diff(&old, &new).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(differences.join("\n"));
    assert!(diff(&old, &old).is_empty());
}

#[test]
fn what_has_changed_is_told_in_one_line_each() {
    let cases = [
        (json!({"a": 1}), json!({"a": 1}), vec![]),
        (json!({"a": 1}), json!({"a": 2}), vec!["a: 1 → 2"]),
        (json!({"a": 1}), json!({"a": 1.0}), vec!["a: 1 → 1.0"]),
        (json!({"a": 1}), json!({"a": "1"}), vec!["a: 1 → '1'"]),
        (json!({"a": null}), json!({}), vec!["- a: null"]),
        (json!({"a": {}}), json!({"a": {"b": "c d"}}), vec!["+ a.b: c d"]),
        (
            json!({"a": {"b": 1}}),
            json!({"a": []}),
            vec![r#"a: {"b":1} → []"#],
        ),
        (
            json!({"a": 1, "b": 2}),
            json!({"x": 0, "y": 0, "a": 1, "b": 2, "z": 0}),
            vec!["+ x: 0 (before a)", "+ y: 0 (before a)", "+ z: 0"],
        ),
        (
            json!({"a": 1, "b": 2}),
            json!({"b": 2, "a": 1}),
            vec!["(all): order a, b → b, a"],
        ),
        (
            json!({"m": {"a": 1, "gone": 0, "b": 2}}),
            json!({"m": {"b": 3, "new": 0, "a": 1}}),
            vec![
                "m: order a, b → b, a",
                "- m.gone: 0",
                "m.b: 2 → 3",
                "+ m.new: 0 (before a)",
            ],
        ),
        (json!([1, 2, 3]), json!([1, 3, 4]), vec!["- [1]: 2", "+ [2]: 4"]),
        (
            json!([{"name": "a", "n": [1]}, {"name": "b", "n": [1]}]),
            json!([{"name": "z", "n": [1]}, {"name": "b", "n": [1, 2]}]),
            vec!["[0].name: a → z", "+ [1].n[1]: 2"],
        ),
        (
            json!([{"name": "a", "n": 1}, {"name": "b", "n": 1, "m": 1}]),
            json!([{"name": "b", "n": 2}]),
            // What goes is named as it was called, all else as it is called now.
            vec!["- [0]: {\"name\":\"a\",\"n\":1}", "- [1].m: 1", "[0].n: 1 → 2"],
        ),
        (json!("a"), json!(["a"]), vec![r#"(all): a → ["a"]"#]),
        (
            json!({"a b": {"c.d": 1}}),
            json!({"a b": {"c.d": 2}}),
            vec![r#"["a b"]["c.d"]: 1 → 2"#],
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(shown(&old, &new), expected, "{old} {new}");
        assert_becomes(&new, &diff_values(&new, &old), &old);
    }
}

#[test]
fn programs_read_differences_as_json_and_give_them_back() {
    let old = json!({"a": 1, "b": null, "m": {"x": 1, "y": 2}});
    let new = json!({"n": 0, "a": [2], "m": {"y": 2, "x": 1}});
    let differences = diff_values(&old, &new);
    let written = serde_json::to_value(&differences).unwrap();
    assert_eq!(
        written,
        json!([
            {"path": "b", "change": "removed", "old": null},
            {"path": "n", "change": "added", "new": 0, "before": "a"},
            {"path": "a", "change": "replaced", "old": 1, "new": [2]},
            {"path": "m", "change": "reordered", "old": ["x", "y"], "new": ["y", "x"]},
        ])
    );
    assert_eq!(
        serde_json::from_value::<Vec<Difference>>(written).unwrap(),
        differences
    );
    for refused in [
        json!({"path": "a", "change": "replaced", "old": 1}),
        json!({"path": "a", "change": "removed", "old": 1, "new": 1}),
        json!({"path": "a", "change": "reordered", "old": [1], "new": [1]}),
        json!({"path": "a", "change": "moved", "old": 1, "new": 1}),
        json!({"path": "a..b", "change": "added", "new": 1}),
        json!({"path": "a", "change": "added", "new": 1, "more": 1}),
    ] {
        assert!(
            serde_json::from_value::<Difference>(refused.clone()).is_err(),
            "{refused}"
        );
    }
}

#[test]
fn differences_of_another_value_are_refused_with_the_place_that_is_another() {
    let differences = |old, new| diff_values(&old, &new);
    let cases = [
        (
            json!({"a": {"b": 3}}),
            differences(json!({"a": {"b": 1}}), json!({"a": {"b": 2}})),
            "the differences do not fit at a.b: 3 stands there instead of 1",
        ),
        (
            json!({"a": 1}),
            differences(json!({"a": {"b": 1}}), json!({"a": {"b": 2}})),
            "the differences do not fit at a.b: nothing stands there",
        ),
        (
            json!({}),
            differences(json!({"a": 1}), json!({})),
            "the differences do not fit at a: nothing stands there",
        ),
        (
            json!({"a": 1}),
            differences(json!({}), json!({"a": 1})),
            "the differences do not fit at a: something stands there already",
        ),
        (
            json!({}),
            differences(json!({"b": 1}), json!({"a": 1, "b": 1})),
            "the differences do not fit at a: there is no such place to add something",
        ),
        (
            json!([]),
            differences(json!([1]), json!([1, 2])),
            "the differences do not fit at [1]: there is no such place to add something",
        ),
        (
            json!({"a": 1, "b": 2, "c": 3}),
            differences(json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1})),
            r#"the differences do not fit: ["a","b","c"] stands there instead of ["a","b"]"#,
        ),
        (
            json!({"m": {"b": 1, "a": 1}}),
            differences(json!({"m": {"a": 1, "b": 1}}), json!({})),
            r#"the differences do not fit at m: {"b":1,"a":1} stands there instead of {"a":1,"b":1}"#,
        ),
        (
            json!({"a": 1}),
            [
                differences(json!({"a": 1}), json!({"a": 2})),
                differences(json!({"a": 1}), json!({"a": 3})),
            ]
            .concat(),
            "the differences do not fit at a: two of them speak of the same value",
        ),
        (
            json!({"a": {"b": 1}}),
            [
                differences(json!({"a": {"b": 1}}), json!({})),
                differences(json!({"a": {"b": 1}}), json!({"a": {}})),
            ]
            .concat(),
            "the differences do not fit at a: two of them speak of the same value",
        ),
    ];
    for (value, differences, expected) in cases {
        let misfit = apply(value.clone(), &differences).unwrap_err();
        assert_eq!(misfit.to_string(), expected, "{value}");
    }
}

#[test]
fn a_long_list_that_gains_an_element_differs_by_that_element() {
    let element = |number: usize| json!({"name": format!("n{number}"), "value": number % 7});
    let old: Vec<Value> = (0..3_000).map(element).collect();
    let mut new = old.clone();
    new.rotate_right(1);
    new.insert(1_500, json!({"name": "new"}));
    let differences = diff_values(&json!(old), &json!(new));
    assert_becomes(&json!(old), &differences, &json!(new));
    let paths: Vec<String> = differences
        .iter()
        .map(|difference| difference.path.to_string())
        .collect();
    assert_eq!(paths, ["[2999]", "[0]", "[1500]"]);
}

/// Values in which the same few keys and scalars meet again and again.
fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3).prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            Just("name"),
            Just("breed"),
            Just("a"),
            Just("b"),
            Just(""),
            Just("c.d")
        ];
        let entries = prop::collection::vec((key, inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            entries.prop_map(|entries| {
                let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value));
                Value::Object(entries.collect::<Map<_, _>>())
            }),
        ]
    })
}

fn values_become(old: &Value, new: &Value) -> Result<(), TestCaseError> {
    let differences = diff_values(old, new);
    let made = apply(old.clone(), &differences).map_err(|misfit| TestCaseError::fail(misfit.to_string()))?;
    prop_assert_eq!(made.to_string(), new.to_string());
    prop_assert_eq!(to_yaml(&made), to_yaml(new));
    prop_assert!(diff_values(old, old).is_empty() && diff_values(new, new).is_empty());
    let (old_text, new_text) = (old.to_string(), new.to_string());
    prop_assert_eq!(differences.is_empty(), old_text == new_text);
    Ok(())
}

/// Artifacts differ as they are stored, so that nothing that is kept goes unnoticed.
fn becomes<T: Stored + PartialEq>(old: &T, new: &T) -> Result<(), TestCaseError> {
    let (old_value, new_value) = (old.to_stored(), new.to_stored());
    prop_assert_eq!(diff(old, new), diff_values(&old_value, &new_value));
    prop_assert!(old == new || !diff(old, new).is_empty());
    values_become(&old_value, &new_value)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn differences_make_one_value_the_other(old in value(), new in value()) {
        values_become(&old, &new)?;
        let written = serde_json::to_string(&diff_values(&old, &new)).unwrap();
        let differences: Vec<Difference> = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(differences, diff_values(&old, &new));
    }

    #[test]
    fn differences_that_do_not_fit_are_refused_and_never_fail_otherwise(
        old in value(), new in value(), other in value(),
    ) {
        let differences = diff_values(&old, &new);
        if let Ok(made) = apply(other, &differences) {
            // What fits has become alike in all places that differed.
            for difference in &differences {
                if let Change::Replaced { new, .. } = &difference.change {
                    prop_assert!(made.to_string().contains(&new.to_string()));
                }
            }
        }
    }

    #[test]
    fn differences_make_one_breed_the_other(old in arbitrary::breed(), new in arbitrary::breed()) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_scale_the_other(old in arbitrary::scale(true), new in arbitrary::scale(true)) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_gateway_the_other(old in arbitrary::gateway(), new in arbitrary::gateway()) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_blueprint_the_other(old in arbitrary::blueprint(), new in arbitrary::blueprint()) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_workflow_the_other(old in arbitrary::workflow(), new in arbitrary::workflow()) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_deployment_the_other(old in arbitrary::deployment(), new in arbitrary::deployment()) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_sla_the_other(old in arbitrary::stored_sla(), new in arbitrary::stored_sla()) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_escalation_the_other(
        old in arbitrary::stored_escalation(), new in arbitrary::stored_escalation(),
    ) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_route_the_other(old in arbitrary::stored_route(), new in arbitrary::stored_route()) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_condition_the_other(
        old in arbitrary::stored_condition(), new in arbitrary::stored_condition(),
    ) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_rewrite_the_other(
        old in arbitrary::stored_rewrite(), new in arbitrary::stored_rewrite(),
    ) {
        becomes(&old, &new)?;
    }

    #[test]
    fn differences_make_one_template_the_other(old in arbitrary::template(), new in arbitrary::template()) {
        becomes(&old, &new)?;
    }
}
