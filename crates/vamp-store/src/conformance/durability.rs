//! What is there after a restart.

use std::num::NonZeroU64;

use super::Outcome;
use super::room::{Room, put, values, write};
use crate::{
    Batch, EventFilter, EventPage, EventQuery, NewEvent, Outcome as Done, Revision, Store, Stored, Write,
};

#[derive(Debug, PartialEq)]
struct Everything {
    present: Vec<Stored>,
    histories: Vec<Vec<Revision>>,
    events: EventPage,
    tagged: EventPage,
    sequence: u64,
}

async fn everything(store: &dyn Store) -> crate::Result<Everything> {
    let tagged = EventQuery {
        filter: EventFilter::tagged(["a", "a:b"]),
        ..EventQuery::default()
    };
    Ok(Everything {
        present: store.list("breeds").await?,
        histories: vec![
            store.history("breeds", "a").await?,
            store.history("breeds", "gone").await?,
        ],
        events: store.query(EventQuery::default()).await?,
        tagged: store.query(tagged).await?,
        sequence: store.sequence().await?,
    })
}

pub(super) async fn everything_is_there_after_a_restart(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    for n in 0..3 {
        put(&*store, "breeds", "a", &n.to_string()).await?;
        room.second();
    }
    put(&*store, "breeds", "gone", "{}").await?;
    let batch = Batch {
        writes: vec![Write::delete("breeds", "gone")],
        events: vec![
            NewEvent::new(["a:b"]).with_value(1.5).with_version("1.0"),
            NewEvent::new(["c"]).of_kind("archive"),
        ],
    };
    store.commit(batch).await?;
    let before = everything(&*store).await?;
    drop(store);
    let after = everything(&*room.open().await?).await?;
    ensure!(before == after, "{before:?} was there, {after:?} is there");
    Ok(())
}

pub(super) async fn revisions_and_sequence_go_on_after_a_restart(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    put(&*store, "breeds", "a", "1").await?;
    write(&*store, Write::delete("breeds", "a")).await?;
    let sequence = store.sequence().await?;
    drop(store);
    let store = room.open().await?;
    ensure!(
        store.get("breeds", "a").await?.is_none(),
        "a deleted artifact is there again"
    );
    let written = write(&*store, Write::put("breeds", "a", "1")).await?;
    ensure!(
        written == Done::Written { revision: 3 },
        "{written:?} comes after 2"
    );
    ensure!(store.sequence().await? > sequence, "the sequence began anew");
    Ok(())
}

pub(super) async fn limits_hold_after_a_restart(room: Room<'_>) -> Outcome {
    let mut room = room;
    room.options.events = NonZeroU64::MIN.saturating_add(1);
    room.options.events_of_a_kind = NonZeroU64::MIN.saturating_add(1);
    for n in 0..4 {
        let store = room.open().await?;
        room.second();
        store.append(vec![NewEvent::new(["t"]).with_value(n)]).await?;
    }
    let stored = values(&*room.open().await?, EventQuery::default()).await?;
    ensure!(stored == ["3", "2"], "{stored:?} are kept");
    Ok(())
}
