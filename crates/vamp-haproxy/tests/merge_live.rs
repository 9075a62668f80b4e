//! What a real HAProxy makes of files of the user beside ours.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

use support::scene::{Service, count, request};
use support::{conditional, gateway, route};
use tempfile::TempDir;
use vamp_haproxy::base::{BaseOptions, LogTarget, Statistics, base};
use vamp_haproxy::merge::{Merged, Ours, OwnFile, merge};
use vamp_haproxy::{Document, GenerateOptions, generate};
use vamp_model::Gateway;
use vamp_testkit::ports;
use vamp_testkit::servers::Haproxy;

fn without_haproxy() -> bool {
    vamp_testkit::skip::without("haproxy")
}

/// Gateways with entrances, whose sockets are in a directory of their own.
struct Gateways {
    document: Document,
    _sockets: TempDir,
}

impl Gateways {
    fn of(gateways: &[Gateway]) -> Self {
        let sockets = tempfile::Builder::new().prefix("vm").tempdir().unwrap();
        let mut options = GenerateOptions::new(sockets.path());
        options.bind_address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        options.virtual_hosts = None;
        options.entrances = true;
        let generated = generate(gateways, &options).unwrap();
        assert_eq!(generated.omissions, []);
        Self {
            document: Document::parse(generated.config.to_string()),
            _sockets: sockets,
        }
    }

    fn merged(&self, base: &Document, own: &str) -> Merged {
        merge(&Ours::new(base, &self.document), &[OwnFile::new("own.cfg", own)]).unwrap()
    }
}

#[tokio::test]
async fn a_frontend_of_the_user_leads_into_a_gateway_with_its_conditions() {
    if without_haproxy() {
        return;
    }
    let ports = ports::lease_many(4).unwrap();
    let (one, two) = (Service::start("one").await, Service::start("two").await);
    let edge = gateway(
        "shop/edge",
        &ports[0].number().to_string(),
        [
            ("one", route(100, [one.target()])),
            (
                "two",
                conditional(route(0, [two.target()]), "< path_beg /beta >", 100),
            ),
        ],
    );
    let lookup = edge.lookup_name();
    let gateways = Gateways::of(std::slice::from_ref(&edge));
    let (entrance, pool) = (ports[1].address(), ports[2].address());
    let own = format!(
        "global\n  maxconn 500\n  .if defined(NOBODY_SAYS_THIS)\n  spread-checks 9\n  .endif\n\n\
         # named after the shop\nfrontend own\n  bind {entrance}\n  http-request set-header X-Own yes\n  use_backend {lookup}\n\n\
         defaults\n  timeout client 20s\n  option forwardfor\n\nfrontend past\n  bind {pool}\n  default_backend o_{lookup}\n"
    );
    let statistics = ports[3].address();
    let mut options = BaseOptions::default();
    options.statistics = Some(Statistics::at(statistics));
    options.log = Some(LogTarget::Udp("127.0.0.1:9".parse().unwrap()));
    let base = Document::parse(base(&options).to_string());
    let text = gateways.merged(&base, &own).document.to_string();
    assert_eq!(support::refusal(&text), None);

    let _haproxy = Haproxy::start(&text, statistics).await.unwrap();
    for address in [ports[0].address(), entrance] {
        assert_eq!(count(address, "/beta", 10, "two").await, 10, "{address}");
        assert_eq!(count(address, "/", 10, "one").await, 10, "{address}");
    }
    let answer = request(entrance, "/", "own", "").await.to_ascii_lowercase();
    assert!(answer.contains("\r\nx-own: yes\r\n"), "{answer}");
    // The client's address, once, over all proxies.
    assert_eq!(
        answer.matches("x-forwarded-for: 127.0.0.1").count(),
        1,
        "{answer}"
    );
    let port = format!("x-forwarded-port: {}", entrance.port());
    assert!(answer.contains(&port), "{answer}");
    // Past the conditions.
    assert_eq!(count(pool, "/beta", 10, "one").await, 10);
}

