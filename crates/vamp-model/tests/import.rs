//! Documents that import parts of others.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::cell::RefCell;

use proptest::prelude::*;
use serde_json::{Value, json};
use vamp_model::import::{
    Import, Imported, imports_of, merge, read_deployment_request_importing, read_documents_importing,
    read_importing, read_list_importing,
};
use vamp_model::{
    AnyArtifact, Blueprint, Breed, Content, DeploymentRequest, Format, Kind, Limits, Problem, Problems,
    Scale, Template, arbitrary, code, read,
};

/// What there is to be imported.
fn stored(kind: Kind, name: &str) -> Imported {
    let artifact = match (kind, name) {
        (Kind::Template, "ports") => json!({
            "name": "ports", "kind": "templates", "metadata": {"of": "template"},
            "definition": {"ports": {"http": "8080", "admin": "8081"}, "metadata": {"team": "shop"}},
        }),
        (Kind::Template, "mode") => json!({
            "name": "mode", "definition": {"environment_variables": {"MODE": "fast"}, "ports": {"admin": "9000"}},
        }),
        (Kind::Template, "empty") => json!({"name": "empty", "kind": "templates", "metadata": {}}),
        (Kind::Template, "odd") => json!({"name": "odd", "definition": "text"}),
        (Kind::Template, "slip") => {
            json!({"name": "slip", "definition": {"prots": {}, "environment_variables": 5}})
        }
        (Kind::Template, "services") => json!({
            "name": "services",
            "definition": {"clusters": {"web": {"services": [{"breed": {"reference": "web:1"}}]}}},
        }),
        (Kind::Breed, "web:1") => json!({
            "name": "web:1", "kind": "breeds", "metadata": {}, "deployable": {"definition": "acme/web:1"},
            "ports": {"http": "80"}, "environment_variables": {}, "constants": {}, "arguments": [], "dependencies": {},
        }),
        (Kind::Scale, "away") => return Imported::Unknown,
        _ => return Imported::Absent,
    };
    Imported::Found(artifact)
}

fn breed(text: &str) -> Result<Breed, Problems> {
    read_importing(text, Format::Yaml, &Limits::default(), &stored)
}

fn refused(text: &str) -> Vec<Problem> {
    breed(text).unwrap_err().into_iter().collect()
}

fn named(text: &str) -> Vec<(String, String)> {
    let (imports, _) = imports_of(text, Format::Yaml).unwrap();
    imports
        .into_iter()
        .map(|import| (import.kind, import.name))
        .collect()
}

fn pair(kind: &str, name: &str) -> (String, String) {
    (kind.to_owned(), name.to_owned())
}

