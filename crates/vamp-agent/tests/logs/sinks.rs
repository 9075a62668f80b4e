//! Each sink with a counterpart that works.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::Value;
use vamp_testkit::wait;

use crate::support::{Place, SOON, is_balanced, line, lines, number, tcp_sink, udp_sink, until};

#[tokio::test]
async fn lines_reach_logstash_by_udp_as_they_came_and_in_order() {
    let (address, record) = udp_sink("127.0.0.1:0".parse().unwrap());
    let place = Place::new(&[format!("udp://{address}")]);
    let logs = place.start();
    place.log(lines(0..500));
    record.reaches(500).await;
    // S06-116: as it came.
    // S02-167: a datagram for each line, byte for byte.
    assert_eq!(record.lines()[7], line(7));
    assert_eq!(record.numbers(), (0..500).collect::<Vec<_>>());
    let status = logs.stop(SOON).await;
    let counters = status.sinks[0].counters;
    assert_eq!(
        (counters.received, counters.delivered, counters.dropped),
        (500, 500, 0)
    );
    assert!(!place.config.socket.as_ref().unwrap().exists());
}

#[tokio::test]
async fn what_has_come_by_udp_when_the_agent_ends_is_delivered_in_order() {
    let (address, record) = udp_sink("127.0.0.1:0".parse().unwrap());
    let mut place = Place::new(&[format!("udp://{address}")]);
    let syslog = vamp_testkit::ports::lease().unwrap();
    place.config.udp = Some(syslog.address());
    let logs = place.start();
    let haproxy = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    // Few enough for the buffer of any machine.
    for line in lines(0..100) {
        haproxy.send_to(line.as_bytes(), syslog.address()).unwrap();
    }
    let counters = logs.stop(SOON).await.sinks[0].counters;
    assert_eq!(
        (counters.received, counters.delivered, counters.dropped),
        (100, 100, 0)
    );
    record.reaches(100).await;
    assert_eq!(record.numbers(), (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_line_that_is_no_record_goes_the_same_way() {
    let (address, record) = udp_sink("127.0.0.1:0".parse().unwrap());
    let place = Place::new(&[format!("udp://{address}?format=json")]);
    let logs = place.start();
    let down = "<129>Nov 23 06:18:09 haproxy[4484]: Server shop/one is DOWN.\n";
    place.log([line(0), down.to_owned(), "\u{1}{\"ci\":".to_owned(), line(1)]);
    record.reaches(4).await;
    let documents: Vec<Value> = record
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // S06-115: a line without JSON is a document with its text.
    // S02-170: what is no JSON is text, and the lines behind it go on.
    // S06-119: neither does one whose JSON is broken: its text arrives.
    assert_eq!(documents[2]["message"], "\u{1}{\"ci\":");
    assert_eq!(documents[1]["message"], "Server shop/one is DOWN.");
    assert_eq!(documents[3]["ft"], "shop");
    let counters = logs.stop(SOON).await.sinks[0].counters;
    assert_eq!(
        (counters.parsed, counters.unparsable, counters.delivered),
        (2, 2, 4)
    );
}

#[tokio::test]
async fn lines_reach_logstash_over_a_connection_as_objects() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let record = tcp_sink(listener);
    let place = Place::new(&[format!("tcp://{address}")]);
    let logs = place.start();
    place.log(lines(0..500));
    record.reaches(500).await;
    assert_eq!(record.numbers(), (0..500).collect::<Vec<_>>());
    let first: Value = serde_json::from_str(&record.lines()[0]).unwrap();
    assert_eq!((&first["host"], &first["ST"]), (&"edge-1".into(), &200.into()));
    assert_eq!(logs.stop(SOON).await.sinks[0].counters.delivered, 500);
}

#[tokio::test]
async fn a_full_file_is_renamed_and_the_oldest_goes() {
    let place = Place::new(&[]);
    let path = place.path("haproxy.log");
    let url = format!("file://{}?max-size=64k&keep=2&format=raw", path.display());
    let mut config = place.config.clone();
    config.sinks = vec![vamp_agent::logs::SinkConfig::parse(&url).unwrap()];
    let place = Place { config, ..place };
    let logs = place.start();
    for start in (0..1000).step_by(50) {
        place.log(lines(start..start + 50));
        let written = || async { crate::support::counters(&logs).delivered == start as u64 + 50 };
        vamp_testkit::wait::until(SOON, written).await.unwrap();
    }
    logs.stop(Duration::from_secs(5)).await;
    let text = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    let all = ["haproxy.log.2", "haproxy.log.1", "haproxy.log"]
        .map(text)
        .concat();
    let numbers: Vec<usize> = all.lines().filter_map(number).collect();
    let first = numbers[0];
    assert!(first > 0, "the oldest file is gone");
    assert_eq!(numbers, (first..1000).collect::<Vec<_>>());
    assert!(text("haproxy.log.1").len() <= 64 * 1024);
    assert!(!place.path("haproxy.log.3").exists());
}

#[tokio::test]
async fn a_file_that_was_renamed_and_made_anew_is_followed() {
    let place = Place::new(&[]);
    let path = place.path("haproxy.log");
    let mut config = place.config.clone();
    let url = format!("file://{}?format=raw", path.display());
    config.sinks = vec![vamp_agent::logs::SinkConfig::parse(&url).unwrap()];
    let place = Place { config, ..place };
    let logs = place.start();
    let delivered = async |wanted: u64| {
        let written = || async { crate::support::counters(&logs).delivered == wanted };
        vamp_testkit::wait::until(SOON, written).await.unwrap();
    };
    place.log(lines(0..10));
    delivered(10).await;
    std::fs::rename(&path, place.path("haproxy.log-20261127")).unwrap();
    std::fs::write(&path, "").unwrap();
    place.log(lines(10..20));
    delivered(20).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let numbers: Vec<usize> = text.lines().filter_map(number).collect();
    assert_eq!(numbers, (10..20).collect::<Vec<_>>());
    logs.stop(SOON).await;
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let place = Place::new(&[]);
    let path = place.config.socket.clone().unwrap();
    std::fs::write(&path, "precious").unwrap();
    let started = vamp_agent::logs::LogForwarder::start(
        &place.config,
        std::sync::Arc::new(vamp_io::clock::SystemClock),
    );
    assert!(started.unwrap_err().to_string().contains("log.sock"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn a_socket_file_that_a_crash_left_is_no_obstacle_and_one_in_use_is() {
    let place = Place::new(&[]);
    let path = place.config.socket.clone().unwrap();
    drop(std::os::unix::net::UnixDatagram::bind(&path).unwrap());
    assert!(path.exists());
    // S02-165: the socket that a crash has left gives way.
    let logs = place.start();
    let error = vamp_agent::logs::LogForwarder::start(
        &place.config,
        std::sync::Arc::new(vamp_io::clock::SystemClock),
    )
    .unwrap_err();
    assert!(error.to_string().contains("log.sock"), "{error}");
    place.log([line(0)]);
    logs.stop(SOON).await;
}

#[tokio::test]
async fn sockets_that_another_program_has_are_taken_when_it_is_gone() {
    let (address, record) = udp_sink("127.0.0.1:0".parse().unwrap());
    let mut place = Place::new(&[format!("udp://{address}")]);
    let syslog = vamp_testkit::ports::lease().unwrap();
    place.config.udp = Some(syslog.address());
    let other = std::net::UdpSocket::bind(syslog.address()).unwrap();
    let start = || {
        let clock = std::sync::Arc::new(vamp_io::clock::SystemClock);
        vamp_agent::logs::LogForwarder::start_in_time(&place.config, clock, None).unwrap()
    };
    let logs = start();
    let error = wait::until_some(SOON, async || logs.status().source_error)
        .await
        .unwrap();
    assert!(error.contains(&format!("udp {}", syslog.address())), "{error}");
    // The end need not wait for it.
    logs.stop(SOON).await;

    let logs = start();
    let cannot = || logs.status().source_error.is_some();
    wait::until(SOON, async || cannot()).await.unwrap();
    drop(other);
    wait::until(SOON, async || !cannot()).await.unwrap();
    place.log(lines(0..10));
    record.reaches(10).await;
    logs.stop(SOON).await;
}

/// Names of the files that this process has open below a directory.
fn open_files(directory: &std::path::Path) -> Vec<String> {
    let links = std::fs::read_dir("/proc/self/fd").unwrap();
    let targets = links.filter_map(|link| std::fs::read_link(link.unwrap().path()).ok());
    let below = targets.filter(|target| target.starts_with(directory));
    below
        .map(|target| target.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test]
async fn a_file_that_was_renamed_is_closed_when_it_is_asked_for() {
    let mut place = Place::new(&[]);
    let path = place.path("haproxy.log");
    place.config.sinks =
        vec![vamp_agent::logs::SinkConfig::parse(&format!("file://{}", path.display())).unwrap()];
    let logs = place.start();
    place.log(lines(0..10));
    until(&logs, |counters| counters.delivered == 10).await;
    std::fs::rename(&path, place.path("haproxy.log-20261127")).unwrap();
    assert!(open_files(place.directory.path()).contains(&"haproxy.log-20261127".to_owned()));
    // Nothing more is logged.
    logs.reopen();
    let closed =
        || async { !open_files(place.directory.path()).contains(&"haproxy.log-20261127".to_owned()) };
    wait::until(SOON, closed).await.unwrap();
    place.log(lines(10..20));
    until(&logs, |counters| counters.delivered == 20).await;
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 10);
    logs.stop(SOON).await;
}

#[tokio::test]
async fn a_file_on_a_disk_that_hangs_keeps_nothing_else_waiting() {
    let mut place = Place::new(&[]);
    let path = place.path("haproxy.log");
    // To open it takes as long as nobody reads from it.
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let url = format!("file://{}?timeout=1", path.display());
    place.config.sinks = vec![vamp_agent::logs::SinkConfig::parse(&url).unwrap()];
    place.config.spool = Some(vamp_agent::logs::SpoolConfig::new(place.path("spool")));
    let logs = place.start();
    place.log(lines(0..1000));
    // The try ends in time, and what waits goes to the spool.
    until(&logs, |counters| {
        counters.retries > 0 && counters.spooled_lines == 1000
    })
    .await;
    let last = logs.stop(Duration::from_millis(100)).await.sinks[0].counters;
    assert!(is_balanced(&last), "{last:?}");
    assert_eq!(
        (last.spooled_lines, last.dropped, last.queued_lines),
        (1000, 0, 0)
    );
    // What hung has an end.
    drop(std::fs::File::open(&path).unwrap());
}

#[tokio::test]
async fn what_a_slow_disk_has_written_after_all_is_not_written_twice() {
    let mut place = Place::new(&[]);
    let path = place.path("haproxy.log");
    nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let url = format!("file://{}?timeout=1&format=raw", path.display());
    place.config.sinks = vec![vamp_agent::logs::SinkConfig::parse(&url).unwrap()];
    let logs = place.start();
    place.log(lines(0..100));
    until(&logs, |counters| counters.retries > 0).await;
    let reading = std::thread::spawn(move || std::fs::read_to_string(path).unwrap());
    until(&logs, |counters| counters.delivered == 100).await;
    logs.stop(SOON).await;
    let text = reading.join().unwrap();
    let numbers: Vec<usize> = text.lines().filter_map(number).collect();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
}
