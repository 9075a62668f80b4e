//! How much of a service runs.

use vamp_model::{Blueprint, Format, Memory, Quantity, Reference, Scale, code, read, to_json};

#[test]
fn a_scale_says_how_much_runs() {
    let scale: Scale = read("{name: small, cpu: 200m, memory: .5GB}", Format::Yaml).unwrap();
    assert_eq!(
        (scale.cpu, scale.memory),
        (Quantity::new(0.2).unwrap(), Memory::new(500.0).unwrap())
    );
    assert_eq!(scale.instances, 1);
    assert_eq!(
        to_json(&scale),
        r#"{"name":"small","kind":"scales","metadata":{},"cpu":0.2,"memory":"500.00MB","instances":1}"#
    );
}

#[test]
fn what_is_no_scale_is_told() {
    let cases = [
        ("{cpu: 1, memory: 1GB}", code::MISSING_PATH_VALUE),
        ("{reference: big}", code::MISSING_PATH_VALUE),
        ("{name: s, memory: 1GB}", code::MISSING_PATH_VALUE),
        ("{name: s, cpu: two, memory: 1GB}", code::UNEXPECTED_TYPE),
        ("{name: s, cpu: .inf, memory: 1GB}", code::UNEXPECTED_TYPE),
        ("{name: s, cpu: true, memory: 1GB}", code::UNEXPECTED_TYPE),
        ("{name: s, cpu: 1, memory: 64}", code::UNEXPECTED_TYPE),
        (
            "{name: s, cpu: 1, memory: 1GB, instances: many}",
            code::UNEXPECTED_TYPE,
        ),
        (
            "{name: s, cpu: 1, memory: 1GB, instances: 1.5}",
            code::UNEXPECTED_TYPE,
        ),
        (
            "{name: s, cpu: 1, memory: 1GB, instances: -1}",
            code::UNEXPECTED_TYPE,
        ),
    ];
    for (text, expected) in cases {
        let problems = read::<Scale>(text, Format::Yaml).unwrap_err();
        assert_eq!(problems.first().code, expected, "{text}: {problems}");
    }
    let problems =
        read::<Scale>("{name: s, cpu: 1, memory: 1GB, instances: many}", Format::Yaml).unwrap_err();
    // S01-002: a text where a whole number is wanted; the message has the key, the hint what is wanted and what is there.
    assert_eq!(
        problems.first().to_string(),
        "1:43: Unexpected type for path 'instances'. (expected a whole number of at most 32 bits, found text 'many')"
    );
}

#[test]
fn a_scale_in_a_service_is_named_or_written_out_without_a_name() {
    let service = |scale: &str| {
        let text = format!("{{name: b, clusters: {{c: {{breed: a, scale: {scale}}}}}}}");
        read::<Blueprint>(&text, Format::Yaml)
    };
    let scale = |text: &str| {
        service(text).unwrap().clusters["c"].services[0]
            .scale
            .clone()
            .unwrap()
    };
    let named = |name: &str| Reference::Named(name.parse().unwrap());
    assert_eq!(scale("small"), named("small"));
    assert_eq!(scale("{reference: small}"), named("small"));
    assert_eq!(scale("{ref: small}"), named("small"));
    assert_eq!(scale("{ref: small, name: x, kind: scale}"), named("small"));
    assert_eq!(scale("1.0"), named("1.0"));
    // One that was printed with its kind keeps its content; the name is not used.
    let inline = scale("{kind: scales, name: small, metadata: {a: 1}, cpu: 1, memory: 1GB}");
    assert_eq!(inline.inline().unwrap().name, None);
    assert_eq!(inline.inline().unwrap().metadata["a"], 1);

    let refused = [
        (
            "{name: small, cpu: 1, memory: 1GB}",
            code::EITHER_REFERENCE_OR_ANONYMOUS,
            "'scale -> small'",
        ),
        ("[small]", code::UNEXPECTED_TYPE, "'scale'"),
        ("a/b", code::ILLEGAL_NAME, "a/b"),
        (
            "{ref: a, reference: b}",
            code::UNEXPECTED_ELEMENT,
            r#"{"ref":"a"}"#,
        ),
        ("{reference: s, cpu: 1}", code::UNEXPECTED_ELEMENT, r#"{"cpu":1}"#),
        (
            "{reference: s, kind: breeds}",
            code::INCONSISTENT_ARTIFACT_KIND,
            "'breeds'",
        ),
        (
            "{kind: breeds, cpu: 1, memory: 1GB}",
            code::INCONSISTENT_ARTIFACT_KIND,
            "'breeds'",
        ),
    ];
    for (text, expected, words) in refused {
        let problems = service(text).unwrap_err();
        assert_eq!(problems.first().code, expected, "{text}: {problems}");
        assert!(problems.first().message.contains(words), "{text}: {problems}");
    }
}
