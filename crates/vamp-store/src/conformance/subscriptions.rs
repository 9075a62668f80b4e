//! Telling of new events.

use std::num::NonZeroUsize;

use futures::StreamExt as _;

use super::room::{Room, told};
use super::{Failure, Outcome};
use crate::{EventFilter, NewEvent, Subscribed};

fn event(value: usize, tag: &str) -> NewEvent {
    NewEvent::new([tag]).with_value(value)
}

pub(super) async fn subscribers_are_told_what_they_asked_for_in_order(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let mut everything = store.subscribe(EventFilter::default());
    let mut tagged = store.subscribe(EventFilter::tagged(["a"]));
    let mut both = store.subscribe(EventFilter::tagged(["a", "a:c"]));
    let mut of_kind = store.subscribe(EventFilter {
        kind: Some("metrics".to_owned()),
        ..EventFilter::default()
    });
    let mut waiting = store.subscribe(EventFilter::tagged(["late"]));
    let first = async { waiting.next().await };
    let publish = async {
        store.append(vec![event(0, "a:b"), event(1, "b")]).await?;
        store.append(vec![event(2, "a:c").of_kind("metrics")]).await?;
        // The one that waits is woken by what it asked for.
        store.append(vec![event(3, "late")]).await
    };
    let (first, published) = futures::future::join(first, publish).await;
    published?;
    let Some(Subscribed::Event(first)) = first else {
        return Err(Failure::new(format!("{first:?} was told")));
    };
    ensure!(first.value == 3, "told {first:?}");
    // S06-094: no tags mean every event, a type only that type.
    let expected: [(&mut crate::Subscription, &[&str]); 4] = [
        (&mut everything, &["0", "1", "2", "3"]),
        (&mut tagged, &["0", "2"]),
        (&mut both, &["2"]),
        (&mut of_kind, &["2"]),
    ];
    for (subscription, expected) in expected {
        let told = told(subscription);
        ensure!(told == expected, "told {told:?}, not {expected:?}");
    }
    Ok(())
}

pub(super) async fn nothing_before_the_subscription_is_told(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    store.append(vec![event(0, "a")]).await?;
    let mut subscription = store.subscribe(EventFilter::default());
    store.append(vec![event(1, "a")]).await?;
    let told = told(&mut subscription);
    ensure!(told == ["1"], "told {told:?}");
    Ok(())
}

pub(super) async fn a_slow_subscriber_is_told_how_much_it_missed(room: Room<'_>) -> Outcome {
    let mut room = room;
    room.options.backlog = NonZeroUsize::MIN.saturating_add(2);
    let store = room.open().await?;
    let mut slow = store.subscribe(EventFilter::tagged(["a"]));
    let mut quick = store.subscribe(EventFilter::tagged(["a"]));
    for n in 0..10 {
        store
            .append(vec![event(n, "a"), event(n, "not asked for")])
            .await?;
        let told = told(&mut quick);
        ensure!(told == [n.to_string()], "the quick one was told {told:?}");
    }
    let first = told(&mut slow);
    ensure!(
        first == ["lagged 7", "7", "8", "9"],
        "the slow one was told {first:?}"
    );
    store.append(vec![event(10, "a")]).await?;
    let after = told(&mut slow);
    ensure!(after == ["10"], "then it was told {after:?}");
    Ok(())
}

pub(super) async fn refused_events_are_not_told(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let mut subscription = store.subscribe(EventFilter::default());
    let refused = store
        .append(vec![event(0, "a"), event(1, "a").of_kind("no kind")])
        .await;
    ensure!(refused.is_err(), "a bad event was stored");
    let told = told(&mut subscription);
    ensure!(told.is_empty(), "told {told:?}");
    Ok(())
}

pub(super) async fn a_subscription_ends_with_its_store(room: Room<'_>) -> Outcome {
    let store = room.open().await?;
    let mut subscription = store.subscribe(EventFilter::default());
    drop(store.subscribe(EventFilter::default()));
    store.append(vec![event(0, "a")]).await?;
    drop(store);
    let last = subscription.next().await;
    ensure!(
        matches!(last, Some(Subscribed::Event(_))),
        "{last:?} instead of what was stored"
    );
    let end = subscription.next().await;
    ensure!(end.is_none(), "after the end {end:?} is told");
    Ok(())
}
