//! `_bulk`, as a recording server answers it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};
use vamp_testkit::{request, wait};

use crate::support::{Place, SOON, counters, lines, number, until};

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    head: String,
    pub(crate) body: String,
}

/// Takes requests down, and says of each line what the test wants.
#[derive(Debug, Clone, Default)]
struct Bulk {
    requests: Arc<Mutex<Vec<Request>>>,
    /// Whole answers that come first: a status and a body.
    first: Arc<Mutex<VecDeque<(u16, Value)>>>,
    /// How often each line is too much before it is taken.
    busy: Arc<Mutex<HashMap<usize, usize>>>,
    /// Lines that are never taken.
    refused: Arc<Mutex<HashSet<usize>>>,
    /// The templates that are there.
    templates: Arc<Mutex<Value>>,
    /// How often templates are refused.
    locked: Arc<Mutex<usize>>,
    /// Lines that were taken, in order.
    taken: Arc<Mutex<Vec<usize>>>,
}

impl Bulk {
    fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn answers_first(&self, status: u16, body: Value) {
        self.first.lock().unwrap().push_back((status, body));
    }

    /// Requests that put a template.
    fn puts(&self) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.head.starts_with("PUT "));
        requests
    }

    fn bulks(&self) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.head.contains("/_bulk"));
        requests
    }

    /// Numbers of the lines of all requests, in order.
    fn numbers(&self) -> Vec<usize> {
        let bulks = self.bulks();
        bulks
            .iter()
            .flat_map(|bulk| bulk.body.lines())
            .filter_map(number)
            .collect()
    }

    fn answer(&self, request: Request) -> (u16, Value) {
        let is_bulk = request.head.contains("/_bulk");
        let is_root = request.head.starts_with("GET / ");
        let is_list = request.head.starts_with("GET /_index_template?");
        let is_old_list = request.head.starts_with("GET /_template?");
        let mut locked = self.locked.lock().unwrap();
        let body = request.body.clone();
        self.requests.lock().unwrap().push(request);
        if is_bulk {
            let first = self.first.lock().unwrap().pop_front();
            first.unwrap_or_else(|| (200, self.items(&body)))
        } else if is_root {
            (200, json!({ "version": { "number": "8.15.1" } }))
        } else if is_list {
            (200, self.templates.lock().unwrap().clone())
        } else if is_old_list {
            (200, json!({}))
        } else if *locked > 0 {
            *locked -= 1;
            (503, json!({ "error": "no master" }))
        } else {
            (200, json!({ "acknowledged": true }))
        }
    }

    fn items(&self, body: &str) -> Value {
        let items: Vec<Value> = body
            .lines()
            .filter_map(number)
            .map(|number| self.item(number))
            .collect();
        let errors = items.iter().any(|item| item["create"]["error"].is_object());
        json!({ "errors": errors, "items": items })
    }

    fn item(&self, number: usize) -> Value {
        let mut busy = self.busy.lock().unwrap();
        if let Some(left) = busy.get_mut(&number).filter(|left| **left > 0) {
            *left -= 1;
            return json!({ "create": { "status": 429, "error": { "reason": "queue is full" } } });
        }
        if self.refused.lock().unwrap().contains(&number) {
            return json!({ "create": { "status": 400, "error": { "reason": "failed to parse [Tt]" } } });
        }
        self.taken.lock().unwrap().push(number);
        json!({ "create": { "status": 201 } })
    }

    fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let this = self.clone();
        thread::spawn(move || {
            while let Ok((connection, _)) = listener.accept() {
                let mut reader = BufReader::new(connection);
                while let Some(request) = read(&mut reader) {
                    let (status, body) = this.answer(request);
                    let body = body.to_string();
                    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
                    let connection = reader.get_mut();
                    connection.write_all((head + &body).as_bytes()).unwrap();
                }
            }
        });
        address
    }
}

pub(crate) fn read(reader: &mut impl BufRead) -> Option<Request> {
    let (head, body) = request::read(reader)?;
    Some(Request { head, body })
}

#[tokio::test]
async fn lines_become_documents_of_the_days_index_and_the_template_is_put_once() {
    let bulk = Bulk::default();
    let place = Place::new(&[format!("http://{}", bulk.start())]);
    let logs = place.start();
    for start in (0..300).step_by(100) {
        place.log(lines(start..start + 100));
        let taken = || async { counters(&logs).delivered == start as u64 + 100 };
        wait::until(SOON, taken).await.unwrap();
    }
    logs.stop(SOON).await;
    let templates: Vec<Request> = bulk
        .requests()
        .into_iter()
        .filter(|request| {
            request
                .head
                .starts_with("PUT /_index_template/vamp-log-lines-vamp-vga ")
        })
        .collect();
    assert_eq!(templates.len(), 1);
    let template: Value = serde_json::from_str(&templates[0].body).unwrap();
    assert_eq!(template["index_patterns"], json!(["vamp-vga-*"]));
    assert_eq!(bulk.numbers(), (0..300).collect::<Vec<_>>());
    let first = bulk.bulks()[0].clone();
    let mut pair = first.body.lines();
    let action: Value = serde_json::from_str(pair.next().unwrap()).unwrap();
    let document: Value = serde_json::from_str(pair.next().unwrap()).unwrap();
    let day = document["@timestamp"].as_str().unwrap()[..10].to_owned();
    assert_eq!(action["create"]["_index"], format!("vamp-vga-{day}"));
    assert!(action["create"].get("_type").is_none(), "8.x has no types");
    assert_eq!((&document["type"], &document["ST"]), (&"log".into(), &200.into()));
}

