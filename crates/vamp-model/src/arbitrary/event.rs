use indexmap::IndexSet;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{any_text, parsed, value};
use crate::{
    Aggregation, Aggregator, Event, EventQuery, EventType, OffsetDateTime, TimeExpression, TimeRange,
};

/// Events as programs publish them: without what a store adds.
pub fn event() -> impl Strategy<Value = Event> {
    (
        tags(1),
        option::of(value().prop_filter("null is none", |value| !value.is_null())),
        option::of(date_time()),
        prop_oneof![Just(EventType::default()), event_type()],
        option::of(any_text()),
    )
        .prop_map(|(tags, value, timestamp, kind, version)| Event {
            version,
            value,
            timestamp,
            kind,
            ..Event::tagged(tags)
        })
}

/// Questions for events.
pub fn event_query() -> impl Strategy<Value = EventQuery> {
    let time = (time_bound(), time_bound()).prop_map(|(from, to)| TimeRange { from, to });
    (tags(0), option::of(any_text()), time, option::of(aggregator())).prop_map(
        |(tags, kind, time, aggregator)| EventQuery {
            tags,
            kind,
            time,
            aggregator,
        },
    )
}

/// Types of events.
pub fn event_type() -> impl Strategy<Value = EventType> {
    parsed("[A-Za-z0-9_-]{1,8}")
}

/// Dates and times of all years and offsets.
pub fn date_time() -> impl Strategy<Value = OffsetDateTime> {
    let fraction = prop_oneof![
        Just(String::new()),
        any::<u32>().prop_map(|number| format!(".{:.9}", number.to_string())),
    ];
    let offset = (select(vec!['+', '-']), 0..18, 0..60);
    (0..10_000, 1..13, 1..29, 0..24, 0..60, 0..60, fraction, offset).prop_filter_map(
        "beyond all years",
        |(year, month, day, hour, minute, second, fraction, (sign, hours, minutes))| {
            let date = format!("{year:04}-{month:02}-{day:02}");
            let clock = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
            format!("{date}T{clock}{sign}{hours:02}:{minutes:02}")
                .parse()
                .ok()
        },
    )
}

pub(super) fn tags(fewest: usize) -> impl Strategy<Value = IndexSet<String>> {
    let tag = prop_oneof!["[a-z]{1,5}(:[a-z0-9/]{1,5})?", any_text()];
    vec(tag, fewest..5).prop_map(|tags| tags.into_iter().collect())
}

fn aggregator() -> impl Strategy<Value = Aggregator> {
    (select(Aggregation::ALL.to_vec()), option::of(any_text()))
        .prop_map(|(kind, field)| Aggregator { kind, field })
}

fn time_bound() -> impl Strategy<Value = std::ops::Bound<TimeExpression>> {
    use std::ops::Bound;

    let text = prop_oneof![
        "now(\\(\\))?( ?[-+] ?[0-9]{1,3}[yMwdhHms]| ?/ ?[yMwdhHms]){0,3}",
        "[0-9]{4}(-0[1-9](-0[1-9](T[01][0-9](:[0-5][0-9]){0,2})?)?)?",
        any_text(),
    ];
    (0..3, text).prop_map(|(bound, text)| match bound {
        0 => Bound::Unbounded,
        1 => Bound::Included(text.into()),
        _ => Bound::Excluded(text.into()),
    })
}
