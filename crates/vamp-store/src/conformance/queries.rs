//! Finding events.

use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

use super::Outcome;
use super::room::{Room, value, values};
use crate::{Event, EventFilter, EventQuery, NewEvent, Page, Store, TimeRange};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or_default()
}

fn tagged(tags: &[&str]) -> EventQuery {
    EventQuery {
        filter: EventFilter::tagged(tags.iter().copied()),
        ..EventQuery::default()
    }
}

pub(super) async fn all_tags_must_be_there_letter_by_letter(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let published: [(&str, &[&str]); 3] = [("1", &["a:b", "x"]), ("2", &["a:c"]), ("3", &["x"])];
    for (name, tags) in published {
        let event = NewEvent::new(tags.iter().copied()).with_value(name);
        store.append(vec![event]).await?;
    }
    // S06-088: literal, and all of them.
    let cases: [(&[&str], &[&str]); 11] = [
        (&[], &["3", "2", "1"]),
        (&["a"], &["2", "1"]),
        (&["a:b"], &["1"]),
        (&["a", "x"], &["1"]),
        (&["x"], &["3", "1"]),
        (&["a:b", "a:c"], &[]),
        (&["a", "unknown"], &[]),
        (&["A"], &[]),
        (&["a:"], &[]),
        (&["a*"], &[]),
        (&[""], &[]),
    ];
    for (tags, expected) in cases {
        let found = values(&*store, tagged(tags)).await?;
        ensure!(found == expected, "{tags:?} finds {found:?}");
    }
    Ok(())
}

pub(super) async fn only_events_of_the_kind_are_found(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    for (name, kind) in [
        ("1", "metrics"),
        ("2", "event"),
        ("3", "metrics"),
        ("4", "Metrics"),
    ] {
        let event = NewEvent::new(["t", "metrics"]).of_kind(kind).with_value(name);
        store.append(vec![event]).await?;
    }
    for (tags, kind, expected) in [
        (&[] as &[&str], "metrics", &["3", "1"] as &[&str]),
        (&["t"], "event", &["2"]),
        (&["t"], "t", &[]),
        (&["unknown"], "metrics", &[]),
    ] {
        let mut query = tagged(tags);
        query.filter.kind = Some(kind.to_owned());
        let found = values(&*store, query).await?;
        ensure!(found == expected, "{tags:?} of {kind} finds {found:?}");
    }
    Ok(())
}

pub(super) async fn the_newest_come_first_and_of_equal_times_the_last_stored(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    for (name, second) in [("1", 5), ("2", 7), ("3", 5), ("4", -1), ("5", 5), ("6", 7)] {
        let event = NewEvent::new(["t"]).at(at(second)).with_value(name);
        store.append(vec![event]).await?;
    }
    let expected = ["6", "2", "5", "3", "1", "4"];
    for query in [tagged(&[]), tagged(&["t"])] {
        let found = values(&*store, query).await?;
        ensure!(found == expected, "the order is {found:?}");
    }
    Ok(())
}

pub(super) async fn both_ends_of_a_range_are_taken_at_their_word(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    for second in 1..=5 {
        let event = NewEvent::new(["t"]).at(at(second)).with_value(second);
        store.append(vec![event]).await?;
    }
    let between = Timestamp::from_nanosecond(2_000_000_001).unwrap_or_default();
    let cases = [
        (Bound::Included(at(2)), Bound::Included(at(4)), "4 3 2"),
        (Bound::Excluded(at(2)), Bound::Excluded(at(4)), "3"),
        (Bound::Unbounded, Bound::Excluded(at(2)), "1"),
        (Bound::Excluded(at(4)), Bound::Unbounded, "5"),
        (Bound::Included(at(4)), Bound::Included(at(2)), ""),
        (Bound::Excluded(at(2)), Bound::Excluded(at(2)), ""),
        (Bound::Included(at(9)), Bound::Unbounded, ""),
        // One nanosecond after 2: less than stores keep, and still told apart.
        (Bound::Included(between), Bound::Included(at(3)), "3"),
        (Bound::Included(at(2)), Bound::Excluded(between), "2"),
        (Bound::Included(at(2)), Bound::Included(between), "2"),
        (Bound::Excluded(between), Bound::Included(at(3)), "3"),
        (
            Bound::Included(Timestamp::MIN),
            Bound::Included(Timestamp::MAX),
            "5 4 3 2 1",
        ),
    ];
    for (from, to, expected) in cases {
        for tags in [&[] as &[&str], &["t"]] {
            let mut query = tagged(tags);
            query.time = TimeRange { from, to };
            let found = values(&*store, query).await?.join(" ");
            ensure!(found == expected, "{from:?} to {to:?} finds '{found}'");
        }
    }
    Ok(())
}

