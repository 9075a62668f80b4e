use vamp_testkit::{skip, wait};

use crate::support::{LIMIT, Server, is_running, run, vamp};

/// A service that runs until it is told to end, without ports.
const SLEEPER: &str = "\
kind: blueprints
name: sleeper
clusters:
  one:
    services:
    - breed: {name: 'sleep:1', deployable: {type: command, definition: sleep 1000}}
      scale: {cpu: 0.1, memory: 16MB, instances: 2}
";

/// The processes of the instances.
fn instances(server: &Server) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let path = entry.path();
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let below = |directory: std::path::PathBuf| directory.starts_with(server.path("state/instances"));
        let is_sleep = std::fs::read(path.join("cmdline")).is_ok_and(|line| line.starts_with(b"sleep\0"));
        if is_sleep && std::fs::read_link(path.join("cwd")).is_ok_and(below) {
            found.push(pid);
        }
    }
    found
}

async fn with_instances() -> Server {
    let server = Server::start(&[]).await;
    server.file("sleeper.yml", SLEEPER);
    assert_eq!(server.client(&["apply", "-f", "sleeper.yml"]).status, 0);
    let deployed = server.client(&["deploy", "sleeper", "--wait", "--timeout", "30s"]);
    assert_eq!(deployed.status, 0, "{}", deployed.shown());
    assert_eq!(instances(&server).len(), 2);
    server.haproxy_serves().await;
    server
}

async fn all_gone(server: &Server, processes: &[u32]) {
    wait::until(LIMIT, || async { processes.iter().all(|pid| !is_running(*pid)) })
        .await
        .unwrap();
    assert_eq!(instances(server), Vec::<u32>::new());
}

#[tokio::test]
async fn everything_ends_when_no_server_runs_any_more() {
    if skip::without("haproxy") {
        return;
    }
    let mut server = with_instances().await;
    let mut processes = instances(&server);
    processes.extend(server.haproxy());
    server.kill();
    assert!(
        processes.iter().all(|pid| is_running(*pid)),
        "they outlive their server"
    );
    let ran = run(server.on_this_state().arg("--stop-all"));
    assert_eq!(ran.status, 0, "{}", ran.shown());
    all_gone(&server, &processes).await;
}

#[tokio::test]
async fn the_server_ends_first_when_it_runs() {
    if skip::without("haproxy") {
        return;
    }
    let server = with_instances().await;
    let mut processes = instances(&server);
    processes.extend(server.haproxy());
    let ran = run(server.on_this_state().arg("--stop-all"));
    assert_eq!(ran.status, 0, "{}", ran.shown());
    all_gone(&server, &processes).await;
    assert_eq!(server.client(&["get", "breeds"]).status, 7, "the server is gone");
}

#[test]
fn where_nothing_was_ever_started_there_is_nothing_to_end() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let ran = run(vamp().args(["serve", "--stop-all", "--state-dir"]).arg(&state));
    assert_eq!((ran.status, state.exists()), (0, false), "{}", ran.shown());
}
