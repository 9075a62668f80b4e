//! When a workflow runs.

use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::tags;
use crate::problem::code;
use crate::tree::{Plain, Scalar, Value};
use crate::{OffsetDateTime, Period, Schedule};

pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Schedule> {
    match &place.node.value {
        Value::Scalar(scalar) if scalar.source == "daemon" => Some(Schedule::Daemon),
        Value::Mapping(mapping) => {
            let mut fields = Fields::of_mapping(place.clone(), mapping);
            let schedule = if let Some(time) = fields.get("time") {
                // Time goes before events: a mapping of tags may stand beside it, and counts for nothing.
                let event = mapping.get("event").map(|entry| &entry.node);
                if event.is_some_and(|event| event.is_null() || matches!(event.value, Value::Mapping(_)))
                    && let Some(event) = fields.get("event")
                {
                    let _ = read_event(context, &event);
                }
                read_time(context, &time)
            } else if let Some(event) = fields.get("event") {
                read_event(context, &event)
            } else {
                undefined(context, place);
                return None;
            };
            fields.finish(context);
            schedule
        }
        Value::Scalar(_) | Value::Sequence(_) => {
            undefined(context, place);
            None
        }
    }
}

fn undefined(context: &mut Context, place: &Place<'_>) {
    let message = "Undefined workflow schedule - only daemon, event and time schedules are supported.";
    let hint = "write `daemon`, `event: {tags: [a, b]}` or `time: {period: P1D}`".to_owned();
    context.report_with_hint(place, code::UNDEFINED_WORKFLOW_SCHEDULE, message, hint);
}

fn read_event(context: &mut Context, place: &Place<'_>) -> Option<Schedule> {
    let tags = match &place.node.value {
        Value::Mapping(mapping) => {
            let mut fields = Fields::of_mapping(place.clone(), mapping);
            let tags = match fields.get("tags") {
                Some(place) => tags::read(context, &place),
                None => Some(indexmap::IndexSet::new()),
            };
            fields.finish(context);
            tags
        }
        Value::Scalar(scalar) if !is_text(scalar) => {
            context.no_mapping(place);
            None
        }
        Value::Scalar(_) | Value::Sequence(_) => tags::read(context, place),
    };
    Some(Schedule::Event { tags: tags? })
}

fn read_time(context: &mut Context, place: &Place<'_>) -> Option<Schedule> {
    match &place.node.value {
        Value::Scalar(scalar) if is_text(scalar) => Some(Schedule::Time {
            period: period(context, place)?,
            repeat: None,
            start: None,
        }),
        Value::Scalar(_) | Value::Sequence(_) => {
            context.no_mapping(place);
            None
        }
        Value::Mapping(mapping) => {
            let mut fields = Fields::of_mapping(place.clone(), mapping);
            let period_place = fields.get("period");
            if period_place.is_none() {
                context.missing(place, "time/period");
            }
            let period = period_place.and_then(|place| period(context, &place));
            let repeat = match fields.get("repeat") {
                Some(place) => context.integer(&place).map(Some),
                None => Some(None),
            };
            let start = match fields.get("start") {
                Some(place) => start(context, &place),
                None => Some(None),
            };
            fields.finish(context);
            Some(Schedule::Time {
                period: period?,
                repeat: repeat?,
                start: start?,
            })
        }
    }
}

/// Whether a scalar is a text, or a date, which is one when documents are passed on as JSON.
const fn is_text(scalar: &Scalar<'_>) -> bool {
    matches!(scalar.plain, Plain::Text | Plain::Timestamp(_))
}

fn period(context: &mut Context, place: &Place<'_>) -> Option<Period> {
    let text = context.text(place)?;
    let period = text.parse().ok();
    if period.is_none() {
        let message = format!("Illegal workflow schedule period: {text}.");
        let hint = format!("expected {}", Period::EXPECTED);
        context.report_with_hint(place, code::ILLEGAL_WORKFLOW_SCHEDULE_PERIOD, message, hint);
    }
    period
}

/// When the schedule begins; `now` is the same as nothing. YAML tells its own times in UTC and whole seconds.
fn start(context: &mut Context, place: &Place<'_>) -> Option<Option<OffsetDateTime>> {
    const EXPECTED: &str = "now, or a date and time with offset such as 2031-04-05T06:07:08Z";

    let scalar = context.scalar(place, EXPECTED)?;
    if scalar.source == "now" {
        return Some(None);
    }
    let in_utc = scalar.timestamp();
    let text = in_utc.as_deref().unwrap_or(scalar.source.as_str());
    let parsed: Option<OffsetDateTime> = text.parse().ok();
    if parsed.is_none() {
        context.wrong_type(place, EXPECTED);
    }
    parsed.map(Some)
}
