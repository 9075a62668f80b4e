//! Files of every format that a release has written load, with everything that is in them.
//!
//! A new format gets a directory of its own beside those of the older ones, once and for all:
//! `cargo test -p vamp-store --all-features --test sqlite formats::make -- --ignored`.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use vamp_io::clock::ManualClock;
use vamp_store::sqlite::{FILE_NAME, FORMAT, SqliteStore};
use vamp_store::{
    ArtifactStore as _, Batch, EventFilter, EventQuery, EventStore as _, NewEvent, Outcome, StateDirectory,
    Write,
};

use super::open;

fn released(format: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/formats/{format}"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
#[ignore = "makes the files of a new format"]
async fn make() {
    let target = released(FORMAT);
    assert!(!target.exists(), "a released format is never made again");
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(at("2031-04-05T06:07:08.123456Z")));
    let store = SqliteStore::open(&StateDirectory::open(directory.path()).unwrap(), clock.clone()).unwrap();
    let archive = |tag: &str, text: &str| {
        NewEvent::new(["breeds:shop:1.0", tag])
            .of_kind("archive")
            .with_value(text)
            .with_version("1.0")
    };
    for (content, tag) in [
        ("{\"name\":\"shop:1.0\"}", "archive:create"),
        ("{\"a\":\"\u{e4}\"}", "archive:update"),
    ] {
        let batch = Batch {
            writes: vec![Write::put("breeds", "shop:1.0", content)],
            events: vec![archive(tag, content)],
        };
        store.commit(batch).await.unwrap();
        clock.advance(Duration::from_secs(1));
    }
    store
        .commit(Write::put("gateways", "shop/web/http", "{}").into())
        .await
        .unwrap();
    store
        .commit(Write::delete("gateways", "shop/web/http").into())
        .await
        .unwrap();
    let metrics = NewEvent::new(["gateways:shop/web/http", "gateway", "metrics:rate"])
        .of_kind("metrics")
        .with_value(json!({"rate": 41.5, "of": ["a", null]}))
        .at(at("1969-12-31T23:59:59.999999Z"));
    store.append(vec![metrics]).await.unwrap();
    drop(store);
    fs::create_dir_all(&target).unwrap();
    for file in ["format", FILE_NAME] {
        fs::copy(directory.path().join(file), target.join(file)).unwrap();
    }
}

#[tokio::test]
async fn files_of_every_released_format_load() {
    for format in 1..=FORMAT {
        let directory = tempfile::tempdir().unwrap();
        for file in ["format", FILE_NAME] {
            fs::copy(released(format).join(file), directory.path().join(file)).unwrap();
        }
        // Twice: what the first opening made of it loads too.
        for _ in 0..2 {
            let store = open(directory.path()).unwrap();
            assert_has_everything(&store).await;
        }
        let store = open(directory.path()).unwrap();
        let write = Write::put("gateways", "shop/web/http", "{}");
        let committed = store.commit(write.into()).await.unwrap();
        assert_eq!(committed.outcomes, [Outcome::Written { revision: 3 }]);
        assert_eq!(committed.sequence, 8);
    }
}

async fn assert_has_everything(store: &SqliteStore) {
    let stored = store.get("breeds", "shop:1.0").await.unwrap().unwrap();
    assert_eq!((stored.revision, stored.sequence), (2, 3));
    assert_eq!(stored.at, at("2031-04-05T06:07:09.123456Z"));
    assert_eq!(&*stored.content, "{\"a\":\"\u{e4}\"}");
    let first = store.revision("breeds", "shop:1.0", 1).await.unwrap().unwrap();
    assert_eq!(first.content.as_deref(), Some("{\"name\":\"shop:1.0\"}"));
    assert_eq!(store.get("gateways", "shop/web/http").await.unwrap(), None);
    let history = store.history("gateways", "shop/web/http").await.unwrap();
    let history: Vec<_> = history
        .iter()
        .map(|one| (one.revision, one.sequence, one.content.as_deref()))
        .collect();
    assert_eq!(history, [(2, 6, None), (1, 5, Some("{}"))]);
    let page = store.query(EventQuery::default()).await.unwrap();
    assert_eq!(page.total, 3);
    let metrics = &page.items[2];
    assert_eq!(metrics.id(), "0000000000000007");
    assert_eq!(metrics.at, at("1969-12-31T23:59:59.999999Z"));
    assert_eq!(metrics.value, json!({"rate": 41.5, "of": ["a", null]}));
    let archived = EventQuery {
        filter: EventFilter::tagged(["breeds", "archive:update"]),
        ..EventQuery::default()
    };
    let archived = store.query(archived).await.unwrap();
    assert_eq!(archived.items[..], page.items[..1]);
    assert_eq!(archived.items[0].version.as_deref(), Some("1.0"));
    assert_eq!(store.sequence().await.unwrap(), 7);
}
