//! HAProxy ends without having been told to: it comes back, and ever more rarely where it keeps ending.

use std::time::{Duration, Instant};

use serde_json::Value;
use vamp_testkit::servers::worker_of_master;
use vamp_testkit::{extent, wait};

use super::rig::{Rig, Wish, tell};
use crate::support::{LIMIT, TestResult, kill, lacks};

/// From the end of HAProxy to its next answers; beside many other tests with some room.
fn back_within() -> Duration {
    Duration::from_secs(extent::pick(3, 1))
}

const WISH: Wish = Wish {
    second: 100,
    side: Some(0),
};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_master_or_worker_is_back_within_a_second() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    for victim in ["master", "worker"] {
        let rig = Rig::start().await?;
        rig.apply(WISH).await?;
        rig.until_complete().await?;
        let master = rig.vga.haproxy().ok_or("no HAProxy")?;
        let worker = worker_of_master(&rig.vga.master_socket())
            .await
            .ok_or("no worker")?;
        let killed = Instant::now();
        kill(if victim == "master" { master } else { worker });
        // Workers of a killed master may answer for a moment: they are not meant.
        let back = wait::until(LIMIT, || async {
            let is_another = rig.vga.haproxy().is_some_and(|pid| pid != master);
            is_another && !wait::is_running(worker) && rig.serves(WISH).await
        });
        back.await?;
        let took = killed.elapsed();
        tell(&format!("{victim} back after {took:?}"));
        assert!(took <= back_within(), "{victim}: back after {took:?}");
    }
    Ok(())
}

/// A worker may end as soon as it begins, while the agent still asks the master about it.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_ends_right_after_a_reload_is_back_within_a_second() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    // One end each: where HAProxy keeps ending, it is not started again at once.
    for round in 0..extent::pick(3, 40) {
        let rig = Rig::start().await?;
        rig.apply(Wish::default()).await?;
        let before = worker_of_master(&rig.vga.master_socket()).await;
        rig.publish(WISH).await?;
        let worker = wait::until_some(LIMIT, || async {
            let worker = worker_of_master(&rig.vga.master_socket()).await;
            worker.filter(|_| worker != before)
        })
        .await?;
        let killed = Instant::now();
        kill(worker);
        wait::until(LIMIT, || async {
            !wait::is_running(worker) && rig.serves(WISH).await
        })
        .await?;
        let took = killed.elapsed();
        assert!(took <= back_within(), "round {round}: back after {took:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_haproxy_that_keeps_ending_is_started_ever_more_rarely_and_that_is_told() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let rig = Rig::start().await?;
    rig.apply(WISH).await?;
    let (seconds, most) = extent::pick((10, 16), (30, 32));

    // Each HAProxy is killed as soon as the agent knows that it runs, for so many seconds.
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut starts = 0_u64;
    let mut told = Value::Null;
    while Instant::now() < end {
        let left = end.saturating_duration_since(Instant::now());
        let running = wait::until_some(left, || async {
            let status = rig.status().await?;
            let master = status["agent"]["haproxy"]["master_pid"].as_u64()?;
            u32::try_from(master)
                .ok()
                .filter(|master| wait::is_running(*master))
        });
        // None until the end: it waits for the next try.
        let Ok(master) = running.await else {
            break;
        };
        kill(master);
        starts += 1;
        let status = rig
            .until_status(|status| status["agent"]["haproxy"]["restarts"] == starts)
            .await?;
        told = status["agent"]["failure"].clone();
    }
    tell(&format!("{starts} starts in {seconds} s; {told}"));
    // Tries that follow each other at once take far less than a tenth of a second each.
    assert!((3..=most).contains(&starts), "{starts} starts in {seconds} s");

    let reason = told["message"].as_str().unwrap_or_default();
    assert!(reason.contains("ends again and again"), "{told}");

    // It is tried again all the same, and serves what it served.
    wait::until(LIMIT, || rig.serves(WISH)).await?;
    Ok(())
}
