//! Health checks, and which of them count.

use vamp_model::{Breed, HealthCheck, Protocol, Seconds, code, to_json};

use super::{breed, refused};

const CHECKS: &str = "
name: a
deployable: x
ports: {web: 8080, adm: 8081}
health_checks:
- {path: /health, port: web, initial_delay: 30s, timeout: 4s, interval: 1m, failures: 5, protocol: HTTPS}
- {port: adm, initial_delay: 1s, timeout: 2s, interval: 3s, failures: 0}
";

#[test]
fn health_checks_are_a_list_or_one() {
    let two = breed(CHECKS).health_checks.unwrap();
    // S01-051: both checks in order, with times in seconds, protocol and failures as given.
    assert_eq!(two.len(), 2);
    assert_eq!(
        (two[0].initial_delay, two[0].timeout, two[0].interval),
        (Seconds::new(30), Seconds::new(4), Seconds::new(60))
    );
    assert_eq!((two[0].failures, two[0].protocol.clone()), (5, Protocol::Https));
    assert_eq!(
        (two[1].path.as_str(), two[1].protocol.clone()),
        ("/", Protocol::Http)
    );
    let written = to_json(&breed(CHECKS));
    assert!(written.contains(r#""interval":"60s""#), "{written}");
    let one = breed(
        "{name: a, deployable: x, ports: {web: 80}, health_checks: {port: web, initial_delay: 1s, timeout: 1s, interval: 1s, failures: 1}}",
    );
    // S01-052: one mapping is a list of one.
    assert_eq!(one.health_checks.map(|checks| checks.len()), Some(1));
    let none = breed("{name: a, deployable: x, health_checks: []}");
    assert_eq!(none.health_checks, Some(Vec::new()));
}

#[test]
fn wrong_health_checks_are_told() {
    let cases = [
        // S01-053: an unknown port.
        ("port: adm", "port: nope", code::UNRESOLVED_PORT_REFERENCE),
        // S01-054: fewer than no failures.
        ("failures: 5", "failures: -1", code::NEGATIVE_FAILURES_NUMBER),
        ("timeout: 4s", "timeout: 4", code::UNEXPECTED_TYPE),
        (
            "initial_delay: 30s",
            "initial_delay: 2147483647m",
            code::UNEXPECTED_TYPE,
        ),
        (", failures: 5", "", code::MISSING_PATH_VALUE),
    ];
    for (good, bad, expected) in cases {
        let problem = refused(&CHECKS.replace(good, bad));
        assert_eq!(problem.code, expected, "{bad}: {problem}");
    }
}

#[test]
fn what_is_no_health_check_is_told() {
    let with = |checks: &str| format!("{{name: a, deployable: x, health_checks: {checks}}}");
    for checks in ["web", "5", "[web]", "[[]]", "[~]"] {
        assert_eq!(refused(&with(checks)).code, code::UNEXPECTED_TYPE, "{checks}");
    }
    let misspelled = refused(&CHECKS.replace("port: adm", "port: admn"));
    assert_eq!(misspelled.hint.as_deref(), Some("did you mean `adm`?"));
}

/// Checks by path and port.
fn checks(of: &[(&str, &str)]) -> Vec<HealthCheck> {
    of.iter()
        .map(|(path, port)| HealthCheck {
            path: (*path).to_owned(),
            port: (*port).to_owned(),
            initial_delay: Seconds::new(1),
            timeout: Seconds::new(2),
            interval: Seconds::new(3),
            failures: 4,
            protocol: Protocol::Http,
        })
        .collect()
}

/// A breed with the ports `web` and `adm`, and these checks.
fn with_checks(health_checks: Option<Vec<HealthCheck>>) -> Breed {
    Breed {
        health_checks,
        ..breed("{name: a, deployable: x, ports: {web: 80, adm: 81}}")
    }
}

#[test]
fn checks_of_the_service_go_before_those_of_the_cluster_and_of_the_breed() {
    let own = checks(&[("/own", "web")]);
    let of_cluster = checks(&[("/cluster", "adm"), ("/other", "nope")]);
    let of_breed = with_checks(Some(checks(&[("/breed", "web")])));
    let without = with_checks(None);

    // S01-144: an empty list of the service means that there are none, whatever cluster and breed say.
    assert_eq!(
        HealthCheck::effective(Some(&[]), Some(&of_cluster), &of_breed),
        []
    );
    assert_eq!(HealthCheck::effective(Some(&[]), None, &of_breed), []);

    let other_port = checks(&[("/own", "adm")]);
    // S01-145: of one path, only the service's check counts, even where the ports differ.
    assert_eq!(
        HealthCheck::effective(Some(&own), Some(&other_port), &of_breed),
        own
    );
    // A path that one of several checks has is covered.
    let two = checks(&[("/own", "web"), ("/two", "web")]);
    assert_eq!(
        HealthCheck::effective(Some(&two), Some(&other_port), &of_breed),
        two
    );

    // S01-146: without a list of the service, the cluster's counts and the breed's does not; a check of a port that the breed lacks
    // is left out.
    assert_eq!(
        HealthCheck::effective(None, Some(&of_cluster), &of_breed),
        of_cluster[..1]
    );
    assert_eq!(HealthCheck::effective(None, Some(&[]), &of_breed), []);

    // S01-147: of different paths, and ports that are there, all count, the service's first.
    assert_eq!(
        HealthCheck::effective(Some(&own), Some(&of_cluster), &of_breed),
        checks(&[("/own", "web"), ("/cluster", "adm")])
    );

    // S01-149: the breed's checks count where nobody else has any; without those there are none.
    assert_eq!(
        HealthCheck::effective(None, None, &of_breed),
        checks(&[("/breed", "web")])
    );
    assert_eq!(HealthCheck::effective(None, None, &without), []);
}

#[test]
fn many_checks_of_service_and_cluster_all_count() {
    let ten = |of: &str| -> Vec<HealthCheck> {
        let paths: Vec<String> = (0..10).map(|number| format!("/{of}/{number}")).collect();
        checks(
            &paths
                .iter()
                .map(|path| (path.as_str(), "web"))
                .collect::<Vec<_>>(),
        )
    };
    let (own, of_cluster) = (ten("service"), ten("cluster"));
    let all = HealthCheck::effective(Some(&own), Some(&of_cluster), &with_checks(None));
    // S01-148: ten of each with paths of their own are twenty, in their order, the service's first.
    assert_eq!(all, [own, of_cluster].concat());
    assert_eq!(all.len(), 20);
}

#[test]
fn checks_of_a_workflow_go_before_those_of_its_breed() {
    let own = checks(&[("/own", "web")]);
    let of_breed = with_checks(Some(checks(&[("/breed", "adm")])));
    // S01-150: a list of the workflow counts, even an empty one; without it the breed's does; without either there are none.
    assert_eq!(HealthCheck::effective_of_workflow(Some(&own), &of_breed), own);
    assert_eq!(HealthCheck::effective_of_workflow(Some(&[]), &of_breed), []);
    assert_eq!(
        HealthCheck::effective_of_workflow(None, &of_breed),
        checks(&[("/breed", "adm")])
    );
    assert_eq!(HealthCheck::effective_of_workflow(None, &with_checks(None)), []);
}
