//! Whatever is done to it, the store on disk answers as the one in memory does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::num::NonZeroU64;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use tempfile::TempDir;
use vamp_io::clock::ManualClock;
use vamp_store::memory::MemoryStore;
use vamp_store::sqlite::SqliteStore;
use vamp_store::{
    Batch, EventFilter, EventQuery, Expect, Keep, NewEvent, Page, Result, StateDirectory, Store,
    StoreOptions, TimeRange, Write,
};

#[derive(Debug, Clone)]
enum Step {
    Commit(Batch),
    Query(EventQuery),
    Since(EventFilter, u64, u64),
    Page(&'static str, Page),
    Wait(u64),
    Restart,
}

const KINDS: [&str; 2] = ["breeds", "gateways"];
const NAMES: [&str; 3] = ["a", "a/b", "\u{e4}"];
const EVENT_KINDS: [&str; 3] = ["event", "metrics", "no kind"];
const TAGS: [&str; 6] = ["a", "a:1", "a:2:x", "b", ":c", ""];

fn write() -> impl Strategy<Value = Write> {
    let expect = prop_oneof![
        4 => Just(Expect::Anything),
        1 => Just(Expect::Absent),
        1 => Just(Expect::Present),
        2 => (0..6_u64).prop_map(Expect::Revision),
    ];
    let content = prop_oneof![3 => select(vec!["1", "2", "3"]).prop_map(Some), 1 => Just(None)];
    let keep = select(vec![Keep::History, Keep::History, Keep::Newest]);
    (select(&KINDS), select(&NAMES), content, expect, keep).prop_map(|(kind, name, content, expect, keep)| {
        let write = match content {
            Some(content) => Write::put(kind, name, content),
            None => Write::delete(kind, name),
        };
        write.expecting(expect).keeping(keep)
    })
}

fn tags(least: usize) -> impl Strategy<Value = BTreeSet<String>> {
    btree_set(select(&TAGS).prop_map(str::to_owned), least..4)
}

fn time() -> impl Strategy<Value = Timestamp> {
    (-3000..3000_i64).prop_map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds.into()).unwrap())
}

fn event() -> impl Strategy<Value = NewEvent> {
    let kind = prop_oneof![5 => Just(EVENT_KINDS[0]), 3 => Just(EVENT_KINDS[1]), 1 => Just(EVENT_KINDS[2])];
    let value = prop_oneof![
        any::<f64>().prop_map(serde_json::Value::from),
        ".{0,5}".prop_map(Into::into)
    ];
    (tags(0), kind, value, option::of(time())).prop_map(|(tags, kind, value, at)| {
        let event = NewEvent::new(tags).of_kind(kind).with_value(value);
        NewEvent { at, ..event }
    })
}

fn page() -> impl Strategy<Value = Page> {
    (0..4_u64, prop_oneof![0..4_u64, Just(u64::MAX)]).prop_map(|(offset, limit)| Page { offset, limit })
}

fn filter() -> impl Strategy<Value = EventFilter> {
    (tags(0), option::of(select(&EVENT_KINDS).prop_map(str::to_owned)))
        .prop_map(|(tags, kind)| EventFilter { tags, kind })
}

fn bound() -> impl Strategy<Value = Bound<Timestamp>> {
    prop_oneof![
        Just(Bound::Unbounded),
        time().prop_map(Bound::Included),
        time().prop_map(Bound::Excluded)
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let batch =
        (vec(write(), 0..4), vec(event(), 0..3)).prop_map(|(writes, events)| Batch { writes, events });
    let query = (filter(), bound(), bound(), page()).prop_map(|(filter, from, to, page)| EventQuery {
        filter,
        time: TimeRange { from, to },
        page,
    });
    prop_oneof![
        10 => batch.prop_map(Step::Commit),
        5 => query.prop_map(Step::Query),
        2 => (filter(), 0..20_u64, 0..10_u64).prop_map(|(filter, after, limit)| Step::Since(filter, after, limit)),
        2 => (select(&KINDS), page()).prop_map(|(kind, page)| Step::Page(kind, page)),
        1 => (0..2000_u64).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ]
}

/// An answer, or what sort of error it is, as text.
fn told<T: Debug>(answer: Result<T>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(error) => format!("{error} ({:?})", error.kind()),
    }
}

async fn answer(store: &dyn Store, step: &Step) -> String {
    match step {
        Step::Commit(batch) => told(store.commit(batch.clone()).await),
        Step::Query(query) => told(store.query(query.clone()).await),
        Step::Since(filter, after, limit) => told(store.since(filter.clone(), *after, *limit).await),
        Step::Page(kind, page) => told(store.page(kind, *page).await),
        Step::Wait(_) | Step::Restart => String::new(),
    }
}

/// Everything that there is.
async fn everything(store: &dyn Store) -> Vec<String> {
    let mut all = vec![told(store.sequence().await), told(store.counts().await)];
    for kind in KINDS {
        all.push(told(store.list(kind).await));
        for name in NAMES {
            all.push(told(store.get(kind, name).await));
            all.push(told(store.history(kind, name).await));
            all.push(told(store.revision(kind, name, 2).await));
        }
    }
    let events = EventQuery {
        page: Page::ALL,
        ..EventQuery::default()
    };
    all.push(told(store.query(events).await));
    all
}

fn small() -> StoreOptions {
    let mut options = StoreOptions::in_memory();
    let number = |number| NonZeroU64::new(number).unwrap();
    options.revisions = number(3);
    options.events_of_a_kind = number(5);
    options.events = number(7);
    options
}

struct OnDisk {
    directory: TempDir,
    clock: Arc<ManualClock>,
    store: Option<SqliteStore>,
}

impl OnDisk {
    fn new(clock: Arc<ManualClock>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            directory,
            clock,
            store: None,
        }
    }

    fn store(&mut self) -> &SqliteStore {
        self.store.get_or_insert_with(|| {
            let state = StateDirectory::open(self.directory.path()).unwrap();
            SqliteStore::open_with(&state, small(), self.clock.clone()).unwrap()
        })
    }
}

async fn play(steps: Vec<Step>) -> std::result::Result<(), TestCaseError> {
    let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
    let memory = MemoryStore::with_options(small(), clock.clone());
    let mut disk = OnDisk::new(clock.clone());
    for (n, step) in steps.iter().enumerate() {
        match step {
            Step::Wait(nanoseconds) => clock.advance(Duration::from_nanos(*nanoseconds)),
            Step::Restart => disk.store = None,
            _ => {}
        }
        let expected = answer(&memory, step).await;
        prop_assert_eq!(
            answer(disk.store(), step).await,
            expected,
            "step {}: {:?}",
            n,
            step
        );
    }
    prop_assert_eq!(everything(disk.store()).await, everything(&memory).await);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: vamp_testkit::extent::pick(64, 2000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn memory_and_disk_answer_alike(steps in vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(play(steps))?;
    }
}
