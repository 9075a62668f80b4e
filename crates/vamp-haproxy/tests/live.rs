//! A real HAProxy: what it answers to typed commands, and what it logs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod support;

use std::time::Duration;

use support::scene::{Scene, Service, request};
use support::{gateway, instance, route};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixDatagram, UnixListener};
use vamp_haproxy::answers::OperationalState;
use vamp_haproxy::base::LogTarget;
use vamp_haproxy::counters::{Difference, RowKind, Snapshot};
use vamp_haproxy::diff::{ChangedFile, DiffOptions, diff_with};
use vamp_haproxy::log::{LogLine, LogRecord, decoded};
use vamp_haproxy::metrics::Metrics;
use vamp_haproxy::runtime::{ErrorKind, RuntimeClient, Worker};
use vamp_haproxy::{Change, Document, diff};
use vamp_model::{Gateway, lookup};
use vamp_testkit::ports::{self, Lease};
use vamp_testkit::servers::Haproxy;

fn without_haproxy() -> bool {
    vamp_testkit::skip::without("haproxy")
}

/// HAProxy with a map, a backend that takes servers at run time, and its worker through the master.
struct Plain {
    haproxy: Haproxy,
    master: RuntimeClient,
    worker: RuntimeClient,
    configuration: String,
    map: String,
    _directory: tempfile::TempDir,
    _port: Lease,
}

impl Plain {
    async fn start() -> Self {
        let port = ports::lease().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let map = directory.path().join("hosts.map").to_str().unwrap().to_owned();
        std::fs::write(&map, "a.test shop\nb.test shop\n").unwrap();
        let servers: String = (0..400)
            .map(|number| format!("  server s{number} 127.0.0.1:1 weight 10\n"))
            .collect();
        let configuration = format!(
            "defaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s\n\
             frontend edge\n  bind {}\n  use_backend %[req.hdr(host),map({map},shop)]\n\
             backend shop\n  balance roundrobin\n{servers}",
            port.address(),
        );
        let haproxy = Haproxy::start(&configuration, port.address()).await.unwrap();
        let master = RuntimeClient::new(haproxy.master_socket());
        Self {
            worker: master.of_worker(Worker::Current),
            haproxy,
            master,
            configuration,
            map,
            _directory: directory,
            _port: port,
        }
    }
}

#[tokio::test]
async fn many_commands_are_carried_out_in_few_requests_and_each_has_its_answer() {
    if without_haproxy() {
        return;
    }
    let plain = Plain::start().await;
    // Some 35 kB: three requests.
    let changes: Vec<String> = (0..800)
        .map(|number| format!("set server shop/s{} weight {}", number % 400, number % 257))
        .collect();
    plain.worker.change_all(&changes).await.unwrap();
    let questions: Vec<String> = (0..400)
        .map(|number| format!("get weight shop/s{number}"))
        .collect();
    let answers = plain.worker.pipeline(&questions).await.unwrap();
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(
            answer,
            &format!("{} (initial 10)\n", (number + 400) % 257),
            "s{number}"
        );
    }
    let mixed = [
        "get weight shop/s1",
        "set server shop/s1 weight 7",
        "get weight shop/nobody",
        "show map",
        "get weight shop/s1",
    ];
    let answers = plain.worker.pipeline(&mixed).await.unwrap();
    assert_eq!(
        [answers[1].as_str(), answers[2].as_str(), answers[4].as_str()],
        ["", "No such server.\n", "7 (initial 10)\n"]
    );
    assert!(answers[3].starts_with("# id (file) description\n"));
}