pub(super) async fn a_page_past_the_end_is_empty_and_knows_the_total(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    for n in 0..31 {
        let event = NewEvent::new(["t", "u"]).at(at(n)).with_value(n);
        store.append(vec![event]).await?;
    }
    store.append(vec![NewEvent::new(["other"])]).await?;
    let pages = [
        (0, 30, 30),
        (30, 30, 1),
        (31, 30, 0),
        (60, 30, 0),
        (3, 5, 5),
        (0, 0, 0),
        (0, u64::MAX, 31),
        (u64::MAX, u64::MAX, 0),
    ];
    for (offset, limit, expected) in pages {
        for tags in [&["t"] as &[&str], &["t", "u"]] {
            let mut query = tagged(tags);
            query.page = Page { offset, limit };
            let page = store.query(query).await?;
            // S06-100: newest first, and past the end the full total.
            ensure!(page.total == 31, "the total from {offset} is {}", page.total);
            let found: Vec<String> = page.items.iter().map(value).collect();
            let wanted: Vec<String> = (0..31).rev().map(|n: u64| n.to_string()).collect();
            let wanted = &wanted[usize::try_from(offset).unwrap_or(31).min(31)..][..expected];
            ensure!(found == wanted, "{limit} from {offset} are {found:?}");
        }
    }
    Ok(())
}

/// Every third event has the first tag, every fourth the second, and so on; whatever a backend uses to find them, it finds
/// what a look at each of them finds.
pub(super) async fn every_combination_of_filters_agrees_with_a_plain_look(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let mut all: Vec<Arc<Event>> = Vec::new();
    for n in 0..120_i64 {
        let tags = (3..6).filter(|by| n % by == 0).map(|by| format!("every:{by}"));
        let kind = if n % 7 == 0 { "seventh" } else { "event" };
        let event = NewEvent::new(tags.chain(["all".to_owned()]))
            .of_kind(kind)
            .at(at(n * 37 % 60))
            .with_value(n);
        all.extend(store.append(vec![event]).await?);
    }
    all.sort_by_key(|event| std::cmp::Reverse((event.at, event.sequence)));
    let tags = ["every:3", "every:4", "every:5", "every", "all"];
    for chosen in 0..1_u32 << tags.len() {
        let chosen = tags.iter().enumerate().filter(|(n, _)| chosen >> n & 1 == 1);
        let tags: Vec<&str> = chosen.map(|(_, tag)| *tag).collect();
        for kind in [None, Some("seventh"), Some("event")] {
            for time in [TimeRange::default(), middle()] {
                let filter = EventFilter {
                    kind: kind.map(ToOwned::to_owned),
                    ..EventFilter::tagged(tags.iter().copied())
                };
                agrees(
                    &*store,
                    &all,
                    EventQuery {
                        filter,
                        time,
                        page: Page { offset: 2, limit: 7 },
                    },
                )
                .await?;
            }
        }
    }
    Ok(())
}

pub(super) async fn what_was_missed_comes_in_the_order_of_the_store(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let mut sequences = Vec::new();
    for (name, second, tags) in [
        ("1", 9, &["a:b", "x"] as &[&str]),
        ("2", 7, &["a:c"]),
        ("3", 8, &["x"]),
        ("4", 1, &["a:b", "x"]),
    ] {
        let event = NewEvent::new(tags.iter().copied())
            .at(at(second))
            .with_value(name);
        sequences.extend(
            store
                .append(vec![event])
                .await?
                .iter()
                .map(|event| event.sequence),
        );
    }
    for (tags, after, limit, expected) in [
        (&[] as &[&str], 0, 10, "1 2 3 4"),
        (&[], sequences[0], 2, "2 3"),
        (&[], sequences[3], 10, ""),
        (&[], u64::MAX, u64::MAX, ""),
        (&["a"], 0, u64::MAX, "1 2 4"),
        (&["a", "x"], sequences[0], 10, "4"),
        (&["unknown"], 0, 10, ""),
    ] {
        let filter = EventFilter::tagged(tags.iter().copied());
        let missed = store.since(filter, after, limit).await?;
        let missed: Vec<String> = missed.iter().map(value).collect();
        ensure!(
            missed.join(" ") == expected,
            "{tags:?} after {after} missed {missed:?}"
        );
    }
    Ok(())
}

fn middle() -> TimeRange {
    TimeRange {
        from: Bound::Included(at(10)),
        to: Bound::Excluded(at(40)),
    }
}

async fn agrees(store: &dyn Store, all: &[Arc<Event>], query: EventQuery) -> Outcome {
    use std::ops::RangeBounds as _;
    let matching: Vec<&Event> = all
        .iter()
        .map(AsRef::as_ref)
        .filter(|event| query.filter.matches(event) && (query.time.from, query.time.to).contains(&event.at))
        .collect();
    let page = store.query(query.clone()).await?;
    ensure!(
        page.total == matching.len() as u64,
        "{query:?} counts {}",
        page.total
    );
    let wanted: Vec<&Event> = matching.into_iter().skip(2).take(7).collect();
    let found: Vec<&Event> = page.items.iter().collect();
    ensure!(found == wanted, "{query:?} finds {found:?}, not {wanted:?}");
    Ok(())
}
