//! How values are looked up in documents, and what is said of those that nobody looks up.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use vamp_model::{Blueprint, Breed, Format, FromText, Gateway, Problem, Scale, Sla, Template, code, read};

fn problems<T: FromText>(text: &str) -> Vec<Problem> {
    read::<T>(text, Format::Yaml)
        .err()
        .map_or_else(Vec::new, |problems| problems.into_iter().collect())
}

/// What of a document nobody has looked up, as the messages show it.
fn leftovers<T: FromText>(text: &str) -> Vec<String> {
    let shown = problems::<T>(text).into_iter().map(|problem| {
        assert_eq!(problem.code, code::UNEXPECTED_ELEMENT, "{problem}");
        problem
            .message
            .strip_prefix("Unexpected in DSL: ")
            .unwrap()
            .to_owned()
    });
    shown.collect()
}

const WINDOW: &str = "type: response_time_sliding_window, window: {interval: 1, cooldown: 2}";

#[test]
fn a_text_on_the_way_to_a_nested_value_is_told_with_its_key() {
    let found = problems::<Sla>(&format!("{{name: s, {WINDOW}, threshold: fast}}"));
    // S01-003: `threshold/upper` leads through a text: the problem is told at `threshold`, with what stands there.
    let [problem] = found.as_slice() else {
        unreachable!("{found:?}")
    };
    assert_eq!(
        (problem.code, problem.path.as_str()),
        (code::UNEXPECTED_INNER_ELEMENT, "threshold")
    );
    assert_eq!(
        problem.message,
        "Can't find a nested element for path 'threshold'."
    );
    let hint = "a mapping is expected, not text 'fast'";
    assert_eq!(problem.hint.as_deref(), Some(hint));
}

#[test]
fn exactly_what_nobody_looks_up_is_left_over_as_deep_as_it_stands() {
    let text = "
name: edge
owner: me
port: 8080
service: {host: h, port: 80, zone: [a, {b: 1}]}
virtual_hosts: [a.example.com, b.example.com]
routes:
  shop/web: {weight: 100%, since: 2017}
";
    // S01-004: `name`, `port`, `service.host`, the texts of `virtual_hosts` and a route's weight are looked up and not left over;
    // everything else is, inside what it stands in.
    let expected = [
        r#"{"owner":"me"}"#,
        r#"{"service":{"zone":["a",{"b":1}]}}"#,
        r#"{"routes":{"shop/web":{"since":2017}}}"#,
    ];
    assert_eq!(leftovers::<Gateway>(text), expected);
}