#[tokio::test]
async fn what_haproxy_refuses_is_an_error_in_its_words() {
    if without_haproxy() {
        return;
    }
    let plain = Plain::start().await;
    for (command, words) in [
        ("set server shop/nobody weight 3", "No such server."),
        ("set server nowhere/s1 weight 3", "No such backend."),
        (
            "set server shop/s1 weight 300",
            "Absolute weight can only be between 0 and 256 inclusive.",
        ),
        (
            "del server shop/s1",
            "Only servers in maintenance mode can be deleted.",
        ),
        ("nonsense", "Unknown command"),
    ] {
        let error = plain.worker.change(command).await.unwrap_err();
        assert_eq!((error.kind(), error.is_temporary()), (ErrorKind::Refused, false));
        assert!(error.words().unwrap().starts_with(words), "{error}");
        assert!(error.to_string().contains(command), "{error}");
    }
    let two = plain
        .worker
        .change("user;set server shop/s1 weight 3")
        .await
        .unwrap_err();
    assert_eq!(two.kind(), ErrorKind::Command);
    let refused = plain
        .worker
        .change_all(&["set server shop/s1 weight 3", "set server shop/x weight 3"])
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("'set server shop/x weight 3' was refused: No such server."),
        "{refused}"
    );
    let of_the_master = plain.master.show_stat().await.unwrap_err();
    assert_eq!(of_the_master.kind(), ErrorKind::Refused, "{of_the_master}");
    let nowhere = plain
        .worker
        .show_servers_state(Some("no where;show info"))
        .await
        .unwrap_err();
    assert_eq!(nowhere.words(), Some("Can't find backend."));
    let nobody = plain
        .master
        .of_worker(Worker::Pid(1))
        .change_all(&["set server shop/s1 weight 3", "show map"])
        .await
        .unwrap_err();
    assert!(
        nobody.words().unwrap().starts_with("Can't find the target PID"),
        "{nobody}"
    );
    let nobody = plain
        .master
        .of_worker(Worker::Pid(1))
        .show_info()
        .await
        .unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::Refused, "{nobody}");
}

#[tokio::test]
async fn servers_come_and_go_at_run_time() {
    if without_haproxy() {
        return;
    }
    let Plain { worker, .. } = &Plain::start().await;
    assert_eq!(
        worker
            .change("add server shop/late 127.0.0.1:99 weight 5")
            .await
            .unwrap(),
        "New server registered."
    );
    worker
        .change_all(&[
            "enable server shop/late",
            "set server shop/late addr 127.0.0.2 port 98",
        ])
        .await
        .unwrap();
    let states = worker.show_servers_state(Some("shop")).await.unwrap();
    let late = states.iter().find(|state| state.server == "late").unwrap();
    assert_eq!(
        (late.address.as_deref(), late.port, late.weight),
        (Some("127.0.0.2"), Some(98), 5)
    );
    assert_eq!(
        (late.operational, late.admin.is_maintenance()),
        (OperationalState::Running, false)
    );

    // The answer to the deletion has no end of its own, and what follows is answered all the same.
    let commands = [
        "set server shop/late state maint",
        "del server shop/late",
        "get weight shop/s1",
        "get weight shop/late",
    ];
    let answers = worker.pipeline(&commands).await.unwrap();
    assert_eq!(
        answers,
        ["", "Server deleted.\n", "10 (initial 10)\n", "No such server.\n"]
    );
    assert_eq!(worker.show_servers_state(None).await.unwrap().len(), 400);
    let unused: Vec<String> = (0..400)
        .flat_map(|number| {
            [
                format!("set server shop/s{number} state maint"),
                format!("del server shop/s{number}"),
            ]
        })
        .collect();
    worker.change_all(&unused[..40]).await.unwrap();
    assert_eq!(worker.show_servers_state(None).await.unwrap().len(), 380);
}

#[tokio::test]
async fn maps_are_read_and_changed() {
    if without_haproxy() {
        return;
    }
    let Plain { worker, map, .. } = &Plain::start().await;
    worker
        .change(&format!("add map {map} a\\;b one\\ two"))
        .await
        .unwrap();
    worker
        .change_with_payload(&format!("add map {map}"), "p.test shop\nq.test shop\n")
        .await
        .unwrap();
    let entries = worker.show_map(map).await.unwrap();
    let pairs: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| (entry.key.as_str(), entry.value.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [
            ("a.test", "shop"),
            ("b.test", "shop"),
            ("a;b", "one two"),
            ("p.test", "shop"),
            ("q.test", "shop")
        ]
    );
    let files = worker.show_maps().await.unwrap();
    assert_eq!(
        (files[0].file.as_deref(), files[0].entries),
        (Some(map.as_str()), Some(5))
    );
    assert_eq!(
        worker.show_map(&format!("#{}", files[0].id)).await.unwrap(),
        entries
    );
    let unknown = worker.show_map("/nowhere").await.unwrap_err();
    assert!(
        unknown.words().unwrap().starts_with("Unknown map identifier."),
        "{unknown}"
    );
    let early = worker
        .change_with_payload(&format!("add map {map}"), "a b\n\nc d")
        .await
        .unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Command);
}

