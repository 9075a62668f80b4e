//! SLAs, escalations, conditions, rewrites, routes and templates over HTTP: stored, shown, changed and removed as other kinds are.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use serde_json::{Value, json};
use support::Server;

/// An artifact of a kind, and what becomes of it.
struct Case {
    kind: &'static str,
    name: &'static str,
    text: &'static str,
    shown: Value,
    /// The same artifact with something changed.
    changed: &'static str,
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            kind: "slas",
            name: "quick",
            text: "
name: quick
kind: sla
metadata: {Team: Red}
type: response_time_sliding_window
window: {interval: 500, cooldown: 600}
threshold: {upper: 1000, lower: 100}
escalations:
- more
- {type: scale_cpu, minimum: 0.5, maximum: 2, scale_by: 0.25}
",
            shown: json!({"name":"quick","kind":"slas","metadata":{"Team":"Red"},"type":"response_time_sliding_window",
                "window":{"interval":500,"cooldown":600},"threshold":{"upper":1000,"lower":100},"escalations":[
                {"type":"to_all","escalations":[{"reference":"more"},{"type":"scale_cpu","minimum":0.5,"maximum":2.0,"scale_by":0.25}]}]}),
            changed: "{name: quick, type: escalation_only, escalations: [more]}",
        },
        Case {
            kind: "escalations",
            name: "more",
            text: "
name: more
kind: escalation
type: to_one
escalations:
- {type: scale_instances, target: web, minimum: 1, maximum: 4, scale_by: 1}
- {type: notify, Channel: '#ops', Retries: 3}
",
            shown: json!({"name":"more","kind":"escalations","metadata":{},"type":"to_one","escalations":[
                {"type":"scale_instances","target":"web","minimum":1,"maximum":4,"scale_by":1},
                {"type":"notify","parameters":{"Channel":"#ops","Retries":3}}]}),
            changed: "{name: more, type: scale_memory, minimum: 256, maximum: 1024, scale_by: 128}",
        },
        Case {
            kind: "conditions",
            name: "android",
            text: "{name: android, kind: conditions, condition: User-Agent == Android}",
            shown: json!({"name":"android","kind":"conditions","metadata":{},"condition":"User-Agent == Android"}),
            changed: "{name: android, condition: '< hdr_sub(user-agent) Android >'}",
        },
        Case {
            kind: "rewrites",
            name: "old",
            text: "{name: old, kind: rewrite, path: /a if path_beg /b}",
            shown: json!({"name":"old","kind":"rewrites","path":"/a if path_beg /b"}),
            changed: "{name: old, path: /c if path_beg /b}",
        },
        Case {
            kind: "routes",
            name: "most",
            text: "
name: most
kind: route
weight: 80%
condition: {ref: android}
condition_strength: 40%
rewrites: [old, {path: /x if y}]
balance: roundrobin
",
            shown: json!({"name":"most","kind":"routes","metadata":{},"lookup_name":"1a5cd5c9fc17fa6226c9e3b435a9511a34d287a8","selector":null,"weight":"80%",
                "balance":"roundrobin","condition":{"reference":"android"},"condition_strength":"40%",
                "rewrites":[{"reference":"old"},{"path":"/x if y"}]}),
            changed: "{name: most, weight: 70%}",
        },
        Case {
            kind: "templates",
            name: "defaults",
            text: "{name: defaults, kind: template, definition: {constants: {REGION: eu-north}, Free: [1, {x: null}]}}",
            shown: json!({"name":"defaults","kind":"templates","metadata":{},"definition":
                {"constants":{"REGION":"eu-north"},"Free":[1,{"x":null}]}}),
            changed: "{name: defaults, def: {constants: {REGION: us}}}",
        },
    ]
}