#[test]
fn what_a_short_form_stands_for_is_looked_up_and_nothing_else() {
    let clusters = |cluster: &str| format!("name: shop\nclusters:\n  web: {cluster}\n");
    // S01-005: a short form puts values where the long form has them, and they are looked up there: nothing is left over. An unknown
    // key that is moved along is.
    for short in [
        "web:1",
        "[web:1]",
        "{breed: web:1}",
        "{services: web:1}",
        "{services: [{breed: {name: web:1, deployable: x}}]}",
    ] {
        assert_eq!(leftovers::<Blueprint>(&clusters(short)), [""; 0], "{short}");
    }
    for (short, expected) in [
        ("{breed: web:1, scall: 1}", r#"{"scall":1}"#),
        (
            "{services: {breed: web:1, scall: 1}}",
            r#"{"services":{"scall":1}}"#,
        ),
        ("[{ref: web:1, scall: 1}]", r#"[{"scall":1}]"#),
        ("[{name: web:1, deployable: x, scall: 1}]", r#"[{"scall":1}]"#),
    ] {
        let found = leftovers::<Blueprint>(&clusters(short));
        let shown = format!(r#"{{"clusters":{{"web":{expected}}}}}"#);
        assert_eq!(found, [shown], "{short}");
    }
}

#[test]
fn entries_that_are_read_together_are_scalars_and_mappings_among_them_are_told() {
    let text = "name: a\ndeployable: x\nenvironment_variables: {A: 1, B: two, C: null, D: {e: 1}}\nports: {web: 80}\n";
    // S01-006: all scalars of a block are read; a mapping among them is not, and is told.
    let found = problems::<Breed>(text);
    let told: Vec<(&str, &str)> = found
        .iter()
        .map(|problem| (problem.code, problem.path.as_str()))
        .collect();
    assert_eq!(told, [(code::MALFORMED_TRAIT, "environment_variables.D")]);
    let without = text.replace(", D: {e: 1}", "");
    let breed: Breed = read(&without, Format::Yaml).unwrap();
    assert_eq!(breed.environment_variables.len(), 3);
}

#[test]
fn what_may_hold_anything_is_read_to_the_bottom() {
    let anything = "{a: 1, b: [{c: {d: [e, {f: null}]}}], kind: x, name: {y: z}}";
    // S01-007: metadata are taken as a whole, and so is the body of a template, with everything below them: nothing is left over.
    let breed = format!("name: a\ndeployable: x\nmetadata: {anything}\n");
    assert_eq!(leftovers::<Breed>(&breed), [""; 0]);
    assert_eq!(
        read::<Breed>(&breed, Format::Yaml).unwrap().metadata["b"],
        serde_json::json!([{"c": {"d": ["e", {"f": null}]}}])
    );
    let template = format!("name: t\ndefinition: {anything}\n");
    assert_eq!(leftovers::<Template>(&template), [""; 0]);
}

#[test]
fn what_may_hold_anything_but_one_key_leaves_that_key_to_its_reader() {
    let text = "name: s\ntype: custom\nlimit: {a: 1, b: [{c: 2}]}\nescalations: [{type: scale_cpu, minimum: 1, maximum: 2, scale_by: 1, colour: red}]\n";
    // S01-008: an SLA of an unknown type takes every key as a parameter except its escalations, whose unknown keys are left over.
    let found = leftovers::<Sla>(text);
    assert_eq!(found, [r#"{"escalations":[{"colour":"red"}]}"#]);
    let sla: Sla = read(&text.replace(", colour: red", ""), Format::Yaml).unwrap();
    assert_eq!(
        serde_json::to_value(&sla).unwrap()["parameters"],
        serde_json::json!({"limit": {"a": 1, "b": [{"c": 2}]}})
    );
}

#[test]
fn elements_of_a_list_are_looked_up_one_by_one() {
    let text = "
name: shop
unknown: [{a: {b: 1}}, c]
clusters:
  web:
    services:
    - {breed: web:1, colour: red, scale: {cpu: 1, memory: 1GB, instances: 1}}
    - {breed: web:2, zones: [{a: 1}, {b: [2]}]}
";
    // S01-009: that the list of services is looked up does not take what its mappings hold: what is unknown of them is told whole.
    // S01-011: of an element whose `breed` is looked up, the rest is left over inside the list.
    let expected = [
        r#"{"unknown":[{"a":{"b":1}},"c"]}"#,
        r#"{"clusters":{"web":{"services":[{"colour":"red"}]}}}"#,
        r#"{"clusters":{"web":{"services":[{"zones":[{"a":1},{"b":[2]}]}]}}}"#,
    ];
    assert_eq!(leftovers::<Blueprint>(text), expected);
}

#[test]
fn a_list_of_scalars_is_looked_up_whole() {
    let text = "name: edge\nport: 8080\nvirtual_hosts: [a.example.com, b.example.com, c.example.com]\nroutes: [shop/web]\n";
    // S01-010: nothing of a list of texts is left over, however long.
    assert_eq!(leftovers::<Gateway>(text), [""; 0]);
    let gateway: Gateway = read(text, Format::Yaml).unwrap();
    assert_eq!(gateway.virtual_hosts.len(), 3);
}

#[test]
fn collections_are_no_text() {
    for (value, what) in [
        ("[a]", "a list"),
        ("[]", "a list"),
        ("{}", "a mapping"),
        ("{a: 1}", "a mapping"),
    ] {
        let found = problems::<Breed>(&format!("name: {value}\ndeployable: x\n"));
        let [problem] = found.as_slice() else {
            unreachable!("{found:?}")
        };
        assert_eq!(problem.code, code::UNEXPECTED_TYPE);
        assert_eq!(problem.message, "Unexpected type for path 'name'.");
        let hint = format!("expected text, found {what}");
        assert_eq!(problem.hint.as_deref(), Some(hint.as_str()));
    }
}

#[test]
fn numbers_have_32_bits_and_truth_values_are_not_texts() {
    let instances =
        |value: &str| problems::<Scale>(&format!("{{name: s, cpu: 1, memory: 1GB, instances: {value}}}"));
    assert_eq!(instances("2147483647"), []);
    for value in ["2147483648", "99999999999999999999", "1.0", "yes", ".inf", "[1]"] {
        assert_eq!(instances(value)[0].code, code::UNEXPECTED_TYPE, "{value}");
    }
    for cpu in [".inf", "-.inf", ".nan", "99999999999999999999999", "1e999", "yes"] {
        let found = problems::<Scale>(&format!("{{name: s, cpu: {cpu}, memory: 1GB, instances: 1}}"));
        assert_eq!(found.len(), 1, "{cpu}");
        assert_eq!(found[0].code, code::UNEXPECTED_TYPE, "{cpu}");
    }
    let deployed =
        |value: &str| problems::<Gateway>(&format!("{{name: g, port: 80, routes: a, deployed: {value}}}"));
    assert_eq!(deployed("yes"), []);
    assert_eq!(deployed("'yes'")[0].code, code::UNEXPECTED_TYPE);
}

#[test]
fn numbers_beyond_64_bits_and_infinite_ones_are_texts_where_texts_are_wanted() {
    for number in [
        "99999999999999999999",
        "-99999999999999999999",
        ".inf",
        "-.inf",
        ".nan",
    ] {
        let breed: Breed = read(
            &format!("name: a\ndeployable: {number}\nenv: {{A: {number}}}\n"),
            Format::Yaml,
        )
        .unwrap();
        assert_eq!(breed.deployable.definition, number);
    }
}
