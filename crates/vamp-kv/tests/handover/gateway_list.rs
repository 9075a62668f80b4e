//! The list of gateways, which programs read that are no agents.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use vamp_kv::handover::{AgentStatus, GatewayList, HaproxyStatus, Published};
use vamp_kv::leadership::Fencing;
use vamp_kv::{ErrorKind, Guard, Key, KeyValueStore as _};

use crate::place::{Place, key, noise, publication};

const PLAIN: &str = "/vamp/default/gateways";
const MANIFEST: &str = "/vamp/default/gateways/list/manifest";

/// A list whose text does not get smaller, of about this many bytes.
fn list(seed: u64, length: usize) -> String {
    format!("[{}]", noise(seed, length).replace('\n', ","))
}

async fn write(place: &Place, text: &str) -> Published {
    let list = place.hand_over.gateway_list();
    list.write(&publication(text)).await.unwrap()
}

async fn read(place: &Place) -> Option<String> {
    place.hand_over.gateway_list().read().await.unwrap()
}

async fn value(place: &Place, at: &str) -> Option<String> {
    let entry = place.store.get(&key(at)).await.unwrap()?;
    Some(String::from_utf8(entry.value.to_vec()).unwrap())
}

async fn parts(place: &Place) -> Vec<Key> {
    let parts = place.store.list(&key("/vamp/default/gateways/list/parts")).await;
    parts.unwrap().into_iter().map(|entry| entry.key).collect()
}

#[tokio::test]
async fn the_list_stands_at_its_key_while_it_fits_and_can_be_read_at_any_size() {
    for place in Place::each().await {
        assert_eq!(read(&place).await, None);
        for text in [
            "[]".to_owned(),
            list(1, 300),
            list(2, 2_000_000),
            "[7]".to_owned(),
        ] {
            assert!(write(&place, &text).await.changed);
            assert!(read(&place).await.as_ref() == Some(&text));
            let limit = place.store.capabilities().max_value.unwrap_or(usize::MAX);
            let fits = text.len() <= limit;
            assert_eq!(
                value(&place, PLAIN).await,
                fits.then(|| text.clone()),
                "an outdated list would mislead"
            );
        }
    }
}

#[tokio::test]
async fn a_list_of_a_server_of_old_is_read_where_it_stands() {
    for place in Place::each().await {
        place.store.put(&key(PLAIN), "[1]".into(), None).await.unwrap();
        assert_eq!(read(&place).await.as_deref(), Some("[1]"));
        write(&place, "[2]").await;
        // Whoever writes there now does not lead: the manifest says what stands.
        place.store.put(&key(PLAIN), "[3]".into(), None).await.unwrap();
        assert_eq!(read(&place).await.as_deref(), Some("[2]"));
        write(&place, "[2]").await;
        assert_eq!(value(&place, PLAIN).await.as_deref(), Some("[2]"));
    }
}

