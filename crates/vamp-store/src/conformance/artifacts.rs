//! Artifacts that are written, read and listed.

use super::room::{Room, put, write};
use super::{Failure, Outcome};
use crate::{Page, Write};

pub(super) async fn absent_is_an_answer(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    ensure!(store.get("breeds", "a").await?.is_none(), "something is there");
    ensure!(store.list("breeds").await?.is_empty(), "something is listed");
    ensure!(
        store.history("breeds", "a").await?.is_empty(),
        "something has a history"
    );
    ensure!(
        store.revision("breeds", "a", 1).await?.is_none(),
        "there is a revision"
    );
    ensure!(store.sequence().await? == 0, "something was written");
    let nothing = write(&*store, Write::delete("breeds", "a")).await?;
    ensure!(
        nothing == crate::Outcome::NothingToDelete,
        "deleting nothing is {nothing:?}"
    );
    ensure!(store.sequence().await? == 0, "deleting nothing was written");
    Ok(())
}

pub(super) async fn an_artifact_comes_back_as_it_was_written(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    for content in [
        "{}",
        "",
        " {\"a\": \"\u{e4}\u{1f600}\"}\n",
        &"x".repeat(3_000_000),
    ] {
        room.second();
        let revision = put(&*store, "breeds", "a", content).await?;
        let stored = store.get("breeds", "a").await?;
        let stored = stored.ok_or_else(|| Failure::new("what was written is absent"))?;
        ensure!(*stored.content == *content, "the content is another");
        ensure!(
            (&*stored.kind, &*stored.name, stored.revision) == ("breeds", "a", revision),
            "{stored:?} is there"
        );
        ensure!(stored.at == room.now(), "it was written at {}", stored.at);
    }
    Ok(())
}

pub(super) async fn kinds_and_names_of_any_characters_are_kept_apart(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let names = [
        "a", "A", "a ", " a", "a/b", "a%2Fb", "a/b/c", "\u{e4}", "a\u{308}", "a\nb", "a\0b", "a\0", "'; --",
        "*", "%", "_", "a:b", "[a]",
    ];
    for (kind, other) in [("breeds", "b"), ("b", "breeds")] {
        for name in names {
            put(&*store, kind, name, &format!("{kind} {name} {other}")).await?;
        }
    }
    for (kind, other) in [("breeds", "b"), ("b", "breeds")] {
        for name in names {
            let stored = store.get(kind, name).await?;
            ensure!(
                stored
                    .as_ref()
                    .is_some_and(|one| *one.content == format!("{kind} {name} {other}")),
                "{kind} {name:?} holds {stored:?}"
            );
        }
        ensure!(store.list(kind).await?.len() == names.len(), "some are the same");
    }
    for (kind, name) in [("", "a"), ("breeds", "")] {
        let refused = write(&*store, Write::put(kind, name, "{}")).await;
        ensure!(
            refused.is_err_and(|error| error.kind() == crate::ErrorKind::Invalid),
            "'{kind}/{name}' is taken"
        );
    }
    Ok(())
}

pub(super) async fn a_listing_is_ordered_by_the_bytes_of_the_names(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let mut names = [
        "b",
        "a",
        "B",
        "a/b",
        "a-b",
        "\u{e4}",
        "z",
        "10",
        "2",
        "\u{1f600}",
        "\u{ff41}",
    ];
    for name in names {
        put(&*store, "breeds", name, name).await?;
    }
    names.sort_unstable();
    let listed: Vec<String> = store
        .list("breeds")
        .await?
        .into_iter()
        .map(|one| one.name)
        .collect();
    ensure!(listed == names, "listed {listed:?}, expected {names:?}");
    Ok(())
}

pub(super) async fn a_page_is_a_part_of_the_listing(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    for n in 0..31 {
        put(&*store, "breeds", &format!("{n:02}"), "{}").await?;
    }
    put(&*store, "scales", "other", "{}").await?;
    let pages = [
        (0, 30, 30),
        (30, 30, 1),
        (31, 30, 0),
        (5, 3, 3),
        (0, 0, 0),
        (u64::MAX, u64::MAX, 0),
        (0, u64::MAX, 31),
    ];
    for (offset, limit, expected) in pages {
        let page = store.page("breeds", Page { offset, limit }).await?;
        ensure!(page.total == 31, "the total from {offset} is {}", page.total);
        let names: Vec<String> = page.items.into_iter().map(|one| one.name).collect();
        let wanted: Vec<String> = (offset..offset + expected).map(|n| format!("{n:02}")).collect();
        ensure!(names == wanted, "{limit} from {offset} are {names:?}");
    }
    Ok(())
}

pub(super) async fn artifacts_are_counted_by_kind(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    for (kind, name) in [
        ("scales", "a"),
        ("breeds", "a"),
        ("breeds", "b"),
        ("slas", "gone"),
    ] {
        put(&*store, kind, name, "{}").await?;
    }
    put(&*store, "breeds", "a", "{ }").await?;
    write(&*store, Write::delete("slas", "gone")).await?;
    let counts: Vec<(String, u64)> = store.counts().await?.into_iter().collect();
    ensure!(
        counts == [("breeds".to_owned(), 2), ("scales".to_owned(), 1)],
        "counted {counts:?}"
    );
    Ok(())
}