#[tokio::test]
async fn each_kind_is_created_read_listed_replaced_and_deleted() {
    let server = Server::start().await;
    for Case {
        kind,
        name,
        text,
        shown,
        changed,
    } in cases()
    {
        let all = format!("/api/v1/{kind}");
        let single = format!("{all}/{name}");
        assert_eq!(server.get(&all).await.json(), json!([]), "{kind}");
        assert_eq!(server.get(&single).await.status, 404, "{kind}");

        let looked_at = server
            .send("POST", &format!("{all}?validate_only=true"), text)
            .await;
        assert_eq!(
            (looked_at.status, looked_at.json()),
            (201, shown.clone()),
            "{kind}"
        );
        assert_eq!(server.get(&single).await.status, 404, "{kind}: only looked at");

        let created = server.send("POST", &all, text).await;
        assert_eq!((created.status, created.json()), (201, json!([shown])), "{kind}");
        assert_eq!(created.header("etag"), Some("\"1\""), "{kind}");
        let read = server.get(&single).await;
        assert_eq!(
            (read.status, read.json(), read.header("etag")),
            (200, shown.clone(), Some("\"1\"")),
            "{kind}"
        );
        let listed = server.get(&all).await;
        assert_eq!(
            (listed.json(), listed.header("x-total-count")),
            (json!([shown]), Some("1")),
            "{kind}"
        );

        for accept in ["accept: application/json", "accept: application/x-yaml"] {
            let read = server.ask("GET", &single, &[accept], "").await;
            let written = server.send("PUT", &single, &read.body).await;
            // S03-035: what was read can be written back.
            assert_eq!(
                (written.status, written.header("etag")),
                (200, Some("\"1\"")),
                "{kind} {accept}: {written:?}"
            );
        }

        let updated = server.send("PUT", &single, changed).await;
        assert_eq!(
            (updated.status, updated.header("etag")),
            (200, Some("\"2\"")),
            "{kind}: {updated:?}"
        );
        assert_eq!(updated.names(), [name], "{kind}");
        let stale = server
            .ask(
                "PUT",
                &single,
                &["content-type: application/x-yaml", "if-match: \"1\""],
                text,
            )
            .await;
        assert_eq!(stale.status, 412, "{kind}");
        assert_eq!(server.get(&single).await.json(), updated.json()[0], "{kind}");

        for _ in 0..2 {
            let deleted = server.ask("DELETE", &single, &[], "").await;
            assert_eq!((deleted.status, deleted.body.as_str()), (204, ""), "{kind}");
        }
        assert_eq!(server.get(&single).await.status, 404, "{kind}");
    }
    server.stop().await;
}

/// A document, the message of the answer, and of each problem its code, path, line, column and hint.
type Mistake = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str, u64, u64, Option<&'static str>)],
);

