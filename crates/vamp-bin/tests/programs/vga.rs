use std::path::PathBuf;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::servers::{Etcd, ServerProcess};
use vamp_testkit::{skip, wait};

use crate::support::{LIMIT, Server, haproxy_in, is_running, run, serves, vga};

/// An agent in a directory of its own; HAProxy goes with it.
pub(crate) struct Agent {
    pub(crate) process: ServerProcess,
    directory: TempDir,
    pub(crate) statistics: Lease,
    id: &'static str,
}

impl Agent {
    fn new() -> Self {
        Self::named("edge")
    }

    pub(crate) fn named(id: &'static str) -> Self {
        let directory = tempfile::Builder::new().prefix("vga-").tempdir().unwrap();
        Self {
            process: ServerProcess::new("vga", directory.path().join("vga.log")),
            directory,
            statistics: ports::lease().unwrap(),
            id,
        }
    }

    /// One that serves; nobody listens at the address of its store, which is returned, too.
    async fn without_store() -> (Self, Lease) {
        let nobody = ports::lease().unwrap();
        let mut agent = Self::new();
        agent
            .process
            .start(agent.command(&nobody.address().to_string()))
            .unwrap();
        serves(agent.statistics.address()).await;
        (agent, nobody)
    }

    pub(crate) fn command(&self, store: &str) -> Command {
        let mut command = self.with_places(vga());
        command
            .args(["--storeType", "etcd", "--storeConnection", store])
            .args(["--status-address", "off"]);
        command
    }

    /// The command with the places that are this agent's own.
    pub(crate) fn with_places(&self, mut command: Command) -> Command {
        command
            .args(["--id", self.id])
            .args(["--statistics", &self.statistics.address().to_string()])
            .arg("--state-dir")
            .arg(self.directory.path().join("state"))
            .arg("--runtime-dir")
            .arg(self.runtime());
        command
    }

    pub(crate) fn runtime(&self) -> PathBuf {
        self.directory.path().join("run")
    }

