//! The text for people and agents of old, which is written when agents have theirs.

use std::time::Duration;

use vamp_drivers::simulated::SimulatedOptions;
use vamp_kv::KeyValueStore as _;

use crate::support::Rig;

const GATEWAY: &str =
    "name: edge\nport: 8080/http\nroutes:\n  \"[h:81]\": {weight: 50%}\n  \"[h:82]\": {weight: 50%}\n";

/// What people and agents of old read.
async fn plain(rig: &Rig) -> String {
    let key = "/vamp/default/gateways/haproxy/2.4/configuration"
        .parse()
        .unwrap();
    let entry = rig.key_value.get(&key).await.unwrap();
    entry.map_or_else(String::new, |entry| {
        String::from_utf8(entry.value.to_vec()).unwrap()
    })
}

/// What agents have.
async fn handed_over(rig: &Rig) -> String {
    rig.hand_over().current().await.unwrap().unwrap().text
}

async fn share(rig: &Rig, first: u8) {
    rig.weigh("edge", &[("[h:81]", first), ("[h:82]", 100 - first)])
        .await
        .unwrap();
    rig.settle().await;
}

async fn with_a_gateway() -> Rig {
    let rig = Rig::with(SimulatedOptions::default()).await;
    rig.create(GATEWAY).await.unwrap();
    rig.settle().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    rig
}

#[tokio::test(start_paused = true)]
async fn it_follows_a_moment_later_and_in_time_although_change_follows_change() {
    let rig = with_a_gateway().await;
    let before = plain(&rig).await;
    share(&rig, 10).await;
    assert_eq!(plain(&rig).await, before, "agents come first");
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(plain(&rig).await, handed_over(&rig).await);

    let (mut texts, mut last) = (0, plain(&rig).await);
    for first in 0..60 {
        share(&rig, first).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = plain(&rig).await;
        texts += usize::from(now != last);
        last = now;
    }
    // 60 changes in a little more than 3 s.
    assert!((2..=6).contains(&texts), "{texts} texts were written");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_engine_completes_it() {
    let mut rig = with_a_gateway().await;
    let before = plain(&rig).await;
    share(&rig, 10).await;
    let engine = rig.engine().clone();
    rig.crash();
    assert_eq!(plain(&rig).await, before);
    engine.stop().await;
    assert_eq!(plain(&rig).await, handed_over(&rig).await);
    assert!(!plain(&rig).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_take_it_is_a_failure_until_it_does() {
    let rig = with_a_gateway().await;
    share(&rig, 10).await;
    rig.key_value.set_away(true);
    rig.wait("the failure is told", async || {
        rig.engine().publication().failure.is_some()
    })
    .await;
    rig.key_value.set_away(false);
    rig.wait("it is mended", async || {
        rig.engine().publication().failure.is_none()
    })
    .await;
    assert_eq!(plain(&rig).await, handed_over(&rig).await);
}
