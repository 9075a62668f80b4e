//! Lines on the disk, and a disk that is full, slow or taken.

use std::fs::OpenOptions;
use std::net::TcpListener;
use std::time::Duration;

use nix::sys::stat::Mode;
use vamp_agent::logs::SpoolConfig;
use vamp_testkit::disk::SmallDisk;
use vamp_testkit::{ports, wait};

use crate::support::{Place, SOON, counters, is_balanced, lines, tcp_sink, until};

#[tokio::test]
async fn what_a_connection_had_taken_survives_the_agent_in_the_spool() {
    let lease = ports::lease().unwrap();
    let listener = TcpListener::bind(lease.address()).unwrap();
    let mut place = Place::new(&[format!("tcp://{}", lease.address())]);
    place.config.spool = Some(SpoolConfig::new(place.path("spool")));
    let logs = place.start();
    place.log(lines(0..200));
    let (connection, _) = listener.accept().unwrap();
    until(&logs, |counters| counters.delivered == 200).await;
    drop((connection, listener));
    until(&logs, |counters| counters.resent == 200).await;
    place.log(lines(200..300));
    until(&logs, |counters| counters.received == 300).await;
    let last = logs.stop(Duration::from_millis(100)).await.sinks[0].counters;
    assert!(is_balanced(&last), "{last:?}");
    assert_eq!((last.spooled_lines, last.dropped), (300, 0));

    let logs = place.start();
    let record = tcp_sink(TcpListener::bind(lease.address()).unwrap());
    record.reaches(300).await;
    assert_eq!(record.numbers(), (0..300).collect::<Vec<_>>());
    logs.stop(SOON).await;
}

#[tokio::test]
async fn a_full_disk_is_told_and_used_again_when_it_has_room() {
    if SmallDisk::is_missing() {
        return;
    }
    let lease = ports::lease().unwrap();
    let mut place = Place::new(&[format!("tcp://{}", lease.address())]);
    place.config.buffer.lines = 1000;
    let directory = place.path("spool");
    std::fs::create_dir(&directory).unwrap();
    place.config.spool = Some(SpoolConfig::new(&directory));
    let disk = SmallDisk::in_place_of(&directory, 4).unwrap();
    let logs = place.start();
    place.log(lines(0..100));
    until(&logs, |counters| counters.spooled_lines == 100).await;
    disk.fill().unwrap();
    place.log(lines(100..1500));
    let told = || async { logs.status().sinks[0].spool_error.is_some() };
    wait::until(SOON, told).await.unwrap();
    until(&logs, |counters| counters.received == 1500).await;
    let full = counters(&logs);
    assert!(full.queued_lines <= 1000, "{full:?}");

    disk.free().unwrap();
    let works = || async { logs.status().sinks[0].spool_error.is_none() };
    wait::until(SOON, works).await.unwrap();
    let record = tcp_sink(TcpListener::bind(lease.address()).unwrap());
    let arrived = || async { counters(&logs).delivered + counters(&logs).dropped == 1500 };
    wait::until(SOON, arrived).await.unwrap();
    let last = logs.stop(SOON).await.sinks[0].counters;
    assert!(is_balanced(&last), "{last:?}");
    let numbers = record.numbers();
    assert!(numbers.is_sorted_by(|a, b| a < b), "in order and none twice");
    assert_eq!(numbers.len() as u64, last.delivered);
    drop(disk);
}

#[tokio::test]
async fn the_start_does_not_wait_for_what_an_earlier_agent_left() {
    let lease = ports::lease().unwrap();
    let record = tcp_sink(TcpListener::bind(lease.address()).unwrap());
    let mut place = Place::new(&[format!("tcp://{}", lease.address())]);
    place.config.spool = Some(SpoolConfig::new(place.path("spool")));
    // What a spool makes for the sink.
    place.start().stop(SOON).await;
    let directory = std::fs::read_dir(place.path("spool"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    // To open it takes as long as nobody writes to it: a disk that hangs.
    let slow = directory.join("000000000007.lines");
    nix::unistd::mkfifo(&slow, Mode::S_IRWXU).unwrap();
    let logs = place.start();
    place.log(lines(0..100));
    until(&logs, |counters| counters.received == 100).await;
    assert_eq!(counters(&logs).delivered, 0, "what is on the disk is older");
    drop(OpenOptions::new().write(true).open(&slow).unwrap());
    record.reaches(100).await;
    assert_eq!(record.numbers(), (0..100).collect::<Vec<_>>());
    logs.stop(SOON).await;
}

#[tokio::test]
async fn a_spool_that_another_agent_has_is_taken_over_when_that_ends() {
    let lease = ports::lease().unwrap();
    let mut one = Place::new(&[format!("tcp://{}", lease.address())]);
    one.config.spool = Some(SpoolConfig::new(one.path("spool")));
    let mut other = Place::new(&[format!("tcp://{}", lease.address())]);
    other.config.spool = one.config.spool.clone();
    let first = one.start();
    one.log(lines(0..300));
    until(&first, |counters| counters.spooled_lines == 300).await;
    let second = other.start();
    let refused = || async {
        let error = second.status().sinks[0].spool_error.clone();
        error.is_some_and(|error| error.contains("another agent has it"))
    };
    wait::until(SOON, refused).await.unwrap();
    first.stop(Duration::from_millis(50)).await;
    // Also by one that has nothing to do.
    until(&second, |counters| counters.received == 300).await;
    other.log(lines(300..400));
    until(&second, |counters| counters.received == 400).await;
    let record = tcp_sink(TcpListener::bind(lease.address()).unwrap());
    record.reaches(400).await;
    assert_eq!(record.numbers(), (0..400).collect::<Vec<_>>());
    let last = second.stop(SOON).await.sinks[0].counters;
    assert!(is_balanced(&last), "{last:?}");
}
