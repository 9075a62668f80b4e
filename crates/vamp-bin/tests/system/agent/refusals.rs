//! Bad configurations between good ones.

use serde_json::Value;
use vamp_testkit::load::{LoadClient, LoadOptions};
use vamp_testkit::{extent, wait};

use super::rig::{Rig, VERSIONS, Wish, tell};
use crate::support::{LIMIT, TestResult, lacks, until_counted};

#[tokio::test(flavor = "multi_thread")]
async fn between_bad_configurations_the_good_ones_run_and_each_bad_one_is_told_with_its_reason() -> TestResult
{
    if lacks(&["haproxy", "etcd"]) {
        return Ok(());
    }
    let rig = Rig::start().await?;
    let mut wish = Wish::default();
    rig.apply(wish).await?;
    let load = LoadClient::start(LoadOptions::new(rig.edge.address()))?;
    for round in 0..extent::pick(10, 100) {
        let (bad, expected) = spoiled(&led_astray(&rig, wish)?, round);
        let hash = rig.publish_text(&bad).await?;
        let status = rig
            .until_status(|status| status["agent"]["failure"]["hash"] == hash.as_str())
            .await?;
        let failure = &status["agent"]["failure"];
        assert_eq!(failure["kind"], "refused", "{failure}");
        let message = failure["message"].as_str().unwrap_or_default();
        let place = format!("haproxy.cfg:{}", lines_before(&rig, wish)? + expected.line);
        assert!(
            message.contains(expected.words) && message.contains(&place),
            "round {round}, expected {} at {place}: {message}",
            expected.words
        );
        assert!(rig.serves(wish).await, "round {round}: what ran goes on");
        until_counted(&load, 50).await?;

        // Each second good one takes a reload, the others do not.
        wish = Wish {
            second: 100 - wish.second,
            side: (round % 4 < 2).then_some(0),
        };
        rig.apply(wish).await?;
        // The worker of before may still take a connection.
        wait::until(LIMIT, || rig.serves(wish)).await?;
        let status = rig.status().await.unwrap_or(Value::Null);
        assert_eq!(status["last_failure"]["hash"], hash.as_str(), "it stays told");
    }
    let seen = load.stop().await;
    tell(&format!("{:?} {seen}", seen.elapsed));
    assert_eq!(seen.lost(), 0, "{seen}");
    assert_eq!(
        seen.answered_by(VERSIONS[2]),
        0,
        "no bad one was ever served: {seen}"
    );
    Ok(())
}

/// The text with all traffic going to a service that no good configuration leads to: a bad one that is served would be seen.
fn led_astray(rig: &Rig, wish: Wish) -> TestResult<String> {
    let [first, second, astray] =
        [0, 1, 2].map(|number: usize| rig.services[number].port.address().to_string());
    Ok(rig.text(wish)?.replace(&first, &astray).replace(&second, &astray))
}

/// What HAProxy has to say of a bad text.
struct Expected {
    words: &'static str,
    /// The line of the text that it complains about.
    line: usize,
}

/// The text with one of several mistakes at its end.
fn spoiled(text: &str, round: usize) -> (String, Expected) {
    let (section, words) = [
        ("  banana 7", "unknown keyword 'banana'"),
        ("  server one 127.0.0.1:99999", "invalid port"),
        ("  timeout server soon", "unexpected character 's'"),
    ][round % 3];
    let bad = format!("{text}backend broken-{round}\n{section}\n");
    let line = bad.lines().count();
    (bad, Expected { words, line })
}

/// How many lines of the configuration on disk come before what the store has.
fn lines_before(rig: &Rig, wish: Wish) -> TestResult<usize> {
    let whole = rig.vga.configuration();
    let value = rig.text(wish)?;
    let base = whole
        .strip_suffix(&value)
        .ok_or("the good text is not on the disk")?;
    Ok(base.lines().count())
}
