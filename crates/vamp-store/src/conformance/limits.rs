//! What is kept, and what is too much.

use std::num::NonZeroU64;

use jiff::Timestamp;

use super::Outcome;
use super::room::{Room, put, values, write};
use crate::{Batch, ErrorKind, EventFilter, EventQuery, Keep, MAX_BYTES, NewEvent, Outcome as Done, Write};

fn number(number: u64) -> NonZeroU64 {
    NonZeroU64::MIN.saturating_add(number - 1)
}

fn event(kind: &str, value: i64) -> NewEvent {
    NewEvent::new([format!("{kind}:{value}")])
        .of_kind(kind)
        .with_value(value)
        .at(Timestamp::from_second(value).unwrap_or_default())
}

pub(super) async fn the_oldest_revisions_go_first_and_the_present_stays(room: Room<'_>) -> Outcome {
    let mut room = room;
    for kept in [1, 3] {
        room.options.revisions = number(kept);
        let store = room.open().await?;
        let name = format!("kept {kept}");
        put(&*store, "breeds", "other", "{}").await?;
        for n in 1..=5 {
            put(&*store, "breeds", &name, &n.to_string()).await?;
        }
        let revisions =
            |history: Vec<crate::Revision>| history.iter().map(|one| one.revision).collect::<Vec<_>>();
        let history = revisions(store.history("breeds", &name).await?);
        let expected: Vec<u64> = (6 - kept..=5).rev().collect();
        ensure!(history == expected, "{history:?} are kept of {kept}");
        let stored = store.get("breeds", &name).await?;
        ensure!(
            stored.is_some_and(|one| &*one.content == "5"),
            "the present one went"
        );
        ensure!(
            store.history("breeds", "other").await?.len() == 1,
            "those of another one went"
        );
        let deleted = write(&*store, Write::delete("breeds", &*name)).await?;
        ensure!(
            deleted == Done::Deleted { revision: 6 },
            "deleting is {deleted:?}"
        );
        let again = put(&*store, "breeds", &name, "7").await?;
        ensure!(again == 7, "revision {again} comes after 6");
    }
    Ok(())
}

pub(super) async fn a_write_can_do_without_history(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let state = |content: &str| Write::put("states", "a", content).keeping(Keep::Newest);
    for (content, revision) in [("1", 1), ("2", 2), ("2", 2), ("3", 3)] {
        write(&*store, state(content)).await?;
        let history = store.history("states", "a").await?;
        ensure!(
            history.len() == 1
                && history[0].revision == revision
                && history[0].content.as_deref() == Some(content),
            "the history is {history:?}"
        );
    }
    write(&*store, Write::delete("states", "a")).await?;
    put(&*store, "states", "a", "5").await?;
    let history = store.history("states", "a").await?;
    let revisions: Vec<u64> = history.iter().map(|one| one.revision).collect();
    ensure!(revisions == [5, 4, 3], "then the history is {revisions:?}");
    Ok(())
}

pub(super) async fn the_oldest_events_of_a_kind_go_first(room: Room<'_>) -> Outcome {
    let mut room = room;
    room.options.events_of_a_kind = number(3);
    let store = room.open().await?;
    store.append(vec![event("rare", 0)]).await?;
    for value in [5, 9, 7, 8] {
        store.append(vec![event("often", value)]).await?;
    }
    let stored = values(&*store, EventQuery::default()).await?;
    ensure!(stored == ["9", "8", "7", "0"], "{stored:?} are kept");
    store
        .append([1, 2, 3, 10].map(|value| event("often", value)).to_vec())
        .await?;
    let stored = values(&*store, EventQuery::default()).await?;
    ensure!(stored == ["10", "9", "8", "0"], "then {stored:?} are kept");
    for (tag, expected) in [("often", 3), ("often:7", 0), ("often:10", 1), ("rare", 1)] {
        let query = EventQuery {
            filter: EventFilter::tagged([tag]),
            ..EventQuery::default()
        };
        let total = store.query(query).await?.total;
        ensure!(total == expected, "{total} have the tag {tag}");
    }
    Ok(())
}

pub(super) async fn the_oldest_of_all_events_go_first(room: Room<'_>) -> Outcome {
    let mut room = room;
    room.options.events = number(3);
    let store = room.open().await?;
    for (kind, value) in [("a", 4), ("b", 2), ("c", 3), ("a", 5), ("b", 6), ("b", 1)] {
        store.append(vec![event(kind, value)]).await?;
    }
    let page = store.query(EventQuery::default()).await?;
    let stored: Vec<String> = page.items.iter().map(super::room::value).collect();
    ensure!(
        stored == ["6", "5", "4"] && page.total == 3,
        "{stored:?} of {} are kept",
        page.total
    );
    Ok(())
}

pub(super) async fn what_is_too_large_is_refused(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let large = "x".repeat(MAX_BYTES + 1);
    let batches: [Batch; 3] = [
        Write::put("breeds", "a", &*large).into(),
        vec![NewEvent::new(["t"]).with_value(&large[3..])].into(),
        vec![NewEvent::new([&*large])].into(),
    ];
    for batch in batches {
        let refused = store.commit(batch).await.err().map(|error| error.kind());
        ensure!(
            refused == Some(ErrorKind::TooLarge { limit: MAX_BYTES }),
            "{refused:?} for more than the limit"
        );
    }
    ensure!(store.sequence().await? == 0, "something was written");
    put(&*store, "breeds", "a", &large[1..]).await?;
    Ok(())
}