#[tokio::test]
async fn gateways_are_served_with_a_base_that_the_user_wrote() {
    if without_haproxy() {
        return;
    }
    let ports = ports::lease_many(2).unwrap();
    let one = Service::start("one").await;
    let edge = gateway(
        "edge",
        &ports[0].number().to_string(),
        [("one", route(100, [one.target()]))],
    );
    let gateways = Gateways::of(std::slice::from_ref(&edge));
    let base = format!(
        "# all of this is mine\nglobal\n  maxconn 400\n\ndefaults\n  timeout client 9s\n  timeout server 9s\n  timeout connect 9s\n\n\
         frontend mine\n  bind {}\n  mode http\n  http-request return status 200 content-type text/plain string mine\n",
        ports[1].address()
    );
    let document = Document::parse(base.clone());
    let text = gateways
        .merged(&document, "cache mine\n  total-max-size 4\n")
        .document
        .to_string();
    // S02-145: nothing of our base is left, and HAProxy serves the gateways with the user's.
    assert!(
        text.starts_with(&base) && !text.contains("hard-stop-after"),
        "{text}"
    );
    let _haproxy = Haproxy::start(&text, ports[1].address()).await.unwrap();
    assert!(
        request(ports[1].address(), "/", "mine", "")
            .await
            .ends_with("mine")
    );
    assert_eq!(count(ports[0].address(), "/", 5, "one").await, 5);
}

