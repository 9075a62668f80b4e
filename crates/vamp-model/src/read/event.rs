//! Events and questions for them.

use std::ops::Bound;

use indexmap::IndexSet;

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::tags;
use crate::problem::code;
use crate::tree::Scalar;
use crate::{
    Aggregation, Aggregator, Event, EventQuery, EventType, OffsetDateTime, TimeExpression, TimeRange,
};

pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Event> {
    let mut fields = Fields::of(context, place)?;
    let tags_place = fields.required(context, "tags");
    let tags = tags_place.as_ref().and_then(|place| tags::read(context, place));
    let value = fields.get("value").map(|place| place.node.to_json());
    let timestamp = match fields.get("timestamp") {
        Some(place) => timestamp(context, &place).map(Some),
        None => Some(None),
    };
    let version = fields.get("version");
    let version = match version {
        Some(place) => context.text(&place).map(|text| Some(text.to_owned())),
        None => Some(None),
    };
    if let (Some(place), Some(tags)) = (&tags_place, &tags)
        && tags.is_empty()
    {
        let message = "Publishing an event without tags is not allowed.";
        context.report(place, code::NO_TAG_EVENT, message);
    }
    let kind = match fields.get("type") {
        Some(place) => event_type(context, &place),
        None => Some(EventType::default()),
    };
    fields.finish(context);
    Some(Event {
        id: None,
        version: version?,
        tags: tags?,
        value,
        timestamp: timestamp?,
        kind: kind?,
        digest: None,
    })
}

fn event_type(context: &mut Context, place: &Place<'_>) -> Option<EventType> {
    match context.text(place)?.parse() {
        Ok(kind) => Some(kind),
        Err(invalid) => {
            context.report(place, code::EVENT_TYPE, invalid.to_string());
            None
        }
    }
}

/// A date and time with offset. Without quotes, YAML tells those of a time without offset in UTC.
fn timestamp(context: &mut Context, place: &Place<'_>) -> Option<OffsetDateTime> {
    let scalar = context.scalar(place, OffsetDateTime::EXPECTED)?;
    let parsed = scalar.source.parse().ok().or_else(|| yaml_timestamp(scalar));
    if parsed.is_none() {
        let message = format!("Event timestamp cannot be parsed: '{}'.", scalar.source);
        let hint = format!("write {}", OffsetDateTime::EXPECTED);
        context.report_with_hint(place, code::EVENT_TIMESTAMP, message, hint);
    }
    parsed
}

/// A time of YAML that names no offset, or has other separators; a date alone is none.
fn yaml_timestamp(scalar: &Scalar<'_>) -> Option<OffsetDateTime> {
    let in_utc = scalar.timestamp().filter(|_| scalar.source.contains(':'))?;
    in_utc.parse().ok()
}

/// Whether a question has to name tags, be it none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tags {
    Required,
    /// Absent tags are none.
    Optional,
}

pub(super) fn read_query(context: &mut Context, place: &Place<'_>, wanted: Tags) -> Option<EventQuery> {
    let mut fields = Fields::of(context, place)?;
    let tags = match wanted {
        Tags::Required => fields.required(context, "tags"),
        Tags::Optional => fields.get("tags"),
    };
    let tags = match (tags, wanted) {
        (Some(place), _) => tags::read(context, &place),
        (None, Tags::Required) => None,
        (None, Tags::Optional) => Some(IndexSet::new()),
    };
    let kind = match fields.get("type") {
        Some(place) => context.text(&place).map(|text| Some(text.to_owned())),
        None => Some(None),
    };
    let aggregator = match fields.get("aggregator") {
        Some(place) => aggregator(context, &place).map(Some),
        None => Some(None),
    };
    let time = match fields.get("timestamp") {
        Some(place) => read_time_range(context, &place),
        None => Some(TimeRange::default()),
    };
    fields.finish(context);
    Some(EventQuery {
        tags: tags?,
        kind: kind?,
        time: time?,
        aggregator: aggregator?,
    })
}

fn aggregator(context: &mut Context, place: &Place<'_>) -> Option<Aggregator> {
    let mut fields = inner(context, place)?;
    let kind = fields.get("type");
    if kind.is_none() {
        context.missing(place, "aggregator/type");
    }
    let kind = kind.and_then(|place| aggregation(context, &place));
    let field = match fields.get("field") {
        Some(place) => context.text(&place).map(|text| Some(text.to_owned())),
        None => Some(None),
    };
    fields.finish(context);
    Some(Aggregator {
        kind: kind?,
        field: field?,
    })
}

fn aggregation(context: &mut Context, place: &Place<'_>) -> Option<Aggregation> {
    match context.text(place)?.parse() {
        Ok(kind) => Some(kind),
        Err(crate::InvalidAggregation(word)) => {
            let hint = super::hint::did_you_mean(&word, Aggregation::ALL.map(Aggregation::as_str));
            let message = format!("Unsupported aggregator: {word}.");
            context.report_with_hint(place, code::UNSUPPORTED_AGGREGATOR, message, hint);
            None
        }
    }
}

pub(super) fn read_time_range(context: &mut Context, place: &Place<'_>) -> Option<TimeRange> {
    let mut fields = inner(context, place)?;
    let mut bound = |key| fields.get(key);
    let (lt, lte, gt, gte) = (bound("lt"), bound("lte"), bound("gt"), bound("gte"));
    let both = [lt.is_some() && lte.is_some(), gt.is_some() && gte.is_some()].contains(&true);
    if both {
        let message =
            "Event query time range is not valid, both 'lt' and 'lte' or 'gt' and 'gte' are not allowed.";
        context.report(place, code::EVENT_QUERY_TIME, message);
    }
    let from = read_bound(context, gt.as_ref(), gte.as_ref());
    let to = read_bound(context, lt.as_ref(), lte.as_ref());
    fields.finish(context);
    (!both).then_some(TimeRange { from: from?, to: to? })
}

fn read_bound(
    context: &mut Context,
    excluded: Option<&Place<'_>>,
    included: Option<&Place<'_>>,
) -> Option<Bound<TimeExpression>> {
    let mut expression = |place: &Place<'_>| context.text(place).map(TimeExpression::from);
    match (excluded, included) {
        (Some(place), _) => expression(place).map(Bound::Excluded),
        (None, Some(place)) => expression(place).map(Bound::Included),
        (None, None) => Some(Bound::Unbounded),
    }
}

/// The fields of a part of a question.
fn inner<'t>(context: &mut Context, place: &Place<'t>) -> Option<Fields<'t>> {
    let Some(mapping) = place.mapping() else {
        context.no_mapping(place);
        return None;
    };
    Some(Fields::of_mapping(place.clone(), mapping))
}
