//! Sinks that refuse, are frozen, slow, or die.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use vamp_agent::logs::{Bounds, LogForwarder, SinkConfig, SpoolConfig};
use vamp_testkit::wait;

use crate::support::{Place, SOON, counters, lines, tcp_sink, udp_sink};

/// An address that nobody listens on until the test does.
fn free_address() -> (vamp_testkit::ports::Lease, SocketAddr) {
    let lease = vamp_testkit::ports::lease().unwrap();
    let address = lease.address();
    (lease, address)
}

async fn received(logs: &LogForwarder, count: u64) {
    let arrived = || async { counters(logs).received >= count };
    wait::until(SOON, arrived).await.unwrap();
}

async fn delivered(logs: &LogForwarder, count: u64) {
    let arrived = || async { counters(logs).delivered >= count };
    if wait::until(SOON, arrived).await.is_err() {
        panic!("{:?}", logs.status());
    }
}

#[tokio::test]
async fn a_connection_that_is_refused_loses_nothing() {
    let (_lease, address) = free_address();
    let place = Place::new(&[format!("tcp://{address}")]);
    let logs = place.start();
    place.log(lines(0..300));
    received(&logs, 300).await;
    let failed = || async { counters(&logs).retries > 1 };
    wait::until(SOON, failed).await.unwrap();
    assert!(!logs.status().sinks[0].working);
    let record = tcp_sink(TcpListener::bind(address).unwrap());
    place.log(lines(300..400));
    record.reaches(400).await;
    assert_eq!(record.numbers(), (0..400).collect::<Vec<_>>());
    let status = logs.stop(SOON).await;
    assert!(status.sinks[0].working && status.sinks[0].last_error.is_some());
    assert_eq!(
        (
            status.sinks[0].counters.delivered,
            status.sinks[0].counters.dropped
        ),
        (400, 0)
    );
}

#[tokio::test]
async fn datagrams_that_this_machine_refuses_are_sent_again() {
    let (_lease, address) = free_address();
    let place = Place::new(&[format!("udp://{address}")]);
    let logs = place.start();
    place.log(lines(0..300));
    received(&logs, 300).await;
    let failed = || async { counters(&logs).retries > 1 };
    wait::until(SOON, failed).await.unwrap();
    let (_, record) = udp_sink(address);
    place.log(lines(300..400));
    record.reaches(400).await;
    assert_eq!(record.numbers(), (0..400).collect::<Vec<_>>());
    assert_eq!(logs.stop(SOON).await.sinks[0].counters.dropped, 0);
}

