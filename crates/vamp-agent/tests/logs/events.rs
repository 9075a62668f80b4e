//! The events of a Vamp server that refuses some.

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::slice::Iter;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use vamp_agent::logs::{LogForwarder, MetricsConfig, MetricsPublisher};
use vamp_agent::{AgentConfig, Base};
use vamp_io::clock::SystemClock;

use crate::elasticsearch::read;
use crate::support::{Place, Record, SOON, is_balanced, lines, number, until};

/// Answers the first requests with these statuses, then takes each event.
fn server(first: &'static [u16]) -> (SocketAddr, Record) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let taken = Record::default();
    let into = taken.clone();
    let first = Arc::new(Mutex::new(first.iter()));
    thread::spawn(move || {
        while let Ok((connection, _)) = listener.accept() {
            let (first, into) = (first.clone(), into.clone());
            thread::spawn(move || answer(connection, &first, &into));
        }
    });
    (address, taken)
}

fn answer(connection: TcpStream, first: &Mutex<Iter<'static, u16>>, into: &Record) {
    let mut reader = BufReader::new(connection);
    while let Some(request) = read(&mut reader) {
        let status = first.lock().unwrap().next().copied().unwrap_or(201);
        let body = if status == 201 {
            into.add(request.body.clone());
            let mut event: Value = serde_json::from_str(&request.body).unwrap();
            event["id"] = "one".into();
            event
        } else {
            json!({ "message": "not now" })
        };
        let body = body.to_string();
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
        reader.get_mut().write_all((head + &body).as_bytes()).unwrap();
    }
}

#[tokio::test]
async fn an_event_that_comes_too_early_comes_again_and_one_that_is_too_large_is_counted() {
    let (address, taken) = server(&[429, 408, 413]);
    let place = Place::new(&[format!("vamp+http://{address}")]);
    let logs = place.start();
    place.log(lines(0..5));
    until(&logs, |counters| counters.delivered + counters.rejected == 5).await;
    let status = logs.stop(SOON).await.sinks.remove(0);
    assert_eq!((status.counters.delivered, status.counters.rejected), (4, 1));
    assert!(
        is_balanced(&status.counters) && status.counters.retries == 2,
        "{status:?}"
    );
    assert!(status.last_error.unwrap().contains("413"));
    let numbers: Vec<usize> = taken.lines().iter().filter_map(|line| number(line)).collect();
    assert_eq!(numbers, (1..5).collect::<Vec<_>>());
}

#[tokio::test]
async fn metrics_that_come_too_early_come_again_as_lines_do() {
    let (address, taken) = server(&[429, 408]);
    let place = Place::new(&[]);
    let base = Base::Text(String::new());
    let agent = AgentConfig::new("2.4", "edge-1", place.directory.path(), "/run/vga", base);
    let config = MetricsConfig::parse(&format!("vamp+http://{address}"), &agent).unwrap();
    let clock = Arc::new(SystemClock);
    let metrics = MetricsPublisher::start(&config, clock.clone()).unwrap();
    let logs = LogForwarder::start_observed(&place.config, clock, Some(metrics.observer())).unwrap();
    place.log(lines(0..5));
    logs.stop(SOON).await;
    let status = metrics.stop(SOON).await;
    let counters = status.counters;
    assert_eq!((counters.rejected, counters.dropped), (0, 0), "{status:?}");
    assert!(counters.retries > 0 && counters.published > 0, "{status:?}");
    assert_eq!(counters.events, taken.lines().len() as u64);
}
