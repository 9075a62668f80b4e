//! A real Elasticsearch, of the kind that Vamp of old wrote to.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vamp_testkit::servers::Elasticsearch;
use vamp_testkit::wait;

use crate::support::{Place, SOON, counters, lines, number};

/// The indices of all days.
const INDICES: &str = "vamp-vga-*";

/// Somebody who asks Elasticsearch.
struct Reader {
    http: reqwest::Client,
    base: String,
}

impl Reader {
    fn of(elasticsearch: &Elasticsearch) -> Self {
        Self {
            http: vamp_io::http::client(vamp_io::http::Options::default()).unwrap(),
            base: format!("http://{}", elasticsearch.address()),
        }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self
            .http
            .get(format!("{}/{path}", self.base))
            .send()
            .await
            .unwrap();
        answer.json().await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}/{path}", self.base)).json(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// All lines that can be found, with where they are.
    async fn all(&self) -> Vec<Value> {
        self.post(&format!("{INDICES}/_refresh"), &json!({})).await;
        let wanted = json!({ "size": 10_000 });
        let all = self.post(&format!("{INDICES}/_search"), &wanted).await;
        all["hits"]["hits"].as_array().cloned().unwrap_or_default()
    }

    /// The numbers of all lines in their order; a line that is there twice is there twice.
    async fn numbers(&self) -> Vec<usize> {
        let all = self.all().await;
        let numbers = all
            .iter()
            .map(|hit| number(hit["_source"]["r"].as_str().unwrap()).unwrap());
        let mut numbers: Vec<usize> = numbers.collect();
        numbers.sort_unstable();
        numbers
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_line_is_once_in_an_elasticsearch_that_is_killed_meanwhile() {
    if Elasticsearch::is_missing() {
        return;
    }
    let mut elasticsearch = Elasticsearch::start().await.unwrap();
    let reader = Reader::of(&elasticsearch);
    let place = Place::new(&[format!(
        "http://{}/vamp-vga-%{{+yyyy-MM-dd}}",
        elasticsearch.address()
    )]);
    let logs = place.start();
    let delivered = async |count: u64| {
        let enough = || async { counters(&logs).delivered >= count };
        if wait::until(4 * SOON, enough).await.is_err() {
            panic!("{:?}", logs.status());
        }
    };

    place.log(lines(0..500));
    delivered(500).await;
    assert_eq!(reader.numbers().await, Vec::from_iter(0..500));
    for hit in reader.all().await {
        let day = hit["_source"]["@timestamp"]
            .as_str()
            .unwrap()
            .split_once('T')
            .unwrap()
            .0;
        assert_eq!(hit["_index"], format!("vamp-vga-{day}"), "a line of another day");
    }

    elasticsearch.kill().unwrap();
    place.log(lines(500..1_500));
    elasticsearch.start_again().await.unwrap();
    place.log(lines(1_500..2_000));
    delivered(2_000).await;
    let numbers = reader.numbers().await;
    let different: BTreeSet<usize> = numbers.iter().copied().collect();
    assert_eq!(different.len(), 2_000, "a line is missing");
    assert_eq!(numbers.len(), 2_000, "a line is there twice");
    let counters = counters(&logs);
    assert_eq!((counters.dropped, counters.rejected), (0, 0));

    // What the fields are is said by the template: names are found as a whole, numbers are summed up, the time is a time.
    let found = json!({ "query": { "term": { "ft": "shop" } }, "aggs": { "mean": { "avg": { "field": "Tt" } } }, "size": 1 });
    let found = reader.post(&format!("{INDICES}/_search"), &found).await;
    assert_eq!(found["hits"]["total"], 2_000);
    assert_eq!(found["aggregations"]["mean"]["value"], 1.0);
    let mappings = reader.get(&format!("{INDICES}/_mapping")).await;
    let (_, index) = mappings.as_object().unwrap().iter().next().unwrap();
    let fields = &index["mappings"]["log"]["properties"];
    assert_eq!(fields["@timestamp"]["type"], "date");
    assert_eq!(fields["hr"]["index"], "not_analyzed", "{fields}");
    logs.stop(SOON).await;
}
