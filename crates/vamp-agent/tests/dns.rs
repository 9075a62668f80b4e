//! The DNS responder: which names it knows, asked as resolvers ask.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use support::service::Service;
use support::{Rig, SOON, applied, failure, gateway, until, without_haproxy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use vamp_agent::dns::{DnsConfig, DnsStatus};
use vamp_agent::{AgentConfig, AgentHandle, FailureKind, StopMode};
use vamp_haproxy::{GenerateOptions, generate};
use vamp_testkit::ports::{self, Lease};

/// An agent that answers queries, and the port of the virtual hosts.
struct Asked {
    rig: Rig,
    port: Lease,
    hosts: Lease,
}

impl Asked {
    fn new() -> Self {
        Self {
            rig: Rig::new(),
            port: ports::lease().unwrap(),
            hosts: ports::lease().unwrap(),
        }
    }

    fn config(&self, change: impl FnOnce(&mut DnsConfig)) -> AgentConfig {
        let mut dns = DnsConfig::default();
        dns.listen = self.port.address();
        change(&mut dns);
        let mut config = self.rig.config();
        config.dns = Some(dns);
        config
    }

    async fn start(&self) -> AgentHandle {
        self.rig.start_with(self.config(|_| {})).await
    }

    /// The text for a gateway with these virtual hosts.
    fn text(&self, service: &Service, hosts: &[&str]) -> String {
        let mut edge = gateway("edge", self.rig.port.number(), &[(service.address(), 100)]);
        edge.virtual_hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
        let mut options = GenerateOptions::new(self.rig.runtime.path());
        options.bind_address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        options.virtual_hosts = Some(self.hosts.address());
        generate(&[edge], &options).unwrap().config.to_string()
    }

    /// The answer to a query by UDP; none when there is none yet.
    async fn ask(&self, name: &str, kind: RecordType) -> Option<Message> {
        by_udp(self.port.address(), name, kind).await
    }

    async fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let answer = self.ask(name, RecordType::A).await;
        answer.iter().flat_map(addresses).collect()
    }

    /// Waits until a name is answered.
    async fn known(&self, name: &str) {
        until(async || !self.addresses(name).await.is_empty()).await;
    }

    /// Waits until a name is refused.
    async fn unknown(&self, name: &str) {
        until(async || {
            let answer = self.ask(name, RecordType::A).await;
            answer.is_some_and(|answer| answer.metadata.response_code == ResponseCode::Refused)
        })
        .await;
    }
}

fn status(agent: &AgentHandle) -> DnsStatus {
    agent.overview().dns.unwrap()
}

fn question(name: &str, kind: RecordType) -> Message {
    let mut message = Message::new(4711, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message
}

fn addresses(answer: &Message) -> Vec<IpAddr> {
    let data = answer.answers.iter().map(|record| &record.data);
    data.map(|data| match data {
        RData::A(address) => IpAddr::V4(address.0),
        RData::AAAA(address) => IpAddr::V6(address.0),
        other => panic!("{other}"),
    })
    .collect()
}

/// A socket that is connected takes no answer from another address than the one that was asked.
async fn by_udp(server: SocketAddr, name: &str, kind: RecordType) -> Option<Message> {
    let ask = async {
        let any: IpAddr = match server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((any, 0)).await.unwrap();
        socket.connect(server).await.unwrap();
        socket.send(&question(name, kind).to_vec().unwrap()).await.ok()?;
        let mut answer = [0; 4096];
        let length = socket.recv(&mut answer).await.ok()?;
        Some(Message::from_vec(&answer[..length]).unwrap())
    };
    tokio::time::timeout(SOON, ask).await.ok().flatten()
}

/// Asks for all names at once over one connection, and takes the answers in their order.
async fn by_tcp(server: SocketAddr, names: &[&str], kind: RecordType) -> Vec<Message> {
    let ask = async {
        let mut stream = TcpStream::connect(server).await.unwrap();
        let mut questions = Vec::new();
        for name in names {
            let question = question(name, kind).to_vec().unwrap();
            questions.extend(u16::try_from(question.len()).unwrap().to_be_bytes());
            questions.extend(question);
        }
        stream.write_all(&questions).await.unwrap();
        let mut answers = Vec::new();
        for _ in names {
            let mut answer = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut answer).await.unwrap();
            answers.push(Message::from_vec(&answer).unwrap());
        }
        answers
    };
    tokio::time::timeout(SOON, ask).await.unwrap()
}

