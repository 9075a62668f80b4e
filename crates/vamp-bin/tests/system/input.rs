//! Bad input through the API and the command line: a clear answer with place and cause, nothing stored, and what runs untouched.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use vamp_client::{Body, Change, Client, ErrorKind};
use vamp_model::Kind;
use vamp_testkit::release::Step;
use vamp_testkit::servers::{Vamp, VampOptions};

use crate::support::{TestResult, lacks, release_on};

/// A document that must be refused, and what the answer has to say.
struct Case {
    what: &'static str,
    kind: Kind,
    text: String,
    status: u16,
    says: &'static [&'static str],
    line: Option<usize>,
}

fn cases(port_in_use: u16) -> Vec<Case> {
    let gateway = |body: &str| format!("name: edge\nkind: gateways\n{body}");
    vec![
        Case {
            what: "broken YAML",
            kind: Kind::Gateway,
            text: "name: edge\nkind: gateways\nroutes: [\n".to_owned(),
            status: 400,
            says: &[],
            line: Some(4),
        },
        Case {
            what: "an unknown key",
            kind: Kind::Breed,
            text: "name: web\nkind: breeds\ndeployable: x\nprots: {}\n".to_owned(),
            status: 400,
            says: &["prots"],
            line: Some(4),
        },
        Case {
            what: "weights that do not add up",
            kind: Kind::Gateway,
            text: gateway("routes:\n  a/b:\n    weight: 60%\n  c/d:\n    weight: 60%\n"),
            status: 400,
            says: &[],
            line: None,
        },
        Case {
            what: "an unknown breed",
            kind: Kind::Deployment,
            text: "name: lost\nclusters:\n  web:\n    services:\n      - breed: nobody-knows-it\n".to_owned(),
            status: 400,
            says: &["nobody-knows-it"],
            line: None,
        },
        Case {
            what: "a port in use",
            kind: Kind::Gateway,
            text: gateway(&format!(
                "port: {port_in_use}\nroutes:\n  shop/web/http:\n    weight: 100%\n"
            )),
            status: 400,
            says: &["shop/"],
            line: None,
        },
        Case {
            what: "a name with a slash",
            kind: Kind::Breed,
            text: "name: a/b\nkind: breeds\ndeployable: x\n".to_owned(),
            status: 400,
            says: &["a/b"],
            line: Some(1),
        },
        Case {
            what: "a name with a line feed",
            kind: Kind::Breed,
            text: "name: \"a\\nb\"\nkind: breeds\ndeployable: x\n".to_owned(),
            status: 400,
            says: &["name"],
            line: Some(1),
        },
        Case {
            what: "a condition that HAProxy refuses",
            kind: Kind::Gateway,
            text: gateway(
                "routes:\n  shop/web/http:\n    weight: 100%\n    condition: '< no_such_fetch(x) y >'\n",
            ),
            status: 400,
            says: &["edge", "no_such_fetch"],
            line: None,
        },
        Case {
            what: "a condition with a line feed, which would write a line of its own",
            kind: Kind::Gateway,
            text: gateway(
                "routes:\n  shop/web/http:\n    weight: 100%\n    condition: \"< path /a >\\nbind :1\"\n",
            ),
            status: 400,
            says: &[],
            line: Some(6),
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_with_place_and_cause_and_changes_nothing() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    let vamp = Vamp::start(VampOptions::embedded()).await?;
    let client = Client::new(&vamp.url())?;
    let mut release = release_on(&vamp)?;
    release.step(Step::Deploy).await?;
    let running = vamp.configuration();
    assert!(!running.is_empty());
    let stored = everything_stored(&client).await?;

    for case in cases(vamp.gateway().port()) {
        let what = case.what;
        let body = Body::yaml(case.text.clone());
        let refused = match case.kind {
            Kind::Deployment => client
                .deployments()
                .deploy(&body, Change::apply())
                .await
                .map(drop),
            kind => client
                .documents(kind)
                .create(&body, Change::apply())
                .await
                .map(drop),
        };
        let error = refused.expect_err(what);
        let answer = error.answer().unwrap_or_else(|| panic!("{what}: {error}"));
        assert_eq!(answer.status, case.status, "{what}: {error}");
        let told = format!("{} {:?}", answer.message, answer.errors);
        for word in case.says {
            assert!(told.contains(word), "{what}: '{word}' is missing in {told}");
        }
        if let Some(line) = case.line {
            assert!(
                answer.errors.iter().any(|item| item.line == Some(line)),
                "{what}: line {line} is missing in {told}"
            );
        }
        from_the_command_line(&vamp, &case)?;
    }

    let huge = Body::yaml(format!(
        "name: huge\nkind: breeds\ndeployable: x\n# {}\n",
        "x".repeat(20 << 20)
    ));
    let error = client
        .documents(Kind::Breed)
        .create(&huge, Change::apply())
        .await
        .expect_err("a body of 20 MB");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert_eq!(error.answer().map(|answer| answer.status), Some(413), "{error}");

    assert_eq!(everything_stored(&client).await?, stored, "nothing was stored");
    assert_eq!(vamp.configuration(), running, "what HAProxy runs is untouched");
    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}

/// HAProxy pauses all gateways while it tries to bind a port that another program has: such a port is refused before anything is
/// stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_port_of_another_program_costs_no_request_of_other_gateways() -> TestResult {
    if lacks(&["haproxy"]) {
        return Ok(());
    }
    let vamp = Vamp::start(VampOptions::embedded()).await?;
    let client = Client::new(&vamp.url())?;
    let mut release = release_on(&vamp)?;
    release.step(Step::Deploy).await?;
    let reloads = crate::support::agent(&client)
        .await
        .ok_or("no agent")?
        .haproxy
        .reloads;

    let taken = vamp_testkit::ports::lease()?;
    let _holder = std::net::TcpListener::bind(taken.address())?;
    let yaml = format!(
        "name: edge\nkind: gateways\nport: {}\nroutes:\n  shop/web/http:\n    weight: 100%\n",
        taken.number()
    );
    let refused = client
        .documents(Kind::Gateway)
        .create(&Body::yaml(yaml), Change::apply())
        .await;
    let error = refused.expect_err("the port is taken");
    assert_eq!(error.answer().map(|answer| answer.status), Some(400), "{error}");
    let told = format!("{error} {:?}", error.answer());
    for word in ["cannot be bound", "another program listens there"] {
        assert!(told.contains(word), "'{word}' is missing in {told}");
    }
    crate::support::until_counted(release.load().ok_or("no load")?, 500).await?;
    let after = crate::support::agent(&client).await.ok_or("no agent")?;
    assert_eq!(
        (after.haproxy.reloads, after.failure),
        (reloads, None),
        "no reload was tried"
    );
    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}

/// `vamp apply` ends with a status other than zero and says on the error stream what the server said.
fn from_the_command_line(vamp: &Vamp, case: &Case) -> TestResult {
    if case.kind == Kind::Deployment {
        return Ok(());
    }
    let output = with_input(vamp.client()?.args(["apply", "-f", "-"]), &case.text)?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{}: {said}", case.what);
    for word in case.says {
        assert!(
            said.contains(word),
            "{}: '{word}' is missing in {said}",
            case.what
        );
    }
    if let Some(line) = case.line {
        assert!(
            said.contains(&format!("{line}:")),
            "{}: line {line} is missing in {said}",
            case.what
        );
    }
    Ok(())
}

fn with_input(command: &mut Command, input: &str) -> std::io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    child.wait_with_output()
}

