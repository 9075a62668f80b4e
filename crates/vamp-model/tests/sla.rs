//! SLAs and escalations in all their forms.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use serde_json::{Value, json};
use vamp_model::{
    Escalation, EscalationKind, Format, Problem, Reference, Scaling, Sla, SlaKind, code, read, to_json,
};

fn sla(text: &str) -> Sla {
    read(text, Format::Yaml).unwrap()
}

fn escalation(text: &str) -> Escalation {
    read(text, Format::Yaml).unwrap()
}

/// The escalations of an SLA that has no other content.
fn escalations(text: &str) -> Vec<Reference<Escalation>> {
    sla(&format!(
        "{{name: s, type: escalation_only, escalations: {text}}}"
    ))
    .escalations
}

fn named(name: &str) -> Reference<Escalation> {
    Reference::Named(name.parse().unwrap())
}

fn inline(kind: EscalationKind) -> Reference<Escalation> {
    Reference::Inline(Escalation {
        name: None,
        metadata: serde_json::Map::new(),
        kind,
    })
}

fn refused<T: vamp_model::Readable + std::fmt::Debug>(text: &str) -> Vec<Problem> {
    read::<T>(text, Format::Yaml).unwrap_err().into_iter().collect()
}

fn written<T: serde::Serialize>(artifact: &T) -> Value {
    serde_json::from_str(&to_json(artifact)).unwrap()
}

