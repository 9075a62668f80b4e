//! Many changes, and the traffic meanwhile.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::MissedTickBehavior;
use vamp_testkit::load::{ConnectionKind, LoadClient, LoadOptions, Snapshot, Thinking};
use vamp_testkit::{extent, wait};

use super::rig::{Rig, Wish, ask, tell};
use crate::support::{TestResult, lacks, until_counted};

/// So many changes in so many seconds; each third of them takes a reload.
fn changes() -> (u32, u64) {
    extent::pick((20, 6), (200, 60))
}

#[tokio::test(flavor = "multi_thread")]
async fn many_changes_lose_no_request_and_cut_no_websocket() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let changed = change_under_load(true).await?;
    assert_eq!(changed.seen.lost(), 0, "{}", changed.seen);
    let echoes = changed.seen.sent.get(&ConnectionKind::Websocket);
    assert!(echoes.is_some_and(|echoes| *echoes >= 100), "{}", changed.seen);
    Ok(())
}

/// Without `option idle-close-on-response`, the same client sees in the same changes that requests are lost.
#[tokio::test(flavor = "multi_thread")]
async fn the_client_would_see_what_many_changes_lose() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let changed = change_under_load(false).await?;
    let expected = extent::pick(10, 100);
    assert!(
        changed.seen.lost() > expected,
        "{} reloads lost only {}",
        changed.reloads,
        changed.seen
    );
    Ok(())
}

/// What the client saw, and how often HAProxy was reloaded.
struct Changed {
    seen: Snapshot,
    reloads: u64,
}

async fn change_under_load(idle_close_on_response: bool) -> TestResult<Changed> {
    let (changes, seconds) = changes();
    let rig = Rig::start_with(idle_close_on_response).await?;
    let mut wish = Wish::default();
    rig.apply(wish).await?;
    let load = LoadClient::start(clients(&rig))?;
    let before = rig.reloads().await?;

    // The pace is what is promised about; nothing is waited for by it.
    let mut pace = tokio::time::interval(Duration::from_secs(seconds) / changes);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut last = String::new();
    for change in 0..changes {
        pace.tick().await;
        if change % 3 == 2 {
            wish.side = match wish.side {
                None => Some(0),
                Some(_) => None,
            };
        } else {
            wish.second = u8::try_from(change * 37 % 101)?;
        }
        last = rig.publish(wish).await?;
    }
    rig.until_applied(&last).await?;
    let reloads = rig.reloads().await? - before;
    // Some come so close together that one reload does for two, on a machine under load.
    assert!(reloads >= u64::from(changes) / 6, "only {reloads} reloads");
    let seen = load.stop().await;
    assert!(seen.answered() > 0, "{seen}");
    tell(&format!(
        "idle-close={idle_close_on_response}: {changes} changes, {reloads} reloads, {:?}; {seen}",
        seen.elapsed
    ));
    Ok(Changed { seen, reloads })
}

/// 64 clients that keep their connections, 32 that do not, 8 websockets.
fn clients(rig: &Rig) -> LoadOptions {
    let mut options = LoadOptions::new(rig.edge.address());
    options.fresh = 32;
    options.rate = 200.0;
    (options.busy, options.idle) = (0, 0);
    // Those that do not think take as much of the machine as they get, on which other tests run.
    options.thinking = extent::pick([(2, 0), (30, 50), (32, 500)], [(8, 0), (24, 50), (32, 500)])
        .map(|(connections, think)| Thinking {
            connections,
            time: Duration::from_millis(think),
        })
        .to_vec();
    options.websockets = 8;
    options.most_requests = u64::MAX;
    options
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_changes_in_a_second_take_three_reloads_and_the_last_is_live_within_a_second() -> TestResult
{
    const MOST: usize = 1_000;
    const AT_ONCE: usize = 32;
    const BURST: Duration = Duration::from_secs(1);
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let rig = Rig::start().await?;
    rig.apply(Wish::default()).await?;
    let mut options = LoadOptions::new(rig.edge.address());
    options.rate = 200.0;
    let load = LoadClient::start(options)?;
    let side = |number| Wish {
        second: 0,
        side: Some(number),
    };
    let mut manifests = Vec::new();
    for number in [1, 0] {
        rig.apply(side(number)).await?;
        manifests.push(rig.manifest().await?);
    }
    let last = rig.text(side(2))?;
    // So many requests take longer than HAProxy is left alone after a reload: the first change may be reloaded at once.
    until_counted(&load, 250).await?;
    let before = rig.reloads().await?;

    let began = Instant::now();
    let changes = (1..MOST).take_while(|_| began.elapsed() < BURST);
    let puts = changes.map(|change| rig.put_manifest(manifests[change % 2].clone()));
    let done: Vec<()> = stream::iter(puts).buffered(AT_ONCE).try_collect().await?;
    let hash = rig.publish_text(&last).await?;
    let put = Instant::now();
    let (count, burst) = (done.len() + 1, put - began);
    // Only the last configuration has a gateway on this port. Beside many other tests there is some room.
    let port = rig.sides[2].address();
    let live_within = Duration::from_secs(extent::pick(3, 1));
    wait::until(live_within, || async move { ask(port).await.is_some() }).await?;
    let live_after = put.elapsed();
    rig.until_applied(&hash).await?;
    let reloads = rig.reloads().await? - before;
    tell(&format!(
        "{count} changes in {burst:?}, {reloads} reloads, live after {live_after:?}"
    ));
    assert!(
        count >= extent::pick(50, MOST),
        "only {count} changes in {burst:?}"
    );
    assert!(
        (1..=3).contains(&reloads),
        "{reloads} reloads for {count} changes"
    );

    let old_workers_end = Duration::from_secs(30);
    wait::until(old_workers_end, || async {
        rig.old_workers().await.is_ok_and(|old_workers| old_workers <= 2)
    })
    .await?;
    let seen = load.stop().await;
    tell(&format!("{:?}, {seen}", put.elapsed()));
    assert_eq!(seen.lost(), 0, "{seen}");
    Ok(())
}