#[test]
fn a_document_names_what_it_imports() {
    // S01-204: a text is a template, a list keeps its order, and a kind may stand before the name.
    assert_eq!(named("import: a"), [pair("templates", "a")]);
    assert_eq!(
        named("import: [b, k/n, a]"),
        [pair("templates", "b"), pair("k", "n"), pair("templates", "a")]
    );
    // S01-205: what is left is the document without the key.
    let (_, base) = imports_of("{a: 1, import: [x, y], b: {import: z}}", Format::Yaml).unwrap();
    assert_eq!(base.to_string(), r#"{"a":1,"b":{"import":"z"}}"#);

    for nothing in ["{a: 1}", "{a: 1, import: ~}", "{a: 1, import: []}"] {
        let (imports, base) = imports_of(nothing, Format::Yaml).unwrap();
        assert_eq!((imports, base), (Vec::new(), json!({"a": 1})), "{nothing}");
    }
    assert_eq!(named("import: a/"), [pair("templates", "a")]);
    assert_eq!(named("import: breeds/web:1//"), [pair("breeds", "web:1")]);
    assert_eq!(named("import: /a"), [pair("", "a")]);
    assert_eq!(named(r#"{"import": "breeds/é x"}"#), [pair("breeds", "é x")]);
}

#[test]
fn what_names_no_artifact_is_told() {
    let first = |text: &str| imports_of(text, Format::Yaml).unwrap_err().first().clone();
    // S01-206: a mapping in the list, three segments, and an empty text.
    for (import, code) in [
        ("[{a: b}]", code::IMPORT_DEFINITION),
        ("a/b/c", code::IMPORT_DEFINITION),
        ("''", code::EMPTY_IMPORT),
        ("[a, '']", code::EMPTY_IMPORT),
        ("{a: b}", code::IMPORT_DEFINITION),
        ("{}", code::IMPORT_DEFINITION),
        ("5", code::IMPORT_DEFINITION),
        ("true", code::IMPORT_DEFINITION),
        ("[5]", code::IMPORT_DEFINITION),
        ("[~]", code::IMPORT_DEFINITION),
        ("[[a]]", code::IMPORT_DEFINITION),
        ("/", code::IMPORT_DEFINITION),
        ("//", code::IMPORT_DEFINITION),
        ("a//b", code::IMPORT_DEFINITION),
    ] {
        let problem = first(&format!("import: {import}\n"));
        assert_eq!(problem.code, code, "{import}");
        let message = match code {
            code::EMPTY_IMPORT => "Empty import error.",
            _ => "Import definition error - it must be a reference to an artifact.",
        };
        assert_eq!(problem.message, message);
        assert!(problem.path.starts_with("import"), "{import}");
    }
}

#[test]
fn what_is_imported_lies_below_the_document() {
    let web = breed(
        "name: web:2
import: [ports, mode]
deployable: acme/web:2
ports: {http: 80}
environment_variables: {LEVEL: info}
",
    )
    .unwrap();
    let expected: Breed = read(
        "name: web:2
deployable: acme/web:2
metadata: {team: shop}
ports: {http: 80, admin: 9000}
environment_variables: {MODE: fast, LEVEL: info}
",
        Format::Yaml,
    )
    .unwrap();
    assert_eq!(web, expected);
    let ports: Vec<&str> = web.ports.keys().map(|name| name.as_str()).collect();
    assert_eq!(ports, ["http", "admin"]);
    let variables: Vec<&str> = web
        .environment_variables
        .keys()
        .map(|name| name.as_str())
        .collect();
    assert_eq!(variables, ["MODE", "LEVEL"]);
}

#[test]
fn an_artifact_is_imported_whole_and_a_template_by_its_definition() {
    let copy = breed("{name: web:2, import: breeds/web:1}").unwrap();
    assert_eq!(
        (copy.name.as_str(), copy.deployable.definition.as_str()),
        ("web:2", "acme/web:1")
    );
    // The name is imported, too.
    assert_eq!(breed("import: breeds/web:1").unwrap().name.as_str(), "web:1");
    for nothing in ["empty", "odd"] {
        let text = format!("{{name: b, deployable: d, import: {nothing}}}");
        assert_eq!(breed(&text).unwrap(), breed("{name: b, deployable: d}").unwrap());
    }
    // A document without imports is read as ever.
    let plain: Breed = read("{name: b, deployable: d}", Format::Yaml).unwrap();
    assert_eq!(breed("{name: b, deployable: d}").unwrap(), plain);
    assert_eq!(breed("{name: b, deployable: d, import: ~}").unwrap(), plain);
}

#[test]
fn lists_of_both_are_united() {
    let text = "
import: services
name: shop
clusters:
  web:
    services:
    - breed: web:2
    - breed: {reference: web:1}
";
    let shop: Blueprint = read_importing(text, Format::Yaml, &Limits::default(), &stored).unwrap();
    let breeds: Vec<&str> = shop.clusters["web"]
        .services
        .iter()
        .map(|service| service.breed.named().unwrap().as_str())
        .collect();
    assert_eq!(breeds, ["web:1", "web:2"]);
}

#[test]
fn an_import_that_is_not_there_is_told_where_it_is_named() {
    let problems =
        refused("name: b\nimport:\n- ports\n- gone\n- breedz/web:1\n- scales/away\n- breed/web:1\n");
    let found: Vec<(usize, &str, &str)> = problems
        .iter()
        .map(|problem| (problem.line, problem.code, problem.message.as_str()))
        .collect();
    // Only imports are spoken of: without them nobody knows what the document lacks.
    assert_eq!(
        found,
        [
            (
                4,
                code::IMPORT_REFERENCE,
                "Reference 'templates/gone' cannot be resolved."
            ),
            (5, code::UNEXPECTED_ARTIFACT, "Unexpected resource: 'breedz'."),
            (
                6,
                code::NOT_CHECKED,
                "Nobody can tell whether 'scales/away' exists, and what it says."
            ),
            (7, code::UNEXPECTED_ARTIFACT, "Unexpected resource: 'breed'."),
        ]
    );
    assert_eq!(problems[1].hint.as_deref(), Some("did you mean `breeds`?"));
    assert_eq!(problems[0].path, "import[1]");
    assert_eq!(refused("import: /a")[0].message, "Unexpected resource: ''.");
}

#[test]
fn problems_stand_in_the_document_or_where_the_import_is_named() {
    let text = "name: b\nimport: [ports, slip]\ndeployable: d\nports:\n  metrics: abc/http\n";
    let problems = refused(text);
    let found: Vec<(&str, &str, &str, Option<&str>)> = problems
        .iter()
        .map(|problem| {
            let spoken_of = &text[problem.span.clone()];
            (
                problem.code,
                problem.path.as_str(),
                spoken_of,
                problem.hint.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                code::UNEXPECTED_TYPE,
                "environment_variables",
                "slip",
                Some(
                    "expected a mapping, found a whole number '5'; it comes from the imported templates/slip"
                )
            ),
            (
                code::UNEXPECTED_ELEMENT,
                "prots",
                "slip",
                Some("did you mean `ports`?; it comes from the imported templates/slip")
            ),
            (
                code::UNEXPECTED_TYPE,
                "ports.metrics",
                "abc/http",
                Some(
                    "expected a port such as 8080, 8080/http or 8080/tcp from 0 to 65535, found text 'abc/http'"
                )
            ),
        ]
    );
    // What is overridden is no problem.
    assert_eq!(
        refused("name: b\nimport: slip\ndeployable: d\nenvironment_variables: {}\n").len(),
        1
    );
}

#[test]
fn imports_of_imported_artifacts_are_not_followed() {
    let asked = RefCell::new(Vec::new());
    let recursive = |kind: Kind, name: &str| {
        asked.borrow_mut().push(format!("{kind}/{name}"));
        Imported::Found(json!({"name": name, "definition": {"import": ["b"], "deployable": "d"}}))
    };
    let read = read_importing::<Breed>(
        "{name: x, import: a}",
        Format::Yaml,
        &Limits::default(),
        &recursive,
    );
    let problems = read.unwrap_err();
    assert_eq!(problems.first().message, r#"Unexpected in DSL: {"import":["b"]}"#);
    assert_eq!(*asked.borrow(), ["templates/a"]);
}

#[test]
fn what_is_imported_is_limited() {
    let deep = (0..200).fold(json!(1), |inner, _| json!({ "a": inner }));
    let many = |kind: Kind, name: &str| match (kind, name) {
        (Kind::Template, "deep") => Imported::Found(json!({"definition": {"metadata": deep.clone()}})),
        (Kind::Template, _) => Imported::Found(json!({"definition": {"metadata": {"list": [1, 2, 3]}}})),
        _ => Imported::Absent,
    };
    let with = |limits: &Limits, import: &str| {
        let text = format!("{{name: t, import: {import}}}");
        read_importing::<Template>(&text, Format::Yaml, limits, &many)
            .map_err(|problems| problems.first().clone())
    };
    let deep = with(&Limits::default(), "deep").unwrap_err();
    assert_eq!((deep.code, deep.path.as_str()), (code::LIMIT, "import"));
    assert!(deep.message.contains("`depth` of 100"), "{deep}");

    // Each brings in six values: two mappings, the list, and its elements.
    let limits = Limits::default().with_import_values(12);
    assert!(with(&limits, "[a, b]").is_ok());
    let third = with(&limits, "[a, b, c, d]").unwrap_err();
    assert_eq!((third.code, third.path.as_str()), (code::LIMIT, "import[2]"));
    assert!(third.message.contains("`import_values`"), "{third}");

    // Nobody is asked for more when enough problems have been told.
    let asked = RefCell::new(0);
    let absent = |_: Kind, _: &str| {
        *asked.borrow_mut() += 1;
        Imported::Absent
    };
    let text = format!("{{name: t, import: [{}]}}", "a, ".repeat(500));
    let limits = Limits::default().with_problems(20);
    let problems = read_importing::<Template>(&text, Format::Yaml, &limits, &absent).unwrap_err();
    assert_eq!((problems.len(), *asked.borrow()), (20, 20));
}

#[test]
fn each_of_several_documents_has_its_own_imports() {
    let text = "
kind: breeds
name: a
import: breeds/web:1
---
- {kind: scale, name: s, cpu: 1, memory: 64MB}
- {kind: breed, name: b, deployable: d, import: [mode]}
---
{kind: deployments, name: shop, import: services}
";
    let documents = read_documents_importing(text, Format::Yaml, &Limits::default(), &stored).unwrap();
    let breeds: Vec<(&str, usize)> = documents
        .iter()
        .filter_map(|document| match &document.content {
            Content::Artifact(AnyArtifact::Breed(breed)) => Some((breed.name.as_str(), breed.ports.len())),
            _ => None,
        })
        .collect();
    assert_eq!(breeds, [("a", 1), ("b", 1)]);
    assert!(matches!(
        &documents[3].content,
        Content::Deployment(DeploymentRequest::Blueprint(shop)) if shop.clusters.len() == 1
    ));
    assert!(
        read_documents_importing(" ", Format::Yaml, &Limits::default(), &stored)
            .unwrap()
            .is_empty()
    );

    // What a document is, it says itself.
    let without = "{name: a, import: breeds/web:1}\n---\n{kind: breeds, import: breeds/web:1}\n---\n{kind: scales, name: s, import: gone}";
    let problems = read_documents_importing(without, Format::Yaml, &Limits::default(), &stored).unwrap_err();
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(
        codes,
        [
            code::MISSING_PATH_VALUE,
            code::MISSING_PATH_VALUE,
            code::IMPORT_REFERENCE
        ]
    );
}

#[test]
fn lists_and_requests_import_too() {
    let list = "- {name: a, import: breeds/web:1}\n- {name: b, deployable: d}\n";
    let breeds = read_list_importing::<Breed>(list, Format::Yaml, &Limits::default(), &stored).unwrap();
    assert_eq!(breeds[0].deployable.definition, "acme/web:1");
    assert!(read_list_importing::<Scale>("[]", Format::Yaml, &Limits::default(), &stored).is_err());

    let request =
        |text: &str| read_deployment_request_importing(text, Format::Yaml, &Limits::default(), &stored);
    let DeploymentRequest::Blueprint(shop) = request("{name: shop, import: services}").unwrap() else {
        panic!("a name")
    };
    assert_eq!(shop.clusters["web"].services.len(), 1);
    assert_eq!(
        request("{name: shop}").unwrap(),
        DeploymentRequest::Named("shop".parse().unwrap())
    );
    assert_eq!(
        request("{name: shop, import: gone}").unwrap_err().first().code,
        code::IMPORT_REFERENCE
    );
}

#[test]
fn an_import_knows_its_kind() {
    let import = |kind: &str| Import {
        kind: kind.to_owned(),
        name: "a".to_owned(),
    };
    assert_eq!(import("workflows").known_kind(), Some(Kind::Workflow));
    for unknown in ["workflow", "", "k"] {
        assert_eq!(import(unknown).known_kind(), None);
    }
    assert_eq!(import("breeds").to_string(), "breeds/a");
}

/// The rule for two values, word by word.
fn over(lower: &Value, upper: &Value) -> Value {
    match (lower, upper) {
        (Value::Object(lower), Value::Object(upper)) => {
            let mut merged = lower.clone();
            for (key, value) in upper {
                let value = lower
                    .get(key)
                    .map_or_else(|| value.clone(), |lower| over(lower, value));
                merged.insert(key.clone(), value);
            }
            Value::Object(merged)
        }
        (Value::Array(lower), Value::Array(upper)) => {
            let new = upper.iter().filter(|element| !lower.contains(element));
            lower.iter().chain(new).cloned().collect()
        }
        (_, upper) => upper.clone(),
    }
}

/// Values of few keys and scalars, so that they have much in common.
fn alike() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3).prop_map(Value::from),
        "[ab]{0,1}".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-c]", inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_many_is_merging_one_after_the_other(values in prop::collection::vec(alike(), 1..5)) {
        let one_by_one = values[1..].iter().fold(values[0].clone(), |lower, upper| over(&lower, upper));
        prop_assert_eq!(merge(values).to_string(), one_by_one.to_string());
    }

    #[test]
    fn a_document_that_says_nothing_itself_is_what_it_imports(breed in arbitrary::breed()) {
        let imports = |_: Kind, _: &str| Imported::Found(serde_json::to_value(&breed).unwrap());
        let read = read_importing::<Breed>("import: breeds/b", Format::Yaml, &Limits::default(), &imports);
        prop_assert_eq!(read.map_err(|problems| TestCaseError::fail(problems.to_string()))?, breed);
    }
}
