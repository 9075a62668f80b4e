//! Paths of the language, as people ask for them.

use vamp_model::schema::{Presence, blocks, explain};

#[test]
fn a_path_leads_to_a_field_whatever_stands_between() {
    let cases = [
        ("blueprint", "blueprint"),
        ("Blueprints", "blueprint"),
        ("blueprint.clusters", "blueprint.clusters.<cluster>"),
        (
            "blueprint.clusters.services.scale.cpu",
            "blueprint.clusters.<cluster>.services[].scale.cpu",
        ),
        (
            "blueprint.clusters.cart.services[0].scale.cpu",
            "blueprint.clusters.<cluster>.services[].scale.cpu",
        ),
        (
            "blueprint.clusters.<name>.services[].scale.cpu",
            "blueprint.clusters.<cluster>.services[].scale.cpu",
        ),
        (
            "deployments.clusters.services.status.",
            "deployment.clusters.<cluster>.services[].status",
        ),
        ("breed.env", "breed.environment_variables"),
        ("breed.ports.http", "breed.ports"),
        (
            "blueprint.environment_variables[\"cart.MODE\"]",
            "blueprint.environment_variables",
        ),
        ("gateway.routes[\"a b\"].weight", "gateway.routes.<path>.weight"),
        ("gateway.routes.shop/web.weight", "gateway.routes.<path>.weight"),
        ("blueprint.metadata.owner.name", "blueprint.metadata"),
        ("blueprint.dialects.marathon.labels.team", "blueprint.dialects"),
        (
            "escalation.escalations.escalations.escalations.type",
            "escalation.escalations[].escalations[].escalations[].type",
        ),
        ("event-query.aggregator.type", "event_query.aggregator.type"),
        ("health check.timeout", "health_check.timeout"),
        ("cluster.sla.window.cooldown", "cluster.sla.window.cooldown"),
    ];
    for (path, expected) in cases {
        let explanation = explain(path).unwrap_or_else(|unknown| panic!("{path}: {unknown}"));
        assert_eq!(explanation.path, expected, "{path}");
        // The path that is given leads to the same place.
        assert_eq!(explain(&explanation.path).unwrap().path, expected);
    }
}

#[test]
fn an_unknown_name_is_told_with_the_nearest_and_all_that_there_are() {
    let cases = [
        ("blueprnt", "", Some("blueprint"), "breed"),
        ("clusters", "", Some("cluster"), "breed"),
        ("", "", None, "breed"),
        ("scale.mem", "scale", None, "memory"),
        ("breed.port", "breed", Some("ports"), "deployable"),
        (
            "blueprint.clusters.services.scal.cpu",
            "blueprint.clusters.<cluster>.services[]",
            Some("scale"),
            "breed",
        ),
        (
            "blueprint.clusters.cart.replicas",
            "blueprint.clusters.<cluster>",
            None,
            "services",
        ),
    ];
    for (path, within, nearest, known) in cases {
        let unknown = explain(path).unwrap_err();
        assert_eq!(unknown.within, within, "{path}");
        assert_eq!(unknown.nearest, nearest, "{path}");
        assert!(unknown.known.contains(&known), "{path}: {unknown}");
    }
    let beyond = explain("scale.cpu.cores").unwrap_err();
    assert_eq!(beyond.to_string(), "scale.cpu has no field 'cores'");
    assert_eq!(
        explain("scale.memry").unwrap_err().to_string(),
        "scale has no field 'memry' (did you mean `memory`?); there are name, kind, metadata, import, cpu, memory, instances"
    );
}

#[test]
fn people_read_what_a_path_is_about() {
    let shown = [
        "blueprint.clusters.services.scale",
        "gateway.sticky",
        "health_check.failures",
        "sla",
    ]
    .map(|path| explain(path).unwrap().to_string());
    insta::assert_snapshot!(shown.join("\n=====\n\n"));
}

#[test]
fn programs_read_the_same_as_json() {
    let scale = serde_json::to_value(explain("blueprint.clusters.services.scale").unwrap()).unwrap();
    assert_eq!(scale["path"], "blueprint.clusters.<cluster>.services[].scale");
    assert_eq!(scale["field"]["type"], "scale, or the name of one");
    assert_eq!(scale["block"]["kind"], "scales");
    let cpu = &scale["block"]["fields"][4];
    let expected = serde_json::json!({
        "name": "cpu",
        "type": "quantity",
        "required": true,
        "unit": "cores",
        "meaning": "The share of the processor for each instance.",
        "forms": [{"written": "500m", "means": "0.5"}],
        "example": "0.2",
    });
    assert_eq!(*cpu, expected);
    let unknown = serde_json::to_value(explain("scale.memry").unwrap_err()).unwrap();
    assert_eq!(unknown["nearest"], "memory");
}

#[test]
fn everything_is_told_of_every_field() {
    for block in blocks() {
        assert!(block.meaning.ends_with('.'), "{}", block.name);
        let mut names: Vec<&str> = block.keys().collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(
            names.len(),
            block.keys().count(),
            "{} has a key twice",
            block.name
        );
        for field in block.fields {
            let path = format!("{}.{}", block.name, field.name);
            assert!(field.meaning.ends_with('.'), "{path}: {}", field.meaning);
            assert!(!field.example.is_empty(), "{path}");
            if let Presence::Default(default) = field.presence
                && !field.values.is_empty()
            {
                assert!(field.values.contains(&default), "{path}");
            }
            assert_eq!(explain(&path).unwrap().field.unwrap().name, field.name);
        }
    }
}
