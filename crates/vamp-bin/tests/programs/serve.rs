use rustix::process::Signal;
use serde_json::Value;
use vamp_testkit::{skip, wait};

use crate::support::{LIMIT, Server, is_running, run, vamp};

#[test]
fn an_api_that_others_reach_must_be_asked_for() {
    let ran = run(vamp().args(["serve", "--listen", "0.0.0.0:0", "--state-dir", "/nowhere/state"]));
    assert_eq!(ran.status, 2);
    assert!(
        ran.err.contains("there is no authentication yet") && ran.err.contains("--insecure"),
        "{}",
        ran.err
    );
}

#[test]
fn settings_come_from_several_places_and_are_explained() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("vamp.toml");
    std::fs::write(
        &file,
        "[vamp]\nnamespace = 'shop'\n[vamp.http-api]\nprot = 9000\n",
    )
    .unwrap();
    let ran = run(vamp()
        .current_dir(directory.path())
        .env("VAMP_HTTP_API_PORT", "9001")
        .env("VAMP_STATE_DIRECTORY", "/var/lib/shop")
        .env("VAMP_RUNTIME_DIRECTORY", "/run/shop")
        .env("VAMP_OPERATION_GATEWAY_VIRTUAL_HOSTS_ENABLED", "off")
        .args([
            "serve",
            "--config",
            "vamp.toml",
            "--kv",
            "etcd",
            "--explain-config",
        ]));
    insta::assert_snapshot!(ran.shown());
}

#[test]
fn a_value_that_cannot_be_used_ends_the_program_before_anything_is_touched() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    for flags in [
        ["--port-range", "9-8"],
        ["--kv", "redis"],
        ["--statistics", "here"],
        ["--log", "vamp=loud"],
    ] {
        let ran = run(vamp().arg("serve").arg("--state-dir").arg(&state).args(flags));
        assert_eq!(ran.status, 2, "{}", ran.shown());
        assert!(
            ran.err
                .starts_with(&format!("error: cannot use '{}' for {}", flags[1], flags[0])),
            "{}",
            ran.err
        );
    }
    assert!(!state.exists());
}

#[tokio::test]
async fn the_api_is_told_to_be_ready_and_the_file_goes_with_the_server() {
    let mut server = Server::start(&["--agent", "embedded"]).await;
    let text = std::fs::read_to_string(server.ready_file()).unwrap();
    let ready: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(ready["api"], format!("http://{}", server.api.address()));
    assert_eq!(
        ready["gateway_statistics"],
        format!("http://{}", server.statistics.address())
    );
    assert_eq!(ready["pid"].as_u64(), server.id().map(u64::from));
    assert_eq!(
        server.client(&["get", "breeds", "-o", "json"]).json(),
        serde_json::json!([])
    );
    server.stop().await;
    assert!(!server.ready_file().exists());
}

