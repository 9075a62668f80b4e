//! What documents say shall be removed.

use vamp_model::import::Imported;
use vamp_model::{DeploymentRequest, Format, Kind, Limits, ParsedText, Problems, Removal};

fn removals(text: &str) -> Result<Vec<Removal>, Problems> {
    let templates = |_: Kind, name: &str| match name {
        "old" => Imported::Found(
            serde_json::json!({"definition": {"clusters": {"web": {"services": [{"breed": "web:1"}]}}}}),
        ),
        _ => Imported::Absent,
    };
    ParsedText::parse(text, Format::Auto, &Limits::default())?.read_removals(&templates)
}

#[test]
fn a_kind_and_a_name_are_enough() {
    let text = "[{kind: breed, name: a/b, anything: else}, {kind: deployments, name: shop}]";
    let removals = removals(text).unwrap();
    let told: Vec<_> = removals
        .iter()
        .map(|removal| (removal.kind, removal.name.as_str()))
        .collect();
    assert_eq!(told, [(Kind::Breed, "a/b"), (Kind::Deployment, "shop")]);
    assert_eq!(removals[0].services, None);
    assert!(matches!(&removals[1].services, Some(DeploymentRequest::Named(name)) if name.as_str() == "shop"));
    assert_eq!(self::removals("").unwrap(), []);
}

#[test]
fn of_a_deployment_its_services_are_read_with_what_it_imports() {
    let removals = removals("{kind: deployment, name: shop, import: old}").unwrap();
    let Some(DeploymentRequest::Blueprint(blueprint)) = &removals[0].services else {
        panic!("{removals:?}");
    };
    assert_eq!(blueprint.clusters["web"].services.len(), 1);
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    for (text, code, path, line, column) in [
        ("kind: breed", "MissingPathValueError", "", 1, 1),
        ("kind: breeed\nname: a", "UnexpectedArtifact", "kind", 1, 7),
        (
            "kind: scale\nname: a\n---\nkind: deployment\nname: shop\nclusters: []\n",
            "UnexpectedTypeError",
            "clusters",
            6,
            1,
        ),
        (
            "kind: deployment\nname: shop\nimport: none\n",
            "ImportReferenceError",
            "import",
            3,
            9,
        ),
    ] {
        let problems = removals(text).unwrap_err();
        let first = problems.first();
        assert_eq!(
            (first.code, first.path.as_str(), first.line, first.column),
            (code, path, line, column),
            "{text}: {problems}"
        );
    }
}
