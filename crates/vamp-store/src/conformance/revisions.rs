//! Revisions, and writes that depend on them.

use super::room::{Room, put, write};
use super::{Failure, Outcome};
use crate::{ErrorKind, Expect, Outcome as Done, Store, Write};

pub(super) async fn revisions_count_per_artifact_and_the_sequence_counts_all(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let writes = [("a", 1), ("b", 1), ("a", 2), ("a", 3), ("b", 2)];
    let mut last = 0;
    for (n, (name, expected)) in writes.into_iter().enumerate() {
        let revision = put(&*store, "breeds", name, &n.to_string()).await?;
        ensure!(
            revision == expected,
            "{name} got revision {revision}, not {expected}"
        );
        let sequence = store.sequence().await?;
        ensure!(sequence > last, "sequence {sequence} comes after {last}");
        let stored = store.get("breeds", name).await?;
        ensure!(
            stored
                .as_ref()
                .is_some_and(|one| one.sequence == sequence && one.revision == revision),
            "{stored:?} was written at {sequence}"
        );
        last = sequence;
    }
    Ok(())
}

pub(super) async fn the_same_content_makes_no_revision(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    put(&*store, "breeds", "a", "{}").await?;
    let before = (store.get("breeds", "a").await?, store.sequence().await?);
    room.second();
    for expect in [Expect::Anything, Expect::Present, Expect::Revision(1)] {
        let again = write(&*store, Write::put("breeds", "a", "{}").expecting(expect)).await?;
        ensure!(
            again == Done::Unchanged { revision: 1 },
            "the same content again is {again:?}"
        );
    }
    let after = (store.get("breeds", "a").await?, store.sequence().await?);
    ensure!(after == before, "{before:?} became {after:?}");
    ensure!(
        store.history("breeds", "a").await?.len() == 1,
        "there is a second revision"
    );
    let other = put(&*store, "breeds", "a", "{ }").await?;
    ensure!(other == 2, "other text with the same meaning is revision {other}");
    Ok(())
}

pub(super) async fn a_deleted_artifact_takes_no_revision_into_its_next_life(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let mut used = Vec::new();
    for _ in 0..3 {
        used.push(put(&*store, "breeds", "a", "{}").await?);
        let deleted = write(&*store, Write::delete("breeds", "a")).await?;
        let Done::Deleted { revision } = deleted else {
            return Err(Failure::new(format!("deleting is {deleted:?}")));
        };
        ensure!(
            store.get("breeds", "a").await?.is_none() && store.list("breeds").await?.is_empty(),
            "a deleted artifact is there"
        );
        used.push(revision);
    }
    ensure!(
        used.is_sorted_by(|one, next| one < next),
        "the revisions were {used:?}"
    );
    Ok(())
}

pub(super) async fn what_is_expected_must_hold(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    put(&*store, "breeds", "there", "1").await?;
    put(&*store, "breeds", "there", "2").await?;
    let absent = None;
    let present = Some(2);
    let cases = [
        ("there", Expect::Absent, present),
        ("there", Expect::Revision(1), present),
        ("there", Expect::Revision(3), present),
        ("there", Expect::Revision(u64::MAX), present),
        ("not there", Expect::Present, absent),
        ("not there", Expect::Revision(1), absent),
        ("not there", Expect::Revision(0), absent),
    ];
    let sequence = store.sequence().await?;
    for (name, expect, actual) in cases {
        for write_refused in [Write::put("breeds", name, "2"), Write::delete("breeds", name)] {
            let refused = write(&*store, write_refused.clone().expecting(expect)).await;
            let kind = refused.err().map(|error| error.kind());
            ensure!(
                kind == Some(ErrorKind::Conflict { index: 0, actual }),
                "{write_refused:?} expecting {expect:?} is {kind:?}"
            );
        }
    }
    ensure!(store.sequence().await? == sequence, "a refused write was written");
    let writes = [
        Write::put("breeds", "there", "3").expecting(Expect::Revision(2)),
        Write::put("breeds", "there", "4").expecting(Expect::Present),
        Write::delete("breeds", "there").expecting(Expect::Revision(4)),
        Write::put("breeds", "there", "5").expecting(Expect::Absent),
        Write::delete("breeds", "there").expecting(Expect::Present),
        Write::delete("breeds", "there").expecting(Expect::Absent),
    ];
    for held in writes {
        write(&*store, held).await?;
    }
    Ok(())
}