/// What the worker has of a file.
async fn entries(worker: &RuntimeClient, map: &str) -> Vec<(String, String)> {
    let entries = worker.show_map(map).await.unwrap();
    entries
        .into_iter()
        .map(|entry| (entry.key, entry.value))
        .collect()
}

#[tokio::test]
async fn a_difference_of_a_map_is_carried_out_at_once() {
    if without_haproxy() {
        return;
    }
    let Plain {
        worker,
        map,
        configuration,
        ..
    } = &Plain::start().await;
    let document = Document::parse(configuration.as_str());
    let mut running = std::fs::read_to_string(map).unwrap();
    let many: String = (0..3000)
        .map(|number| format!("{number}.test shop {number}\n"))
        .collect();
    for wanted in [
        "a.test shop\nb.test shop\nc;d two  words\n",
        "a.test shop\nb.test other\nc;d two  words\n",
        "b.test other\nc;d two  words\n",
        // Some 60 kB, in pieces.
        many.as_str(),
        "",
        "x\\y shop\n",
    ] {
        let mut options = DiffOptions::default();
        options.files = vec![ChangedFile {
            path: map,
            running: Some(&running),
            wanted: Some(wanted),
        }];
        let Change::Runtime(commands) = diff_with(&document, &document, &options) else {
            panic!("a map needs no reload")
        };
        assert_eq!(commands.len(), 1, "one transaction");
        worker.carry_out(&commands, Duration::ZERO).await.unwrap();
        let expected: Vec<(String, String)> = wanted
            .lines()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        assert_eq!(entries(worker, map).await, expected);
        running = wanted.to_owned();
    }
}

/// The name in the certificate that an address shows.
fn shown_certificate(address: std::net::SocketAddr) -> String {
    let shown = std::process::Command::new("openssl")
        .args(["s_client", "-connect", &address.to_string()])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    let subject = text.lines().find_map(|line| line.strip_prefix("subject=CN = "));
    subject.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[tokio::test]
async fn certificates_and_patterns_change_while_haproxy_runs() {
    if without_haproxy() || vamp_testkit::skip::without("openssl") {
        return;
    }
    let port = ports::lease().unwrap();
    let open = ports::lease().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let [one, two] =
        ["one.test", "two.test"].map(|name| support::certificate::certificate(directory.path(), name));
    let [one_pem, two_pem] = [&one, &two].map(|file| std::fs::read_to_string(file).unwrap());
    let patterns = directory.path().join("paths");
    std::fs::write(&patterns, "/a b\n").unwrap();
    let (certificate, patterns) = (one.to_str().unwrap(), patterns.to_str().unwrap());
    let text = format!(
        "defaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s\n\
         frontend edge\n  bind {} ssl crt {certificate}\n  bind {}\n  http-request return status 204 if {{ path,url_dec -f {patterns} }}\n\
           http-request return status 404\n",
        port.address(),
        open.address(),
    );
    let haproxy = Haproxy::start(&text, open.address()).await.unwrap();
    let worker = RuntimeClient::new(haproxy.master_socket()).of_worker(Worker::Current);
    assert_eq!(shown_certificate(port.address()), "one.test");

    // Between the parts of the file is an empty line.
    let two_pem = two_pem.replacen("-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\n\n", 1);
    let changed = |path, running, wanted| ChangedFile {
        path,
        running: Some(running),
        wanted: Some(wanted),
    };
    let mut options = DiffOptions::default();
    options.files = vec![
        changed(certificate, &one_pem, &two_pem),
        changed(patterns, "/a b\n", "/c;d\n/e \\f\n"),
    ];
    let document = Document::parse(text);
    let Change::Runtime(commands) = diff_with(&document, &document, &options) else {
        panic!("files need no reload")
    };
    assert_eq!(commands.len(), 2);
    assert!(
        !format!("{commands:?} {}", commands[0]).contains("PRIVATE KEY"),
        "a key is not told"
    );
    worker.carry_out(&commands, Duration::ZERO).await.unwrap();
    assert_eq!(shown_certificate(port.address()), "two.test");
    for (path, status) in [("/a%20b", "404"), ("/c;d", "204"), ("/e%20%5cf", "204")] {
        let answer = request(open.address(), path, "x", "").await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
    }

    // What is no certificate is refused, and nothing of it stays.
    options.files = vec![changed(certificate, &two_pem, "nonsense\n")];
    let Change::Runtime(commands) = diff_with(&document, &document, &options) else {
        panic!("files need no reload")
    };
    let refused = worker.carry_out(&commands, Duration::ZERO).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Refused, "{refused}");
    options.files = vec![changed(certificate, &two_pem, &one_pem)];
    let Change::Runtime(commands) = diff_with(&document, &document, &options) else {
        panic!("files need no reload")
    };
    worker.carry_out(&commands, Duration::ZERO).await.unwrap();
    assert_eq!(shown_certificate(port.address()), "one.test");
}

