//! One leads at a time, and whoever led before changes nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use etcd_client::{AlarmAction, AlarmType};
use futures::StreamExt as _;
use support::{connect, key};
use tokio::time::{Instant, timeout};
use vamp_kv::handover::{HandOver, Publication};
use vamp_kv::leadership::Election;
use vamp_kv::memory::MemoryStore;
use vamp_kv::{Condition, ErrorKind, KeyValueStore};
use vamp_testkit::relay::Relay;
use vamp_testkit::servers::Etcd;
use vamp_testkit::skip;

const TTL: Duration = Duration::from_secs(5);

fn candidate(store: &Arc<dyn KeyValueStore>, id: &str) -> Election {
    Election::new(Arc::clone(store), key("/vamp/default/leader"), id, TTL).unwrap()
}

fn memory() -> Arc<dyn KeyValueStore> {
    Arc::new(MemoryStore::new())
}

#[tokio::test(start_paused = true)]
async fn the_second_leads_when_the_first_is_gone_and_not_before() {
    let store = memory();
    let first = candidate(&store, "a").campaign().await.unwrap();
    assert_eq!((first.term(), first.leads()), (1, true));
    let second = candidate(&store, "b");
    let mut standing = Box::pin(second.campaign());
    // As long as the first is kept, which is far longer than its time.
    assert!(timeout(10 * TTL, &mut standing).await.is_err());
    assert!(first.leads());

    drop(first);
    let ended = Instant::now();
    let second = standing.await.unwrap();
    assert_eq!(second.term(), 2, "the fencing number grows");
    assert!(
        ended.elapsed() <= TTL + Duration::from_secs(1),
        "{:?}",
        ended.elapsed()
    );
    let record = candidate(&store, "c").record().await.unwrap().unwrap();
    assert_eq!((record.holder.as_str(), record.term), ("b", 2));
}

