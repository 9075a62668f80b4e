//! The server's side.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use vamp_kv::handover::{HandOver, Publication};
use vamp_kv::leadership::Fencing;
use vamp_kv::memory::MemoryStore;
use vamp_kv::wrap::{Fault, Faulty};
use vamp_kv::{ErrorKind, Guard, KeyValueStore as _};

use crate::place::{MANIFEST, PLAIN, Place, key, noise, publication};

#[tokio::test]
async fn a_text_of_any_size_arrives_as_it_was_published() {
    for place in Place::each().await {
        for text in ["frontend x\n".to_owned(), noise(1, 300_000), noise(2, 4_000_000)] {
            let published = place.publish(&text).await;
            assert!(published.changed);
            let current = place.hand_over.current().await.unwrap().unwrap();
            assert_eq!(current.text, text);
            assert_eq!((current.hash, current.revision), (published.hash, 7));
        }
    }
}

#[tokio::test]
async fn the_plain_text_stands_beside_it_while_it_fits() {
    for place in Place::each().await {
        place.publish("frontend x\n").await;
        // S02-092: the text stands in `configuration` below the type and name of the marshaller, under the base path.
        // S06-065: the slash at the end of the base path has changed nothing of it.
        let plain = place.store.get(&key(PLAIN)).await.unwrap().unwrap();
        assert_eq!(plain.value, "frontend x\n");

        let large = noise(1, 2_000_000);
        place.publish(&large).await;
        let plain = place.store.get(&key(PLAIN)).await.unwrap();
        match place.store.capabilities().max_value {
            Some(_) => assert!(plain.is_none(), "an outdated text would mislead"),
            None => assert_eq!(plain.unwrap().value, large.as_bytes()),
        }

        place.publish("frontend y\n").await;
        assert_eq!(
            place.store.get(&key(PLAIN)).await.unwrap().unwrap().value,
            "frontend y\n"
        );
    }
}

#[tokio::test]
async fn the_value_of_the_plain_text_stands_where_agents_of_old_look_in_etcd() {
    let Some(place) = Place::etcd().await else { return };
    place.publish("frontend x\n").await;
    let mut other = etcd_client::Client::connect([place.etcd.as_ref().unwrap().endpoint()], None)
        .await
        .unwrap();
    let answer = other.get(format!("{PLAIN}/value"), None).await.unwrap();
    // S02-093: etcd has the text below the key, at `value`.
    assert_eq!(answer.kvs().first().unwrap().value(), b"frontend x\n");
}