#[tokio::test]
async fn servers_go_when_their_last_connection_has_ended() {
    if without_haproxy() {
        return;
    }
    let port = ports::lease().unwrap();
    let slow = ports::lease().unwrap();
    let listener = tokio::net::TcpListener::bind(slow.address()).await.unwrap();
    let text = |servers: &str| {
        format!(
            "defaults\n  mode http\n  timeout connect 1s\n  timeout client 30s\n  timeout server 30s\n\
             frontend edge\n  bind {}\n  default_backend shop\nbackend shop\n{servers}",
            port.address(),
        )
    };
    let (one, none) = (text(&format!("  server one {}\n", slow.address())), text(""));
    let haproxy = Haproxy::start(&one, port.address()).await.unwrap();
    let worker = RuntimeClient::new(haproxy.master_socket()).of_worker(Worker::Current);
    let Change::Runtime(commands) = diff(&Document::parse(one), &Document::parse(none)) else {
        panic!("a server less needs no reload")
    };
    // A client that keeps its connection, and a service that does, too.
    let mut client = TcpStream::connect(port.address()).await.unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let (mut service, _) = listener.accept().await.unwrap();
    let mut buffer = vec![0; 1024];
    assert!(service.read(&mut buffer).await.unwrap() > 0);

    let impatient = worker
        .carry_out(&commands, Duration::from_millis(50))
        .await
        .unwrap_err();
    assert_eq!(impatient.kind(), ErrorKind::Refused);
    assert!(
        impatient.to_string().contains("Server still has connections"),
        "{impatient}"
    );

    let removing = tokio::spawn({
        let worker = worker.clone();
        async move { worker.carry_out(&commands, Duration::from_secs(20)).await }
    });
    service
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        .await
        .unwrap();
    let length = client.read(&mut buffer).await.unwrap();
    assert!(String::from_utf8_lossy(&buffer[..length]).ends_with("ok"));
    removing.await.unwrap().unwrap();
    assert_eq!(worker.show_servers_state(None).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_said_of_a_server_that_is_added_is_taken_by_haproxy() {
    if without_haproxy() {
        return;
    }
    let port = ports::lease().unwrap();
    let with = |server: &str| {
        Document::parse(format!(
            "defaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s\n\
             frontend edge\n  bind {}\n  default_backend shop\n\
             backend shop\n  server one 127.0.0.1:1\n{server}",
            port.address(),
        ))
    };
    let before = with("");
    let haproxy = Haproxy::start(&before.to_string(), port.address()).await.unwrap();
    let worker = RuntimeClient::new(haproxy.master_socket()).of_worker(Worker::Current);
    for parameters in [
        "",
        "weight 7 maxconn 5 minconn 2 maxqueue 3 id 900",
        "check inter 2s fastinter 1s downinter 500ms fall 2 rise 3 port 81 addr 127.0.0.2",
        "check check-via-socks4 check-send-proxy check-alpn h2",
        "check observe layer7 error-limit 3 on-error mark-down on-marked-up shutdown-backup-sessions",
        "on-marked-down shutdown-sessions slowstart 10s backup",
        "send-proxy no-send-proxy send-proxy-v2 proxy-v2-options crc32c",
        "send-proxy-v2-ssl",
        "send-proxy-v2-ssl-cn no-send-proxy-v2",
        "source 127.0.0.1 tfo",
        "no-tfo ws h1 proto h1",
        "pool-low-conn 1 pool-max-conn 2 pool-purge-delay 1s",
        "ssl verify none sni str(a) alpn h2 npn h2 verifyhost a.test allow-0rtt no-ssl-reuse no-tls-tickets",
        "ssl verify none ciphers AES128-SHA ciphersuites TLS_AES_128_GCM_SHA256 ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.3",
        "ssl verify none force-tlsv12 tls-tickets",
        "ssl verify none no-sslv3 no-tlsv10 no-tlsv11 no-tlsv13",
        "check ssl verify none check-ssl check-sni a.test",
        "no-check no-backup resolvers r init-addr none cookie x enabled",
        "disabled",
    ] {
        let after = with(&format!("  server new 127.0.0.1:2 {parameters}\n"));
        let Change::Runtime(added) = diff(&before, &after) else {
            panic!("{parameters}: {:?}", diff(&before, &after))
        };
        let taken = worker.carry_out(&added, Duration::ZERO).await;
        taken.unwrap_or_else(|error| panic!("{parameters}: {error}"));
        let commands = ["set server shop/new state maint", "del server shop/new"];
        worker.change_all(&commands).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_was_dead_is_alive_at_its_new_address() {
    if without_haproxy() {
        return;
    }
    let [port, dead] = [ports::lease().unwrap(), ports::lease().unwrap()];
    let service = Service::start("one").await;
    let with = |number: u16| {
        format!(
            "defaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n  timeout server 5s\n\
             frontend edge\n  bind {}\n  default_backend shop\n\
             backend shop\n  server one 127.0.0.1:{number} check inter 50ms rise 1000\n",
            port.address(),
        )
    };
    let vamp_model::Target::Internal { port: alive, .. } = service.target() else {
        panic!("a service is an instance")
    };
    let (before, after) = (with(dead.number()), with(alive));
    let haproxy = Haproxy::start(&before, port.address()).await.unwrap();
    let worker = RuntimeClient::new(haproxy.master_socket()).of_worker(Worker::Current);
    vamp_testkit::wait::until(Duration::from_secs(20), || async {
        let states = worker.show_servers_state(None).await.unwrap();
        states
            .iter()
            .all(|state| state.operational == OperationalState::Stopped)
    })
    .await
    .unwrap();
    assert!(
        request(port.address(), "/", "x", "")
            .await
            .starts_with("HTTP/1.1 503")
    );
    let Change::Runtime(commands) = diff(&Document::parse(before), &Document::parse(after)) else {
        panic!("another address needs no reload")
    };
    worker.carry_out(&commands, Duration::ZERO).await.unwrap();
    // Its checks alone would take a thousand of them.
    assert!(
        request(port.address(), "/", "x", "")
            .await
            .starts_with("HTTP/1.1 200")
    );
}

#[tokio::test]
async fn reloads_are_survived_by_whoever_asks() {
    if without_haproxy() {
        return;
    }
    let mut plain = Plain::start().await;
    let first = plain.worker.show_info().await.unwrap();
    assert_eq!(Some(first.pid), plain.haproxy.worker().await);
    assert!(first.version.starts_with(char::is_numeric) && !first.stopping);
    let before = plain.master.show_proc().await.unwrap();
    assert_eq!(
        (
            before.master.kind.as_str(),
            before.failed_reloads,
            before.old_workers.len()
        ),
        ("master", 0, 0)
    );
    assert_eq!((before.workers.len(), before.workers[0].pid), (1, first.pid));
    let old = Snapshot::new(Duration::ZERO, plain.worker.show_stat().await.unwrap()).of_process(first.pid);

    // Asks without a pause while HAProxy reloads three times.
    let (begin, begun) = tokio::sync::oneshot::channel::<()>();
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let patient = |client: &RuntimeClient| client.clone().with_time_limit(Duration::from_secs(60));
    let (master, worker) = (patient(&plain.master), patient(&plain.worker));
    let asking = tokio::spawn(async move {
        let mut pids = vec![worker.show_info().await.unwrap().pid];
        begin.send(()).unwrap();
        while stopped.try_recv().is_err() {
            master.show_proc().await.unwrap();
            pids.push(worker.show_info().await.unwrap().pid);
        }
        pids.dedup();
        pids
    });
    begun.await.unwrap();
    for _ in 0..3 {
        let configuration = plain.configuration.clone();
        plain.haproxy.reload(&configuration).await.unwrap();
    }
    stop.send(()).unwrap();
    let seen = asking.await.unwrap();
    assert!(seen.len() >= 2 && seen[0] == first.pid, "{seen:?}");

    let after = plain.master.show_proc().await.unwrap();
    assert_eq!(after.master.reloads, before.master.reloads + 3);
    assert_ne!(after.workers[0].pid, first.pid);
    let now = plain.worker.show_stat().await.unwrap();
    let server = now.get("shop", "s1").unwrap();
    assert_eq!(
        (server.kind, server.weight, server.address.as_deref()),
        (RowKind::Server, Some(10), Some("127.0.0.1:1"))
    );
    let now = Snapshot::new(Duration::from_secs(1), now).of_process(after.workers[0].pid);
    assert_eq!(
        Difference::between(&old, &now)
            .get("shop", "s1")
            .unwrap()
            .sessions,
        Some(0)
    );

    plain.haproxy.stop().await.unwrap();
    let hasty = plain.master.with_time_limit(Duration::from_millis(100));
    let gone = hasty.show_proc().await.unwrap_err();
    assert_eq!((gone.kind(), gone.is_temporary()), (ErrorKind::Unavailable, true));
}

#[tokio::test]
async fn a_socket_that_breaks_is_no_answer() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.sock");
    let listener = UnixListener::bind(&path).unwrap();
    // Answers each connection with the next of these, and then nobody is there any more.
    let server = tokio::spawn(async move {
        for answer in [
            "",
            "",
            "",
            "",
            "Name: HAProxy\nVersion: 3.0\nPid: 7\nUptime_",
            "Name: HAProxy\nVersion: 3.0\nPid: 7\nUptime_sec: 1\n\n",
            "\n",
        ] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = String::new();
            stream.read_to_string(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let client = RuntimeClient::new(&path);
    let silent = client.execute("set server a/b weight 3").await.unwrap_err();
    assert_eq!(silent.kind(), ErrorKind::Unavailable, "{silent}");
    // A reload ends its connection.
    assert_eq!(client.execute("reload").await.unwrap(), "");
    // What changes something is not tried again.
    let silent = client.change("set server a/b weight 3").await.unwrap_err();
    assert_eq!(silent.kind(), ErrorKind::Unavailable, "{silent}");
    // What asks is, also after half an answer.
    assert_eq!(client.show_info().await.unwrap().pid, 7);
    let half = client
        .change_all(&["set server a/b weight 3", "set server a/c weight 3"])
        .await
        .unwrap_err();
    assert!(half.to_string().contains("after 1 of 2 answers"), "{half}");
    server.await.unwrap();
    let hasty = client.with_time_limit(Duration::from_millis(100));
    let nobody = hasty.show_info().await.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::Unavailable, "{nobody}");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(
        hasty.show_proc().await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
}

/// A log socket, and what came in.
struct Log {
    socket: UnixDatagram,
    records: Vec<LogRecord<'static>>,
}

impl Log {
    /// The record of this frontend for which it holds. Every line on the way is read.
    async fn record(
        &mut self,
        frontend: &str,
        wanted: impl Fn(&LogRecord<'_>) -> bool,
    ) -> LogRecord<'static> {
        let is_it = |record: &&LogRecord<'_>| record.frontend == frontend && wanted(record);
        loop {
            if let Some(record) = self.records.iter().find(is_it) {
                return record.clone();
            }
            let mut buffer = vec![0; 65536];
            let received = tokio::time::timeout(Duration::from_secs(20), self.socket.recv(&mut buffer));
            let Ok(length) = received.await else {
                panic!("no such record of {frontend} among {:#?}", self.records)
            };
            let length = length.unwrap();
            match LogLine::read(&buffer[..length]).into_owned() {
                LogLine::Record(record) => self.records.push(record),
                LogLine::Text(text) => assert_eq!(text.broken, None, "{text:?}"),
            }
        }
    }

    fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        self.records.iter().for_each(|record| metrics.add(0, record));
        metrics
    }
}

fn for_path(path: &'static str) -> impl Fn(&LogRecord<'_>) -> bool {
    move |record| {
        let parts = record.http.as_ref().and_then(|http| http.request.parts());
        parts.is_some_and(|parts| parts.target == path)
    }
}

fn ended(state: &'static str) -> impl Fn(&LogRecord<'_>) -> bool {
    move |record| record.termination.to_string().starts_with(state)
}

#[tokio::test]
async fn all_that_haproxy_logs_is_read() {
    if without_haproxy() {
        return;
    }
    let ports = ports::lease_many(4).unwrap();
    let service = Service::start("one").await;
    let named = |name: &str, position: usize, route| {
        let gateway = gateway(name, &ports[position].number().to_string(), [("r0", route)]);
        (gateway, lookup::gateway(name), ports[position].address())
    };
    // Nobody listens on the last port.
    let dead = instance("dead", "127.0.0.1", ports[3].number());
    let (good, good_name, good_address) = named("good", 0, route(100, [service.target()]));
    let (poor, _, poor_address) = named("poor", 1, route(100, [dead.clone(), service.target()]));
    let (bad, bad_name, bad_address) = named("bad", 2, route(100, []));
    let route_name = |gateway: &Gateway| lookup::route(gateway.name.as_ref(), &"r0".parse().unwrap());
    let [good_route, poor_route] = [&good, &poor].map(route_name);

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.sock");
    let mut log = Log {
        socket: UnixDatagram::bind(&path).unwrap(),
        records: Vec::new(),
    };
    let _scene = Scene::start_with(&[good, poor, bad], |base| base.log = Some(LogTarget::Unix(path))).await;

    request(good_address, "/plain?a=b", "gateway", "").await;
    let plain = log.record(&good_name, for_path("/plain?a=b")).await;
    let http = plain.http.as_ref().unwrap();
    let parts = http.request.parts().unwrap();
    assert_eq!(
        (parts.method, parts.path(), parts.query(), parts.version),
        ("GET", Some("/plain"), Some("a=b"), Some("HTTP/1.1"))
    );
    assert_eq!(
        (http.status, &*plain.client, plain.retries, plain.redispatched),
        (Some(200), "127.0.0.1", 0, false)
    );
    assert!(
        plain.total_time.is_some() && plain.connect_time.is_some() && http.response_time.is_some(),
        "{plain:?}"
    );
    assert!(
        plain.bytes_sent > 0 && plain.accepted_at(0).is_some() && plain.termination.is_normal(),
        "{plain:?}"
    );

    request(good_address, "/q?x=\"y\"", "gateway", "").await;
    let quoted = log.record(&good_route, |record| {
        record
            .http
            .as_ref()
            .is_some_and(|http| decoded(http.request.as_str()).contains("x=\"y\""))
    });
    // S02-175: the proxy of a route has the lookup name of the route, and its server that of the instance.
    assert_eq!(
        quoted.await.server_name(),
        Some(lookup::target(&service.target()).as_str())
    );

    request(good_address, "/back\\slash", "gateway", "").await;
    log.record(&good_name, for_path("/back\\slash")).await;

    let mut stream = TcpStream::connect(good_address).await.unwrap();
    stream
        .write_all("GET /é HTTP/1.1\r\nHost: a\r\n\r\n".as_bytes())
        .await
        .unwrap();
    let refused = log.record(&good_name, ended("PR")).await;
    assert_eq!((refused.status(), refused.server_name()), (Some(400), None));
    let request_line = &refused.http.as_ref().unwrap().request;
    assert_eq!((request_line.as_str(), request_line.parts()), ("<BADREQ>", None));

    let mut stream = TcpStream::connect(good_address).await.unwrap();
    stream.write_all(b"GET /abort").await.unwrap();
    drop(stream);
    let aborted = log.record(&good_name, ended("CR")).await;
    assert_eq!(
        (
            aborted.http.unwrap().request_time,
            aborted.queue_time,
            aborted.connect_time
        ),
        (None, None, None)
    );

    // One of two requests meets the dead instance first.
    for _ in 0..2 {
        request(poor_address, "/again", "gateway", "").await;
    }
    let redispatched = log.record(&poor_route, |record| record.redispatched).await;
    // S02-181: a real `+`.
    assert_eq!(
        (redispatched.status(), redispatched.retries > 0),
        (Some(200), true)
    );

    request(bad_address, "/nobody", "gateway", "").await;
    let nobody = log.record(&bad_name, for_path("/nobody")).await;
    assert_eq!(nobody.status(), Some(503));

    let metrics = log.metrics();
    let good = metrics.of_frontend(&good_name, 0..10);
    // S02-176: five requests, although routes log them again.
    assert_eq!((good.requests, good.server_errors, good.health()), (5, 0, 1));
    let all: u64 = metrics
        .buckets(0..10)
        .flat_map(|(_, bucket)| bucket.frontends())
        .map(|(_, summary)| summary.requests)
        .sum();
    assert_eq!(all, log.records.len() as u64);
    assert!(all > 8, "{all}");
    let bad = metrics.of_frontend(&bad_name, 0..10);
    // S02-179: one 503.
    assert_eq!((bad.requests, bad.health()), (1, 0));
}
