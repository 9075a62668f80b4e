use crate::support::{Server, run, run_with, vamp};

const SHOP: &str = "\
# what is sold
kind: breed
name: web:1
deployable: {type: process, definition: web}
ports: {http: 8080/http}
---
kind: scales
name: small
cpu: 0.1
memory: 64MB
---
kind: blueprint
name: shop
clusters:
  web:
    services:
    - {breed: {ref: 'web:1'}, scale: {ref: small}}
";

async fn server() -> Server {
    Server::start(&["--agent", "off", "--kv", "etcd"]).await
}

#[tokio::test]
async fn artifacts_are_created_then_unchanged_then_updated() {
    let server = server().await;
    server.file("shop.yml", SHOP);
    insta::assert_snapshot!(
        "apply_created",
        server.client(&["apply", "-f", "shop.yml"]).shown()
    );
    insta::assert_snapshot!(
        "apply_unchanged",
        server.client(&["apply", "-f", "shop.yml"]).shown()
    );
    let changed = SHOP.replace("64MB", "96MB");
    let ran = run_with(
        &mut server.client_command(&["apply", "-f", "-", "-o", "json"]),
        &changed,
    );
    insta::assert_snapshot!("apply_updated", ran.shown());
}

#[tokio::test]
async fn a_breed_that_changes_within_its_blueprint_is_told() {
    let server = server().await;
    let shop = SHOP.replace("{ref: 'web:1'}", "{name: 'x:1', deployable: first}");
    let results = |text: &str| {
        server.file("shop.yml", text);
        let done = server.client(&["apply", "-f", "shop.yml", "-o", "json"]).json();
        let words =
            |value: &serde_json::Value| format!("{} {}", value["name"], value["result"]).replace('"', "");
        done.as_array().unwrap().iter().map(words).collect::<Vec<_>>()
    };
    let others = ["web:1 unchanged", "small unchanged"].map(str::to_owned);
    assert_eq!(results(&shop)[2..], ["x:1 stored", "shop created"]);
    assert_eq!(
        results(&shop),
        [&others[..], &["shop unchanged".to_owned()]].concat()
    );
    let changed = results(&shop.replace("first", "second"));
    assert_eq!(changed[2..], ["x:1 stored", "shop unchanged"]);
}

#[tokio::test]
async fn json_and_lists_are_applied_as_well() {
    let server = server().await;
    server.file("scales.json", r#"[{"kind":"scale","name":"a","cpu":1,"memory":"1MB"},{"kind":"scale","name":"b","cpu":1,"memory":"1MB"}]"#);
    let ran = server.client(&["apply", "-f", "scales.json", "-o", "yaml"]);
    assert_eq!(ran.status, 0, "{}", ran.shown());
    assert_eq!(
        server.client(&["get", "scale/b", "-o", "json"]).json()["name"],
        "b"
    );
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let server = server().await;
    server.file(
        "shop.yml",
        &SHOP.replace("{ref: 'web:1'}", "{name: 'x:1', deployable: x}"),
    );
    let ran = server.client(&["apply", "-f", "shop.yml", "--dry-run"]);
    assert_eq!(ran.status, 0, "{}", ran.shown());
    assert!(ran.out.contains("would be created"), "{}", ran.out);
    for kind in ["breeds", "scales", "blueprints"] {
        assert_eq!(
            server.client(&["get", kind, "-o", "json"]).json(),
            serde_json::json!([]),
            "{kind}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_told_with_every_place_and_nothing_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("broken.yml", "kind: breed\nname: [web\n");
    write(
        "slips.yml",
        "kind: scale\nname: a\ncpu: 1\nmemory: 64XB\ncolour: red\n---\nkind: gatway\nname: g\n",
    );
    // No server listens there: these errors are found without one.
    let apply = |files: &[&str]| {
        let mut command = vamp();
        command
            .current_dir(directory.path())
            .args(["--server", "http://127.0.0.1:1", "apply"]);
        run(command.args(files.iter().flat_map(|file| ["-f", file])))
    };
    insta::assert_snapshot!("apply_broken", apply(&["broken.yml", "slips.yml"]).shown());
    let missing = apply(&["broken.yml", "missing.yml"]);
    assert_eq!(
        (missing.status, missing.err.contains("cannot read missing.yml")),
        (2, true),
        "{}",
        missing.err
    );
}

#[test]
fn a_file_without_artifacts_is_a_mistake() {
    for text in ["", "---\n", "# nothing yet\n"] {
        let ran = run_with(vamp().args(["apply", "-f", "-"]), text);
        assert_eq!((ran.status, ran.out.as_str()), (5, ""), "{}", ran.shown());
        assert!(
            ran.err.starts_with("error: no artifacts in standard input\n"),
            "{}",
            ran.err
        );
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_told_at_its_place_in_the_file() {
    let server = server().await;
    let text = "\
kind: scale
name: fine
cpu: 1
memory: 1MB
---
kind: gateway
name: front
port: 9050/http
routes:
  shop/web:
    weight: 100%
---
kind: gateway
name: other
port: 9050/http
routes:
  shop/web: {weight: 100%}
---
kind: scale
name: after
cpu: 1
memory: 1MB
";
    server.file("gateways.yml", text);
    let ran = server.client(&["apply", "-f", "gateways.yml"]);
    assert_eq!(ran.status, 5, "{}", ran.shown());
    insta::assert_snapshot!("apply_refused", ran.shown());
    let after = server.client(&["get", "scale", "after"]);
    assert_eq!((after.status, after.out.as_str()), (3, ""), "{}", after.shown());
    assert_eq!(server.client(&["get", "gateway", "other"]).status, 3);
}

#[test]
fn a_server_that_cannot_be_reached_is_a_status_of_its_own() {
    let ran = run_with(
        vamp().env("VAMP_HOST", "127.0.0.1:1").args(["apply", "-f", "-"]),
        "kind: scale\nname: a\ncpu: 1\nmemory: 1MB\n",
    );
    assert_eq!(ran.status, 7, "{}", ran.shown());
    assert!(
        ran.err.contains("no server answers at http://127.0.0.1:1"),
        "{}",
        ran.err
    );
    assert_eq!(ran.out, "", "no head of a table without rows");
}

#[tokio::test]
async fn https_to_a_server_of_http_is_told_from_a_server_that_is_away() {
    let server = server().await;
    let asked = |address: &str| run(vamp().args(["--server", address, "get", "breeds"]));
    let wrong_scheme = asked(&format!("https://{}", server.api.address()));
    let hint = format!("perhaps http://{} is meant", server.api.address());
    assert_eq!(
        (wrong_scheme.status, wrong_scheme.err.contains(&hint)),
        (7, true),
        "{}",
        wrong_scheme.err
    );
    let away = asked("https://127.0.0.1:1");
    assert!(away.err.contains("no server answers"), "{}", away.err);
}
