//! Events that are stored.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::room::{Room, values};
use super::{Failure, Outcome};
use crate::{ErrorKind, Event, EventQuery, NewEvent, Store};

/// Stores an event, and reads it again.
async fn publish(store: &dyn Store, event: NewEvent) -> Result<Event, Failure> {
    let stored = store.append(vec![event]).await?;
    let [stored] = &stored[..] else {
        return Err(Failure::new(format!("{} events were stored", stored.len())));
    };
    let found = store.query(EventQuery::default()).await?;
    let found = found.items.iter().find(|one| one.sequence == stored.sequence);
    ensure!(
        found == Some(&**stored),
        "{stored:?} was stored, {found:?} is found"
    );
    Ok(Event::clone(stored))
}

pub(super) async fn tags_are_expanded_at_their_first_colon(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let cases: [(&[&str], &[&str]); 4] = [
        // S06-087: the part before the first colon is a tag of its own.
        (&["a:b:c", "x"], &["a", "a:b:c", "x"]),
        (&["b", "b:"], &["b", "b:"]),
        (&[":x"], &["", ":x"]),
        (&["c:1", "c:2", "C:3"], &["C", "C:3", "c", "c:1", "c:2"]),
    ];
    for (given, expected) in cases {
        let event = publish(&*store, NewEvent::new(given.iter().copied())).await?;
        let tags: Vec<&str> = event.tags.iter().map(String::as_str).collect();
        ensure!(tags == expected, "{given:?} became {tags:?}");
    }
    Ok(())
}

pub(super) async fn an_event_comes_back_as_it_was_published(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let values = [
        Value::Null,
        json!(""),
        json!("text \u{1f600}\n\u{0}"),
        json!(0.1 + 0.2),
        json!(1.797_693_134_862_315_7e308),
        json!(u64::MAX),
        json!(-5),
        json!(true),
        json!([1, [], {}]),
        json!({"z": 1, "a": {"nested": null}}),
    ];
    for value in values {
        let event = publish(&*store, NewEvent::new(["t"]).with_value(value.clone())).await?;
        // The text: numbers keep their form, fields their order.
        let (published, stored) = (value.to_string(), event.value.to_string());
        ensure!(published == stored, "{published} became {stored}");
    }
    let plain = publish(&*store, NewEvent::new(["t"])).await?;
    ensure!(plain.at == room.now(), "an event without time is of {}", plain.at);
    // S06-091: the default type is `event`.
    ensure!(
        plain.kind == "event",
        "an event without kind is of kind {}",
        plain.kind
    );
    ensure!(plain.version.is_none(), "it has version {:?}", plain.version);
    let at: Timestamp = "1969-12-31T23:59:59.9999999Z".parse().unwrap_or_default();
    let full = NewEvent::new(["t"])
        .of_kind("my-type_1")
        .at(at)
        .with_version("1.0");
    let full = publish(&*store, full).await?;
    ensure!(
        full.at.as_nanosecond() == -1000,
        "a time is rounded down to microseconds, not to {}",
        full.at
    );
    ensure!(
        full.kind == "my-type_1" && full.version.as_deref() == Some("1.0"),
        "{full:?}"
    );
    for at in [Timestamp::MIN, Timestamp::MAX] {
        let extreme = publish(&*store, NewEvent::new(["t"]).at(at)).await?;
        ensure!(
            extreme.at <= at && extreme.at.duration_until(at).as_micros() == 0,
            "{at} became {}",
            extreme.at
        );
    }
    Ok(())
}

async fn refused(store: &dyn Store, event: NewEvent, message: &str) -> Outcome {
    let Err(error) = store.append(vec![event.clone()]).await else {
        return Err(Failure::new(format!("{event:?} was stored")));
    };
    ensure!(
        error.kind() == ErrorKind::Invalid,
        "{event:?} is {:?}",
        error.kind()
    );
    let source = std::error::Error::source(&error).map(ToString::to_string);
    ensure!(source.as_deref() == Some(message), "the reason is {source:?}");
    ensure!(store.sequence().await? == 0, "something was stored");
    Ok(())
}

pub(super) async fn an_event_without_tags_is_refused(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let none: [&str; 0] = [];
    // S06-090: no tags, no event.
    refused(
        &*store,
        NewEvent::new(none),
        "Publishing an event without tags is not allowed.",
    )
    .await
}

pub(super) async fn the_characters_of_a_kind_are_limited(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    for kind in ["my type", "", "a/b", "\u{e4}", "a\n"] {
        let message =
            format!("Unsupported event type '{kind}', only alphanumerics, '-' and '_' are allowed.");
        refused(&*store, NewEvent::new(["t"]).of_kind(kind), &message).await?;
    }
    Ok(())
}

pub(super) async fn every_event_has_an_id_of_its_own(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let same = || NewEvent::new(["t"]).at(Timestamp::UNIX_EPOCH);
    let mut ids = HashSet::new();
    for _ in 0..10 {
        let calls = (0..5).map(|_| store.append(vec![same(), same()]));
        for stored in futures::future::join_all(calls).await {
            ids.extend(stored?.iter().map(|event| event.id()));
        }
    }
    ensure!(ids.len() == 100, "100 events have {} ids", ids.len());
    Ok(())
}

pub(super) async fn events_of_one_call_are_stored_all_or_none(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let nothing = store.append(Vec::new()).await?;
    ensure!(nothing.is_empty(), "nothing was stored as {nothing:?}");
    let good = NewEvent::new(["t"]).with_value("good");
    let bad = good.clone().of_kind("no kind");
    let refused = store.append(vec![good.clone(), bad]).await;
    ensure!(refused.is_err(), "a bad event was stored");
    let stored = values(&*store, EventQuery::default()).await?;
    ensure!(stored.is_empty(), "{stored:?} are stored");
    store.append(vec![good.clone(), good]).await?;
    let stored = values(&*store, EventQuery::default()).await?;
    ensure!(stored == ["good", "good"], "{stored:?} are stored");
    Ok(())
}