#[tokio::test]
async fn a_template_that_cannot_be_put_is_tried_again_and_lines_do_not_wait_for_it() {
    let bulk = Bulk::default();
    *bulk.locked.lock().unwrap() = 2;
    let place = Place::new(&[format!("http://{}", bulk.start())]);
    let logs = place.start();
    let mut logged = 0;
    // The third try succeeds, and there is no fourth.
    while *bulk.locked.lock().unwrap() > 0 || bulk.puts().len() < 3 {
        assert!(logged < 1000, "{:?}", bulk.puts());
        place.log(lines(logged..logged + 1));
        logged += 1;
        until(&logs, |counters| counters.delivered == logged as u64).await;
    }
    place.log(lines(logged..logged + 1));
    until(&logs, |counters| counters.delivered == logged as u64 + 1).await;
    assert_eq!(bulk.puts().len(), 3);
    let last = logs.stop(SOON).await.sinks[0].counters;
    assert_eq!((last.retries, last.dropped), (0, 0));
}

#[tokio::test]
async fn a_template_of_somebody_else_for_the_same_indices_is_left_alone() {
    let bulk = Bulk::default();
    *bulk.templates.lock().unwrap() = json!({ "index_templates": [
        { "name": "logstash", "index_template": { "index_patterns": ["logstash-*"] } },
    ] });
    let place = Place::new(&[format!("http://{}/logstash-%{{+YYYY.MM.dd}}", bulk.start())]);
    let logs = place.start();
    place.log(lines(0..10));
    until(&logs, |counters| counters.delivered == 10).await;
    logs.stop(SOON).await;
    assert_eq!(bulk.puts().len(), 0, "{:?}", bulk.puts());
}

#[tokio::test]
async fn what_the_server_is_too_busy_for_comes_again_and_what_it_refuses_is_counted_with_its_reason() {
    let bulk = Bulk::default();
    bulk.busy.lock().unwrap().extend([(1, 1), (3, 2)]);
    bulk.refused.lock().unwrap().insert(2);
    let place = Place::new(&[format!("http://{}/lines", bulk.start())]);
    let logs = place.start();
    place.log(lines(0..6));
    let settled = || async { counters(&logs).delivered + counters(&logs).rejected == 6 };
    wait::until(SOON, settled).await.unwrap();
    let status = logs.stop(SOON).await.sinks.remove(0);
    assert_eq!((status.counters.delivered, status.counters.rejected), (5, 1));
    assert_eq!(status.counters.dropped, 0);
    let mut taken = bulk.taken.lock().unwrap().clone();
    let sent = bulk.numbers();
    let times = |wanted: usize| sent.iter().filter(|number| **number == wanted).count();
    assert_eq!((times(0), times(1), times(2), times(3)), (1, 2, 1, 3));
    // What was too much once is taken before what was too much twice.
    let position = |wanted: usize| taken.iter().position(|number| *number == wanted);
    assert!(position(1) < position(3));
    taken.sort_unstable();
    assert_eq!(taken, [0, 1, 3, 4, 5]);
}

#[tokio::test]
async fn a_request_that_is_too_large_is_made_smaller() {
    let bulk = Bulk::default();
    bulk.answers_first(413, json!({}));
    bulk.answers_first(413, json!({}));
    let place = Place::new(&[format!("http://{}/lines", bulk.start())]);
    let logs = place.start();
    place.log(lines(0..200));
    let taken = || async { counters(&logs).delivered == 200 };
    wait::until(SOON, taken).await.unwrap();
    logs.stop(SOON).await;
    let sizes: Vec<usize> = bulk
        .bulks()
        .iter()
        .map(|bulk| bulk.body.lines().count() / 2)
        .collect();
    assert!(sizes[1] < sizes[0] && sizes[2] < sizes[1], "{sizes:?}");
}

#[tokio::test]
async fn an_answer_that_is_no_answer_loses_nothing() {
    let bulk = Bulk::default();
    bulk.answers_first(503, json!({ "error": "no master" }));
    bulk.answers_first(200, json!("hello"));
    let place = Place::new(&[format!("http://{}/lines", bulk.start())]);
    let logs = place.start();
    place.log(lines(0..10));
    let taken = || async { counters(&logs).delivered == 10 };
    wait::until(SOON, taken).await.unwrap();
    let status = logs.stop(SOON).await.sinks.remove(0);
    assert!(status.counters.retries >= 2);
    assert_eq!((status.counters.dropped, status.counters.rejected), (0, 0));
    // A line has the same id each time, so that the server has it once.
    let ids = |body: &str| -> Vec<Value> {
        let actions = body
            .lines()
            .step_by(2)
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        actions.map(|action| action["create"]["_id"].clone()).collect()
    };
    let bulks = bulk.bulks();
    assert_eq!(ids(&bulks[0].body)[0], ids(&bulks[1].body)[0]);
}