#[tokio::test]
async fn the_same_list_again_writes_nothing_and_what_was_lost_is_written_again() {
    for place in Place::each().await {
        for text in ["[]".to_owned(), list(1, 600_000)] {
            write(&place, &text).await;
            place.store.writes();
            // Nor does a server that has just started, and knows nothing of what it wrote.
            for again in [
                place.hand_over.gateway_list().clone(),
                GatewayList::new(place.store.clone(), &key("/vamp/default")),
            ] {
                assert!(!again.write(&publication(&text)).await.unwrap().changed);
            }
            assert_eq!(place.store.writes(), 0);

            let mut keys = vec![key(MANIFEST)];
            let manifest = value(&place, MANIFEST).await.unwrap();
            let parts = parts(&place).await.into_iter();
            keys.extend(parts.filter(|part| manifest.contains(part.name())));
            keys.extend(value(&place, PLAIN).await.map(|_| key(PLAIN)));
            for lost in keys {
                place.store.delete(&lost).await.unwrap();
                write(&place, &text).await;
                assert!(place.store.get(&lost).await.unwrap().is_some(), "{lost}");
                assert!(read(&place).await.as_ref() == Some(&text), "{lost}");
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_no_longer_leads_does_not_change_the_list() {
    for place in Place::each().await {
        let leader = key("/vamp/default/leader");
        let version = place.store.put(&leader, "first".into(), None).await.unwrap();
        let fencing = Fencing {
            guard: Guard::new(leader.clone(), version),
            number: 1,
        };
        let gateways = place.hand_over.gateway_list();
        let large = list(1, 2_000_000);
        for (first, stale) in [("[1]", "[2]"), ("[3]", large.as_str())] {
            write(&place, first).await;
            place.store.put(&leader, "second".into(), None).await.unwrap();
            let mut publication = publication(stale);
            publication.fencing = Some(fencing.clone());
            let error = gateways.write(&publication).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Fenced, "{error}");
            assert_eq!(value(&place, PLAIN).await.as_deref(), Some(first));
            assert_eq!(read(&place).await.as_deref(), Some(first));
        }
        // Nor where the manifest has nothing to be changed: what stands beside it is for the leader to write, or to take away.
        for text in ["[4]", large.as_str()] {
            write(&place, text).await;
            place.store.put(&key(PLAIN), "[5]".into(), None).await.unwrap();
            let mut publication = publication(text);
            publication.fencing = Some(fencing.clone());
            let error = gateways.write(&publication).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Fenced, "{error}");
            assert_eq!(value(&place, PLAIN).await.as_deref(), Some("[5]"));
        }
    }
}

#[tokio::test]
async fn nobody_is_waited_for_and_pieces_of_the_list_before_stay() {
    for place in Place::each().await {
        // An agent that has read nothing is none of its readers.
        let lease = place.store.grant_lease(Duration::from_secs(3600)).await.unwrap();
        place.hand_over.report(&idle_agent(), lease).await.unwrap();
        write(&place, &list(0, 400_000)).await;
        let of_one = parts(&place).await;
        for seed in 1..5 {
            let before = parts(&place).await;
            write(&place, &list(seed, 400_000)).await;
            let now = parts(&place).await;
            assert_eq!(now.len(), 2 * of_one.len());
            let stayed = now.iter().filter(|part| before.contains(part)).count();
            assert_eq!(stayed, of_one.len());
        }
    }
}

fn idle_agent() -> AgentStatus {
    AgentStatus {
        format: AgentStatus::FORMAT,
        name: "edge".to_owned(),
        id: "1".to_owned(),
        host: "host-1".to_owned(),
        version: "0".to_owned(),
        started: None,
        haproxy: HaproxyStatus::default(),
        applied: None,
        failure: None,
        store_connected_since: None,
    }
}

/// A reader of this place to whom it happens, each time that it has looked for the manifest, that a server writes these lists.
async fn read_while(place: &Place, lists: &[&[&str]]) -> vamp_kv::Result<Option<String>> {
    let reader = place.counting_again();
    let meanwhile = lists.iter().map(|lists| {
        let server = place.hand_over.gateway_list().clone();
        let lists: Vec<String> = lists.iter().map(|list| (*list).to_owned()).collect();
        let written: BoxFuture<'static, ()> = async move {
            for list in lists {
                server.write(&publication(&list)).await.unwrap();
            }
        }
        .boxed();
        written
    });
    reader.store.meanwhile(&key(MANIFEST), meanwhile);
    reader.hand_over.gateway_list().read().await
}

#[tokio::test]
async fn a_reader_in_the_middle_of_a_change_gets_a_whole_list() {
    for place in Place::each().await {
        let lists: Vec<String> = (0..40).map(|seed| list(seed, 900_000)).collect();
        let [first, second, third, fourth] = [0, 1, 2, 3].map(|at| lists[at].as_str());
        if place
            .store
            .capabilities()
            .max_value
            .is_some_and(|limit| limit < 900_000)
        {
            // There was no manifest when it was looked for, and no plain text any more.
            let found = read_while(&place, &[&[first]]).await.unwrap();
            assert!(found.as_deref() == Some(first));
        }
        write(&place, first).await;
        // The pieces of the list before are there.
        let found = read_while(&place, &[&[second]]).await.unwrap();
        assert!(found.as_deref() == Some(first));
        // Older ones are not.
        let found = read_while(&place, &[&[third, fourth]]).await.unwrap();
        assert!(found.as_deref() == Some(fourth));
        // It gets smaller, and larger again.
        let found = read_while(&place, &[&["[]", "[1]"], &[first]]).await.unwrap();
        assert_eq!(found.as_deref(), Some("[1]"));

        // It cannot go on like this.
        let pairs: Vec<[&str; 2]> = lists.chunks(2).map(|pair| [&*pair[0], &*pair[1]]).collect();
        let each_time: Vec<&[&str]> = pairs.iter().map(<[&str; 2]>::as_slice).collect();
        let found = read_while(&place, &each_time[2..]).await;
        let error = found.map(|list| list.map(|list| list.len())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains("replaced faster"), "{error}");
    }
}

#[tokio::test]
async fn a_list_with_a_piece_that_is_not_what_its_name_says_is_an_error() {
    for place in Place::each().await {
        write(&place, &list(1, 600_000)).await;
        let piece = parts(&place).await.remove(0);
        for damage in [false, true] {
            if damage {
                place.store.put(&piece, "damaged".into(), None).await.unwrap();
            } else {
                place.store.delete(&piece).await.unwrap();
            }
            let error = place.hand_over.gateway_list().read().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            assert!(error.to_string().contains(piece.name()), "{error}");
        }
    }
}