#[tokio::test]
async fn names_come_and_go_with_the_configuration_that_runs() {
    if without_haproxy() {
        return;
    }
    let asked = Asked::new();
    let agent = asked.start().await;
    let service = Service::start("1.0").await;
    asked.unknown("shop.vamp.").await;

    asked
        .rig
        .apply(&agent, &asked.text(&service, &["shop.vamp", "www.example.org"]))
        .await;
    asked.known("shop.vamp.").await;
    assert_eq!(asked.addresses("WWW.Example.ORG.").await, [Ipv4Addr::LOCALHOST]);

    asked
        .rig
        .apply(&agent, &asked.text(&service, &["pay.vamp"]))
        .await;
    asked.known("pay.vamp.").await;
    asked.unknown("shop.vamp.").await;
    assert_eq!(status(&agent).names, 1);

    asked.rig.apply(&agent, &asked.text(&service, &[])).await;
    asked.unknown("pay.vamp.").await;
    assert_eq!(status(&agent).names, 0);
    let counters = status(&agent).counters;
    assert!(counters.answered >= 3 && counters.refused >= 3, "{counters:?}");
    assert_eq!(
        (counters.invalid, counters.failed),
        (0, 0),
        "each query was understood"
    );
    let stopped = tokio::time::timeout(SOON, agent.stop(StopMode::StopHaproxy)).await;
    stopped.unwrap().unwrap();
    assert!(
        asked.ask("shop.vamp.", RecordType::A).await.is_none(),
        "the responder ends with its agent"
    );
}