pub(super) async fn only_the_first_of_many_makes_an_artifact(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let make = |n: u32| {
        write(
            &*store,
            Write::put("breeds", "a", n.to_string()).expecting(Expect::Absent),
        )
    };
    let made = futures::future::join_all((0..20).map(make)).await;
    let winners: Vec<usize> = (0..20).filter(|n| made[*n].is_ok()).collect();
    let [winner] = winners[..] else {
        return Err(Failure::new(format!("{winners:?} made it")));
    };
    let stored = store.get("breeds", "a").await?;
    ensure!(
        stored
            .as_ref()
            .is_some_and(|one| *one.content == winner.to_string() && one.revision == 1),
        "{winner} made it, and {stored:?} is there"
    );
    Ok(())
}

pub(super) async fn no_increment_is_lost(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    put(&*store, "counters", "a", "0").await?;
    let increments = (0..10).map(|_| increment(&*store));
    for outcome in futures::future::join_all(increments).await {
        outcome?;
    }
    let stored = store.get("counters", "a").await?;
    ensure!(
        stored
            .as_ref()
            .is_some_and(|one| &*one.content == "10" && one.revision == 11),
        "ten increments made {stored:?}"
    );
    Ok(())
}

/// Reads and writes until nobody came between. With ten at work each loses nine times at most.
async fn increment(store: &dyn Store) -> Outcome {
    for _ in 0..10 {
        let stored = store.get("counters", "a").await?;
        let stored = stored.ok_or_else(|| Failure::new("the counter is gone"))?;
        let number: u64 = stored
            .content
            .parse()
            .map_err(|_| Failure::new("it is no number"))?;
        let next = Write::put("counters", "a", (number + 1).to_string());
        match write(store, next.expecting(Expect::Revision(stored.revision))).await {
            Ok(_) => return Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new("ten times somebody came between"))
}

pub(super) async fn the_history_has_every_revision_and_deletion(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    put(&*store, "breeds", "a", "1").await?;
    let first = room.now();
    room.second();
    put(&*store, "breeds", "a", "2").await?;
    put(&*store, "breeds", "other", "x").await?;
    put(&*store, "other", "a", "x").await?;
    write(&*store, Write::delete("breeds", "a")).await?;
    put(&*store, "breeds", "a", "4").await?;
    let history = store.history("breeds", "a").await?;
    let told: Vec<(u64, Option<&str>)> = history
        .iter()
        .map(|one| (one.revision, one.content.as_deref()))
        .collect();
    ensure!(
        told == [(4, Some("4")), (3, None), (2, Some("2")), (1, Some("1"))],
        "the history is {told:?}"
    );
    ensure!(
        history.is_sorted_by(|newer, older| newer.sequence > older.sequence),
        "the sequence is not that of the revisions"
    );
    for (n, revision) in (1..=4).rev().zip(&history) {
        let read = store.revision("breeds", "a", n).await?;
        ensure!(read.as_ref() == Some(revision), "revision {n} is {read:?}");
    }
    for n in [0, 5, u64::MAX] {
        ensure!(
            store.revision("breeds", "a", n).await?.is_none(),
            "there is a revision {n}"
        );
    }
    let times: Vec<_> = history.iter().map(|one| one.at).collect();
    let second = room.now();
    ensure!(times == [second, second, second, first], "written at {times:?}");
    Ok(())
}