#[tokio::test]
async fn the_same_text_again_writes_nothing() {
    for place in Place::each().await {
        for text in ["frontend x\n".to_owned(), noise(1, 2_000_000)] {
            place.publish("frontend before\n").await;
            let first = place.publish(&text).await;
            place.store.writes();
            for revision in [7, 8] {
                let again = place
                    .hand_over
                    .publish(Publication {
                        revision,
                        ..publication(&text)
                    })
                    .await
                    .unwrap();
                assert_eq!((again.changed, again.hash), (false, first.hash.clone()));
            }
            // S02-094: no call has changed anything.
            assert_eq!(place.store.writes(), 0);
        }
    }
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_told_by_the_next_call_and_once() {
    let faulty = Arc::new(Faulty::scripted(Arc::new(MemoryStore::new())));
    let hand_over = HandOver::new(faulty.clone(), &key("/vamp"), "haproxy", "2.4").unwrap();
    let publish = async |text| {
        let published = hand_over.publish_to_agents(&publication(text)).await;
        published
            .map(|published| published.changed)
            .map_err(|error| error.kind())
    };
    assert_eq!(publish("frontend before\n").await, Ok(true));
    faulty.fail_next(Fault::After);
    assert_eq!(publish("frontend x\n").await, Err(ErrorKind::Unavailable));
    // It stands there, and nobody knows of it yet.
    // S06-071: what was changed is told once.
    assert_eq!(publish("frontend x\n").await, Ok(true));
    assert_eq!(publish("frontend x\n").await, Ok(false));

    // What never reached the store is told when it does.
    faulty.fail_next(Fault::Before);
    assert_eq!(publish("frontend y\n").await, Err(ErrorKind::Unavailable));
    assert_eq!(publish("frontend y\n").await, Ok(true));
    assert_eq!(publish("frontend y\n").await, Ok(false));
}

#[tokio::test]
async fn whether_another_text_stands_there_is_told_without_reading_a_piece() {
    let place = Place::small();
    assert_eq!(place.hand_over.current_hash().await.unwrap(), None);

    place.publish(&noise(1, 1_000_000)).await;
    place.store.reads();
    let hash = place.hand_over.current_hash().await.unwrap();
    assert_eq!(place.store.reads(), 1, "the manifest alone");
    let received = place.hand_over.current().await.unwrap().unwrap();
    assert!(place.store.reads() > 5, "the manifest and each piece");
    assert_eq!(hash, Some(received.hash));

    // Agents of a server of old find no manifest.
    let manifest = key(MANIFEST);
    place.store.delete(&manifest).await.unwrap();
    assert_eq!(place.hand_over.current_hash().await.unwrap(), None);
}

#[tokio::test]
async fn a_small_change_of_a_large_text_writes_what_has_changed() {
    let place = Place::memory();
    let before = noise(1, 4_000_000);
    place.publish(&before).await;
    place.store.writes();
    let after = before.replacen('a', "b", 1);
    place.publish(&after).await;
    assert_eq!(
        place.store.writes(),
        3,
        "one piece, the manifest and the plain text"
    );
}

#[tokio::test]
async fn agents_need_not_wait_for_what_others_read() {
    for place in Place::each().await {
        let plain = async || place.store.get(&key(PLAIN)).await.unwrap();
        let texts = [1, 2, 3].map(|seed| noise(seed, 90_000));
        place.publish(&texts[0]).await;
        place.publish(&texts[1]).await;
        let (before, parts) = (plain().await, place.parts().await);
        assert!(before.is_some());

        let agents = place
            .hand_over
            .publish_to_agents(&publication(&texts[2]))
            .await
            .unwrap();
        assert!(agents.changed);
        assert_eq!(place.hand_over.current().await.unwrap().unwrap().text, texts[2]);
        assert_eq!(plain().await, before);
        let there = place.parts().await;
        assert!(parts.iter().all(|part| there.contains(part)));

        // The rest, and once more, which costs no write.
        assert!(place.hand_over.publish_rest(&texts[2], None).await.unwrap());
        assert_eq!(plain().await.unwrap().value, texts[2].as_bytes());
        let left = place.parts().await;
        assert!(
            !parts.iter().all(|part| left.contains(part)),
            "pieces of the first text are left"
        );
        place.store.writes();
        assert!(!place.hand_over.publish_rest(&texts[2], None).await.unwrap());
        assert!(!place.publish(&texts[2]).await.changed);
        assert_eq!(place.store.writes(), 0);
    }
}

#[tokio::test]
async fn what_another_server_wrote_meanwhile_is_noticed_although_nobody_asked() {
    for place in Place::each().await {
        place.publish("frontend mine\n").await;
        let other = HandOver::new(place.store.clone(), &key("/vamp/default"), "haproxy", "2.4").unwrap();
        other.publish(publication("frontend theirs\n")).await.unwrap();
        let theirs = other.current().await.unwrap().unwrap().hash;

        let meant = Publication {
            shrink_meant: true,
            ..publication("frontend mine again\n")
        };
        place.hand_over.publish(meant).await.unwrap();
        let now = place.hand_over.current().await.unwrap().unwrap();
        assert_eq!(now.text, "frontend mine again\n");
        assert_eq!(
            now.shrink_meant_from.first(),
            Some(&theirs),
            "it follows what was there"
        );

        // Nor does it matter that the manifest is gone.
        assert!(place.store.delete(&key(MANIFEST)).await.unwrap());
        place.publish("frontend last\n").await;
        assert_eq!(
            place.hand_over.current().await.unwrap().unwrap().text,
            "frontend last\n"
        );
    }
}

#[tokio::test]
async fn what_somebody_deleted_or_damaged_is_written_again() {
    for place in Place::each().await {
        let text = noise(1, 600_000);
        place.publish(&text).await;
        let mut keys = vec![key(MANIFEST)];
        keys.extend(place.parts().await);
        keys.extend(place.store.get(&key(PLAIN)).await.unwrap().map(|entry| entry.key));
        for key in keys {
            for damage in [false, true] {
                let before = place.store.get(&key).await.unwrap().unwrap().value;
                if damage {
                    place.store.put(&key, "damaged".into(), None).await.unwrap();
                } else {
                    place.store.delete(&key).await.unwrap();
                }
                place.publish(&text).await;
                let current = place.hand_over.current().await.unwrap().unwrap();
                assert!(current.text == text, "{key}, damaged: {damage}");
                if key == crate::place::key(PLAIN) {
                    assert_eq!(place.store.get(&key).await.unwrap().unwrap().value, before);
                }
                place.store.writes();
                assert!(
                    !place.publish(&text).await.changed,
                    "{key}, damaged: {damage}: it did not settle"
                );
                assert_eq!(place.store.writes(), 0);
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_no_longer_leads_changes_nothing() {
    for place in Place::each().await {
        let leader = key("/vamp/default/leader");
        let version = place.store.put(&leader, "first".into(), None).await.unwrap();
        let first = Guard::new(leader.clone(), version);
        let fenced = |text| Publication {
            fencing: Some(Fencing {
                guard: first.clone(),
                number: 1,
            }),
            ..publication(text)
        };
        place.hand_over.publish(fenced("frontend x\n")).await.unwrap();

        place.store.put(&leader, "second".into(), None).await.unwrap();
        let error = place
            .hand_over
            .publish(fenced("frontend stale\n"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Fenced, "{error}");
        assert!(!error.is_temporary());
        assert_eq!(
            place.hand_over.current().await.unwrap().unwrap().text,
            "frontend x\n"
        );
        assert_eq!(
            place.store.get(&key(PLAIN)).await.unwrap().unwrap().value,
            "frontend x\n"
        );
    }
}

#[tokio::test]
async fn servers_that_publish_at_the_same_moment_leave_one_whole_text() {
    for place in Place::each().await {
        let server = |server: u64| {
            let hand_over = &place.hand_over;
            async move {
                for round in 0..10 {
                    let text = noise(server * 100 + round, 200_000);
                    if let Err(error) = hand_over.publish(publication(&text)).await {
                        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
                        assert!(error.is_temporary());
                    }
                }
            }
        };
        futures::future::join(server(1), server(2)).await;
        let last = noise(999, 200_000);
        place.publish(&last).await;
        assert_eq!(place.hand_over.current().await.unwrap().unwrap().text, last);
    }
}

#[tokio::test]
async fn a_manifest_of_a_form_that_is_not_known_is_an_error_to_agents_and_replaced_by_servers() {
    let place = Place::memory();
    place.publish("frontend old\n").await;
    for broken in [r#"{"format":2}"#, "nonsense", ""] {
        place
            .store
            .put(&key(MANIFEST), broken.into(), None)
            .await
            .unwrap();
        let error = place.hand_over.current().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{broken}: {error}");
        place.publish("frontend new\n").await;
        assert_eq!(
            place.hand_over.current().await.unwrap().unwrap().text,
            "frontend new\n"
        );
    }
}

#[tokio::test]
async fn a_manifest_that_lies_about_its_text_is_an_error() {
    let place = Place::memory();
    place.publish("frontend x\n").await;
    let manifest = place.store.get(&key(MANIFEST)).await.unwrap().unwrap();
    let truth: serde_json::Value = serde_json::from_slice(&manifest.value).unwrap();
    let lies = [
        ("length", serde_json::json!(u64::MAX)),
        ("sha256", serde_json::json!("00")),
        ("parts", serde_json::json!([])),
        ("parts", serde_json::json!(["a/b"])),
        ("encoding", serde_json::json!("gzip")),
    ];
    for (field, lie) in lies {
        let mut manifest = truth.clone();
        manifest[field] = lie.clone();
        place
            .store
            .put(&key(MANIFEST), manifest.to_string().into(), None)
            .await
            .unwrap();
        let error = place.hand_over.current().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{field} = {lie}: {error}");
    }
}

#[tokio::test]
async fn before_anything_is_published_there_is_nothing() {
    for place in Place::each().await {
        assert!(place.hand_over.current().await.unwrap().is_none());
        place.store.put(&key(PLAIN), "".into(), None).await.unwrap();
        assert!(
            place.hand_over.current().await.unwrap().is_none(),
            "an empty value is no configuration"
        );
        place
            .store
            .put(&key(PLAIN), "frontend of a server of old\n".into(), None)
            .await
            .unwrap();
        let current = place.hand_over.current().await.unwrap().unwrap();
        assert_eq!(
            (current.text.as_str(), current.revision),
            ("frontend of a server of old\n", 0)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_in_place_of_what_was_handed_over_is_told_once_and_own_writes_are_not() {
    const LONG: Duration = Duration::from_secs(3600);
    let place = Place::memory();
    let mut standing = place.hand_over.standing();
    let manifest = key(MANIFEST);
    place.publish("frontend a\n").await;
    assert!(timeout(LONG, standing.replaced()).await.is_err(), "its own");
    let before = place.store.get(&manifest).await.unwrap().unwrap();
    for n in 0..5 {
        place.publish(&format!("frontend {n}\n")).await;
    }
    assert!(timeout(LONG, standing.replaced()).await.is_err(), "its own");

    // Put back, and removed.
    place.store.put(&manifest, before.value, None).await.unwrap();
    timeout(LONG, standing.replaced()).await.unwrap();
    assert!(timeout(LONG, standing.replaced()).await.is_err(), "once");
    place.publish("frontend 4\n").await;
    assert!(timeout(LONG, standing.replaced()).await.is_err(), "its own");
    place.store.delete(&manifest).await.unwrap();
    timeout(LONG, standing.replaced()).await.unwrap();
    place.publish("frontend 4\n").await;
    assert_eq!(
        place.hand_over.current().await.unwrap().unwrap().text,
        "frontend 4\n"
    );
    assert!(timeout(LONG, standing.replaced()).await.is_err(), "its own");
}