#[test]
fn an_sla_of_an_unknown_type_keeps_what_it_says_as_parameters() {
    let read = sla("
name: strict
type: my_watch
threshold: {upper: 900, lower: 90}
window: {interval: 30, innerKey: 1.5}
escalations: [page]
");
    // S01-173: the type is no known one, so nested mappings become nested parameters, and the only escalation stays alone.
    let SlaKind::Generic { kind, parameters } = &read.kind else {
        panic!("{:?}", read.kind)
    };
    assert_eq!(kind, "my_watch");
    assert_eq!(
        Value::Object(parameters.clone()),
        json!({"threshold": {"upper": 900, "lower": 90}, "window": {"interval": 30, "innerKey": 1.5}})
    );
    assert_eq!(read.escalations, [named("page")]);
}

#[test]
fn parameters_are_never_nested_by_reading_what_was_written() {
    let plain = sla("{name: s, kind: sla, type: other, metadata: {a: 1}, Limit: [1, {x: ~}], 5: yes}");
    let printed = written(&plain);
    assert_eq!(
        printed,
        json!({
            "name": "s", "kind": "slas", "metadata": {"a": 1}, "type": "other",
            "parameters": {"Limit": [1, {"x": null}], "5": true}, "escalations": [],
        })
    );
    assert_eq!(sla(&printed.to_string()), plain);
    let both =
        escalation("{name: e, type: other, parameters: {a: 1, b: {parameters: {}}}, c: 3, escalations: [x]}");
    let EscalationKind::Generic { parameters, .. } = &both.kind else {
        panic!("{:?}", both.kind)
    };
    assert_eq!(
        Value::Object(parameters.clone()),
        json!({"a": 1, "b": {"parameters": {}}, "c": 3, "escalations": ["x"]})
    );
    assert_eq!(escalation(&to_json(&both)), both);
    // A single value of that name is a parameter like others.
    let text = escalation("{name: e, type: other, parameters: none}");
    assert_eq!(written(&text)["parameters"], json!({"parameters": "none"}));
    assert_eq!(escalation(&to_json(&text)), text);
}

#[test]
fn a_sliding_window_has_two_times_and_two_limits() {
    let read = sla("
name: s
type: response_time_sliding_window
threshold: {upper: 1000, lower: 100}
window: {interval: 600, cooldown: 300}
");
    // S01-174: interval and cooldown are seconds, the limits milliseconds; they print as they are written.
    assert_eq!(
        read.kind,
        SlaKind::ResponseTimeSlidingWindow {
            upper: 1000,
            lower: 100,
            interval: 600,
            cooldown: 300
        }
    );
    let printed = written(&read);
    assert_eq!(printed["window"], json!({"interval": 600, "cooldown": 300}));
    assert_eq!(printed["threshold"], json!({"upper": 1000, "lower": 100}));
}

#[test]
fn several_escalations_become_one_group_that_runs_all() {
    let limits = "minimum: 1, maximum: 4, scale_by: 1";
    let read = escalations(&format!(
        "[{{type: scale_instances, {limits}, target: back}}, {{type: scale_cpu, {limits}}}, {{type: scale_memory, minimum: 64, maximum: 512.5, scale_by: 64}}]"
    ));
    let cpu = Scaling {
        minimum: 1.0,
        maximum: 4.0,
        scale_by: 1.0,
        target: None,
    };
    // S01-175: one group of the three; whole numbers stay whole for instances, and are fractions for CPU and memory; without
    // `target` there is none.
    assert_eq!(
        read,
        [inline(EscalationKind::ToAll(vec![
            inline(EscalationKind::ScaleInstances(Scaling {
                minimum: 1,
                maximum: 4,
                scale_by: 1,
                target: Some("back".to_owned()),
            })),
            inline(EscalationKind::ScaleCpu(cpu)),
            inline(EscalationKind::ScaleMemory(Scaling {
                minimum: 64.0,
                maximum: 512.5,
                scale_by: 64.0,
                target: None,
            })),
        ]))]
    );
    let printed = to_json(&read[0]);
    assert!(
        printed.contains(r#"{"type":"scale_cpu","minimum":1.0,"maximum":4.0,"scale_by":1.0}"#),
        "{printed}"
    );
    assert!(
        printed.contains(r#""minimum":1,"maximum":4,"scale_by":1}"#),
        "{printed}"
    );
    // One value needs no list, and one element no group.
    for one in [
        "page",
        "[page]",
        "{ref: page}",
        "[{reference: page, name: ignored}]",
    ] {
        assert_eq!(escalations(one), [named("page")], "{one}");
    }
    assert_eq!(escalations("~"), []);
    assert_eq!(escalations("[]"), []);
}

#[test]
fn groups_have_long_and_short_forms() {
    let expected = [inline(EscalationKind::ToAll(vec![
        named("a"),
        inline(EscalationKind::ToOne(vec![named("b"), named("c")])),
    ]))];
    // S01-176: a text is a reference, and the mapping a group of two.
    assert_eq!(escalations("[a, {to_one: {escalations: [b, c]}}]"), expected);
    // S01-177: the same group as a mere list.
    assert_eq!(escalations("[a, {to_one: [b, c]}]"), expected);
    assert_eq!(escalations("[a, {type: to_one, escalations: [b, c]}]"), expected);
    // S01-178: groups inside groups, a reference innermost.
    assert_eq!(
        escalations("[{to_one: [{to_all: [{ref: x}, y]}]}]"),
        [inline(EscalationKind::ToOne(vec![inline(
            EscalationKind::ToAll(vec![named("x"), named("y")])
        )]))]
    );
    let stored = escalation("{name: e, kind: escalations, type: to_all, metadata: {a: b}, escalations: [x]}");
    assert_eq!(stored.kind, EscalationKind::ToAll(vec![named("x")]));
    assert_eq!(escalation(&to_json(&stored)), stored);
}

#[test]
fn what_is_wrong_with_an_sla_is_told() {
    let window = "type: response_time_sliding_window";
    let cases = [
        (
            "{type: escalation_only}".to_owned(),
            code::MISSING_PATH_VALUE,
            "/name",
        ),
        ("{name: s}".to_owned(), code::MISSING_PATH_VALUE, "/type"),
        ("{ref: s}".to_owned(), code::MISSING_PATH_VALUE, "/name"),
        (
            "{name: s, reference: t}".to_owned(),
            code::UNEXPECTED_ELEMENT,
            r#"{"name":"s"}"#,
        ),
        (
            format!("{{name: s, {window}}}"),
            code::MISSING_PATH_VALUE,
            "/threshold/upper",
        ),
        (
            format!("{{name: s, {window}, threshold: {{upper: 1}}, window: {{interval: 1, cooldown: 1}}}}"),
            code::MISSING_PATH_VALUE,
            "/threshold/lower",
        ),
        (
            format!("{{name: s, {window}, threshold: 5, window: {{interval: 1, cooldown: 1}}}}"),
            code::UNEXPECTED_INNER_ELEMENT,
            "'threshold'",
        ),
        (
            format!(
                "{{name: s, {window}, threshold: {{upper: 1, lower: 1s}}, window: {{interval: 1, cooldown: 1}}}}"
            ),
            code::UNEXPECTED_TYPE,
            "'lower'",
        ),
        (
            format!(
                "{{name: s, {window}, threshold: {{upper: 1, lower: 1, middle: 1}}, window: {{interval: 1, cooldown: 1}}}}"
            ),
            code::UNEXPECTED_ELEMENT,
            r#"{"threshold":{"middle":1}}"#,
        ),
        (
            "{name: s, type: escalation_only, window: 5}".to_owned(),
            code::UNEXPECTED_ELEMENT,
            r#"{"window":5}"#,
        ),
        (
            "{name: s, kind: scales, type: other}".to_owned(),
            code::INCONSISTENT_ARTIFACT_KIND,
            "'scales'",
        ),
        (
            "{name: s, type: escalation_only, escalations: [{name: e, type: x}]}".to_owned(),
            code::EITHER_REFERENCE_OR_ANONYMOUS,
            "'escalation -> e'",
        ),
        (
            "{name: s, type: escalation_only, escalations: [[a]]}".to_owned(),
            code::UNEXPECTED_TYPE,
            "'escalations'",
        ),
        (
            "{name: s, type: escalation_only, escalations: [{to_one: a}]}".to_owned(),
            code::UNEXPECTED_TYPE,
            "'to_one'",
        ),
        (
            "{name: s, type: escalation_only, escalations: [{to_one: {}}]}".to_owned(),
            code::MISSING_PATH_VALUE,
            "/escalations",
        ),
        (
            "{name: s, type: escalation_only, escalations: [{to_one: [a], why: b}]}".to_owned(),
            code::MISSING_PATH_VALUE,
            "/type",
        ),
        (
            "{name: s, type: escalation_only, escalations: [a/b]}".to_owned(),
            code::ILLEGAL_NAME,
            "a/b",
        ),
    ];
    for (text, expected, words) in cases {
        let problems = refused::<Sla>(&text);
        assert_eq!(problems[0].code, expected, "{text}: {problems:?}");
        assert!(problems[0].message.contains(words), "{text}: {problems:?}");
        assert_eq!(
            problems.len(),
            1 + usize::from(text.ends_with("window}")),
            "{text}: {problems:?}"
        );
    }
}

#[test]
fn what_is_wrong_with_an_escalation_is_told() {
    let cases = [
        (
            "{name: e, type: scale_instances, minimum: 1}",
            code::MISSING_PATH_VALUE,
            "/maximum",
        ),
        (
            "{name: e, type: scale_instances, minimum: 1, maximum: 2, scale_by: 0.5}",
            code::UNEXPECTED_TYPE,
            "'scale_by'",
        ),
        (
            "{name: e, type: scale_cpu, minimum: .nan, maximum: 2, scale_by: 1}",
            code::UNEXPECTED_TYPE,
            "'minimum'",
        ),
        (
            "{name: e, type: scale_memory, minimum: 64MB, maximum: 2, scale_by: 1}",
            code::UNEXPECTED_TYPE,
            "'minimum'",
        ),
        (
            "{name: e, type: scale_cpu, minimum: 3000000000, maximum: 2, scale_by: 1}",
            code::UNEXPECTED_TYPE,
            "'minimum'",
        ),
        (
            "{name: e, type: to_all}",
            code::MISSING_PATH_VALUE,
            "/escalations",
        ),
        (
            "{name: e, type: to_all, escalations: a}",
            code::UNEXPECTED_TYPE,
            "'escalations'",
        ),
        ("{name: e, to_all: [a]}", code::MISSING_PATH_VALUE, "/type"),
        ("{to_all: [a]}", code::MISSING_PATH_VALUE, "/name"),
        ("{ref: e}", code::MISSING_PATH_VALUE, "/name"),
        (
            "{name: e, type: scale_cpu, minimum: 1, maximum: 2, scale_by: 1, unit: m}",
            code::UNEXPECTED_ELEMENT,
            r#"{"unit":"m"}"#,
        ),
    ];
    for (text, expected, words) in cases {
        let problems = read::<Escalation>(text, Format::Yaml).unwrap_err();
        assert_eq!(problems.first().code, expected, "{text}: {problems}");
        assert!(problems.first().message.contains(words), "{text}: {problems}");
    }
}
