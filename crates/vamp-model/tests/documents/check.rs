//! Documents checked against one another.

use vamp_model::{
    ArtifactMap, Artifacts, Breed, Content, Format, Found, Gateway, Kind, Limits, NoArtifacts, Workflow,
    check, check_documents, code, declared,
};

fn limits() -> Limits {
    Limits::default()
}

#[test]
fn documents_of_a_text_refer_to_one_another() {
    let text = "
kind: blueprint
name: bp
gateways: {80: web/http}
clusters: {web: {breed: 'web:1', scale: small}}
---
kind: deployment
name: bp
---
- {kind: breed, name: 'web:1', deployable: x, ports: {http: 80}}
- {kind: gateway, name: g, routes: {a: strong}}
---
kind: route
name: strong
weight: 100%
";
    let checked = check_documents(text, Format::Yaml, &limits(), &NoArtifacts).unwrap();
    assert_eq!(checked.artifact.len(), 5);
    // Only the scale is in none of them.
    let open: Vec<String> = checked.not_checked.iter().map(ToString::to_string).collect();
    assert_eq!(open, ["5:41: not checked: whether the scale 'small' exists"]);
    // Others are asked for it.
    let problems = check_documents(text, Format::Yaml, &limits(), &ArtifactMap::new()).unwrap_err();
    assert_eq!(
        (problems.len(), problems.first().code),
        (1, code::ARTIFACT_NOT_FOUND)
    );
    let scale = declared(
        "{kind: scale, name: small, cpu: 1, memory: 1GB}",
        Format::Yaml,
        &limits(),
    );
    assert_eq!(
        check_documents(text, Format::Yaml, &limits(), &scale)
            .unwrap()
            .not_checked,
        []
    );
    // A document of the text goes before one of the same name elsewhere.
    let other = declared(
        "{kind: breed, name: 'web:1', deployable: x}",
        Format::Yaml,
        &limits(),
    );
    assert_eq!(
        check_documents(text, Format::Yaml, &limits(), &other.or(&scale))
            .unwrap()
            .not_checked,
        []
    );
    assert_eq!(
        check_documents(" ", Format::Yaml, &limits(), &NoArtifacts)
            .unwrap()
            .artifact,
        []
    );
}

#[test]
fn a_document_that_cannot_be_read_is_known_by_its_name() {
    let text = "{kind: blueprint, name: bp, gateways: {80: c/web}, clusters: {c: b}}\n---\n{kind: breed, name: b, deployable: [x]}\n";
    let problems = check_documents(text, Format::Yaml, &limits(), &ArtifactMap::new()).unwrap_err();
    // Nothing is said against the blueprint on account of the breed.
    assert_eq!((problems.len(), problems.first().line), (1, 3));
    let broken = declared(text, Format::Yaml, &limits());
    assert!(matches!(broken.find(Kind::Breed, "b"), Found::Unknown));
    assert!(matches!(broken.find(Kind::Breed, "c"), Found::Absent));
    assert_eq!(broken.names(Kind::Breed), ["b"]);
    assert_eq!(declared("{", Format::Yaml, &limits()), ArtifactMap::new());
}

#[test]
fn breeds_inside_blueprints_are_declared_with_them() {
    let text =
        "{kind: blueprint, name: bp, clusters: {c: {breed: {name: a, deployable: x, ports: {web: 80}}}}}";
    let known = declared(text, Format::Yaml, &limits());
    let other = "{name: other, gateways: {80: c/wbe}, clusters: {c: a}}";
    let problems = check::<vamp_model::Blueprint>(other, Format::Yaml, &limits(), &known).unwrap_err();
    assert_eq!(
        (problems.len(), problems.first().code),
        (1, code::UNRESOLVED_GATEWAY_PORT)
    );
    // One that stands by itself counts, wherever it stands.
    let both = format!("{text}\n---\n{{kind: breed, name: a, deployable: x, ports: {{wbe: 80}}}}\n");
    let known = declared(&both, Format::Yaml, &limits());
    assert!(check::<vamp_model::Blueprint>(other, Format::Yaml, &limits(), &known).is_ok());
}

#[test]
fn artifacts_of_other_kinds_are_checked_as_well() {
    let known = declared(
        "{kind: breed, name: b, deployable: x, env: {A: ~}}",
        Format::Yaml,
        &limits(),
    );
    let workflow = |env: &str| {
        let text = format!("{{name: w, breed: b, schedule: daemon, env: {env}}}");
        check::<Workflow>(&text, Format::Yaml, &limits(), &known)
    };
    assert!(workflow("{A: 1}").is_ok());
    assert_eq!(
        workflow("{A: ~}").unwrap_err().first().code,
        code::MISSING_ENVIRONMENT_VARIABLE
    );
    assert_eq!(
        workflow("{B: 1}").unwrap_err().first().code,
        code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE
    );
    let breed = |dependency: &str| {
        let text = format!("{{name: a, deployable: x, dependencies: {{d: {dependency}}}}}");
        check::<Breed>(&text, Format::Yaml, &limits(), &known)
    };
    assert!(breed("b").is_ok());
    assert!(breed("{breed: {ref: b}}").is_ok());
    // Any breed whose name begins like that.
    assert!(breed("'c*'").is_ok());
    assert_eq!(breed("c").unwrap_err().first().code, code::ARTIFACT_NOT_FOUND);
    let gateway = check::<Gateway>(
        "{name: g, routes: {a: strong}}",
        Format::Yaml,
        &limits(),
        &NoArtifacts,
    );
    assert_eq!(
        gateway.unwrap().not_checked[0].message,
        "whether the route 'strong' exists"
    );
}

#[test]
fn requests_to_deploy_name_blueprints_that_exist() {
    let text = "{kind: deployment, name: bp}";
    let known = declared(
        "{kind: blueprint, name: bp, clusters: {c: b}}",
        Format::Yaml,
        &limits(),
    );
    let checked = check_documents(text, Format::Yaml, &limits(), &known).unwrap();
    assert!(matches!(checked.artifact[0].content, Content::Deployment(_)));
    let problems = check_documents(text, Format::Yaml, &limits(), &ArtifactMap::new()).unwrap_err();
    assert_eq!(problems.first().message, "Artifact cannot be found: 'bp'.");
}

#[test]
fn what_is_left_unchecked_is_bounded() {
    let services: Vec<String> = (0..30).map(|number| format!("b{number}")).collect();
    let text = format!(
        "{{kind: blueprint, name: bp, clusters: {{c: [{}]}}}}",
        services.join(", ")
    );
    let few = limits().with_problems(10);
    assert_eq!(
        check_documents(&text, Format::Yaml, &few, &NoArtifacts)
            .unwrap()
            .not_checked
            .len(),
        10
    );
    let twice = format!("{text}\n---\n{text}\n");
    assert_eq!(
        check_documents(&twice, Format::Yaml, &few, &NoArtifacts)
            .unwrap()
            .not_checked
            .len(),
        10
    );
    let problems = check_documents(&text, Format::Yaml, &few, &ArtifactMap::new()).unwrap_err();
    assert_eq!((problems.len(), problems.omitted()), (10, 20));
}
