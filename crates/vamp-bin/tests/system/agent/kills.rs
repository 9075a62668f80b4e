//! The agent is killed, at any moment of a change, and started again.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::{extent, skip, wait};

use super::rig::{Rig, Wish, ask, tell};
use crate::support::{LIMIT, TestResult, kill, lacks};

/// The same moments in every run.
const SEED: u64 = 5;

/// From a change to the kill, at most.
const LATEST_KILL: Duration = Duration::from_millis(400);

/// From the start of the process to the kill, at most: by then it has taken its HAProxy over, or started it.
const LATEST_KILL_OF_A_START: Duration = Duration::from_millis(300);

/// From the start of the process to the newest configuration in the traffic; beside many other tests with some room.
fn converged_within() -> Duration {
    Duration::from_secs(extent::pick(5, 2))
}

/// What is in the state directory when no change is under way.
const KNOWN: [&str; 8] = [
    "agent.lock",
    "applied.json",
    "applying.json",
    "haproxy.cfg",
    "haproxy.json",
    "haproxy.log",
    "haproxy.log.1",
    "no-authority.pem",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_killed_at_any_moment_leaves_a_whole_file_and_converges_afterwards() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let mut rig = Rig::start().await?;
    let mut wish = Wish::default();
    rig.apply(wish).await?;
    let load = LoadClient::start(low_rate(&rig))?;
    let mut moments = SmallRng::seed_from_u64(SEED);
    let mut slowest = Duration::ZERO;
    for round in 0..extent::pick(15, 500) {
        if round % 2 == 0 {
            wish.side = Some(if wish.side == Some(0) { 1 } else { 0 });
        } else {
            wish.second = 100 - wish.second;
        }
        let moment = moments.random_range(0.0..=1.0_f64);
        // One in four as it takes its HAProxy over, with a change that was made before.
        let (began, delay) = if round % 4 == 3 {
            rig.vga.kill()?;
            rig.publish(wish).await?;
            rig.vga.begin()?;
            ("the start", LATEST_KILL_OF_A_START.mul_f64(moment))
        } else {
            rig.publish(wish).await?;
            // Half of them within the first eighth, in which most of a change is carried out.
            ("the change", LATEST_KILL.mul_f64(moment.powi(3)))
        };
        tokio::time::sleep(delay).await;
        rig.vga.kill()?;

        let context = format!("round {round}, killed {delay:?} after {began}");
        assert_accepted(&rig, &context)?;
        assert!(ask(rig.edge.address()).await.is_some(), "{context}");

        let started = Instant::now();
        rig.vga.start_again().await?;
        let state = &rig;
        let live = wait::until(LIMIT, || state.serves(wish)).await;
        let took = started.elapsed();
        live.map_err(|error| format!("{context}: {error}"))?;
        assert!(
            took <= converged_within(),
            "{context}: live {took:?} after the start"
        );
        slowest = slowest.max(took);
    }
    rig.until_complete().await?;
    let seen = load.stop().await;
    tell(&format!("slowest {slowest:?}, {:?}, {seen}", seen.elapsed));
    assert_eq!(seen.lost(), 0, "{seen}");
    assert_eq!(unknown_files(&rig)?, BTreeSet::new(), "files that nobody removes");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_killed_as_it_starts_haproxy_leaves_a_whole_file_and_one_haproxy() -> TestResult {
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let mut rig = Rig::start().await?;
    let mut wish = Wish::default();
    rig.apply(wish).await?;
    let mut moments = SmallRng::seed_from_u64(SEED);
    let (mut before, mut after, mut unrecorded) = (0, 0, 0);
    for round in 0..extent::pick(8, 125) {
        wish.side = Some(if wish.side == Some(0) { 1 } else { 0 });
        wish.second = 100 - wish.second;
        rig.vga.kill()?;
        let haproxy = rig.vga.haproxy().ok_or("no HAProxy")?;
        kill(haproxy);
        wait::until(LIMIT, || async { rig.vga.haproxies().is_empty() }).await?;
        rig.publish(wish).await?;
        rig.vga.begin()?;
        let begun = Instant::now();
        if round % 2 == 0 {
            // As soon as there is a HAProxy, which is not recorded by then.
            while rig.vga.haproxies().is_empty() {
                assert!(begun.elapsed() <= LIMIT, "no HAProxy is started");
                tokio::task::yield_now().await;
            }
        } else {
            // Many within the first milliseconds, in which HAProxy is started.
            let moment = moments.random_range(0.0..=1.0_f64).powi(3);
            tokio::time::sleep(LATEST_KILL_OF_A_START.mul_f64(moment)).await;
        }
        rig.vga.kill()?;
        let delay = begun.elapsed();
        let started = rig.vga.haproxies();
        if started.is_empty() {
            before += 1;
        } else {
            after += 1;
            unrecorded += u32::from(recorded(&rig).is_none_or(|pid| !started.contains(&pid)));
        }

        let context = format!("round {round}, killed {delay:?} after the start");
        assert_accepted(&rig, &context)?;
        let started = Instant::now();
        rig.vga.start_again().await?;
        let state = &rig;
        let live = wait::until(LIMIT, || state.serves(wish)).await;
        let took = started.elapsed();
        assert!(
            live.is_ok() && took <= converged_within(),
            "{context}: live {took:?} after the start\n{}",
            rig.vga.log_tail()
        );
        rig.until_complete().await?;
        let masters = rig.vga.haproxies();
        let known = rig.vga.haproxy().ok_or("no HAProxy")?;
        assert_eq!(masters, BTreeSet::from([known]), "{context}");
    }
    tell(&format!(
        "{before} killed before HAProxy ran, {after} afterwards, {unrecorded} of them before it was recorded"
    ));
    assert!(
        after > 0 && (before > 0 && unrecorded > 0 || !extent::is_soak()),
        "moments on both sides of the start"
    );
    assert_eq!(unknown_files(&rig)?, BTreeSet::new(), "files that nobody removes");
    Ok(())
}

/// The HAProxy of the agent's record, which may have ended.
fn recorded(rig: &Rig) -> Option<u32> {
    let record = std::fs::read(rig.vga.state_directory().join("haproxy.json")).ok()?;
    let record: serde_json::Value = serde_json::from_slice(&record).ok()?;
    u32::try_from(record["pid"].as_u64()?).ok()
}

fn low_rate(rig: &Rig) -> LoadOptions {
    let mut options = LoadOptions::new(rig.edge.address());
    options.rate = 50.0;
    (options.fresh, options.busy, options.idle) = (4, 2, 8);
    options
}

/// Fails the test unless HAProxy accepts the configuration on the disk.
fn assert_accepted(rig: &Rig, context: &str) -> TestResult {
    let file = rig.vga.state_directory().join("haproxy.cfg");
    let said = Command::new(skip::find("haproxy")?)
        .arg("-c")
        .arg("-f")
        .arg(file)
        .output()?;
    assert!(said.status.success(), "{context}: {said:?}");
    Ok(())
}

/// What is in the state directory and should not be.
fn unknown_files(rig: &Rig) -> TestResult<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(rig.vga.state_directory())? {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| !KNOWN.contains(&name.as_str()));
    Ok(names)
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_away_the_last_configuration_is_served_half_a_second_after_the_start() -> TestResult
{
    // Beside many other tests with some room.
    let served_within = Duration::from_millis(extent::pick(2_000, 500));
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let mut rig = Rig::start().await?;
    let wish = Wish {
        second: 100,
        side: Some(0),
    };
    rig.apply(wish).await?;
    rig.etcd.stop().await?;
    for round in 0..extent::pick(3, 20) {
        rig.vga.kill()?;
        let haproxy = rig.vga.haproxy().ok_or("no HAProxy")?;
        kill(haproxy);
        let edge = rig.edge.address();
        wait::until(LIMIT, || async move {
            !wait::is_running(haproxy) && tokio::net::TcpStream::connect(edge).await.is_err()
        })
        .await?;

        let started = Instant::now();
        rig.vga.start_again().await?;
        wait::until(LIMIT, || async move { ask(edge).await.is_some() }).await?;
        let took = started.elapsed();
        tell(&format!("round {round}: {took:?}"));
        assert!(took <= served_within, "round {round}: {took:?}");
        assert!(rig.serves(wish).await, "round {round}");
    }
    Ok(())
}
