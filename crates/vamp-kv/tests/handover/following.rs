//! The agent's side.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use vamp_kv::handover::{HandedOver, Publication, Received};
use vamp_kv::{KeyValueStore as _, Result};

use crate::place::{MANIFEST, PLAIN, Place, key, noise, publication};

const SOON: Duration = Duration::from_secs(20);

async fn next(watch: &mut BoxStream<'static, Result<Received>>) -> Received {
    let next = tokio::time::timeout(SOON, watch.next())
        .await
        .expect("nothing is told");
    next.expect("the watch ended").unwrap()
}

async fn until(watch: &mut BoxStream<'static, Result<Received>>, text: &str) {
    while next(watch).await.text != text {}
}

#[tokio::test]
async fn each_change_is_told_and_the_same_text_only_once() {
    for place in Place::each().await {
        let mut watch = place.hand_over.watch();
        for text in [
            "frontend 1\n".to_owned(),
            noise(1, 700_000),
            "frontend 1\n".to_owned(),
        ] {
            let published = place.publish(&text).await;
            place.publish(&text).await;
            let received = next(&mut watch).await;
            assert_eq!((received.text, received.hash), (text, published.hash));
        }
    }
}

#[tokio::test]
async fn an_agent_that_comes_later_or_is_slow_gets_the_newest() {
    for place in Place::each().await {
        let mut slow = place.hand_over.watch();
        place.publish("frontend first\n").await;
        until(&mut slow, "frontend first\n").await;
        for n in 0..50 {
            place.publish(&format!("frontend {n}\n")).await;
        }
        let late = next(&mut place.hand_over.watch()).await;
        assert_eq!(late.text, "frontend 49\n");
        until(&mut slow, "frontend 49\n").await;
        place.publish("frontend last\n").await;
        assert_eq!(
            next(&mut slow).await.text,
            "frontend last\n",
            "something old after something new"
        );
    }
}