#[tokio::test]
async fn beyond_the_bound_the_oldest_go_and_are_counted() {
    let (_lease, address) = free_address();
    let mut place = Place::new(&[format!("tcp://{address}")]);
    place.config.buffer = Bounds {
        lines: 100,
        bytes: 1 << 20,
    };
    let logs = place.start();
    place.log(lines(0..1000));
    received(&logs, 1000).await;
    let full = || async { counters(&logs).dropped >= 900 };
    wait::until(SOON, full).await.unwrap();
    let record = tcp_sink(TcpListener::bind(address).unwrap());
    record.reaches(100).await;
    delivered(&logs, 100).await;
    let counters = logs.stop(SOON).await.sinks[0].counters;
    // S06-116: by default more than 4096 lines wait.
    assert!(Bounds::default().lines >= 4096);
    // S02-169: a full queue gives up the oldest, and counts each.
    assert_eq!((counters.delivered, counters.dropped), (100, 900));
    assert_eq!(record.numbers(), (900..1000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_frozen_sink_holds_up_nobody_else() {
    // It accepts, by the kernel, and never reads.
    let frozen = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, record) = udp_sink("127.0.0.1:0".parse().unwrap());
    let mut place = Place::new(&[
        format!("tcp://{}?timeout=1", frozen.local_addr().unwrap()),
        format!("udp://{address}"),
    ]);
    place.config.buffer.lines = 2000;
    let logs = place.start();
    for start in (0..20_000).step_by(1000) {
        place.log(lines(start..start + 1000));
        record.reaches(start + 1000).await;
    }
    assert_eq!(record.numbers(), (0..20_000).collect::<Vec<_>>());
    let status = logs.status();
    let stuck = status.sinks[0].counters;
    assert_eq!(
        stuck.received + stuck.resent,
        stuck.delivered + stuck.dropped + stuck.queued_lines
    );
    assert!(stuck.queued_lines <= 2000);
    // The end does not wait for it for ever either.
    let stopped = logs.stop(Duration::from_millis(200)).await;
    let stuck = stopped.sinks[0].counters;
    assert_eq!(stuck.received + stuck.resent, stuck.delivered + stuck.dropped);
}

#[tokio::test]
async fn what_a_connection_took_just_before_it_broke_is_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let place = Place::new(&[format!("tcp://{address}")]);
    let logs = place.start();
    place.log(lines(0..200));
    // It takes the connection, reads a little, and dies with the rest unread.
    let (mut connection, _) = listener.accept().unwrap();
    delivered(&logs, 200).await;
    let mut some = [0; 100];
    connection.read_exact(&mut some).unwrap();
    drop(connection);
    let record = tcp_sink(listener);
    // Nothing new comes, and yet the break is seen.
    record.reaches(200).await;
    assert_eq!(record.numbers(), (0..200).collect::<Vec<_>>());
    assert_eq!(logs.stop(SOON).await.sinks[0].counters.resent, 200);
}

#[tokio::test]
async fn a_slow_sink_gets_everything_in_order() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let place = Place::new(&[format!("tcp://{address}")]);
    let logs = place.start();
    let reader = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        connection.write_all(b"hello\n").unwrap();
        let mut text = String::new();
        let mut piece = [0; 700];
        loop {
            match connection.read(&mut piece).unwrap() {
                0 => return text,
                length => text.push_str(std::str::from_utf8(&piece[..length]).unwrap()),
            }
        }
    });
    place.log(lines(0..5000));
    received(&logs, 5000).await;
    assert_eq!(logs.stop(SOON).await.sinks[0].counters.delivered, 5000);
    let text = reader.join().unwrap();
    let numbers: Vec<usize> = text.lines().filter_map(crate::support::number).collect();
    assert_eq!(numbers, (0..5000).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_spool_keeps_what_the_memory_cannot_and_survives_the_agent() {
    let (_lease, address) = free_address();
    let mut place = Place::new(&[format!("tcp://{address}")]);
    place.config.buffer.lines = 1000;
    place.config.spool = Some(SpoolConfig::new(place.path("spool")));
    let logs = place.start();
    place.log(lines(0..3000));
    received(&logs, 3000).await;
    let spooled = || async { counters(&logs).spooled_lines > 1000 };
    wait::until(SOON, spooled).await.unwrap();
    let left = logs.stop(Duration::from_millis(50)).await.sinks[0].counters;
    assert_eq!(left.spooled_lines + left.dropped, 3000);

    let logs = place.start();
    place.log(lines(3000..3050));
    received(&logs, left.spooled_lines + 50).await;
    let record = tcp_sink(TcpListener::bind(address).unwrap());
    let expected = usize::try_from(left.spooled_lines).unwrap() + 50;
    record.reaches(expected).await;
    let numbers = record.numbers();
    assert_eq!(*numbers.last().unwrap(), 3049);
    assert!(numbers.is_sorted_by(|a, b| a < b), "in order and none twice");
    let counters = logs.stop(SOON).await.sinks[0].counters;
    assert_eq!((counters.spooled_lines, counters.queued_lines), (0, 0));
    assert_eq!(numbers.len(), expected);
}

#[tokio::test]
async fn a_program_that_was_started_meanwhile_does_not_hold_up_the_end() {
    let (address, record) = udp_sink("127.0.0.1:0".parse().unwrap());
    let place = Place::new(&[format!("udp://{address}")]);
    let logs = place.start();
    // As HAProxy is, which goes on when the agent ends.
    let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    place.log(lines(0..10));
    let stopped = tokio::time::timeout(SOON, logs.stop(SOON * 10)).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(stopped.unwrap().sinks[0].counters.delivered, 10);
    record.reaches(10).await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut place = Place::new(&[]);
    place.config.udp = Some(taken.local_addr().unwrap());
    place.config.sinks = vec![SinkConfig::parse("stdout:").unwrap()];
    let clock = std::sync::Arc::new(vamp_io::clock::SystemClock);
    let error = LogForwarder::start(&place.config, clock).unwrap_err();
    let port = taken.local_addr().unwrap().to_string();
    assert!(error.to_string().contains(&port), "{error}");
}
