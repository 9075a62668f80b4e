//! Several artifacts in one text.

use vamp_model::{
    AnyArtifact, Content, DeploymentRequest, Format, Kind, Scale, code, read_documents, read_list,
};

#[test]
fn several_artifacts_come_in_one_text() {
    let text = "
kind: breed
name: b
deployable: x
---
- {kind: scales, name: s, cpu: 1, memory: 1GB}
- kind: gateway
  name: g
---
kind: deployments
name: shop
---
";
    let documents = read_documents(text, Format::Auto).unwrap();
    let kinds: Vec<(Kind, &str, usize)> = documents
        .iter()
        .map(|document| (document.kind, document.name.as_str(), document.line))
        .collect();
    assert_eq!(
        kinds,
        [
            (Kind::Breed, "b", 2),
            (Kind::Scale, "s", 6),
            (Kind::Gateway, "g", 7),
            (Kind::Deployment, "shop", 10)
        ]
    );
    assert!(matches!(
        documents[1].content,
        Content::Artifact(AnyArtifact::Scale(_))
    ));
    let named = DeploymentRequest::Named("shop".parse().unwrap());
    assert_eq!(documents[3].content, Content::Deployment(named));
    assert_eq!(read_documents(" \n", Format::Auto).unwrap(), []);
}

#[test]
fn every_kind_stands_among_several_artifacts() {
    let documents = [
        ("breeds", "deployable: x"),
        ("scales", "cpu: 1, memory: 1GB"),
        ("slas", "type: escalation_only"),
        ("escalations", "type: to_all, escalations: [x]"),
        ("conditions", "condition: a"),
        ("rewrites", "path: a if b"),
        ("routes", "weight: 100%"),
        ("blueprints", "clusters: {c: b}"),
        ("gateways", "routes: a/b"),
        ("workflows", "breed: b, schedule: daemon"),
        ("templates", "definition: {a: 1}"),
        ("deployments", "clusters: {c: b}"),
    ];
    let text: Vec<String> = documents
        .iter()
        .map(|(kind, rest)| format!("- {{kind: {kind}, name: n, {rest}}}"))
        .collect();
    let read = read_documents(&text.join("\n"), Format::Yaml).unwrap();
    let kinds: Vec<&str> = read.iter().map(|document| document.kind.plural()).collect();
    assert_eq!(kinds, documents.map(|(kind, _)| kind));
    assert_eq!(read.len(), Kind::ALL.len());
    for (document, (kind, _)) in read.iter().zip(documents) {
        match &document.content {
            Content::Artifact(artifact) => {
                assert_eq!((artifact.kind(), artifact.name()), (document.kind, Some("n")));
            }
            Content::Deployment(DeploymentRequest::Blueprint(blueprint)) => {
                assert_eq!((kind, blueprint.name.as_str()), ("deployments", "n"));
            }
            other => panic!("{other:?}"),
        }
    }
    // In singular, too.
    let singular = read_documents(&text.join("\n").replace("s, name: n", ", name: n"), Format::Yaml).unwrap();
    assert_eq!(singular, read);
}

#[test]
fn each_of_several_artifacts_says_what_it_is() {
    let text = "{kind: breeds}\n---\n{name: a}\n---\n{kind: breedz, name: a}\n---\n{kind: template, name: a, body: {}}\n---\n{kind: breed, name: a, deployable: x, prots: {}}\n";
    let problems = read_documents(text, Format::Yaml).unwrap_err();
    let found: Vec<(usize, &str)> = problems
        .iter()
        .map(|problem| (problem.line, problem.code))
        .collect();
    assert_eq!(
        found,
        [
            (1, code::MISSING_PATH_VALUE),
            (3, code::MISSING_PATH_VALUE),
            (5, code::UNEXPECTED_ARTIFACT),
            (7, code::UNEXPECTED_ELEMENT),
            (9, code::UNEXPECTED_ELEMENT),
        ]
    );
    assert_eq!(problems.first().message, "Can't find any value for path: /name");
    let unknown = problems.iter().nth(2).unwrap();
    assert_eq!(unknown.message, "Unexpected resource: 'breedzs'.");
    assert_eq!(unknown.hint.as_deref(), Some("did you mean `breeds`?"));
    let unlike = read_documents("kind: foos\nname: x\n", Format::Auto).unwrap_err();
    let hint = unlike.first().hint.as_deref().unwrap_or_default();
    assert!(
        hint.starts_with("there are ") && hint.contains("breed, "),
        "{hint}"
    );
}

#[test]
fn several_artifacts_of_one_kind_need_no_kind() {
    let text = "name: a\ncpu: 1\nmemory: 1GB\n---\n---\n- {name: b, kind: scale, cpu: 1, memory: 1GB}\n";
    let scales: Vec<Scale> = read_list(text, Format::Auto).unwrap();
    let names: Vec<_> = scales
        .iter()
        .map(|scale| scale.name.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
    for empty in ["", "---\n---\n", "[]"] {
        let problems = read_list::<Scale>(empty, Format::Auto).unwrap_err();
        assert_eq!(
            (problems.first().code, problems.first().line),
            (code::UNEXPECTED_TYPE, 1),
            "{empty}"
        );
    }
    let wrong = "{name: a, cpu: 1, memory: 1GB}\n---\n{kind: breeds, name: b, cpu: 1, memory: 1GB}\n---\n5\n";
    let problems = read_list::<Scale>(wrong, Format::Yaml).unwrap_err();
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.line, problem.code))
        .collect();
    assert_eq!(
        found,
        [(3, code::INCONSISTENT_ARTIFACT_KIND), (5, code::UNEXPECTED_TYPE)]
    );
}
