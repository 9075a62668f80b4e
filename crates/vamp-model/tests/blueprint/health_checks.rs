//! Health checks of clusters and services.

use vamp_model::code;

use super::{of_cluster, refused};

#[test]
fn health_checks_stand_at_services_and_clusters() {
    let check =
        |port: &str| format!("{{port: {port}, initial_delay: 1s, timeout: 2s, interval: 3s, failures: 4}}");
    let (web, adm, nope) = (check("web"), check("adm"), check("nope"));
    let breed = |name: &str, port: &str| format!("{{name: {name}, deployable: x, ports: {{{port}: 80}}}}");
    let service =
        |checks: &str| of_cluster(&format!("{{services: [{{breed: b, health_checks: {checks}}}]}}"));
    let at_service = |checks: &str| {
        service(checks).clusters["c"].services[0]
            .health_checks
            .clone()
            .unwrap()
    };
    // S01-134: one element, with the defaults.
    let one = at_service(&format!("[{web}]"));
    assert_eq!(
        (one.len(), one[0].path.as_str(), one[0].protocol.clone()),
        (1, "/", vamp_model::Protocol::Http)
    );
    // S01-135: two, in order.
    let ports: Vec<String> = at_service(&format!("[{web}, {adm}]"))
        .iter()
        .map(|check| check.port.to_string())
        .collect();
    assert_eq!(ports, ["web", "adm"]);
    // S01-136: one mapping is a list of one.
    assert_eq!(at_service(&web), one);
    // S01-137: any port of a breed that is only named.
    assert_eq!(at_service(&nope).len(), 1);
    // S01-138: a port of the breed.
    of_cluster(&format!(
        "{{services: [{{breed: {}, health_checks: {web}}}]}}",
        breed("b", "web")
    ));
    // S01-140: a cluster's checks are not those of its services. S01-141: they may ask ports of different services.
    let cluster = |checks: &str| {
        format!(
            "{{services: [{{breed: {}}}, {{breed: {}}}], health_checks: {checks}}}",
            breed("b1", "web"),
            breed("b2", "adm")
        )
    };
    let read = of_cluster(&cluster(&format!("[{web}, {adm}]")));
    assert_eq!(read.clusters["c"].health_checks.as_ref().map(Vec::len), Some(2));
    assert!(
        read.clusters["c"]
            .services
            .iter()
            .all(|service| service.health_checks.is_none())
    );
    assert_eq!(
        of_cluster(&cluster(&web)).clusters["c"]
            .health_checks
            .as_ref()
            .map(Vec::len),
        Some(1)
    );
    let hint = refused(&format!(
        "{{name: bp, clusters: {{c: {}}}}}",
        cluster(&check("wbe"))
    ))
    .hint;
    assert_eq!(hint.as_deref(), Some("did you mean `web`?"));
    let unknown = [
        // S01-139: a port that the service's breed does not have.
        format!(
            "{{services: [{{breed: {}, health_checks: {nope}}}]}}",
            breed("b", "web")
        ),
        // S01-142: a port that no breed of the cluster has.
        cluster(&nope),
        // S01-143: one of two.
        cluster(&format!("[{web}, {nope}]")),
    ];
    for cluster in unknown {
        let problem = refused(&format!("{{name: bp, clusters: {{c: {cluster}}}}}"));
        assert_eq!(problem.code, code::UNRESOLVED_PORT_REFERENCE, "{problem}");
        assert!(problem.message.contains("nope"));
    }
}