/// An artifact as it was asked for: what the engine finds out meanwhile is left out.
fn without_what_passes(mut artifact: serde_json::Value) -> serde_json::Value {
    if let Some(clusters) = artifact
        .get_mut("clusters")
        .and_then(serde_json::Value::as_object_mut)
    {
        for cluster in clusters.values_mut() {
            for service in cluster["services"].as_array_mut().into_iter().flatten() {
                if let Some(service) = service.as_object_mut() {
                    service.retain(|key, _| !matches!(key.as_str(), "status" | "instances" | "health"));
                }
            }
        }
    }
    artifact
}

async fn everything_stored(client: &Client) -> Result<Vec<String>, vamp_client::Error> {
    let mut names = Vec::new();
    for kind in Kind::ALL {
        let artifacts = match client.documents(kind).all().await {
            Err(error) if is_not_served(&error) => continue,
            artifacts => artifacts?,
        };
        for artifact in artifacts {
            names.push(format!("{kind} {}", without_what_passes(artifact)));
        }
    }
    Ok(names)
}

/// Whether the server has no artifacts of the kind that was asked for.
fn is_not_served(error: &vamp_client::Error) -> bool {
    let mut problems = error.answer().into_iter().flat_map(|answer| &answer.errors);
    problems.any(|problem| problem.code == vamp_model::code::NOT_SUPPORTED)
}
