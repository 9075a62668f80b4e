use std::io::{Read as _, Write as _};
use std::process::Stdio;

use crate::support::{Server, run, vamp};

async fn with_artifacts() -> Server {
    let server = Server::start(&["--agent", "off", "--kv", "etcd"]).await;
    let text = "\
{kind: breed, name: 'web:1', deployable: {type: process, definition: web}, ports: {http: 8080/http}}
---
{kind: scale, name: small, cpu: 0.1, memory: 64MB, instances: 2}
---
kind: gateway
name: shop/web/front
port: 9050/http
routes: {shop/web: {weight: 100%}}
";
    server.file("all.yml", text);
    let applied = server.client(&["apply", "-f", "all.yml"]);
    assert!(matches!(applied.status, 0 | 5), "{}", applied.shown());
    server
}

#[tokio::test]
async fn artifacts_are_shown_as_table_json_and_yaml() {
    let server = with_artifacts().await;
    insta::assert_snapshot!("get_table", server.client(&["get", "br"]).shown());
    insta::assert_snapshot!(
        "get_one_yaml",
        server.client(&["get", "scale", "small", "-o", "yaml"]).shown()
    );
    insta::assert_snapshot!(
        "get_json",
        server.client(&["get", "scales", "-o", "json"]).shown()
    );
    assert_eq!(
        server.client(&["get", "deployments"]).status,
        0,
        "an empty list is no failure"
    );
}

#[tokio::test]
async fn more_artifacts_than_a_page_has_are_all_shown() {
    let server = Server::start(&["--agent", "off", "--kv", "etcd"]).await;
    let scales: Vec<String> = (0..65)
        .map(|number| format!("{{kind: scale, name: s{number:02}, cpu: 1, memory: 1MB}}\n"))
        .collect();
    server.file("scales.yml", &scales.join("---\n"));
    assert_eq!(server.client(&["apply", "-f", "scales.yml"]).status, 0);
    let listed = server.client(&["get", "scales", "-o", "json"]).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(65));
}

#[tokio::test]
async fn what_does_not_exist_and_what_is_no_kind_have_statuses_of_their_own() {
    let server = with_artifacts().await;
    let missing = server.client(&["get", "breed", "web:2"]);
    assert_eq!(
        (missing.status, missing.err.as_str()),
        (3, "error: there is no breed 'web:2'\n")
    );
    let slash = server.client(&["get", "breed", "a/b\nc"]);
    assert_eq!(slash.status, 3, "{}", slash.shown());
    let unknown = server.client(&["get", "gatways"]);
    assert_eq!(
        (unknown.status, unknown.err.contains("did you mean gateways?")),
        (2, true),
        "{}",
        unknown.err
    );
    let step = server.client(&["get", "breed", ".."]);
    assert_eq!(step.status, 2, "{}", step.shown());
}

#[tokio::test]
async fn what_is_deleted_is_told_and_what_does_not_exist_cannot_be() {
    let server = with_artifacts().await;
    insta::assert_snapshot!("delete", server.client(&["delete", "scale/small"]).shown());
    let again = server.client(&["delete", "scale/small"]);
    assert_eq!(
        (again.status, again.out.as_str(), again.err.as_str()),
        (3, "", "error: there is no scale 'small'\n")
    );
    let json = server.client(&["delete", "br", "web:1", "-o", "json"]).json();
    assert_eq!(json[0]["result"], "deleted");
    assert_eq!(server.client(&["get", "scale/small"]).status, 3);
    let deployment = server.client(&["delete", "deployment", "shop"]);
    assert_eq!(
        (deployment.status, deployment.err.contains("vamp undeploy shop")),
        (2, true)
    );
}

#[tokio::test]
async fn events_are_shown_oldest_first_and_as_many_as_asked_for() {
    let server = with_artifacts().await;
    let all = server.client(&["events", "-o", "json"]).json();
    let all = all.as_array().unwrap();
    assert!(all.len() >= 2, "{all:?}");
    let times: Vec<&str> = all
        .iter()
        .map(|event| event["timestamp"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    let last = server.client(&["events", "-n", "1", "-o", "json"]).json();
    assert_eq!(last[0], all[all.len() - 1]);
    let tagged = server
        .client(&["events", "--tag", "scales:small", "-o", "json"])
        .json();
    assert_eq!(tagged.as_array().map(Vec::len), Some(1), "{tagged}");
}

#[tokio::test]
async fn events_are_followed_as_they_happen() {
    use tokio::io::AsyncBufReadExt as _;
    let server = with_artifacts().await;
    let mut command =
        tokio::process::Command::from(server.client_command(&["events", "-f", "-n", "9", "-o", "json"]));
    let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = tokio::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let limit = crate::support::LIMIT;
    let first = tokio::time::timeout(limit, lines.next_line())
        .await
        .unwrap()
        .unwrap();
    assert!(first.is_some(), "the past comes first");
    let mut number = 0;
    let seen = loop {
        // The stream may connect a moment after the past was printed: another change is made until one is seen.
        number += 1;
        server.file(
            "one.yml",
            &format!("{{kind: scale, name: followed, cpu: {number}, memory: 1MB}}"),
        );
        assert_eq!(server.client(&["apply", "-f", "one.yml"]).status, 0);
        let next = tokio::time::timeout(std::time::Duration::from_secs(1), lines.next_line()).await;
        if let Ok(Ok(Some(line))) = next
            && line.contains("scales:followed")
        {
            break line;
        }
        assert!(number < 30, "no event was seen");
    };
    let event: serde_json::Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(event["type"], "archive");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut command = vamp();
    // A pipe whose reading end is closed.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = run(command.args(["--help"]).stdout(writer));
    assert_eq!(ran.status, 0, "{}", ran.shown());
}

#[test]
fn what_answers_and_is_no_vamp_server_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        // As etcd does, and a page of anything else.
        for (status, body) in [
            ("404 Not Found", "404 page not found\n"),
            ("200 OK", "<html></html>"),
        ] {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).unwrap();
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    for words in ["status 404 Not Found without the words of a Vamp server", ""] {
        let ran = run(vamp().args(["--server", &address, "get", "gateways"]));
        assert_eq!(ran.status, 7, "{}", ran.shown());
        let hint = format!("hint: what answers at {address} is not a Vamp server");
        assert!(
            ran.err.contains(words) && ran.err.contains(&hint),
            "{}",
            ran.shown()
        );
        assert!(!ran.err.contains("ErrorBody"), "{}", ran.shown());
    }
    served.join().unwrap();
}
