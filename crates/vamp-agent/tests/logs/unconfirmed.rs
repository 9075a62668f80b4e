//! What a sink was given and may not have got: it comes again, or is counted.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::socket::{setsockopt, sockopt};
use vamp_testkit::network::Network;
use vamp_testkit::{ports, skip, wait};

use crate::support::{Place, SOON, is_balanced, lines, tcp_sink, until};

/// A host that takes connections and of what is sent as little as it can.
fn narrow() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    setsockopt(&listener, sockopt::RcvBuf, &4096).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[tokio::test]
async fn what_the_kernel_had_for_a_host_that_is_gone_comes_again() {
    let (listener, address) = narrow();
    // More than is ever sent again.
    let place = Place::new(&[format!("tcp://{address}?timeout=1")]);
    let logs = place.start();
    place.log(lines(0..6000));
    let (connection, _) = listener.accept().unwrap();
    // Either the kernel has all of it, or it takes no more.
    until(&logs, |counters| {
        counters.delivered == 6000 || counters.retries > 0
    })
    .await;
    drop(connection);
    let record = tcp_sink(listener);
    record.reaches(6000).await;
    let mut numbers = record.numbers();
    numbers.dedup();
    assert_eq!(numbers, (0..6000).collect::<Vec<_>>());
    let last = logs.stop(SOON).await.sinks[0].counters;
    assert!(is_balanced(&last) && last.dropped == 0, "{last:?}");
}

#[tokio::test]
async fn a_host_that_takes_connections_and_ends_them_is_not_asked_without_a_pause() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let place = Place::new(&[format!("tcp://{address}")]);
    let logs = place.start();
    let ending = std::thread::spawn(move || {
        let begin = Instant::now();
        for _ in 0..10 {
            drop(listener.accept().unwrap());
        }
        (listener, begin.elapsed())
    });
    place.log(lines(0..10));
    let asked = || async { ending.is_finished() };
    wait::until(SOON, asked).await.unwrap();
    let (listener, elapsed) = ending.join().unwrap();
    // Ten pauses of half a second on average, the first ones shorter.
    assert!(elapsed > Duration::from_millis(500), "{elapsed:?}");
    let record = tcp_sink(listener);
    record.reaches(10).await;
    assert_eq!(record.numbers(), (0..10).collect::<Vec<_>>());
    let last = logs.stop(SOON).await.sinks[0].counters;
    assert!(is_balanced(&last) && last.resent > 0, "{last:?}");
}

#[tokio::test]
async fn what_a_connection_had_taken_is_counted_when_the_agent_ends_before_it_came_again() {
    let (listener, address) = narrow();
    let place = Place::new(&[format!("tcp://{address}")]);
    let logs = place.start();
    place.log(lines(0..200));
    let (connection, _) = listener.accept().unwrap();
    until(&logs, |counters| counters.delivered == 200).await;
    drop((connection, listener));
    until(&logs, |counters| counters.resent == 200).await;
    let last = logs.stop(Duration::from_millis(100)).await.sinks[0].counters;
    assert!(is_balanced(&last), "{last:?}");
    assert_eq!((last.received, last.dropped), (200, 200));
}

#[tokio::test]
async fn a_datagram_that_was_refused_is_counted_when_the_agent_ends_before_it_came_again() {
    let nobody = ports::lease().unwrap();
    let place = Place::new(&[format!("udp://{}", nobody.address())]);
    let logs = place.start();
    place.log(lines(0..1));
    until(&logs, |counters| counters.resent == 1).await;
    let last = logs.stop(Duration::from_millis(100)).await.sinks[0].counters;
    assert!(is_balanced(&last), "{last:?}");
    assert_eq!((last.received, last.dropped), (1, 1));
}

#[tokio::test]
async fn a_device_that_is_slower_than_the_lines_is_no_refusal() {
    if Network::is_missing() || skip::without("tc") {
        return;
    }
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (network, address) = Network::before(server.local_addr().unwrap()).await.unwrap();
    // The way there is known, and nobody says that nothing listens.
    drop(TcpStream::connect(address).unwrap());
    network.drop_packets().unwrap();
    let way = Command::new("ip")
        .args(["route", "get", &address.ip().to_string()])
        .output()
        .unwrap();
    let way = String::from_utf8(way.stdout).unwrap();
    let device = way
        .split_whitespace()
        .skip_while(|word| *word != "dev")
        .nth(1)
        .unwrap();
    let shaped = Command::new("tc")
        .args([
            "qdisc", "add", "dev", device, "root", "tbf", "rate", "8mbit", "burst", "16kb", "limit", "8mb",
        ])
        .status();
    assert!(shaped.unwrap().success());
    let place = Place::new(&[format!("udp://{address}")]);
    let logs = place.start();
    // More than a socket has room for.
    place.log(lines(0..2000));
    until(&logs, |counters| counters.delivered >= 2000).await;
    let last = logs.stop(SOON).await.sinks[0].counters;
    assert_eq!((last.delivered, last.retries, last.resent), (2000, 0, 0));
}