#[tokio::test]
async fn a_configuration_that_is_refused_changes_no_name() {
    if without_haproxy() {
        return;
    }
    let asked = Asked::new();
    let agent = asked.start().await;
    let service = Service::start("1.0").await;
    let text = |host| asked.text(&service, &[host]);
    asked.rig.apply(&agent, &text("shop.vamp")).await;
    asked.known("shop.vamp.").await;

    let broken = format!("{}backend broken\n  banana 7\n", text("pay.vamp"));
    asked.rig.publish(&broken).await;
    failure(&agent, FailureKind::Refused, "banana").await;
    // Whatever the agent had to do about it is done once the next one runs.
    asked.known("shop.vamp.").await;
    asked.unknown("pay.vamp.").await;
    assert_eq!(status(&agent).names, 1);

    let hash = asked.rig.publish(&text("pay.vamp")).await;
    applied(&agent, &hash).await;
    asked.known("pay.vamp.").await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn the_names_of_the_last_good_configuration_are_answered_while_the_store_is_away() {
    if without_haproxy() {
        return;
    }
    let asked = Asked::new();
    let agent = asked.start().await;
    let service = Service::start("1.0").await;
    asked
        .rig
        .apply(&agent, &asked.text(&service, &["shop.vamp"]))
        .await;
    asked.rig.store.begin();

    // HAProxy goes on, and is found.
    agent.stop(StopMode::LeaveHaproxyRunning).await.unwrap();
    let agent = asked.start().await;
    asked.known("shop.vamp.").await;
    assert_eq!(
        status(&agent).counters.refused,
        0,
        "no query came before the names"
    );

    // HAProxy is started with what is on disk.
    agent.stop(StopMode::StopHaproxy).await.unwrap();
    let agent = asked.start().await;
    asked.known("shop.vamp.").await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn both_protocols_answer_with_the_addresses_of_the_family_that_is_asked_for() {
    if without_haproxy() {
        return;
    }
    let asked = Asked::new();
    let config = asked.config(|dns| {
        dns.answers = ["10.0.0.5", "10.0.0.6", "2001:db8::5"]
            .map(|address| address.parse().unwrap())
            .into();
    });
    let agent = asked.rig.start_with(config).await;
    let service = Service::start("1.0").await;
    asked
        .rig
        .apply(&agent, &asked.text(&service, &["shop.vamp"]))
        .await;
    asked.known("shop.vamp.").await;

    let server = asked.port.address();
    for (kind, wanted) in [
        (RecordType::A, &["10.0.0.5", "10.0.0.6"][..]),
        (RecordType::AAAA, &["2001:db8::5"]),
        (RecordType::ANY, &["10.0.0.5", "10.0.0.6", "2001:db8::5"]),
        (RecordType::TXT, &[]),
    ] {
        let datagram = by_udp(server, "shop.vamp.", kind).await.unwrap();
        let connection = by_tcp(server, &["shop.vamp.", "Shop.Vamp."], kind).await;
        for answer in [&datagram].into_iter().chain(&connection) {
            let found: Vec<String> = addresses(answer).iter().map(IpAddr::to_string).collect();
            assert_eq!(found, wanted, "{kind}");
            let metadata = &answer.metadata;
            assert_eq!(
                (metadata.id, metadata.response_code),
                (4711, ResponseCode::NoError)
            );
            assert!(metadata.authoritative && !metadata.recursion_available);
        }
    }
    let others = by_tcp(server, &["vamp.", "shop.vamp.", "a.shop.vamp."], RecordType::A).await;
    let codes: Vec<ResponseCode> = others
        .iter()
        .map(|answer| answer.metadata.response_code)
        .collect();
    assert_eq!(
        codes,
        [
            ResponseCode::Refused,
            ResponseCode::NoError,
            ResponseCode::Refused
        ]
    );
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_name_leads_to_the_address_by_which_its_asker_reaches_the_machine() {
    if without_haproxy() {
        return;
    }
    let asked = Asked::new();
    // Both families where the machine has both.
    let has_both = std::net::TcpListener::bind("[::1]:0").is_ok();
    let listen = if has_both { "::" } else { "0.0.0.0" };
    let config = asked.config(|dns| dns.listen.set_ip(listen.parse().unwrap()));
    let agent = asked.rig.start_with(config).await;
    let service = Service::start("1.0").await;
    asked
        .rig
        .apply(&agent, &asked.text(&service, &["shop.vamp"]))
        .await;
    asked.known("shop.vamp.").await;

    // The address that others reach: found as the responder finds it, from the other side.
    let probe = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
    let outer = probe.connect("192.0.2.1:9").and_then(|()| probe.local_addr());
    let mut own: Vec<IpAddr> = vec![Ipv4Addr::LOCALHOST.into()];
    own.extend(outer.ok().map(|address| address.ip()));
    own.extend(has_both.then_some(IpAddr::V6(Ipv6Addr::LOCALHOST)));
    for address in own {
        let server = SocketAddr::new(address, asked.port.number());
        let (kind, other) = if address.is_ipv4() {
            (RecordType::A, RecordType::AAAA)
        } else {
            (RecordType::AAAA, RecordType::A)
        };
        let answer = by_udp(server, "shop.vamp.", kind).await.unwrap();
        assert_eq!(addresses(&answer), [address]);
        let connection = by_tcp(server, &["shop.vamp."], kind).await;
        assert_eq!(addresses(&connection[0]), [address]);
        let nothing = by_udp(server, "shop.vamp.", other).await.unwrap();
        assert_eq!(
            (nothing.metadata.response_code, nothing.answers.len()),
            (ResponseCode::NoError, 0),
            "{address}"
        );
    }
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn a_port_that_another_program_has_is_told_and_taken_once_it_is_free() {
    if without_haproxy() {
        return;
    }
    let asked = Asked::new();
    let taken = asked.port.address();
    let by_others = std::net::UdpSocket::bind(taken).unwrap();
    let agent = asked.start().await;
    let service = Service::start("1.0").await;
    // The agent does its work meanwhile.
    asked
        .rig
        .apply(&agent, &asked.text(&service, &["shop.vamp"]))
        .await;
    assert_eq!(asked.rig.ask().await.as_deref(), Some("1.0"));
    until(async || status(&agent).last_error.is_some()).await;
    let told = status(&agent);
    let reason = told.last_error.unwrap().message;
    assert!(
        reason.contains(&taken.to_string()) && reason.contains("UDP"),
        "{reason}"
    );
    assert_eq!(told.listening, None);

    drop(by_others);
    until(async || status(&agent).listening == Some(taken)).await;
    asked.known("shop.vamp.").await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[tokio::test]
async fn ten_thousand_hosts_are_names() {
    if without_haproxy() {
        return;
    }
    let asked = Asked::new();
    let agent = asked.start().await;
    let service = Service::start("1.0").await;
    let names: Vec<String> = (0..10_000)
        .map(|number| format!("host-{number}.example.org"))
        .collect();
    let hosts: Vec<&str> = names.iter().map(String::as_str).collect();
    asked.rig.apply(&agent, &asked.text(&service, &hosts)).await;
    asked.known("host-0.example.org.").await;
    assert_eq!(status(&agent).names, 10_000);
    asked.known("host-9999.example.org.").await;
    asked.unknown("host-10000.example.org.").await;
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}

#[cfg(feature = "http")]
#[tokio::test]
async fn the_endpoint_tells_of_the_responder() {
    if without_haproxy() {
        return;
    }
    let asked = Asked::new();
    let endpoint = ports::lease().unwrap();
    let mut config = asked.config(|_| {});
    config.status_address = Some(endpoint.address());
    let agent = asked.rig.start_with(config).await;
    let service = Service::start("1.0").await;
    asked
        .rig
        .apply(&agent, &asked.text(&service, &["shop.vamp"]))
        .await;
    asked.known("shop.vamp.").await;
    let before = status(&agent).counters;
    for name in ["shop.vamp.", "pay.vamp.", "ledger.vamp."] {
        asked.ask(name, RecordType::A).await.unwrap();
    }

    let get = async |path| support::service::get(endpoint.address(), path).await.unwrap();
    let answer = get("/status").await;
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let told: serde_json::Value = serde_json::from_str(body).unwrap();
    let dns = &told["dns"];
    assert_eq!(
        (&dns["listening"], &dns["names"]),
        (&asked.port.address().to_string().into(), &1.into()),
        "{told:#}"
    );
    assert_eq!(dns["counters"]["answered"], before.answered + 1);
    assert_eq!(dns["counters"]["refused"], before.refused + 2);
    let metrics = get("/metrics").await;
    for line in [
        "vamp_agent_dns_listening 1.0".to_owned(),
        "vamp_agent_dns_names 1.0".to_owned(),
        format!(
            "vamp_agent_dns_queries_total{{outcome=\"answered\"}} {}",
            before.answered + 1
        ),
        format!(
            "vamp_agent_dns_queries_total{{outcome=\"refused\"}} {}",
            before.refused + 2
        ),
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    agent.stop(StopMode::StopHaproxy).await.unwrap();
}
