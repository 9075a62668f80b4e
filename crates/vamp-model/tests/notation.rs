//! YAML and JSON: what they mean, and where they end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use serde_json::{Value, json};
use vamp_model::{Blueprint, Breed, Format, Limits, Problem, code, read, read_with, to_json, to_yaml};

/// What a value under `metadata` means.
fn value(text: &str, format: Format) -> Value {
    let breed: Breed = read(text, format).unwrap();
    breed.metadata["v"].clone()
}

fn yaml(value_text: &str) -> Value {
    value(
        &format!("name: a\ndeployable: x\nmetadata:\n  v: {value_text}\n"),
        Format::Yaml,
    )
}

fn json_value(value_text: &str) -> Value {
    value(
        &format!("{{\"name\":\"a\",\"deployable\":\"x\",\"metadata\":{{\"v\":{value_text}}}}}"),
        Format::Json,
    )
}

fn refused(text: &str, format: Format) -> Problem {
    read::<Breed>(text, format).unwrap_err().first().clone()
}

#[test]
fn plain_scalars_mean_what_yaml_1_1_says() {
    let cases = [
        ("yes", json!(true)),
        ("OFF", json!(false)),
        ("y", json!("y")),
        ("~", json!(null)),
        ("017", json!(15)),
        ("0x1F", json!(31)),
        ("1_000", json!(1000)),
        ("1:30", json!(90)),
        ("1e3", json!(1000.0)),
        (".5", json!(0.5)),
        (".inf", json!("Infinity")),
        ("18446744073709551615", json!(u64::MAX)),
        ("18446744073709551616", json!("18446744073709551616")),
        ("2017-02-03", json!("2017-02-03T00:00:00Z")),
        ("'yes'", json!("yes")),
        ("\"1\"", json!("1")),
        ("!!str 1", json!("1")),
        ("!!float 1", json!(1.0)),
        ("|\n    two\n    lines", json!("two\nlines\n")),
    ];
    for (text, expected) in cases {
        assert_eq!(yaml(text), expected, "{text}");
    }
}

#[test]
fn colons_inside_words_of_flow_collections_are_part_of_them() {
    assert_eq!(
        yaml("{db: pg:9, url: http://x/y?z}"),
        json!({"db": "pg:9", "url": "http://x/y?z"})
    );
    assert_eq!(yaml("[10.0.0.5:80]"), json!(["10.0.0.5:80"]));
}

#[test]
fn keys_become_text() {
    assert_eq!(
        yaml("{8080: a, YES: b, 1.10: c, 0x10: d}"),
        json!({"8080": "a", "true": "b", "1.1": "c", "16": "d"})
    );
    assert_eq!(yaml("{[external/1, b]: a}"), json!({"[external/1, b]": "a"}));
}

#[test]
fn anchors_aliases_and_merge_keys_are_expanded() {
    assert_eq!(yaml("{a: &x [1, 2], b: *x}"), json!({"a": [1, 2], "b": [1, 2]}));
    let merged = yaml(
        "\n    base: &base {a: 1, b: 2}\n    more: {b: 3, <<: *base}\n    most: {<<: [{c: 4, a: 5}, *base]}",
    );
    assert_eq!(merged["more"], json!({"b": 3, "a": 1}));
    assert_eq!(merged["most"], json!({"c": 4, "a": 5, "b": 2}));
    let keys: Vec<&String> = merged["more"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["b", "a"], "merged keys come after the mapping's own");
    assert_eq!(yaml("{'<<': {a: 1}}"), json!({"<<": {"a": 1}}));
}