#[tokio::test]
async fn only_what_is_new_is_read_and_the_plain_text_is_left_to_others() {
    for place in Place::each().await {
        let agent = place.counting_again();
        let mut watch = agent.hand_over.watch();
        let begin = noise(1, 800_000);
        place.publish(&begin).await;
        until(&mut watch, &begin).await;
        agent.store.reads();
        let text = format!("{begin}frontend at the end\n");
        let before = place.parts().await;
        place.publish(&text).await;
        assert_eq!(next(&mut watch).await.text, text);
        let new = place
            .parts()
            .await
            .iter()
            .filter(|part| !before.contains(part))
            .count();
        assert_eq!(agent.store.reads(), new, "a piece that was known is read again");
        let told = agent.store.told();
        assert!(
            told.last() == Some(&key(MANIFEST)) && !told.contains(&key(PLAIN)),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_plain_text_alone_is_told_and_a_manifest_goes_before_it() {
    for place in Place::each().await {
        let mut watch = place.hand_over.watch();
        place.store.put(&key(PLAIN), "".into(), None).await.unwrap();
        place
            .store
            .put(&key(PLAIN), "frontend of a server of old\n".into(), None)
            .await
            .unwrap();
        assert_eq!(next(&mut watch).await.text, "frontend of a server of old\n");
        place.publish("frontend of a server of today\n").await;
        assert_eq!(next(&mut watch).await.text, "frontend of a server of today\n");
        place
            .store
            .put(&key(PLAIN), "frontend by hand\n".into(), None)
            .await
            .unwrap();
        place.publish("frontend next\n").await;
        assert_eq!(
            next(&mut watch).await.text,
            "frontend next\n",
            "beside a manifest the plain text does not count"
        );
    }
}

#[tokio::test]
async fn what_is_deleted_or_empty_is_not_told() {
    for place in Place::each().await {
        let mut watch = place.hand_over.watch();
        place.publish("frontend x\n").await;
        next(&mut watch).await;
        place.store.delete(&key(PLAIN)).await.unwrap();
        place.store.delete(&key(MANIFEST)).await.unwrap();
        place.publish("").await;
        place.store.delete(&key(MANIFEST)).await.unwrap();
        place.publish("frontend y\n").await;
        assert_eq!(next(&mut watch).await.text, "frontend y\n");
    }
}

#[tokio::test]
async fn whoever_wants_to_know_is_told_of_what_is_deleted_or_empty_once() {
    for place in Place::each().await {
        let mut watch = place.hand_over.watch_all();
        let mut told = async || {
            let found = tokio::time::timeout(SOON, watch.next()).await.unwrap();
            found.unwrap().unwrap()
        };
        assert_eq!(told().await, HandedOver::Absent);
        let hash = place.publish("frontend x\n").await.hash;
        assert!(matches!(told().await, HandedOver::Text(received) if received.hash == hash));
        place.publish("").await;
        assert!(matches!(told().await, HandedOver::Empty { revision: 7, .. }));
        place.publish("frontend x\n").await;
        assert!(matches!(told().await, HandedOver::Again(received) if received.hash == hash));
        place.store.delete(&key(PLAIN)).await.unwrap();
        place.store.delete(&key(MANIFEST)).await.unwrap();
        assert_eq!(told().await, HandedOver::Absent);
        let hash = place.publish("frontend y\n").await.hash;
        assert!(matches!(told().await, HandedOver::Text(received) if received.hash == hash));
    }
}

#[tokio::test]
async fn a_piece_that_is_missing_or_damaged_is_waited_for() {
    for place in Place::each().await {
        for damage in [None, Some("damaged")] {
            let text = noise(1, 600_000);
            place.publish(&text).await;
            let piece = place.parts().await.pop().unwrap();
            let stored = place.store.get(&piece).await.unwrap().unwrap().value;
            match damage {
                Some(damage) => drop(place.store.put(&piece, damage.into(), None).await.unwrap()),
                None => drop(place.store.delete(&piece).await.unwrap()),
            }
            let mut watch = place.hand_over.watch();
            let error = tokio::time::timeout(SOON, watch.next())
                .await
                .unwrap()
                .unwrap()
                .unwrap_err();
            assert!(
                error.is_temporary() && error.to_string().contains(piece.name()),
                "{error}"
            );
            place.store.put(&piece, stored, None).await.unwrap();
            let received = loop {
                match tokio::time::timeout(SOON, watch.next()).await.unwrap().unwrap() {
                    Ok(received) => break received,
                    Err(error) => assert!(error.is_temporary(), "{error}"),
                }
            };
            assert_eq!(received.text, text);
        }
    }
}

#[tokio::test]
async fn a_shrink_that_is_meant_is_marked_for_a_reader_who_missed_the_step_before_it() {
    for place in Place::each().await {
        let mut watch = place.hand_over.watch();
        let first = place.publish("large, first\n").await.hash;
        assert!(next(&mut watch).await.shrink_meant_from.is_empty());
        // Not read meanwhile: the reader goes from the first to the last.
        place.publish("large, second\n").await;
        place
            .hand_over
            .publish(Publication {
                shrink_meant: true,
                ..publication("small\n")
            })
            .await
            .unwrap();
        place.publish("small, next\n").await;
        let mut told = first;
        loop {
            let received = next(&mut watch).await;
            if received.text.starts_with("small") {
                let meant_from = received.shrink_meant_from;
                assert!(
                    meant_from.contains(&told),
                    "{meant_from:?} at {:?}",
                    received.text
                );
                // Nor does it matter whether this reader was there before.
                assert_eq!(
                    place
                        .hand_over
                        .current()
                        .await
                        .unwrap()
                        .unwrap()
                        .shrink_meant_from,
                    meant_from
                );
                break;
            }
            told = received.hash;
        }
    }
}

#[tokio::test]
async fn a_shrink_that_becomes_meant_later_is_told_again() {
    for place in Place::each().await {
        let mut watch = place.hand_over.watch();
        let large = place.publish("large\n").await.hash;
        next(&mut watch).await;
        place.publish("small\n").await;
        assert!(next(&mut watch).await.shrink_meant_from.is_empty());
        let meant = Publication {
            shrink_meant: true,
            ..publication("small\n")
        };
        assert!(place.hand_over.publish(meant.clone()).await.unwrap().changed);
        let again = next(&mut watch).await;
        assert_eq!(
            (again.text.as_str(), again.shrink_meant_from),
            ("small\n", vec![large])
        );
        place.store.writes();
        assert!(!place.hand_over.publish(meant).await.unwrap().changed);
        assert_eq!(place.store.writes(), 0);
    }
}
