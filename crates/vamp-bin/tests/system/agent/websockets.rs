//! Websockets keep old workers alive, and reloads wait for them.

use std::time::Instant;

use vamp_testkit::load::{LoadClient, LoadOptions};

use super::rig::{Rig, Wish, ask, tell};
use crate::support::{LIMIT, TestResult, lacks, until_counted};

/// So many old workers may live beside the one that takes connections; then reloads wait.
const OLD_WORKERS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_waits_for_old_workers_and_cuts_no_websocket() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let rig = Rig::start().await?;
    let mut wish = Wish::default();
    rig.apply(wish).await?;
    // Connections that are kept would have workers live on for a while, too.
    let mut fresh = LoadOptions::new(rig.edge.address());
    (fresh.rate, fresh.busy, fresh.idle) = (200.0, 0, 0);
    let requests = LoadClient::start(fresh)?;

    // A websocket for each worker. One that is opened just after a reload may still get to the worker of before.
    let began = Instant::now();
    let mut websockets = Vec::new();
    loop {
        while rig.old_workers().await? < OLD_WORKERS {
            assert!(began.elapsed() < LIMIT, "{} websockets", websockets.len());
            let websocket = LoadClient::start(one_websocket(&rig))?;
            until_counted(&websocket, 1).await?;
            websockets.push(websocket);
            wish.side = Some(if wish.side == Some(0) { 1 } else { 0 });
            rig.apply(wish).await?;
        }
        // One that has none left may just have been ending.
        until_counted(&websockets[0], 10).await?;
        if rig.old_workers().await? == OLD_WORKERS {
            break;
        }
    }
    wish.side = Some(2);
    let hash = rig.publish(wish).await?;
    // Some seconds, in which a reload would have come.
    until_counted(&websockets[0], 40).await?;
    assert_eq!(rig.old_workers().await?, OLD_WORKERS);
    assert_eq!(ask(rig.sides[2].address()).await, None, "the reload waits");

    // A worker ends with the last of its websockets; the first ones may share one.
    let mut ended = Vec::new();
    for websocket in websockets.drain(..3) {
        ended.push(websocket.stop().await);
    }
    rig.until_applied(&hash).await?;
    assert!(
        rig.serves(wish).await,
        "what waited is served once a worker has ended"
    );
    for websocket in websockets {
        until_counted(&websocket, 1).await?;
        ended.push(websocket.stop().await);
    }
    for seen in &ended {
        assert_eq!(seen.lost(), 0, "{seen}");
        assert_eq!(seen.connections, 1, "{seen}");
    }
    let seen = requests.stop().await;
    assert_eq!(seen.lost(), 0, "{seen}");
    tell(&format!("{} websockets, {:?}; {seen}", ended.len(), seen.elapsed));
    Ok(())
}

fn one_websocket(rig: &Rig) -> LoadOptions {
    let mut options = LoadOptions::new(rig.edge.address());
    (options.fresh, options.busy, options.idle) = (0, 0, 0);
    options.websockets = 1;
    options
}
