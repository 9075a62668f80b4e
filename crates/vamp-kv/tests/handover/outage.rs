//! The hand-over while the store is away.

use std::time::Duration;

use futures::StreamExt as _;
use vamp_kv::ErrorKind;

use crate::place::Place;

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn after_an_outage_of_etcd_the_newest_is_told_and_nothing_twice() {
    let Some(mut place) = Place::etcd().await else {
        return;
    };
    let mut watch = place.hand_over.watch();
    place.publish("frontend 0\n").await;
    assert_eq!(watch.next().await.unwrap().unwrap().text, "frontend 0\n");
    for round in 1..4 {
        let etcd = place.etcd.as_mut().unwrap();
        etcd.kill().unwrap();
        let error = tokio::time::timeout(SOON, watch.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let asked = place.hand_over.current().await.unwrap_err();
        assert_eq!(asked.kind(), ErrorKind::Unavailable, "away is not empty");
        etcd.start_again().await.unwrap();
        let text = format!("frontend {round}\n");
        let published = vamp_testkit::wait::until(SOON, || async {
            place
                .hand_over
                .publish(crate::place::publication(&text))
                .await
                .is_ok()
        });
        published.await.unwrap();
        let received = loop {
            match tokio::time::timeout(SOON, watch.next()).await.unwrap().unwrap() {
                Ok(received) => break received,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable),
            }
        };
        assert_eq!(
            received.text, text,
            "what was told before the outage is told again"
        );
    }
}