#[tokio::test(start_paused = true)]
async fn whoever_resigns_is_replaced_at_once() {
    let store = memory();
    let first = candidate(&store, "a").campaign().await.unwrap();
    let began = Instant::now();
    let second = candidate(&store, "b");
    let (second, resigned) = tokio::join!(second.campaign(), first.resign());
    resigned.unwrap();
    assert_eq!(second.unwrap().term(), 2);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_starts_again_takes_over_from_itself() {
    let store = memory();
    let before = candidate(&store, "a").campaign().await.unwrap();
    let began = Instant::now();
    let again = candidate(&store, "a").campaign().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(again.term(), 2);
    // What it was before can write no more, though its session still lives.
    let place = key("/vamp/default/x");
    let written = |guard| store.put_if(&place, "1".into(), Condition::Absent, Some(guard));
    assert_eq!(written(before.guard()).await.unwrap(), None);
    assert!(written(again.guard()).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn of_many_candidates_one_leads_after_the_other() {
    let store = memory();
    let mut standing: futures::stream::FuturesUnordered<_> = (0..10)
        .map(|n| {
            let election = candidate(&store, &format!("candidate-{n}"));
            async move { election.campaign().await.unwrap() }
        })
        .collect();
    for term in 1..=10 {
        let leader = standing.next().await.unwrap();
        assert_eq!(leader.term(), term);
        assert!(
            timeout(3 * TTL, standing.next())
                .await
                .map_or(true, |next| next.is_none())
        );
        leader.resign().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_record_is_an_error_and_is_left_alone() {
    let store = memory();
    store
        .put(&key("/vamp/default/leader"), "me".into(), None)
        .await
        .unwrap();
    let error = candidate(&store, "a").campaign().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    let left = store.get(&key("/vamp/default/leader")).await.unwrap().unwrap();
    assert_eq!(left.value, "me");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_the_one_that_is_cut_off_writes_nothing_and_knows_it_first() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let relay = Relay::to(etcd.address(), Duration::ZERO).await.unwrap();
    let near: Arc<dyn KeyValueStore> = Arc::new(connect(&etcd.endpoint()).await);
    let far: Arc<dyn KeyValueStore> = Arc::new(connect(&format!("http://{}", relay.address())).await);
    let hand_over = |store: &Arc<dyn KeyValueStore>| {
        HandOver::new(Arc::clone(store), &key("/vamp/default"), "haproxy", "2.4").unwrap()
    };
    let publication = |text, leader: &vamp_kv::leadership::Leader| Publication {
        text,
        revision: 1,
        fencing: Some(leader.fencing()),
        shrink_meant: false,
    };
    let (far_side, near_side) = (hand_over(&far), hand_over(&near));
    let mut followed = hand_over(&near).watch();

    let cut_off = candidate(&far, "far").campaign().await.unwrap();
    far_side
        .publish(publication("frontend far\n", &cut_off))
        .await
        .unwrap();
    let told = followed.next().await.unwrap().unwrap();
    assert_eq!(told.text, "frontend far\n");

    relay.cut();
    let knows = async {
        cut_off.lost().await;
        Instant::now()
    };
    let leads = async {
        let leader = candidate(&near, "near").campaign().await.unwrap();
        (Instant::now(), leader)
    };
    let (knew, (led, leader)) = timeout(12 * TTL, futures::future::join(knows, leads))
        .await
        .unwrap();
    assert!(
        knew <= led,
        "it thought that it led {:?} after another did",
        knew - led
    );
    assert!(!cut_off.leads());
    assert_eq!(leader.term(), 2);
    near_side
        .publish(publication("frontend near\n", &leader))
        .await
        .unwrap();

    // Connected again, it is refused, whatever it believes.
    relay.mend();
    let end = Instant::now() + 6 * TTL;
    let refused = loop {
        let error = far_side
            .publish(publication("frontend stale\n", &cut_off))
            .await
            .unwrap_err();
        if !error.is_temporary() || Instant::now() > end {
            break error;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(refused.kind(), ErrorKind::Fenced, "{refused}");
    assert_eq!(
        near_side.current().await.unwrap().unwrap().text,
        "frontend near\n"
    );
    let told = followed.next().await.unwrap().unwrap();
    assert_eq!(told.text, "frontend near\n");
    // Nothing more comes: in particular nothing old.
    near_side
        .publish(publication("frontend last\n", &leader))
        .await
        .unwrap();
    assert_eq!(followed.next().await.unwrap().unwrap().text, "frontend last\n");
}

#[tokio::test(start_paused = true)]
async fn where_the_record_is_lost_terms_go_on_above_what_was_handed_over() {
    let store = memory();
    let hand_over = HandOver::new(Arc::clone(&store), &key("/vamp/default"), "haproxy", "2.4").unwrap();
    let place = key("/vamp/default/leader/haproxy/2.4");
    for term in 1..=3 {
        let server = format!("server-{term}");
        let leader = hand_over.election(&server, TTL).unwrap().campaign().await;
        let leader = leader.unwrap();
        assert_eq!(leader.term(), term);
        let publication = Publication {
            text: &format!("frontend {server}\n"),
            revision: term,
            fencing: Some(leader.fencing()),
            shrink_meant: false,
        };
        hand_over.publish(publication).await.unwrap();
        leader.resign().await.unwrap();
        store.delete(&place).await.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_comes_back_empty_lets_nobody_pass_who_led_before_and_counts_on() {
    if skip::without("etcd") {
        return;
    }
    let mut etcd = Etcd::start().await.unwrap();
    let store: Arc<dyn KeyValueStore> = Arc::new(connect(&etcd.endpoint()).await);
    let election = candidate(&store, "a");
    let before = election.campaign().await.unwrap();
    etcd.start_empty().await.unwrap();
    let limit = Duration::from_secs(20);
    let answers = || async { store.get(&key("/x")).await.is_ok() };
    vamp_testkit::wait::until(limit, answers).await.unwrap();

    // Revisions are counted anew: the record of another leader gets the one that the lost record had.
    let record = r#"{"format":1,"holder":"b","session":"b-1","term":7}"#;
    let place = key("/vamp/default/leader");
    loop {
        let version = store.put(&place, record.into(), None).await.unwrap();
        assert!(version.number() <= before.guard().version.number());
        if version == before.guard().version {
            break;
        }
    }
    let target = key("/vamp/default/target");
    let written = store
        .put_if(&target, "late".into(), Condition::Absent, Some(before.guard()))
        .await;
    assert_eq!(written.unwrap(), None, "a leader of before was let pass");

    // Nothing in the store tells of terms any more; whoever has seen them knows.
    assert_eq!(election.record().await.unwrap().unwrap().term, 7);
    store.delete(&place).await.unwrap();
    let again = timeout(limit, election.campaign()).await.unwrap().unwrap();
    assert_eq!(again.term(), 8);
    again.resign().await.unwrap();
    store.delete(&place).await.unwrap();
    let told = candidate(&store, "c");
    told.knows_of(41);
    let told = timeout(limit, told.campaign()).await.unwrap().unwrap();
    assert_eq!(told.term(), 42);
}

#[tokio::test]
async fn a_candidate_that_can_read_and_not_write_says_why_it_does_not_lead() {
    if skip::without("etcd") {
        return;
    }
    let etcd = Etcd::start().await.unwrap();
    let store: Arc<dyn KeyValueStore> = Arc::new(connect(&etcd.endpoint()).await);
    let mut admin = etcd_client::Client::connect([etcd.endpoint()], None)
        .await
        .unwrap();
    // As when its database has come to `--quota-backend-bytes`.
    admin
        .alarm(AlarmAction::Activate, AlarmType::Nospace, None)
        .await
        .unwrap();
    let election = candidate(&store, "a");
    assert_eq!(election.trouble(), None);
    let watched = election.clone();
    let standing = tokio::spawn(async move { election.campaign().await.unwrap() });
    let limit = Duration::from_secs(20);
    let trouble = vamp_testkit::wait::until_some(limit, || async { watched.trouble() })
        .await
        .unwrap();
    assert!(trouble.contains("database space exceeded"), "{trouble}");
    assert_eq!(watched.record().await.unwrap(), None);

    admin
        .alarm(AlarmAction::Deactivate, AlarmType::Nospace, None)
        .await
        .unwrap();
    let leader = timeout(limit, standing).await.unwrap().unwrap();
    assert!(leader.leads());
    assert_eq!(watched.trouble(), None);
}