#[tokio::test]
async fn haproxy_outlives_its_server_and_is_found_again() {
    if skip::without("haproxy") {
        return;
    }
    let mut server = Server::start(&[]).await;
    server.haproxy_serves().await;
    let haproxy = server.haproxy().unwrap();
    for signal in [Signal::TERM, Signal::KILL] {
        if signal == Signal::KILL {
            server.kill();
        } else {
            server.stop().await;
        }
        assert!(is_running(haproxy), "after {signal:?}");
        server.haproxy_serves().await;
        server.start_again().await;
        let agents = || server.client(&["get", "agents", "-o", "json"]).json();
        wait::until(LIMIT, || async {
            agents()[0]["haproxy"]["master_pid"] == haproxy
        })
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn haproxy_ends_with_its_server_where_that_is_asked_for() {
    if skip::without("haproxy") {
        return;
    }
    let mut server = Server::start(&["--on-stop", "stop"]).await;
    server.haproxy_serves().await;
    let haproxy = server.haproxy().unwrap();
    server.stop().await;
    assert!(!is_running(haproxy));

    // Also one that was left by a server whose successor cannot start an agent.
    server.start_again().await;
    server.haproxy_serves().await;
    let haproxy = server.haproxy().unwrap();
    server.kill();
    assert!(is_running(haproxy));
    server.add_flags(&["--haproxy", "/nowhere/haproxy"]);
    server.start_again().await;
    server.stop().await;
    assert!(!is_running(haproxy), "{}", server.log());
}

#[tokio::test]
async fn a_second_server_on_the_same_state_directory_is_refused() {
    let server = Server::start(&["--agent", "off", "--kv", "etcd"]).await;
    let mut second = server.on_this_state();
    let ran = run(second.args(["--listen", "127.0.0.1:0", "--agent", "off", "--kv", "etcd"]));
    assert_eq!(ran.status, 1, "{}", ran.shown());
    let holder = format!("process {}", server.id().unwrap());
    assert!(
        ran.err.contains(&holder) && ran.err.contains("--state-dir"),
        "{}",
        ran.err
    );
    assert_eq!(server.client(&["get", "breeds"]).status, 0);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let server = Server::start(&["--agent", "off", "--kv", "etcd"]).await;
    let other = Server::prepared(&[]);
    let ran = run(other
        .command()
        .args(["--listen", &server.api.address().to_string()]));
    assert_eq!(ran.status, 2, "a flag that is given twice: {}", ran.shown());
    let mut command = other.on_this_state();
    let ran = run(command.args(["--listen", &server.api.address().to_string()]));
    assert_eq!(ran.status, 1, "{}", ran.shown());
    assert!(
        ran.err.contains(&server.api.address().to_string()) && ran.err.contains("--listen"),
        "{}",
        ran.err
    );
    assert!(
        !other.path("state").exists(),
        "nothing is made by a server that cannot listen"
    );
}

#[tokio::test]
async fn ports_that_others_use_are_refused_to_gateways() {
    let server = Server::start(&["--agent", "off", "--kv", "etcd"]).await;
    for port in [
        server.api.number(),
        server.statistics.number(),
        server.instance_port(),
    ] {
        server.file(
            "front.yml",
            &format!("kind: gateway\nname: front\nport: {port}/http\nroutes: {{'[127.0.0.1:1]': {{}}}}\n"),
        );
        let ran = server.client(&["apply", "-f", "front.yml"]);
        assert_eq!(ran.status, 5, "{}", ran.shown());
        assert!(ran.err.contains(&format!("port: {port}/http")), "{}", ran.err);
    }
}

const NO_CONDITION: &str = "{kind: gateway, name: front, port: PORT/http, routes: {'[127.0.0.1:1]': {condition: nothing_such_exists}}}";

#[tokio::test]
async fn without_an_agent_haproxy_is_asked_all_the_same() {
    if skip::without("haproxy") {
        return;
    }
    let server = Server::start(&["--agent", "off", "--kv", "etcd"]).await;
    let gateway = NO_CONDITION.replace("PORT", &server.gateway_port().to_string());
    server.file("front.yml", &gateway);
    let ran = server.client(&["apply", "-f", "front.yml"]);
    assert_eq!(ran.status, 5, "{}", ran.shown());
    assert!(ran.err.contains("HAProxy refuses gateway 'front'"), "{}", ran.err);
    assert_eq!(server.client(&["get", "gateway", "front"]).status, 3);
}

#[tokio::test]
async fn without_an_agent_and_haproxy_it_is_said_that_nobody_checks() {
    let server = Server::start(&["--agent", "off", "--kv", "etcd", "--haproxy", "/nowhere/haproxy"]).await;
    let log = server.log();
    assert!(
        log.contains("no HAProxy checks conditions") && log.contains("/nowhere/haproxy"),
        "{log}"
    );
    let gateway = NO_CONDITION.replace("PORT", &server.gateway_port().to_string());
    server.file("front.yml", &gateway);
    let ran = server.client(&["apply", "-f", "front.yml"]);
    assert_eq!(ran.status, 0, "{}", ran.shown());
    assert!(ran.err.contains("No HAProxy is at hand"), "{}", ran.shown());
}

#[tokio::test]
async fn without_haproxy_the_server_serves_and_says_what_is_missing() {
    let server = Server::start(&["--haproxy", "/nowhere/haproxy"]).await;
    let failure = || {
        let agents = server.client(&["get", "agents", "-o", "json"]).json();
        agents[0]["failure"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    wait::until(LIMIT, || async { failure().contains("/nowhere/haproxy") })
        .await
        .unwrap();
    assert!(
        server.log().contains("the gateway agent does not run"),
        "{}",
        server.log()
    );
    assert_eq!(server.client(&["get", "gateways"]).status, 0);
}

#[tokio::test]
async fn a_statistics_port_that_is_taken_is_told_in_the_words_of_haproxy() {
    if skip::without("haproxy") {
        return;
    }
    let server = Server::prepared(&[]);
    let _taken = std::net::TcpListener::bind(server.statistics.address()).unwrap();
    let mut server = server;
    server.start_again().await;
    let failure = || {
        let agents = server.client(&["get", "agents", "-o", "json"]).json();
        agents[0]["failure"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let port = server.statistics.number().to_string();
    wait::until(LIMIT, || async { failure().contains(&port) })
        .await
        .unwrap();
}

#[tokio::test]
async fn etcd_that_is_away_does_not_keep_the_api_from_being_served() {
    let nobody = vamp_testkit::ports::lease().unwrap();
    let server = Server::start(&[
        "--kv",
        "etcd",
        "--etcd-endpoints",
        &format!("http://{}", nobody.address()),
    ])
    .await;
    assert_eq!(server.client(&["get", "breeds"]).status, 0);
}

/// Lets a web page create a scale, and tells the status and the origin that may read the answer.
async fn page_creates(
    server: &Server,
    name: &str,
    origin: Option<&str>,
    host: Option<&str>,
) -> (u16, Option<String>) {
    let url = format!("http://{}/api/v1/scales", server.api.address());
    let client = vamp_io::http::client(vamp_io::http::Options::default()).unwrap();
    let mut request = client
        .post(url)
        .header("content-type", "application/json")
        .body(format!(
            "{{\"name\":\"{name}\",\"cpu\":1,\"memory\":\"1MB\",\"instances\":1}}"
        ));
    for (header, value) in [("origin", origin), ("host", host)] {
        if let Some(value) = value {
            request = request.header(header, value);
        }
    }
    let answer = request.send().await.unwrap();
    let readers = answer.headers().get("access-control-allow-origin");
    let readers = readers.map(|origin| origin.to_str().unwrap().to_owned());
    (answer.status().as_u16(), readers)
}

fn scales(server: &Server) -> Vec<String> {
    let scales = server.client(&["get", "scales", "-o", "json"]).json();
    let names = scales.as_array().unwrap().iter();
    names
        .map(|scale| scale["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn web_pages_and_names_that_are_not_listed_are_kept_out() {
    let server = Server::start(&["--agent", "off", "--kv", "etcd"]).await;
    let own = format!("http://{}", server.api.address());
    let evil = "https://evil.example.org";
    let refused = (403, None);
    assert_eq!(page_creates(&server, "a", Some(evil), None).await, refused);
    assert_eq!(
        page_creates(&server, "b", None, Some("evil.example.org")).await,
        refused
    );
    assert_eq!(scales(&server), [""; 0]);
    assert_eq!(page_creates(&server, "c", Some(&own), None).await.0, 201);
    assert_eq!(page_creates(&server, "d", None, None).await, (201, None));
    assert_eq!(scales(&server), ["c", "d"]);
}

#[tokio::test]
async fn web_pages_and_names_that_are_listed_may_call() {
    let console = "https://console.example.org";
    let listed = [
        "--api-origins",
        "https://console.example.org,http://localhost:3000",
        "--api-hosts",
        "vamp.lan",
    ];
    let server = Server::start(&[&["--agent", "off", "--kv", "etcd"], &listed[..]].concat()).await;
    let wanted = (201, Some(console.to_owned()));
    assert_eq!(
        page_creates(&server, "a", Some(console), Some("vamp.lan")).await,
        wanted
    );
    let evil = "https://evil.example.org";
    assert_eq!(page_creates(&server, "b", Some(evil), None).await, (403, None));
    assert_eq!(scales(&server), ["a"]);

    let server = Server::start(&["--agent", "off", "--kv", "etcd", "--api-origins", "*"]).await;
    let wanted = (201, Some(evil.to_owned()));
    assert_eq!(page_creates(&server, "a", Some(evil), None).await, wanted);
}

#[tokio::test]
async fn an_address_for_the_statistics_beside_an_own_base_is_told_to_have_no_meaning() {
    let mut server = Server::prepared(&[]);
    server.file("base.cfg", "global\n");
    let base = server.path("base.cfg").display().to_string();
    server.add_flags(&["--haproxy-base", &base]);
    server.start_again().await;
    let told = format!("--statistics has no meaning beside {base}");
    assert!(server.log().contains(&told), "{}", server.log());
    server.stop().await;
}