/// What `haproxy -c` says, whether it accepts the text or not.
fn said_of(text: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("haproxy.cfg");
    std::fs::write(&file, text).unwrap();
    let program = vamp_testkit::skip::find("haproxy").unwrap();
    let output = Command::new(program)
        .arg("-c")
        .arg("-f")
        .arg(&file)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn haproxy_finds_no_setting_twice_whatever_the_conditions() {
    if without_haproxy() {
        return;
    }
    let gateways = Gateways::of(&[gateway("edge", "9050", [])]);
    let mut options = BaseOptions::default();
    options.max_connections = Some(1000);
    let base = Document::parse(base(&options).to_string());
    let twice = [
        base.to_string().as_str(),
        "global\n  maxconn 5\n",
        &gateways.document.to_string(),
    ]
    .concat();
    assert!(said_of(&twice).contains("already specified"));
    for first in ["2.4", "99.0"] {
        for second in ["2.4", "99.0"] {
            let own = format!(
                "global\n .if version_atleast({first})\n maxconn 7\n .elif version_atleast({second})\n nbthread 1\n \
                 .if version_atleast({second})\n maxconn 8\n .endif\n .endif\n .if version_atleast({second})\n \
                 spread-checks 7\n .endif\n"
            );
            let text = gateways.merged(&base, &own).document.to_string();
            let said = said_of(&text);
            assert!(
                !said.contains("already specified") && !said.contains("[ALERT]"),
                "{said}\n{text}"
            );
        }
    }
}

/// Settings of `global` that HAProxy complains of in two lines.
const TAKEN_ONCE: &[&str] = &[
    "ca-base /tmp",
    "cluster-secret a",
    "crt-base /tmp",
    "fd-hard-limit 500",
    "gid 1",
    "log-send-hostname a",
    "maxconn 50",
    "maxconnrate 5",
    "maxpipes 5",
    "maxsessrate 5",
    "maxsslrate 5",
    "server-state-base /tmp",
    "server-state-file none",
    "spread-checks 5",
    "tune.maxaccept 5",
    "tune.maxpollevents 5",
    "tune.rcvbuf.client 16384",
    "tune.rcvbuf.server 16384",
    "tune.runqueue-depth 50",
    "tune.sndbuf.client 16384",
    "tune.sndbuf.server 16384",
    "tune.ssl.capture-buffer-size 64",
    "tune.ssl.capture-cipherlist-size 64",
    "ulimit-n 5000",
];

#[test]
fn what_haproxy_takes_once_is_told_and_what_it_takes_twice_is_not() {
    if without_haproxy() {
        return;
    }
    let gateways = Gateways::of(&[gateway("edge", "9050", [])]);
    let base = Document::parse("defaults\n  timeout client 9s\n");
    let is_merged = |own: &str| {
        let own = OwnFile::new("own.cfg", own);
        merge(&Ours::new(&base, &gateways.document), &[own]).is_ok()
    };
    for line in TAKEN_ONCE {
        let twice = format!("global\n  {line}\nglobal\n  {line}\n");
        assert!(said_of(&twice).contains(" already "), "{line}");
        assert!(!is_merged(&twice), "{line}");
    }
    for line in [
        "description a",
        "log-tag a",
        "localpeer a",
        "max-spread-checks 5s",
        "maxcomprate 5",
        "maxsslconn 5",
        "nbthread 2",
        "node a",
        "tune.bufsize 32768",
        "tune.http.maxhdr 120",
    ] {
        let twice = format!("global\n  {line}\nglobal\n  {line}\n");
        let said = said_of(&twice);
        assert!(!said.contains("[ALERT]"), "{line}: {said}");
        assert!(is_merged(&twice), "{line}");
    }
}

#[test]
fn a_receiver_of_logs_with_the_name_of_a_proxy_is_refused_by_haproxy_too() {
    if without_haproxy() {
        return;
    }
    let log_forward = "log-forward edge\n  bind 127.0.0.1:9051\n";
    for proxy in ["frontend edge\n", "backend edge\n", "listen edge\n"] {
        for text in [[proxy, log_forward].concat(), [log_forward, proxy].concat()] {
            let said = support::refusal(&text).unwrap();
            assert!(said.contains("has the same name as"), "{said}");
        }
    }
}

#[test]
fn haproxy_has_its_own_address_in_a_line_of_a_peer_and_not_of_a_server() {
    if without_haproxy() {
        return;
    }
    let text = |keyword: &str| {
        format!(
            "global\n  localpeer me\npeers p\n  {keyword} me 127.0.0.1:9050\nbackend b\n  stick-table type ip size 1k peers p\n"
        )
    };
    assert_eq!(support::refusal(&text("peer")), None);
    let said = support::refusal(&text("server")).unwrap();
    assert!(said.contains("no address was expected"), "{said}");
}

/// Settings in `defaults` that gateways get.
const SHARED: &str = "\
defaults
  timeout queue 5s
  timeout tunnel 1h
  timeout http-keep-alive 1s
  timeout client-fin 1s
  timeout server-fin 1s
  timeout tarpit 1s
  maxconn 500
  backlog 100
  fullconn 100
  max-keep-alive-queue 5
  retries 2
  retry-on conn-failure
  http-reuse never
  http-error status 503 content-type text/plain string busy
  errorloc302 504 http://example.com/
  log 127.0.0.1:9 local1
  clitcpka-cnt 3
  clitcpka-idle 9s
  clitcpka-intvl 9s
  srvtcpka-cnt 3
  srvtcpka-idle 9s
  srvtcpka-intvl 9s
  default-server inter 1s fastinter 1s downinter 1s rise 2 fall 2 pool-max-conn 5 pool-purge-delay 5s init-addr none
  option abortonclose
  option accept-invalid-http-request
  option accept-invalid-http-response
  no option clitcpka
  option contstats
  option disable-h2-upgrade
  no option dontlognull
  option http-buffer-request
  option http-ignore-probes
  option http-no-delay
  option http-pretend-keepalive
  option http-server-close
  option idle-close-on-response
  option independent-streams
  option log-health-checks
  option log-separate-errors
  no option redispatch
  option socket-stats
  option splice-auto
  option tcp-smart-accept
  option tcp-smart-connect
  option tcpka
";

#[test]
fn what_gateways_share_with_proxies_of_the_user_is_accepted_in_both_modes() {
    if without_haproxy() {
        return;
    }
    let one = || route(100, [support::instance("a", "127.0.0.1", 9)]);
    let gateways = Gateways::of(&[
        gateway(
            "edge",
            "9050",
            [("a", one()), ("b", conditional(one(), "< path_beg /b >", 50))],
        ),
        gateway("raw", "9051/tcp", [("a", one())]),
    ]);
    let base = Document::parse(base(&BaseOptions::default()).to_string());
    let merged = gateways.merged(&base, SHARED);
    assert_eq!(merged.only_own, []);
    let text = merged.document.to_string();
    assert_eq!(support::refusal(&text), None);
    // Of gateways in TCP HAProxy leaves out what is for HTTP, and says so.
    let is_told = |line: &&str| line.contains("[ALERT]") || line.contains("[WARNING]");
    let said = said_of(&text);
    let told: Vec<&str> = said.lines().filter(is_told).collect();
    assert!(
        told.iter()
            .all(|line| line.ends_with("as it requires HTTP mode.")),
        "{told:#?}"
    );
}

#[test]
fn what_haproxy_complains_of_is_found_in_the_file_of_the_user() {
    if without_haproxy() {
        return;
    }
    let gateways = Gateways::of(&[gateway("edge", "9050", [])]);
    let base = Document::parse(base(&BaseOptions::default()).to_string());
    for (own, place) in [
        ("global\n  nothing-like-this 1\nbackend a\n", "own.cfg:2"),
        (
            "global\n  nbthread 1\n\nbackend a\n  balance first\n  nothing-like-this\n",
            "own.cfg:6",
        ),
        (
            "backend a\ndefaults\n  retries 1\n  nothing-like-this\n",
            "own.cfg:4",
        ),
    ] {
        let merged = gateways.merged(&base, own);
        let said = support::refusal(&merged.document.to_string()).unwrap();
        let line = said.split_once("haproxy.cfg:").unwrap().1;
        let line: usize = line.split_once(']').unwrap().0.parse().unwrap();
        assert_eq!(merged.place(line).unwrap().to_string(), place, "{said}");
    }
}
