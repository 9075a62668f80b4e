//! The clusters that the escalations of a cluster's SLA scale.

use vamp_model::code;

use super::{all_refused, blueprint, refused};

fn with_target(escalations: &str) -> String {
    format!(
        "{{name: bp, clusters: {{front: {{services: a, sla: {{type: escalation_only, escalations: {escalations}}}}}, back: b}}}}"
    )
}

fn scaling(target: &str) -> String {
    format!("{{type: scale_instances, minimum: 1, maximum: 2, scale_by: 1, target: {target}}}")
}

#[test]
fn escalations_scale_clusters_of_the_blueprint() {
    let (good, bad) = (scaling("back"), scaling("bakc"));
    for escalations in [
        good.clone(),
        format!("[{good}, page]"),
        format!("{{to_one: [page, {{to_all: [{good}]}}]}}"),
    ] {
        blueprint(&with_target(&escalations));
    }
    let refused_as = |escalations: String| {
        (
            with_target(&escalations),
            code::UNRESOLVED_SCALE_ESCALATION_TARGET_CLUSTER,
            "'bakc' for cluster 'front'",
        )
    };
    // At any depth of groups, which two escalations always are.
    all_refused(&[
        refused_as(bad.clone()),
        refused_as(format!("[{bad}, page]")),
        refused_as(format!("{{to_one: [page, {{to_all: [{good}, {bad}]}}]}}")),
        (
            with_target("[page]")
                .replace(
                    "type: escalation_only",
                    &format!("ref: strict, escalations: {bad}"),
                )
                .replace(", escalations: [page]", ""),
            code::UNRESOLVED_SCALE_ESCALATION_TARGET_CLUSTER,
            "'bakc'",
        ),
    ]);
    let problem = refused(&with_target(&bad));
    assert_eq!(problem.hint.as_deref(), Some("did you mean `back`?"));
}
