//! HAProxy's lines as events of a real server, which is killed meanwhile.

use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::Arc;

use vamp_agent::logs::{Counters, LogConfig, LogForwarder, SinkConfig};
use vamp_io::clock::SystemClock;
use vamp_testkit::{extent, wait};

use crate::metrics::{events, server, value};
use crate::support::{LIMIT, Server};

/// Lines that may wait.
const ROOM: usize = 200;

/// A log path whose only sink are the events of a server.
struct Lines {
    _directory: tempfile::TempDir,
    socket: PathBuf,
    logs: LogForwarder,
    logged: usize,
}

impl Lines {
    fn start(server: &Server) -> Self {
        let directory = tempfile::Builder::new().prefix("vl").tempdir().unwrap();
        let socket = directory.path().join("log.sock");
        let mut config = LogConfig::default();
        config.socket = Some(socket.clone());
        config.sinks = vec![SinkConfig::parse(&format!("vamp+http://{}", server.api.address())).unwrap()];
        config.buffer.lines = ROOM;
        config.host = "edge-1".to_owned();
        Self {
            logs: LogForwarder::start(&config, Arc::new(SystemClock)).unwrap(),
            _directory: directory,
            socket,
            logged: 0,
        }
    }

    /// Writes so many lines, whose paths say their numbers. Other than HAProxy this waits where the socket is full.
    fn log(&mut self, count: usize) {
        let socket = UnixDatagram::unbound().unwrap();
        socket.connect(&self.socket).unwrap();
        for number in self.logged..self.logged + count {
            let line = format!(
                "<134>Nov 23 06:18:09 haproxy[4484]: {{\"ci\":\"127.0.0.1\",\"cp\":55604,\"t\":\"23/Nov/2026:06:18:09.450\",\
                 \"ft\":\"shop~\",\"b\":\"shop\",\"s\":\"one\",\"Tq\":0,\"Tw\":0,\"Tc\":0,\"Tr\":1,\"Tt\":1,\"ST\":200,\"B\":302,\
                 \"CC\":\"-\",\"CS\":\"-\",\"tsc\":\"----\",\"ac\":5,\"fc\":1,\"bc\":0,\"sc\":0,\"rc\":0,\"sq\":0,\"bq\":0,\
                 \"hr\":\"\",\"hs\":\"\",\"r\":\"GET /n{number}/ HTTP/1.1\"}}\n"
            );
            socket.send(line.as_bytes()).unwrap();
        }
        self.logged += count;
    }

    fn counters(&self) -> Counters {
        self.logs.status().sinks[0].counters
    }

    async fn reach(&self, wish: impl Fn(&Counters) -> bool) {
        if wait::until(LIMIT, || async { wish(&self.counters()) })
            .await
            .is_err()
        {
            panic!("{:?}", self.logs.status());
        }
    }
}

/// The numbers of the lines that the server has, in its order.
async fn numbers(server: &Server) -> Vec<usize> {
    let found = events(server, &["haproxy", "haproxy:shop"]).await;
    let numbers = found.iter().rev().map(|event| {
        let document = value(event);
        assert_eq!(
            (&event.kind[..], &document["host"]),
            ("haproxy", &"edge-1".into())
        );
        let request = document["r"].as_str().unwrap().to_owned();
        let number = request
            .strip_prefix("GET /n")
            .and_then(|rest| rest.split('/').next());
        number.unwrap().parse().unwrap()
    });
    numbers.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_events_in_their_order_whatever_becomes_of_the_server() {
    let store = tempfile::tempdir().unwrap();
    let runtime = tempfile::Builder::new().prefix("vr").tempdir().unwrap();
    let mut server = server(&store, runtime.path().display().to_string());
    server.start_again().await;
    let mut lines = Lines::start(&server);
    lines.log(50);
    lines.reach(|counters| counters.delivered == 50).await;
    assert_eq!(numbers(&server).await, (0..50).collect::<Vec<_>>());

    // It is killed while lines come, and others come while it is away: as many as there is room for.
    let rounds = extent::pick(3, 30);
    for _ in 0..rounds {
        let before = lines.counters().delivered;
        lines.log(ROOM / 2);
        lines.reach(|counters| counters.delivered >= before + 20).await;
        server.kill();
        lines.log(ROOM / 2);
        let (all, retries) = (lines.logged as u64, lines.counters().retries);
        lines
            .reach(|counters| counters.received == all && counters.retries > retries)
            .await;
        server.start_again().await;
        lines.reach(|counters| counters.delivered == all).await;
    }
    let mut arrived = numbers(&server).await;
    assert!(arrived.len() >= lines.logged, "{arrived:?}");
    assert!(arrived.is_sorted(), "{arrived:?}");
    let twice = arrived.len() - lines.logged;
    // The server may be killed between storing an event and answering.
    assert!(twice <= rounds, "{twice} came twice: {arrived:?}");
    arrived.dedup();
    assert_eq!(arrived, (0..lines.logged).collect::<Vec<_>>());
    assert_eq!(lines.counters().dropped, 0);

    // More lines than there is room for: what is missing is what was counted, and it is the oldest.
    server.kill();
    let before = lines.logged;
    lines.log(3 * ROOM);
    let all = lines.logged as u64;
    lines
        .reach(|counters| counters.received == all && counters.dropped > 0)
        .await;
    server.start_again().await;
    lines.reach(|counters| counters.queued_lines == 0).await;
    let counters = lines.logs.stop(LIMIT).await.sinks[0].counters;
    assert_eq!(counters.delivered + counters.dropped, all, "{counters:?}");
    let arrived = numbers(&server).await;
    let last: Vec<usize> = arrived.into_iter().filter(|number| *number >= before).collect();
    assert_eq!(last.len() as u64, 3 * ROOM as u64 - counters.dropped);
    assert!(
        last.is_sorted_by(|a, b| a < b) && last.last() == Some(&(lines.logged - 1)),
        "{last:?}"
    );
}
