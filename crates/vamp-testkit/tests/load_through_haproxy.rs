//! The load client through a real HAProxy that is reloaded under it: nothing is lost with `option idle-close-on-response`, and, as
//! the proof that the client would notice, a lot is lost without.
#![cfg(all(feature = "load", feature = "sample-service"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::{process::Command, time::Duration};

use vamp_testkit::{
    extent,
    load::{LoadClient, LoadOptions, Snapshot},
    ports,
    ports::Lease,
    servers::{Haproxy, ServerProcess},
    skip, wait,
};

struct Scene {
    haproxy: Haproxy,
    frontend: Lease,
    services: Vec<(ServerProcess, Lease)>,
    idle_close_on_response: bool,
    _directory: tempfile::TempDir,
}

impl Scene {
    async fn start(idle_close_on_response: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut services = Vec::new();
        for version in ["1.0", "2.0"] {
            let port = ports::lease().unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_sample-service"));
            command.args(["--version", version, "--port", &port.number().to_string()]);
            let mut process = ServerProcess::new("sample-service", directory.path().join(version));
            process.start(command).unwrap();
            let address = port.address();
            let listens = || async move { tokio::net::TcpStream::connect(address).await.is_ok() };
            process
                .ready_within(Duration::from_secs(10), listens)
                .await
                .unwrap();
            services.push((process, port));
        }
        let frontend = ports::lease().unwrap();
        let text = configuration(&frontend, &services, idle_close_on_response, (100, 0));
        let haproxy = Haproxy::start(&text, frontend.address()).await.unwrap();
        Self {
            haproxy,
            frontend,
            services,
            idle_close_on_response,
            _directory: directory,
        }
    }

    async fn reload(&mut self, weights: (u8, u8)) {
        let text = configuration(
            &self.frontend,
            &self.services,
            self.idle_close_on_response,
            weights,
        );
        self.haproxy.reload(&text).await.unwrap();
    }

    fn load(&self) -> LoadClient {
        LoadClient::start(LoadOptions::new(self.frontend.address())).unwrap()
    }
}

fn configuration(
    frontend: &Lease,
    services: &[(ServerProcess, Lease)],
    idle_close_on_response: bool,
    weights: (u8, u8),
) -> String {
    let option = if idle_close_on_response {
        "option idle-close-on-response"
    } else {
        ""
    };
    let servers: String = services
        .iter()
        .zip([weights.0, weights.1])
        .map(|((_, port), weight)| {
            format!("  server s{} {} weight {weight}\n", port.number(), port.address())
        })
        .collect();
    format!(
        "global\n  hard-stop-after 30s\n\
         defaults\n  mode http\n  {option}\n  timeout client 50s\n  timeout connect 5s\n  timeout server 50s\n\
         frontend f\n  bind {}\n  default_backend b\n\
         backend b\n  balance roundrobin\n{servers}",
        frontend.address()
    )
}

/// Sends until so many more have been answered.
async fn answers(load: &LoadClient, count: u64) -> Snapshot {
    let before = load.snapshot();
    wait::until(Duration::from_secs(60), || async {
        load.snapshot().since(&before).answered() >= count
    })
    .await
    .unwrap();
    load.snapshot().since(&before)
}

#[tokio::test]
async fn nothing_is_lost_in_reloads_when_idle_connections_are_closed_on_response() {
    if skip::without("haproxy") {
        return;
    }
    let mut scene = Scene::start(true).await;
    let load = scene.load();
    answers(&load, 500).await;
    for _ in 0..extent::pick(8, 60) {
        scene.reload((100, 0)).await;
        answers(&load, 200).await;
    }
    let seen = load.stop().await;
    assert_eq!(seen.lost(), 0, "{seen}");
    assert_eq!(seen.answered(), seen.sent());
    assert!(seen.announced_closes > 100, "{seen}");
}

#[tokio::test]
async fn dozens_are_lost_in_reloads_that_close_idle_connections_at_once() {
    if skip::without("haproxy") {
        return;
    }
    let mut scene = Scene::start(false).await;
    let load = scene.load();
    answers(&load, 500).await;
    let (reloads, at_least) = extent::pick((16, 24), (60, 100));
    for _ in 0..reloads {
        scene.reload((100, 0)).await;
        answers(&load, 300).await;
    }
    let seen = load.stop().await;
    assert!(seen.lost() > at_least, "{seen}");
}

#[tokio::test]
async fn shares_are_measured_within_a_point_and_the_first_answer_of_a_version_is_seen() {
    if skip::without("haproxy") {
        return;
    }
    let mut scene = Scene::start(true).await;
    let load = scene.load();
    let window = answers(&load, 300).await;
    assert!((window.share("1.0") - 100.0).abs() < 1e-9, "{window}");

    let first = load.first_answer_from("2.0");
    scene.reload((75, 25)).await;
    let first = first.within(Duration::from_secs(10)).await.unwrap();
    assert_eq!(&*first.version, "2.0");
    assert!(first.received > first.sent);
    // Idle connections of the old worker have to ask once more before they reach the new one.
    answers(&load, 1500).await;
    let window = answers(&load, 2000).await;
    assert!(
        (window.share("2.0") - 25.0).abs() < 1.0,
        "{window}: {}",
        window.share("2.0")
    );
    assert_eq!(load.stop().await.lost(), 0);
}
