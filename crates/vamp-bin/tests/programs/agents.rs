//! Several agents on one store.

use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;
use vamp_haproxy::base::{BaseOptions, Statistics, base};
use vamp_testkit::servers::Etcd;
use vamp_testkit::{skip, wait};

use crate::support::{LIMIT, Server};
use crate::vga::Agent;

/// An agent that loads what the server hands over, and one whose own base has a backend that gateways of this name have, too.
struct Two {
    server: Server,
    good: Agent,
    bad: Agent,
    _etcd: Etcd,
}

impl Two {
    async fn start(gateway: &str) -> Self {
        let etcd = Etcd::start().await.unwrap();
        let (mut good, mut bad) = (Agent::named("good"), Agent::named("bad"));
        good.process.start(good.command(&etcd.endpoint())).unwrap();
        let mut server = Server::prepared(&[
            "--kv",
            "etcd",
            "--etcd-endpoints",
            &etcd.endpoint(),
            "--agent",
            "off",
        ]);
        server.runtime = Some(good.runtime().display().to_string());
        server.start_again().await;
        bad.process
            .start(Self::clashing(&bad, &etcd.endpoint(), &server, gateway))
            .unwrap();
        let two = Self {
            server,
            good,
            bad,
            _etcd: etcd,
        };
        two.agents_become(|agents| {
            agents.len() == 2 && agents.iter().all(|agent| agent["applied"].is_object())
        })
        .await;
        two
    }

    fn clashing(agent: &Agent, etcd: &str, server: &Server, gateway: &str) -> Command {
        let mut options = BaseOptions::default();
        options.statistics = Some(Statistics::at(agent.statistics.address()));
        let pool = format!("o_{}", vamp_model::lookup::gateway(gateway));
        let text = format!("{}\nbackend {pool}\n  mode http\n", base(&options));
        server.file("clashing.cfg", &text);
        let mut command = agent.command(etcd);
        command
            .arg("--haproxy-base")
            .arg(server.directory.path().join("clashing.cfg"));
        command
    }

    async fn agents_become(&self, wish: impl Fn(&[Value]) -> bool) {
        let seen = wait::until(LIMIT, async || {
            wish(
                self.server
                    .client(&["get", "agents", "-o", "json"])
                    .json()
                    .as_array()
                    .unwrap(),
            )
        });
        if seen.await.is_err() {
            panic!("{}", self.server.client(&["get", "agents"]).shown());
        }
    }

    fn gateway(&self, weight: u8) -> &'static str {
        let (port, rest) = (self.server.gateway_port(), 100 - weight);
        let text = format!(
            "kind: gateway\nname: front\nport: {port}/http\nroutes: {{'[127.0.0.1:1001]': {{weight: {weight}%}}, \
             '[127.0.0.1:1002]': {{weight: {rest}%}}}}\n"
        );
        self.server.file("front.yml", &text);
        "front.yml"
    }
}

#[tokio::test]
async fn all_live_agents_are_waited_for_and_one_that_refuses_ends_it_with_its_reason() {
    if skip::without("haproxy") || skip::without("etcd") {
        return;
    }
    let two = Two::start("front").await;
    let server = &two.server;

    let file = two.gateway(100);
    let refused = server.client(&["apply", "-f", file, "--wait=applied", "--timeout", "60s"]);
    assert_eq!(refused.status, 9, "{}", refused.shown());
    assert!(
        refused.err.contains("agent bad refuses the configuration") && refused.err.contains("haproxy.cfg:"),
        "{}",
        refused.shown()
    );
    two.agents_become(|agents| {
        let (bad, good) = (&agents[0], &agents[1]);
        bad["failure"]["kind"] == "refused"
            && good["failure"].is_null()
            && bad["applied"]["hash"] != good["applied"]["hash"]
    })
    .await;
    let table = server.client(&["get", "agents"]).out;
    assert!(
        table.contains("2.4/bad") && table.contains("refused: ") && table.contains("2.4/good"),
        "{table}"
    );
    wait::until(LIMIT, async || {
        let told = server.client(&["events", "--tag", "agent:refused", "-o", "json"]);
        told.out.contains("agents:bad")
    })
    .await
    .unwrap();

    // A frozen agent is waited for until its lease has ended: then it is as one that has died.
    two.bad.process.signal(Signal::STOP).unwrap();
    two.agents_become(|agents| agents.len() == 1).await;
    let file = two.gateway(40);
    let waited = server.client(&["apply", "-f", file, "--wait=applied", "--timeout", "60s"]);
    assert_eq!(waited.status, 0, "{}", waited.shown());
    two.bad.process.signal(Signal::CONT).unwrap();
    two.agents_become(|agents| agents.len() == 2).await;
    assert!(two.good.process.id().is_some());
}

#[tokio::test]
async fn an_agent_that_dies_is_not_waited_for() {
    if skip::without("haproxy") || skip::without("etcd") {
        return;
    }
    let mut two = Two::start("another").await;
    // Frozen, it neither applies the change nor says that it does not; its lease goes on for up to 15 s.
    two.bad.process.signal(Signal::STOP).unwrap();
    let file = two.gateway(70);
    let waited = two
        .server
        .client(&["apply", "-f", file, "--wait=applied", "--timeout", "60s"]);
    assert_eq!(waited.status, 0, "{}", waited.shown());
    assert!(
        waited.err.contains("agent bad has not applied it yet"),
        "{}",
        waited.shown()
    );
    two.agents_become(|agents| agents.len() == 1 && agents[0]["id"] == "good")
        .await;
    two.bad.process.kill().unwrap();
}