    fn haproxy(&self) -> Option<u32> {
        haproxy_in(&self.runtime())
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let haproxy = self.haproxy();
        let _ = self.process.kill();
        if let Some(pid) = haproxy.and_then(|pid| Pid::from_raw(i32::try_from(pid).unwrap())) {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

#[test]
fn without_a_store_the_agent_ends_with_a_message() {
    let none = run(&mut vga());
    let no_connection = run(vga().env("VAMP_KEY_VALUE_STORE_TYPE", "etcd"));
    // S02-147: neither a missing type nor a missing connection lets the agent run, and it says which it is.
    assert_eq!(
        (none.status, none.err.contains("--storeType is missing")),
        (2, true),
        "{}",
        none.err
    );
    assert_eq!(no_connection.status, 2);
    assert!(
        no_connection.err.contains("--storeConnection is missing"),
        "{}",
        no_connection.err
    );
    let unknown = run(vga().arg("--storeKind=etcd"));
    assert_eq!(
        (unknown.status, unknown.err.contains("Usage")),
        (2, true),
        "{}",
        unknown.err
    );
}

/// What the agent says of a base file that is missing or a store that it refuses tells which of two names it took.
#[test]
fn of_two_names_the_one_from_the_stronger_source_counts() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("vga.toml");
    let store = ["--store=etcd://127.0.0.1:1"];
    let refused = |text: &str, environment: &[(&str, &str)], flags: &[&str]| {
        std::fs::write(&file, text).unwrap();
        let mut command = vga();
        command.arg("--config").arg(&file).args(flags);
        let ran = run(command.envs(environment.iter().copied()));
        assert_eq!(ran.status, 2, "{}", ran.shown());
        ran.err
    };
    let state = "VAMP_GATEWAY_AGENT_STATE_DIRECTORY";
    let base = "--configurationBasicFile=none.cfg";
    let both = [store[0], base, "--configurationPath=/flag"];
    for (text, environment, flags, wanted) in [
        (
            "",
            &[(state, "/environment")][..],
            &both[..],
            "read /flag/none.cfg",
        ),
        ("state-dir = '/file'\n", &[], &both[..], "read /flag/none.cfg"),
        (
            "configurationPath = '/file'\n",
            &[(state, "/environment")],
            &both[..2],
            "read /environment/none.cfg",
        ),
        (
            "configurationPath = '/file'\n",
            &[],
            &both[..2],
            "read /file/none.cfg",
        ),
        (
            "store = 'memory://'\n",
            &[("VAMP_KEY_VALUE_STORE_TYPE", "none")],
            &[],
            "key-value store 'none'",
        ),
        (
            "",
            &[
                ("VAMP_KEY_VALUE_STORE_TYPE", "none"),
                ("VAMP_KEY_VALUE_STORE_CONNECTION", "a"),
            ],
            &["--store=memory://"],
            "a store in memory",
        ),
    ] {
        let told = refused(text, environment, flags);
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
    let contradiction = [
        ("VAMP_KEY_VALUE_STORE_TYPE", "etcd"),
        ("VAMP_GATEWAY_AGENT_STORE", "etcd://a"),
    ];
    let told = refused("", &contradiction, &[]);
    assert!(
        told.contains(
            "named twice in the environment: by VAMP_GATEWAY_AGENT_STORE and by VAMP_KEY_VALUE_STORE_TYPE"
        ),
        "{told}"
    );
    let told = refused("store = 'etcd://a'\nstoreType = 'etcd'\n", &[], &[]);
    assert!(
        told.contains("named twice in ") && told.contains("vga.toml: by store and by storeType"),
        "{told}"
    );
}

#[test]
fn words_of_old_do_not_keep_the_agent_from_starting() {
    let nobody = [
        ("VAMP_GATEWAY_AGENT_LOGO", "yes"),
        ("VAMP_KEY_VALUE_STORE_TYPE", "none"),
    ];
    let ran = run(vga().envs(nobody));
    assert!(ran.err.contains("key-value store 'none'"), "{}", ran.shown());
    let ran = run(vga().args(["--id", "-edge", "--storeType=none"]));
    assert!(ran.err.contains("key-value store 'none'"), "{}", ran.shown());
}

#[tokio::test]
async fn settings_come_from_a_file_and_flags_win() {
    if skip::without("haproxy") {
        return;
    }
    let nobody = ports::lease().unwrap();
    let status = ports::lease().unwrap();
    let mut agent = Agent::new();
    let file = agent.directory.path().join("vga.toml");
    let text = format!(
        "storeType = 'etcd'\nstoreConnection = '{}'\nid = 'from-the-file'\nstatus-address = 'off'\n\
         statistics = '{}'\nstate-dir = '{}'\nruntime-dir = '{}'\n",
        nobody.address(),
        agent.statistics.address(),
        agent.directory.path().join("state").display(),
        agent.runtime().display(),
    );
    std::fs::write(&file, text).unwrap();
    let mut command = vga();
    command.arg("--config").arg(&file);
    command.args(["--status-address", &status.address().to_string()]);
    agent.process.start(command).unwrap();
    serves(agent.statistics.address()).await;
    // The flag wins over the file.
    serves(status.address()).await;

    std::fs::write(&file, "storeType = 'etcd'\nstatistic = 'x'\n").unwrap();
    let refused = run(vga().env("VAMP_GATEWAY_AGENT_CONFIG", &file));
    assert_eq!(refused.status, 2, "{}", refused.shown());
    assert!(
        refused
            .err
            .contains("vga.toml:2:1: no setting is named statistic")
            && refused.err.contains("did you mean statistics?"),
        "{}",
        refused.err
    );
}

#[tokio::test]
async fn haproxy_serves_while_the_store_is_away_and_goes_on_when_the_agent_ends() {
    if skip::without("haproxy") {
        return;
    }
    let (mut agent, _nobody) = Agent::without_store().await;
    let haproxy = agent.haproxy().unwrap();

    agent.process.signal(Signal::HUP).unwrap();
    agent.process.signal(Signal::USR1).unwrap();
    let process = &agent.process;
    wait::until(LIMIT, || async {
        let log = process.log_tail();
        log.contains("as SIGHUP asks") && log.contains("as SIGUSR1 asks")
    })
    .await
    .unwrap();
    assert!(
        agent.process.id().is_some_and(is_running),
        "signals that ask for something do not end the agent"
    );

    agent.process.stop(LIMIT).await.unwrap();
    assert!(is_running(haproxy));
    serves(agent.statistics.address()).await;
}

#[tokio::test]
async fn whoever_reads_the_log_and_goes_away_ends_nothing() {
    if skip::without("haproxy") {
        return;
    }
    let nobody = ports::lease().unwrap();
    let agent = Agent::new();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = agent.command(&nobody.address().to_string());
    let mut child = command.stderr(writer).spawn().unwrap();
    drop(command);
    serves(agent.statistics.address()).await;
    let before = agent.haproxy().unwrap();
    drop(reader);
    // That it ends is logged, and so is its start.
    let pid = |pid: u32| Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    kill_process(pid(before), Signal::KILL).unwrap();
    let again = || async {
        agent
            .haproxy()
            .is_some_and(|pid| pid != before && is_running(pid))
    };
    wait::until(LIMIT, again).await.unwrap();
    kill_process(pid(child.id()), Signal::TERM).unwrap();
    let mut ended = None;
    let has_ended = || {
        ended = child.try_wait().unwrap();
        std::future::ready(ended.is_some())
    };
    wait::until(LIMIT, has_ended).await.unwrap();
    assert_eq!(ended.unwrap().code(), Some(0));
}

#[tokio::test]
async fn haproxy_is_found_where_debian_puts_it_without_a_word_in_the_path() {
    if skip::without("haproxy") || !std::path::Path::new("/usr/sbin/haproxy").exists() {
        return;
    }
    let nobody = ports::lease().unwrap();
    let mut agent = Agent::new();
    let mut command = agent.command(&nobody.address().to_string());
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    agent.process.start(command).unwrap();
    serves(agent.statistics.address()).await;
}

#[tokio::test]
async fn the_agent_begins_with_an_allocator_that_gives_memory_back_and_is_the_same_process() {
    if skip::without("haproxy") {
        return;
    }
    let (agent, _nobody) = Agent::without_store().await;
    let of_process = |what: &str| {
        let path = format!("/proc/{}/{what}", agent.process.id().unwrap());
        String::from_utf8(std::fs::read(path).unwrap()).unwrap()
    };
    let environment = of_process("environ");
    assert!(
        environment.contains("MALLOC_TRIM_THRESHOLD_=131072\0"),
        "{environment}"
    );
    let arguments = of_process("cmdline");
    let program = arguments.split('\0').next().unwrap();
    assert!(
        program.ends_with("vga") && arguments.contains("--storeConnection\0"),
        "{arguments}"
    );
}

#[tokio::test]
async fn calls_to_the_store_are_among_the_metrics() {
    if skip::without("haproxy") || skip::without("etcd") {
        return;
    }
    let mut etcd = Etcd::start().await.unwrap();
    let status = ports::lease().unwrap();
    let mut agent = Agent::new();
    let mut command = agent.with_places(vga());
    command
        .args(["--store", &format!("etcd://{}", etcd.address())])
        .args(["--status-address", &status.address().to_string()]);
    agent.process.start(command).unwrap();
    serves(status.address()).await;
    let address = status.address();
    let told = |name: &'static str| async move {
        let metric = || async {
            crate::metrics::some_metric(address, name)
                .await
                .filter(|n| *n > 0)
        };
        wait::until_some(LIMIT, metric)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    told(r#"vamp_agent_store_call_seconds_count{operation="grant_lease",outcome="done"}"#).await;
    told(r#"vamp_agent_store_watch_total{told="listing"}"#).await;
    etcd.kill().unwrap();
    told(r#"vamp_agent_store_watch_total{told="outage"}"#).await;
    told(r#"vamp_agent_store_call_seconds_count{operation="grant_lease",outcome="unavailable"}"#).await;
}

#[tokio::test]
async fn haproxy_ends_with_the_agent_where_that_is_asked_for() {
    if skip::without("haproxy") {
        return;
    }
    let nobody = ports::lease().unwrap();
    let mut agent = Agent::new();
    let mut command = agent.command(&nobody.address().to_string());
    command.args(["--on-stop", "stop"]);
    agent.process.start(command).unwrap();
    serves(agent.statistics.address()).await;
    let haproxy = agent.haproxy().unwrap();
    agent.process.stop(LIMIT).await.unwrap();
    assert!(!is_running(haproxy));
}

#[tokio::test]
async fn the_variables_of_old_make_the_agent_answer_dns_queries() {
    if skip::without("haproxy") {
        return;
    }
    let dns = ports::lease().unwrap();
    let mut agent = Agent::new();
    let file = agent.directory.path().join("gateways.cfg");
    let hosts =
        "frontend virtual_hosts\n  mode http\n  acl x hdr(host) -i shop.vamp\n  http-request deny unless x\n";
    std::fs::write(&file, hosts).unwrap();
    let mut command = agent.with_places(vga());
    command
        .args(["--store", &format!("text-file://{}", file.display())])
        .args(["--status-address", "off"])
        .env("VAMP_VGA_DNS_ENABLE", "1")
        .env("VAMP_VGA_DNS_PORT", dns.number().to_string());
    agent.process.start(command).unwrap();

    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(dns.address()).await.unwrap();
    // RFC 1035, section 4: number 7, one question, for the address (type 1) of shop.vamp in the internet (class 1).
    let question = b"\0\x07\0\0\0\x01\0\0\0\0\0\0\x04shop\x04vamp\0\0\x01\0\x01";
    let answer = wait::until_some(LIMIT, || async {
        let mut answer = [0; 512];
        socket.send(question).await.ok()?;
        let length = socket.recv(&mut answer).await.ok()?;
        // Refused until the configuration runs.
        (answer[3] & 0xf == 0).then(|| answer[..length].to_vec())
    });
    let answer = answer.await.unwrap();
    assert_eq!(answer[..4], [0, 7, 0x84, 0], "an answer with authority");
    assert_eq!(answer[4..8], [0, 1, 0, 1], "one question, one answer");
    assert!(answer.ends_with(&[0, 4, 127, 0, 0, 1]), "{answer:?}");
}

#[tokio::test]
async fn a_second_agent_on_the_same_state_directory_is_refused() {
    if skip::without("haproxy") {
        return;
    }
    let (agent, nobody) = Agent::without_store().await;
    let second = run(&mut agent.command(&nobody.address().to_string()));
    assert_eq!(second.status, 1, "{}", second.shown());
    assert!(
        second.err.contains("another agent uses this state directory"),
        "{}",
        second.err
    );
}

#[test]
fn a_missing_haproxy_and_a_long_runtime_directory_are_named() {
    let agent = Agent::new();
    let missing = run(agent
        .command("127.0.0.1:1")
        .args(["--haproxy", "/nowhere/haproxy"]));
    assert_eq!(
        (missing.status, missing.err.contains("/nowhere/haproxy")),
        (2, true),
        "{}",
        missing.err
    );
    let mut command = vga();
    command.args([
        "--storeType=etcd",
        "--storeConnection=127.0.0.1:1",
        "--runtime-dir",
    ]);
    let long = run(command.arg(agent.directory.path().join("x".repeat(60))));
    assert_eq!(
        (long.status, long.err.contains("choose a shorter directory")),
        (2, true),
        "{}",
        long.err
    );
}

#[tokio::test]
async fn the_server_knows_what_an_agent_elsewhere_has_applied() {
    if skip::without("haproxy") || skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let mut agent = Agent::new();
    agent.process.start(agent.command(&etcd.endpoint())).unwrap();
    // The server names the runtime directory of its agents.
    let runtime = agent.runtime().display().to_string();
    let mut server = Server::prepared(&[
        "--kv",
        "etcd",
        "--etcd-endpoints",
        &etcd.endpoint(),
        "--agent",
        "off",
    ]);
    server.runtime = Some(runtime);
    server.start_again().await;
    let agents = || server.client(&["get", "agents", "-o", "json"]).json();
    wait::until(LIMIT, || async { agents()[0]["id"] == "edge" })
        .await
        .unwrap();

    let port = server.gateway_port();
    server.file(
        "front.yml",
        &format!("kind: gateway\nname: front\nport: {port}/http\nroutes: {{'[127.0.0.1:1001]': {{}}}}\n"),
    );
    assert_eq!(server.client(&["apply", "-f", "front.yml"]).status, 0);
    let address = format!("127.0.0.1:{port}");
    wait::until(LIMIT, || async {
        tokio::net::TcpStream::connect(&address).await.is_ok()
    })
    .await
    .unwrap();
}