#[test]
fn json_is_read_with_everything_that_json_has() {
    assert_eq!(json_value(r#""\ud83d\ude00 \/ \u00e9 \n""#), json!("😀 / é \n"));
    assert_eq!(
        json_value("[\t1,\t-2.5e1, true, null ]"),
        json!([1, -25.0, true, null])
    );
    let with_mark = "\u{feff}{\"name\":\"a\",\"deployable\":\"x\"}";
    for format in [Format::Auto, Format::Json, Format::Yaml] {
        assert_eq!(read::<Breed>(with_mark, format).unwrap().name.as_str(), "a");
    }
    // A list of one mapping is that mapping.
    let listed: Breed = read("[{\"name\":\"a\",\"deployable\":\"x\"}]", Format::Json).unwrap();
    assert_eq!(listed.name.as_str(), "a");
    let flow: Breed = read("{name: a, deployable: x}", Format::Auto).unwrap();
    assert_eq!(flow, listed);
}

#[test]
fn broken_texts_are_refused_where_they_break() {
    let cases = [
        ("name: a\ndeployable: [x\n", Format::Yaml, (3, 1)),
        ("name: a\ndeployable: [x", Format::Yaml, (2, 15)),
        ("name: a\r\ndeployable: [é", Format::Yaml, (2, 15)),
        ("name: a\nports:\n\tweb: 80\n", Format::Yaml, (3, 2)),
        ("name: a\n? [{b: c}]\n: d\n", Format::Yaml, (2, 3)),
        ("{\"name\": \"a\",\n \"deployable\": }", Format::Json, (2, 16)),
        ("{\"é\": \"a\" \"b\"}", Format::Json, (1, 11)),
        ("{\"name\": \"a\",}", Format::Json, (1, 14)),
        ("{\"name\": 01}", Format::Json, (1, 11)),
        ("{\"name\": \"\\ud800\"}", Format::Json, (1, 17)),
        ("{\"name\": \"a\nb\"}", Format::Json, (1, 12)),
        ("{} {}", Format::Json, (1, 4)),
        (
            "{\"name\": \"a\",\n \"deployable\": \"x\" \"y\"}",
            Format::Auto,
            (2, 20),
        ),
    ];
    for (text, format, place) in cases {
        let problem = refused(text, format);
        assert_eq!(
            (problem.code, (problem.line, problem.column)),
            (code::YAML_PARSING, place),
            "{text}: {problem}"
        );
    }
}

#[test]
fn application_tags_are_refused() {
    // S01-001: the message begins with the words that programs know, behind "Error:".
    let problem = refused("name: a\ndeployable: !ios x\n", Format::Yaml);
    assert_eq!((problem.code, problem.line), (code::YAML_PARSING, 2));
    assert_eq!(problem.message, "Error: Can't construct a resource for !ios");
    let problem = refused("name: a\ndeployable: !!java.net.URL [x]\n", Format::Yaml);
    assert_eq!(
        problem.message,
        "Error: Can't construct a resource for tag:yaml.org,2002:java.net.URL"
    );
}

#[test]
fn a_text_with_one_artifact_holds_one_mapping() {
    for text in [
        "",
        "a",
        "~",
        "[]",
        "name: a\n---\nname: b\n",
        "[{name: a}, {name: b}]",
    ] {
        let problem = refused(text, Format::Yaml);
        assert_eq!(problem.code, code::UNEXPECTED_TYPE, "{text}");
        assert!(
            problem.message.starts_with("Unexpected type for path '/'"),
            "{problem}"
        );
    }
}

#[test]
fn no_text_asks_for_more_than_the_limits() {
    let bomb = (1..9).fold(
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(),
        |text, level| {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            format!("{text}a{level}: &a{level} [{aliases}]\n")
        },
    );
    let mut small = Limits::default();
    small.bytes = 10;
    let mut few = Limits::default();
    few.documents = 1;
    let cases = [
        ("name: a\ndeployable: x\n".to_owned(), small),
        ("name: a\n---\nname: b\n".to_owned(), few),
        (
            format!("a: {}{}", "[".repeat(150), "]".repeat(150)),
            Limits::default(),
        ),
        ("- ".repeat(150), Limits::default()),
        (bomb, Limits::default()),
    ];
    for (text, limits) in cases {
        let problems = read_with::<Breed>(&text, Format::Yaml, &limits).unwrap_err();
        assert_eq!(problems.first().code, code::LIMIT, "{problems}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(150), "]".repeat(150));
    assert_eq!(refused(&deep, Format::Json).code, code::LIMIT);
    // The parser looks ahead of our limit, into its own: that is told alike.
    let deeper = refused(&"[".repeat(3000), Format::Yaml);
    assert_eq!(deeper.code, code::LIMIT);
    assert!(deeper.message.contains("limit `depth` of 100"), "{deeper}");
    assert_eq!(refused("a: &a [*a]", Format::Yaml).code, code::YAML_PARSING);
}

#[test]
fn places_are_counted_in_characters_whatever_ends_a_line() {
    for (end, format) in [
        ("\n", Format::Yaml),
        ("\r\n", Format::Yaml),
        ("\r", Format::Yaml),
        ("\r\n", Format::Auto),
    ] {
        let lines = [
            "name: a",
            "deployable: |",
            "  text",
            "",
            "  more",
            "metadata: {é: '😀', 😀: x}",
            "😀é: {x: 1}",
        ];
        let problem = refused(&lines.join(end), format);
        assert_eq!((problem.line, problem.column), (7, 1), "{end:?}");
        let flow = format!("name: a{end}{{é: 😀, b: *x}}");
        assert_eq!(refused(&flow, format).line, 2, "{end:?}");
    }
    let problem = refused(
        "name: a\ndeployable: x\nmetadata: {}\nports: {é😀: 80, b: x/http}\n",
        Format::Yaml,
    );
    assert_eq!((problem.line, problem.column), (4, 20));
    let problem = refused(
        "{\"é😀\": {}, \"name\": [],\r\n \"deployable\": \"x\"}",
        Format::Json,
    );
    assert_eq!((problem.line, problem.column), (1, 12));
}

#[test]
fn aliases_do_not_make_a_tree_deeper_than_the_limit() {
    // Each line is shallow; put together they would be 900 lists deep, and exhaust the stack of whoever walks over them.
    let towers = (1..=10).fold("a0: &a0 x\n".to_owned(), |text, level| {
        let (open, close) = ("[".repeat(90), "]".repeat(90));
        format!("{text}a{level}: &a{level} {open}*a{} {close}\n", level - 1)
    });
    let problem = refused(&towers, Format::Yaml);
    assert_eq!(problem.code, code::LIMIT, "{problem}");
    assert_eq!((problem.line, problem.column), (3, 99), "{problem}");
}

#[test]
fn metadata_stay_so_shallow_that_what_is_written_can_be_read_again() {
    let blueprint = |depth: usize| {
        let deep = format!("{}1{}", "{a: ".repeat(depth), "}".repeat(depth));
        format!("name: shop\nclusters:\n  web: [{{name: b, deployable: x, metadata: {deep}}}]\n")
    };
    let deepest: Blueprint = read(&blueprint(80), Format::Yaml).unwrap();
    assert_eq!(
        read::<Blueprint>(&to_json(&deepest), Format::Json).unwrap(),
        deepest
    );
    assert_eq!(
        read::<Blueprint>(&to_yaml(&deepest), Format::Yaml).unwrap(),
        deepest
    );
    let problems = read::<Blueprint>(&blueprint(81), Format::Yaml).unwrap_err();
    let problem = problems.first();
    assert_eq!(
        (problem.code, problem.path.as_str()),
        (code::LIMIT, "clusters.web[0].metadata")
    );
}

#[test]
fn only_so_many_problems_are_reported() {
    let mut text = "name: a\ndeployable: x\n".to_owned();
    for number in 0..50 {
        text.push_str(&format!("unknown{number}: 1\n"));
    }
    let mut limits = Limits::default();
    limits.problems = 10;
    let problems = read_with::<Breed>(&text, Format::Yaml, &limits).unwrap_err();
    assert_eq!((problems.len(), problems.omitted()), (10, 40));
    assert!(problems.to_string().ends_with("… and 40 more"));
}
