//! Batches, which happen as a whole or not at all.

use futures::future::join;

use super::Outcome;
use super::room::{Room, put, told, values, write};
use crate::{Batch, ErrorKind, EventFilter, EventQuery, Expect, NewEvent, Outcome as Done, Store, Write};

fn event(value: &str) -> NewEvent {
    NewEvent::new(["tag"]).with_value(value)
}

pub(super) async fn a_batch_happens_as_a_whole(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    put(&*store, "breeds", "same", "s").await?;
    put(&*store, "breeds", "gone", "g").await?;
    let mut subscription = store.subscribe(EventFilter::default());
    let batch = Batch {
        writes: vec![
            Write::put("breeds", "a", "1"),
            Write::put("breeds", "same", "s"),
            Write::delete("breeds", "gone"),
            Write::delete("breeds", "never there"),
        ],
        events: vec![event("first"), event("second")],
    };
    let committed = store.commit(batch).await?;
    let expected = [
        Done::Written { revision: 1 },
        Done::Unchanged { revision: 1 },
        Done::Deleted { revision: 2 },
        Done::NothingToDelete,
    ];
    ensure!(
        committed.outcomes == expected,
        "the outcomes are {:?}",
        committed.outcomes
    );
    let last = committed.events.last().map(|event| event.sequence);
    ensure!(
        last == Some(committed.sequence) && store.sequence().await? == committed.sequence,
        "the last place is not {}",
        committed.sequence
    );
    let names: Vec<String> = store
        .list("breeds")
        .await?
        .into_iter()
        .map(|one| one.name)
        .collect();
    ensure!(names == ["a", "same"], "{names:?} are there");
    let stored = values(&*store, EventQuery::default()).await?;
    ensure!(stored == ["second", "first"], "stored {stored:?}");
    let told = told(&mut subscription);
    ensure!(told == ["first", "second"], "told {told:?}");
    Ok(())
}

async fn nothing_happened(store: &dyn Store, sequence: u64) -> Outcome {
    ensure!(store.sequence().await? == sequence, "the sequence went on");
    let listed = store.list("breeds").await?;
    ensure!(
        listed.len() == 1 && &*listed[0].content == "1",
        "{listed:?} are there"
    );
    ensure!(
        store.history("breeds", "a").await?.len() == 1 && store.history("breeds", "b").await?.is_empty(),
        "there is history of it"
    );
    let stored = values(store, EventQuery::default()).await?;
    ensure!(stored.is_empty(), "events {stored:?} are stored");
    // What comes next has the numbers that come next.
    let revision = put(store, "breeds", "a", "2").await?;
    ensure!(revision == 2, "the next revision is {revision}");
    Ok(())
}

pub(super) async fn nothing_of_a_batch_happens_when_one_write_is_refused(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    put(&*store, "breeds", "a", "1").await?;
    let sequence = store.sequence().await?;
    let mut subscription = store.subscribe(EventFilter::default());
    let batch = Batch {
        writes: vec![
            Write::put("breeds", "b", "1"),
            Write::delete("breeds", "a"),
            Write::put("breeds", "a", "2").expecting(Expect::Revision(1)),
            Write::put("breeds", "c", "1"),
        ],
        events: vec![event("never")],
    };
    let refused = store.commit(batch).await.err().map(|error| error.kind());
    let expected = ErrorKind::Conflict {
        index: 2,
        actual: None,
    };
    ensure!(refused == Some(expected), "refused with {refused:?}");
    nothing_happened(&*store, sequence).await?;
    let told = told(&mut subscription);
    ensure!(told.is_empty(), "told {told:?}");
    Ok(())
}

pub(super) async fn nothing_of_a_batch_happens_when_one_event_is_refused(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    put(&*store, "breeds", "a", "1").await?;
    let sequence = store.sequence().await?;
    let batch = Batch {
        writes: vec![Write::put("breeds", "b", "1"), Write::delete("breeds", "a")],
        events: vec![event("never"), event("refused").of_kind("a b")],
    };
    let refused = store.commit(batch).await.err().map(|error| error.kind());
    ensure!(refused == Some(ErrorKind::Invalid), "refused with {refused:?}");
    nothing_happened(&*store, sequence).await
}

pub(super) async fn a_write_sees_those_before_it_in_its_batch(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let writes = vec![
        Write::put("breeds", "a", "1").expecting(Expect::Absent),
        Write::put("breeds", "a", "1").expecting(Expect::Revision(1)),
        Write::put("breeds", "a", "2").expecting(Expect::Revision(1)),
        Write::delete("breeds", "a").expecting(Expect::Revision(2)),
        Write::put("breeds", "a", "4").expecting(Expect::Absent),
    ];
    let outcomes = store.commit(writes.into()).await?.outcomes;
    let expected = [
        Done::Written { revision: 1 },
        Done::Unchanged { revision: 1 },
        Done::Written { revision: 2 },
        Done::Deleted { revision: 3 },
        Done::Written { revision: 4 },
    ];
    ensure!(outcomes == expected, "the outcomes are {outcomes:?}");
    let stored = store.get("breeds", "a").await?;
    ensure!(
        stored
            .as_ref()
            .is_some_and(|one| one.revision == 4 && &*one.content == "4"),
        "{stored:?} is there"
    );
    Ok(())
}

/// The archive has an event of every request, also of one that changed nothing.
pub(super) async fn the_events_of_a_batch_that_changes_nothing_are_stored(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    put(&*store, "breeds", "a", "1").await?;
    let batch = Batch {
        writes: vec![Write::put("breeds", "a", "1")],
        events: vec![event("asked again")],
    };
    let outcomes = store.commit(batch).await?.outcomes;
    // S06-024: an equal artifact is not written, and its event is stored.
    ensure!(outcomes == [Done::Unchanged { revision: 1 }], "{outcomes:?}");
    let stored = values(&*store, EventQuery::default()).await?;
    ensure!(stored == ["asked again"], "stored {stored:?}");
    Ok(())
}

pub(super) async fn readers_see_whole_batches(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let (written, read) = join(write_pairs(&*store), read_pairs(&*store)).await;
    written.and(read)
}

async fn write_pairs(store: &dyn Store) -> Outcome {
    for n in 0..50 {
        let pair = ["left", "right"].map(|name| Write::put("pairs", name, n.to_string()));
        store.commit(pair.to_vec().into()).await?;
        tokio::task::yield_now().await;
    }
    write(store, Write::put("pairs", "end", "")).await?;
    Ok(())
}

async fn read_pairs(store: &dyn Store) -> Outcome {
    loop {
        let listed = store.list("pairs").await?;
        let pair: Vec<&str> = listed
            .iter()
            .filter(|one| one.name != "end")
            .map(|one| &*one.content)
            .collect();
        ensure!(
            pair.is_empty() || pair.len() == 2 && pair[0] == pair[1],
            "half of a batch was read: {pair:?}"
        );
        if listed.len() == 3 {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}
