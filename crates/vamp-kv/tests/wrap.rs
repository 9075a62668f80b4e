//! The wrappers around the store in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use vamp_io::retry::Retry;
use vamp_kv::conformance::{Claims, Watcher, run_all};
use vamp_kv::memory::MemoryStore;
use vamp_kv::wrap::{
    Fault, Faults, Faulty, Measured, Namespaced, Operation, Outcome, Retrying, Timeout, Traced,
};
use vamp_kv::{Condition, ErrorKind, Guard, Key, KeyValueStore, WatchEvent};

const LONG: Duration = Duration::from_secs(60);

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn memory() -> Arc<dyn KeyValueStore> {
    Arc::new(MemoryStore::new())
}

fn retrying() -> (Arc<Faulty>, Retrying) {
    let faulty = Arc::new(Faulty::scripted(memory()));
    let store = Retrying::new(faulty.clone(), Retry::within(LONG));
    (faulty, store)
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_wrapped_does_what_a_store_has_to_do() {
    let wrapped: [Box<dyn KeyValueStore>; 6] = [
        Box::new(Timeout::new(memory(), LONG)),
        Box::new(Retrying::new(memory(), Retry::within(LONG))),
        Box::new(Measured::new(memory())),
        Box::new(Traced::new(memory())),
        Box::new(Namespaced::new(memory(), key("/below/this"))),
        Box::new(Faulty::scripted(memory())),
    ];
    let claims = Claims::of("memory").unwrap();
    for store in wrapped {
        run_all(&*store, &key("/conformance"), claims)
            .await
            .unwrap_or_else(|violations| panic!("{store:?}: {violations}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_with_its_time() {
    let faulty = Arc::new(Faulty::scripted(memory()));
    let store = Timeout::new(faulty.clone(), Duration::from_secs(5));
    faulty.fail_next(Fault::Delay(Duration::from_secs(6)));
    let error = store.get(&key("/a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("get /a"), "{error}");
    faulty.fail_next(Fault::Delay(Duration::from_secs(4)));
    assert!(store.get(&key("/a")).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn calls_that_mean_the_same_again_are_made_again() {
    let (faulty, store) = retrying();
    let a = key("/a");
    let lease = store.grant_lease(LONG).await.unwrap();
    for fault in [Fault::Before, Fault::After] {
        faulty.fail_next(fault);
        store.put(&a, "1".into(), None).await.unwrap();
        faulty.fail_next(fault);
        assert_eq!(store.get(&a).await.unwrap().unwrap().value, "1");
        faulty.fail_next(fault);
        assert_eq!(store.list(&a).await.unwrap().len(), 1);
        faulty.fail_next(fault);
        store.keep_lease(lease).await.unwrap();
        faulty.fail_next(fault);
        assert!(store.delete(&a).await.unwrap(), "{fault:?}: it was there");
        assert!(!store.delete(&a).await.unwrap());
    }
    faulty.fail_next(Fault::After);
    store.revoke_lease(lease).await.unwrap();
    faulty.fail_next(Fault::Before);
    let granted = store.grant_lease(LONG).await.unwrap_err();
    assert_eq!(
        granted.kind(),
        ErrorKind::Unavailable,
        "a lease is not asked for twice"
    );
}

#[tokio::test(start_paused = true)]
async fn an_outage_longer_than_the_time_is_told() {
    let faulty = Faulty::new(
        memory(),
        1,
        Faults {
            before: 1.0,
            ..Faults::default()
        },
    );
    let store = Retrying::new(Arc::new(faulty), Retry::within(LONG));
    assert_eq!(
        store.get(&key("/a")).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    let written = store
        .put_if(&key("/a"), "1".into(), Condition::Absent, None)
        .await;
    assert_eq!(written.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_conditional_write_of_unknown_outcome_is_written_once() {
    for fault in [Fault::Before, Fault::After] {
        let (faulty, store) = retrying();
        let a = key("/a");
        faulty.fail_next(fault);
        let first = store
            .put_if(&a, "1".into(), Condition::Absent, None)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(store.get(&a).await.unwrap().unwrap().version, first);
        // The same value again is another version.
        faulty.fail_next(fault);
        let again = store
            .put_if(&a, "1".into(), Condition::Version(first), None)
            .await
            .unwrap()
            .unwrap();
        assert_ne!(again, first);
        assert_eq!(store.get(&a).await.unwrap().unwrap().version, again);
        // The read back may fail too.
        faulty.fail_next(fault);
        faulty.fail_next(Fault::Before);
        let with = vec![(key("/b"), "piece".into())];
        let last = store
            .put_with(with, &a, "2".into(), Condition::Version(again), None)
            .await
            .unwrap();
        let entry = store.get(&a).await.unwrap().unwrap();
        assert_eq!((entry.value.as_ref(), Some(entry.version)), (&b"2"[..], last));
        assert!(store.get(&key("/b")).await.unwrap().is_some());
        faulty.fail_next(fault);
        let stale = store
            .put_if(&a, "3".into(), Condition::Version(first), None)
            .await;
        // Refused for certain where no try was lost, and never taken for written.
        assert!(!matches!(stale, Ok(Some(_))), "{stale:?}");
        assert_eq!(store.get(&a).await.unwrap().unwrap().value, "2");
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_know_is_a_conflict() {
    let (faulty, store) = retrying();
    let a = key("/a");
    store.put(&a, "theirs".into(), None).await.unwrap();
    faulty.fail_next(Fault::Before);
    let error = store
        .put_if(&a, "ours".into(), Condition::Absent, None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_does_not_hold_is_a_refusal_after_an_outage_too() {
    let (faulty, store) = retrying();
    let leader = key("/leader");
    let version = store.put(&leader, "me".into(), None).await.unwrap();
    store.put(&leader, "other".into(), None).await.unwrap();
    let guard = Guard::new(leader, version);
    faulty.fail_next(Fault::Before);
    let written = store
        .put_if(&key("/a"), "1".into(), Condition::Absent, Some(&guard))
        .await;
    assert!(written.unwrap().is_none());
    assert!(store.get(&key("/a")).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn calls_are_counted_by_outcome_and_time() {
    let faulty = Arc::new(Faulty::scripted(memory()));
    let store = Measured::new(faulty.clone());
    let measures = store.measures();
    let a = key("/a");
    let mut watch = store.watch(&a);
    store.put(&a, "1".into(), None).await.unwrap();
    faulty.fail_next(Fault::Delay(Duration::from_secs(2)));
    store.put(&a, "2".into(), None).await.unwrap();
    assert!(
        store
            .put_if(&a, "3".into(), Condition::Absent, None)
            .await
            .unwrap()
            .is_none()
    );
    faulty.fail_next(Fault::Before);
    store.get(&a).await.unwrap_err();
    faulty.fail_next(Fault::Delay(LONG));
    tokio::time::timeout(Duration::from_secs(1), store.list(&a))
        .await
        .unwrap_err();

    let put = measures.calls(Operation::Put, Outcome::Done);
    assert_eq!(put.count, 2);
    assert!(put.total >= Duration::from_secs(2));
    assert_eq!((put.times[0], put.times[10]), (1, 1), "{put:?}");
    for (operation, outcome) in [
        (Operation::PutIf, Outcome::Refused),
        (Operation::Get, Outcome::Unavailable),
        (Operation::List, Outcome::Abandoned),
    ] {
        assert_eq!(
            measures.calls(operation, outcome).count,
            1,
            "{operation:?} {outcome:?}"
        );
    }
    assert_eq!(
        measures.all_calls().iter().map(|calls| calls.count).sum::<u64>(),
        5
    );

    while watch.next().await.unwrap().unwrap() != WatchEvent::ListingComplete {}
    store.delete(&a).await.unwrap();
    assert_eq!(watch.next().await.unwrap().unwrap(), WatchEvent::Deleted(a));
    let told = measures.watches();
    assert_eq!((told.listings, told.changes, told.outages), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_added_and_taken_away() {
    let inner = memory();
    let store = Namespaced::new(inner.clone(), key("/base"));
    inner
        .put(&key("/base"), "the base itself".into(), None)
        .await
        .unwrap();
    inner
        .put(&key("/based/a"), "a neighbour".into(), None)
        .await
        .unwrap();
    store.put(&key("/a/b"), "1".into(), None).await.unwrap();
    assert_eq!(inner.get(&key("/base/a/b")).await.unwrap().unwrap().value, "1");
    let listed = store.list(&key("/a")).await.unwrap();
    assert_eq!((listed.len(), listed[0].key.as_str()), (1, "/a/b"));
    let mut watcher = Watcher::listed(&store, &key("/a"), LONG).await.unwrap();
    inner.put(&key("/base/a/c"), "2".into(), None).await.unwrap();
    watcher.until_value(&key("/a/c"), Some("2"), LONG).await.unwrap();
    inner.delete(&key("/base/a/b")).await.unwrap();
    watcher.until_value(&key("/a/b"), None, LONG).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn faults_come_again_with_their_seed_and_a_broken_watch_begins_anew() {
    let faults = Faults {
        before: 0.3,
        after: 0.3,
        broken_watch: 0.3,
        ..Faults::default()
    };
    let outcomes = |seed| async move {
        let store = Faulty::new(memory(), seed, faults);
        let mut outcomes = Vec::new();
        for n in 0..50 {
            outcomes.push(store.put(&key("/a"), n.to_string().into(), None).await.is_ok());
        }
        outcomes
    };
    assert_eq!(outcomes(7).await, outcomes(7).await);
    assert_ne!(outcomes(7).await, outcomes(8).await);

    let inner = memory();
    let store = Faulty::new(inner.clone(), 7, faults);
    let mut watcher = Watcher::new(&store, &key("/a"));
    watcher.until_outage(LONG).await.unwrap();
    inner.put(&key("/a"), "last".into(), None).await.unwrap();
    watcher.until_value(&key("/a"), Some("last"), LONG).await.unwrap();
}

#[derive(Clone, Default)]
struct Written(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn spans_tell_what_was_done_and_never_the_value() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let _for_this_thread = tracing::subscriber::set_default(subscriber);
    let store = Traced::new(memory());
    store.put(&key("/a"), "secret".into(), None).await.unwrap();
    store
        .put_if(&key("/a"), "secret".into(), Condition::Absent, None)
        .await
        .unwrap();
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    for part in [
        "operation=\"put\"",
        "subject=/a",
        "bytes=6",
        "outcome=\"done\"",
        "outcome=\"refused\"",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    assert!(!text.contains("secret"), "{text}");
}