#[tokio::test]
async fn each_mistake_is_told_at_its_place_the_first_one_of_validation_in_front() {
    let mistakes: &[Mistake] = &[
        (
            "slas",
            "name: quick\ntype: response_time_sliding_window\nwindow: {intervall: 5, cooldown: 6}\nthreshold: {upper: many, lower: 1}\n",
            "Unexpected type for path 'upper'.",
            &[
                ("MissingPathValueError", "window", 3, 1, None),
                (
                    "UnexpectedElement",
                    "window.intervall",
                    3,
                    10,
                    Some("did you mean `interval`?"),
                ),
                (
                    "UnexpectedTypeError",
                    "threshold.upper",
                    4,
                    20,
                    Some("expected a whole number of at most 32 bits, found text 'many'"),
                ),
            ],
        ),
        (
            "slas",
            "kind: scale\nname: quick\ntype: escalation_only\n",
            "Inconsistent kind: given 'scale' but found 'slas'.",
            &[("InconsistentArtifactKind", "kind", 1, 7, None)],
        ),
        (
            "escalations",
            "name: more\ntype: scale_instances\nmaximum: x\nscale_by: 1\n",
            "Can't find any value for path: /minimum",
            &[
                ("MissingPathValueError", "", 1, 1, None),
                (
                    "UnexpectedTypeError",
                    "maximum",
                    3,
                    10,
                    Some("expected a whole number of at most 32 bits, found text 'x'"),
                ),
            ],
        ),
        (
            "escalations",
            "name: more\nkind: sla\ntype: to_one\nescalations: []\n",
            "Inconsistent kind: given 'sla' but found 'escalations'.",
            &[("InconsistentArtifactKind", "kind", 2, 7, None)],
        ),
        (
            "conditions",
            "name: a b\nconditon: x\n",
            "Illegal name or reference - white space characters, '/', '[' and ']' are not allowed: a b",
            &[
                ("MissingPathValueError", "", 1, 1, None),
                ("IllegalName", "name", 1, 7, None),
                (
                    "UnexpectedElement",
                    "conditon",
                    2,
                    1,
                    Some("did you mean `condition`?"),
                ),
            ],
        ),
        (
            "conditions",
            "{name: a, kind: rewrite, condition: x}",
            "Inconsistent kind: given 'rewrite' but found 'conditions'.",
            &[("InconsistentArtifactKind", "kind", 1, 17, None)],
        ),
        (
            "rewrites",
            "name: old\npath: /a\n",
            "Unsupported path rewrite: /a.",
            &[(
                "UnsupportedPathRewriteError",
                "path",
                2,
                7,
                Some("write the new path and when it applies, as in `/new%[path] if path_beg /old`"),
            )],
        ),
        (
            "rewrites",
            "name: old\nkind: conditions\npath: /a if b\n",
            "Inconsistent kind: given 'conditions' but found 'rewrites'.",
            &[("InconsistentArtifactKind", "kind", 2, 7, None)],
        ),
        (
            "routes",
            "name: most\nselector: 'x('\nweight: 120%\nbalnce: a\n",
            "Unexpected type for path 'weight'.",
            &[
                (
                    "InvalidSelectorError",
                    "selector",
                    2,
                    11,
                    Some("character 1: expected `not`, a question such as `name(web)` or `(`"),
                ),
                (
                    "UnexpectedTypeError",
                    "weight",
                    3,
                    9,
                    Some("expected a percentage from 0% to 100%, found text '120%'"),
                ),
                (
                    "UnexpectedElement",
                    "balnce",
                    4,
                    1,
                    Some("did you mean `balance`?"),
                ),
            ],
        ),
        (
            "routes",
            "name: most\nkind: gateways\n",
            "Inconsistent kind: given 'gateways' but found 'routes'.",
            &[("InconsistentArtifactKind", "kind", 2, 7, None)],
        ),
        (
            "templates",
            "name: defaults\ndefinition: {}\ndefinitions: {}\n",
            "Unexpected in DSL: {\"definitions\":{}}",
            &[(
                "UnexpectedElement",
                "definitions",
                3,
                1,
                Some("did you mean `definition`?"),
            )],
        ),
        (
            "templates",
            "name: defaults\nkind: breeds\ndefinition: {}\n",
            "Inconsistent kind: given 'breeds' but found 'templates'.",
            &[("InconsistentArtifactKind", "kind", 2, 7, None)],
        ),
    ];
    let server = Server::start().await;
    for (kind, text, message, problems) in mistakes {
        for (method, path) in [("POST", (*kind).to_owned()), ("PUT", format!("{kind}/x"))] {
            let answer = server.send(method, &format!("/api/v1/{path}"), text).await;
            assert_eq!(
                (answer.status, answer.message().as_str()),
                (400, *message),
                "{kind} {text:?}"
            );
            let told = answer.json()["errors"].clone();
            let expected: Vec<_> = problems
                .iter()
                .map(|(code, path, line, column, hint)| json!([code, path, line, column, hint]))
                .collect();
            let keys = ["code", "path", "line", "column", "hint"];
            let found: Vec<_> = told
                .as_array()
                .unwrap()
                .iter()
                .map(|problem| Value::from(keys.map(|key| problem[key].clone()).to_vec()))
                .collect();
            assert_eq!(found, expected, "{kind} {text:?}");
            let messages: Vec<_> = told
                .as_array()
                .unwrap()
                .iter()
                .map(|problem| &problem["message"])
                .collect();
            assert!(
                messages.contains(&&json!(message)),
                "the first problem is one of all: {told}"
            );
        }
        assert_eq!(
            server.get(&format!("/api/v1/{kind}")).await.json(),
            json!([]),
            "{kind}"
        );
    }
    server.stop().await;
}
